/**
 * What events say about members: grants, revokes and leaves, and the charter in a genesis. A statement that does not make
 * sense is none, and its event is kept like any other. PROTOCOL.md §13.7, §13.8.
 */
import { type EventId, type InstanceId, type NodeId, parseEventId, parseInstanceId, parseNodeId } from "../../wire/index.ts";
import { type Detail, type Event, GENESIS } from "./event.ts";
import type { Cut, LogName } from "./heads.ts";
import type { HybridTime } from "./hlc.ts";
import { INC_MAX } from "./limits.ts";

/** From none to all; a role may do what those before it may. */
export const ROLES = ["none", "reader", "member", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** A place in a log, of an event that need not be held. */
export interface Position extends LogName {
  readonly seq: number;
  readonly id: EventId;
}

/** What holds from the beginning of a channel and never changes. */
export interface Charter {
  /** Null where nobody owns it, as `#name` and the channel of two nodes. */
  readonly owner: NodeId | null;
  /** The role of everybody whom no statement names. */
  readonly others: Role;
  readonly name: string;
  /** What is said is sealed, and only who has a role hears anything. */
  readonly isPrivate?: true;
  /** What was sealed before somebody came is shown to nobody, whoever says otherwise. */
  readonly keepsPast?: true;
  /** The two whom a talk is between: to all others `others` does not apply. */
  readonly pair?: readonly [NodeId, NodeId];
}

/** A node takes part from now on, in its `inc`th time of doing so. */
export interface Grant {
  readonly kind: "grant";
  readonly by: Position;
  readonly node: NodeId;
  readonly inc: number;
  readonly role: Role;
  /** When its author said so: who may read what is sealed does so from then on. */
  readonly at: HybridTime;
  /** The invite by which it came; absent where somebody let it in by himself. */
  readonly invite?: EventId;
  /** It may read what was sealed before it came. PROTOCOL.md §19.6. */
  readonly history?: true;
}

/** A node's part ends, in all its times up to `inc`. */
export interface Revoke {
  readonly kind: "revoke";
  readonly by: Position;
  readonly node: NodeId;
  readonly inc: number;
  /** How far each of its logs counts; one that is not named does not count at all. */
  readonly cuts: ReadonlyMap<InstanceId, Cut>;
  /** By the owner: no admin lets the node in again. */
  readonly ban: boolean;
}

export type Statement = Grant | Revoke;

/** The statement that an event makes, or null. */
export function statementOf(event: Event): Statement | null {
  const { author, inst, seq, id } = event;
  const by = { author, inst, seq, id };
  const inc = countIn(event, "inc");
  if (inc === null) return null;
  switch (event.kind) {
    case "grant": {
      const node = nodeIn(event);
      const role = ROLES.find((each) => each === detailOf(event, "role"));
      if (node === null || role === undefined || role === "none" || role === "owner") return null;
      const invite = parseEventId(detailOf(event, "invite") ?? "");
      return { kind: "grant", by, node, inc, role, at: event.hlc, ...(invite === null ? {} : { invite }), ...historyIn(event) };
    }
    case "revoke": {
      const node = nodeIn(event);
      return node === null ? null : { kind: "revoke", by, node, inc, cuts: cutsIn(event), ban: detailOf(event, "ban") === "yes" };
    }
    case "leave":
      return { kind: "revoke", by, node: author, inc, cuts: new Map([...cutsIn(event), [inst, { seq, id }]]), ban: false };
    default:
      return null;
  }
}

/**
 * @param invite - the one by which it comes, where it does
 * @param history - it may read what was sealed before
 */
export function grantDetails(node: NodeId, inc: number, role: Role, invite: EventId | null = null, history = false): Detail[] {
  const details: Detail[] = [
    ["node", node],
    ["inc", `${inc}`],
    ["role", role],
  ];
  if (invite !== null) details.push(["invite", invite]);
  return history ? [...details, HISTORY] : details;
}

/** Says in a grant or an invite that whoever comes by it may read what was sealed before. */
export const HISTORY: Detail = ["history", "yes"];

/** Says in a genesis that nobody may read what was sealed before it came. */
export const NO_HISTORY: Detail = ["history", "no"];

export function historyIn(event: Pick<Event, "details">): { readonly history?: true } {
  return detailOf(event, HISTORY[0]) === HISTORY[1] ? { history: true } : {};
}

/** @param cuts - the heads of the node's logs that count */
export function revokeDetails(node: NodeId, inc: number, cuts: Iterable<readonly [InstanceId, Cut]>, ban = false): Detail[] {
  return [["node", node], ["inc", `${inc}`], ...(ban ? [["ban", "yes"] as const] : []), ...[...cuts].map(cutDetail)];
}

/** @param cuts - the heads of our other logs; the one in which the leave stands ends with it */
export function leaveDetails(inc: number, cuts: Iterable<readonly [InstanceId, Cut]>): Detail[] {
  return [["inc", `${inc}`], ...[...cuts].map(cutDetail)];
}

/** The charter that a genesis gives; null when it makes a channel of a kind that we do not know. */
export function charterOf(event: Event): Charter | null {
  if (event.kind !== GENESIS) return null;
  const name = detailOf(event, "name") ?? "";
  const mode = detailOf(event, "mode");
  const keepsPast = detailOf(event, NO_HISTORY[0]) === NO_HISTORY[1] ? ({ keepsPast: true } as const) : {};
  if (mode === "private") return { owner: event.author, others: "none", name, isPrivate: true, ...keepsPast };
  const others = detailOf(event, "others") ?? "member";
  return mode === "open" && (others === "member" || others === "reader") ? { owner: event.author, others, name } : null;
}

/** Of a detail that counts once the first counts. */
export function detailOf({ details }: Pick<Event, "details">, name: string): string | null {
  return details.find(([each]) => each === name)?.[1] ?? null;
}

function nodeIn(event: Event): NodeId | null {
  return parseNodeId(detailOf(event, "node") ?? "");
}

function countIn(event: Event, name: string): number | null {
  const count = wholeNumber(detailOf(event, name) ?? "");
  return count !== null && count <= INC_MAX ? count : null;
}

function cutsIn({ details }: Event): Map<InstanceId, Cut> {
  const cuts = new Map<InstanceId, Cut>();
  for (const [name, value] of details) {
    const cut = name === "cut" ? readCut(value) : null;
    if (cut !== null && !cuts.has(cut[0])) cuts.set(...cut);
  }
  return cuts;
}

/** `<inst> <seq> <id>`: the last event of a log that counts. */
function readCut(text: string): [InstanceId, Cut] | null {
  const [first = "", second = "", third = "", ...more] = text.split(" ");
  const inst = parseInstanceId(first);
  const seq = wholeNumber(second);
  const id = parseEventId(third);
  return inst === null || seq === null || seq === 0 || id === null || more.length > 0 ? null : [inst, { seq, id }];
}

function cutDetail([inst, { seq, id }]: readonly [InstanceId, Cut]): Detail {
  return ["cut", `${inst} ${seq} ${id}`];
}

/** A number in decimal, in its one spelling. */
export function wholeNumber(text: string): number | null {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : null;
  return value !== null && value <= Number.MAX_SAFE_INTEGER ? value : null;
}
