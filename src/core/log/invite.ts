/**
 * Invites: what an owner or admin says about whoever holds a secret, and who came in by it. Pure, as roles are: a function of the set
 * of events, whatever the order in which they came. PROTOCOL.md §20.2, §20.3.
 */
import { type EventId, type NodeId, parseEventId, parseNodeId } from "../../wire/index.ts";
import type { Timestamp } from "../time.ts";
import type { Detail, Event } from "./event.ts";
import type { HybridTime } from "./hlc.ts";
import { INVITE_USES_MAX } from "./limits.ts";
import { detailOf, type Grant, HISTORY, historyIn, type Position, wholeNumber } from "./statement.ts";

/** The roles that somebody may be invited to. */
export const INVITED_ROLES = ["member", "reader"] as const;
export type InvitedRole = (typeof INVITED_ROLES)[number];

/** Whoever proves that it holds the secret half of `key` may be given the role. */
export interface Invite {
  readonly kind: "invite";
  readonly by: Position;
  readonly at: HybridTime;
  /** The public half, as a node id is written. */
  readonly key: NodeId;
  readonly role: InvitedRole;
  readonly until: Timestamp;
  /** Nodes that may come in by it. */
  readonly uses: number;
  /** Whoever comes by it may read what was sealed before. PROTOCOL.md §19.6. */
  readonly history?: true;
}

/** Nobody comes in by that invite any more. */
export interface InviteEnd {
  readonly kind: "invite-end";
  readonly by: Position;
  readonly invite: EventId;
}

/** What an event says of invites, or null. */
export function inviteIn(event: Event): Invite | InviteEnd | null {
  if (event.kind !== "invite") return null;
  const { author, inst, seq, id, hlc } = event;
  const by = { author, inst, seq, id };
  const ended = parseEventId(detailOf(event, "ends") ?? "");
  if (ended !== null) return { kind: "invite-end", by, invite: ended };
  const key = parseNodeId(detailOf(event, "key") ?? "");
  const role = INVITED_ROLES.find((each) => each === detailOf(event, "role"));
  const until = wholeNumber(detailOf(event, "until") ?? "");
  const uses = wholeNumber(detailOf(event, "uses") ?? "");
  if (key === null || role === undefined || until === null || uses === null || uses < 1 || uses > INVITE_USES_MAX) return null;
  return { kind: "invite", by, at: hlc, key, role, until, uses, ...historyIn(event) };
}

export function inviteDetails({ key, role, until, uses, history }: Pick<Invite, "key" | "role" | "until" | "uses" | "history">): Detail[] {
  const details: Detail[] = [
    ["key", key],
    ["role", role],
    ["until", `${until}`],
    ["uses", `${uses}`],
  ];
  return history === true ? [...details, HISTORY] : details;
}

export function inviteEndDetails(invite: EventId): Detail[] {
  return [["ends", invite]];
}

/** True for a statement of somebody who might make it. */
type Counts = (by: Position) => boolean;

/** All invites of a channel, and the grants that name them. */
export class InviteBook {
  readonly #invites = new Map<EventId, Invite>();
  readonly #ends = new Map<EventId, InviteEnd[]>();
  readonly #grants = new Map<EventId, Grant[]>();

  add(said: Invite | InviteEnd): void {
    if (said.kind === "invite") this.#invites.set(said.by.id, said);
    else push(this.#ends, said.invite, said);
  }

  /** Takes a grant that names an invite. */
  note(grant: Grant, invite: EventId): void {
    push(this.#grants, invite, grant);
  }

  get(id: EventId): Invite | undefined {
    return this.#invites.get(id);
  }

  /** In their order. */
  all(): Invite[] {
    return [...this.#invites.values()].sort((a, b) => a.at - b.at || (a.by.id < b.by.id ? -1 : 1));
  }

  isEnded(id: EventId, counts: Counts): boolean {
    return this.#ends.get(id)?.some(({ by }) => counts(by)) === true;
  }

  /**
   * Who came in by an invite: of all whom grants name with it, the first `uses`. Two admins who know nothing of each other may each
   * let in the last one; whose grant is the later then counts nowhere.
   */
  guests({ by, uses }: Invite, counts: (grant: Grant) => boolean): Set<NodeId> {
    const guests = new Set<NodeId>();
    const grants = (this.#grants.get(by.id) ?? []).filter(counts).sort(byTime);
    for (const { node } of grants) if (guests.size < uses) guests.add(node);
    return guests;
  }
}

function byTime(a: Grant, b: Grant): number {
  return a.at - b.at || (a.by.id < b.by.id ? -1 : 1);
}

function push<Key, Value>(of: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = of.get(key);
  if (values === undefined) of.set(key, [value]);
  else values.push(value);
}
