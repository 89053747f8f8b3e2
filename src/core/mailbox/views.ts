/** Mailboxes, for the eye. */
import type { Guid, NodeId } from "../../wire/index.ts";
import { rankOf } from "../log/kind.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { type MailboxAt, mailboxesOf } from "./leaving.ts";

export interface MailboxesView {
  /** Contacts that keep parcels for us; `keeps` is null while one said nothing. */
  readonly own: readonly { readonly nodeId: NodeId; readonly keeps: boolean | null }[];
  /** Whether we keep any for contacts, for how many, and how many lie here. */
  readonly on: boolean;
  readonly owners: number;
  readonly parcels: number;
}

export function viewMailboxes({ config, mailboxes }: NodeState): MailboxesView {
  const own = [...mailboxes.own.values()].map(({ stored, keeps }) => ({ nodeId: stored.nodeId, keeps }));
  const owners = [...mailboxes.owners.values()];
  return { own, on: config.mailbox === true, owners: owners.length, parcels: owners.reduce((sum, { parcels }) => sum + parcels, 0) };
}

/** A member of a private channel, and where something is left for it while it is away. */
export interface RecipientView {
  readonly nodeId: NodeId;
  /** It is a neighbour in the channel: it gets what we say from us. */
  readonly isHere: boolean;
  /** As far as it has said that something can be left there; this node is none of them. */
  readonly mailboxes: readonly MailboxAt[];
}

/** Those for whom what we say in a channel is left in mailboxes; null where nothing is, since the channel is not private. */
export function viewRecipients(node: NodeState, channelId: Guid, now: Instant): RecipientView[] | null {
  const open = node.channels.get(channelId)?.open ?? null;
  if (open === null || open.secrecy === null) return null;
  const others = open.lasting.roles.members().filter(({ node: id, role }) => id !== node.nodeId && rankOf(role) >= rankOf("reader"));
  return others.map(({ node: nodeId }) => ({
    nodeId,
    isHere: open.neighbours.has(nodeId),
    mailboxes: mailboxesOf(node, open, nodeId, now),
  }));
}
