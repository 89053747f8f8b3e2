/** Mailboxes as people see them: contacts that keep what others leave for this node, and what it keeps for contacts. PROTOCOL.md §22. */
import type { NodeId } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import type { Engine } from "./engine.ts";

export interface MailboxApi {
  mailboxes(): Promise<MailboxesView>;
  /**
   * Has a contact keep, sealed, what members of private channels leave for this node while it is away; or no more.
   * @throws ApiError `no-such-contact`, `mailboxes-full`
   */
  useMailbox(request: { node: string; on: boolean }): Promise<OwnMailboxView>;
}

export interface OwnMailboxView {
  readonly nodeId: string;
  readonly name: string;
  /** Whether it says that it keeps anything; null while it said nothing in this run. */
  readonly keeps: boolean | null;
}

export interface MailboxesView {
  readonly own: readonly OwnMailboxView[];
  /** Whether this node keeps anything for contacts, and for how many it does. */
  readonly on: boolean;
  readonly owners: number;
  readonly parcels: number;
}

/** Beyond, the same would be kept once more. */
const OWN_MAX = 3;

export function mailboxesOf({ core, names }: Engine): MailboxesView {
  const { own, ...rest } = core.mailboxes();
  return { ...rest, own: own.map(({ nodeId, keeps }) => ({ nodeId, name: names.of(nodeId), keeps })) };
}

export function useMailbox(engine: Engine, node: string, on: boolean): OwnMailboxView {
  const { core, names, contacts } = engine;
  const nodeId = names.nodeOf(node) as NodeId;
  const { own } = core.mailboxes();
  const isOwn = own.some((each) => each.nodeId === nodeId);
  if (on && !contacts.has(nodeId))
    throw new ApiError(
      "no-such-contact",
      `${names.of(nodeId)} is no contact: what it keeps is sealed, but it may throw it away. Make it one first (ptpchat contact add)`,
    );
  if (on && !isOwn && own.length >= OWN_MAX)
    throw new ApiError("mailboxes-full", `a node has at most ${OWN_MAX} mailboxes: remove one first`);
  if (!on && !isOwn)
    throw new ApiError("no-such-contact", `${names.of(nodeId)} is no mailbox of this node: "ptpchat mailbox list" shows which are`);
  engine.command({ kind: "mailbox", nodeId, on });
  return { nodeId, name: names.of(nodeId), keeps: null };
}
