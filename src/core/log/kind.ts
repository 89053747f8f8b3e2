/** What kinds of events there are, who may write them, and how one event means another. PROTOCOL.md §13.7. */
import { type EventId, parseEventId } from "../../wire/index.ts";
import { type Detail, type Event, GENESIS } from "./event.ts";
import type { HybridTime } from "./hlc.ts";
import { detailOf, ROLES, type Role, wholeNumber } from "./statement.ts";

/** The kinds that change what is shown and are not shown themselves. All others are: a kind of a later time as its text. */
const UNSHOWN: ReadonlySet<string> = new Set([
  GENESIS,
  "edit",
  "delete",
  "reaction",
  "nick",
  "topic",
  "grant",
  "revoke",
  "leave",
  "invite",
  "prekey",
  "key",
  "mailbox",
]);

/** The kinds that stay when their time is dropped: they say who may do what, and how the channel and people are called. */
const LASTING: ReadonlySet<string> = new Set([GENESIS, "nick", "topic", "grant", "revoke", "leave", "invite", "prekey", "key", "mailbox"]);

export function staysWhenDropped(kind: string): boolean {
  return LASTING.has(kind);
}

/** The kinds that change one post. */
export type EffectKind = "edit" | "delete" | "reaction";
const EFFECTS: ReadonlySet<string> = new Set<EffectKind>(["edit", "delete", "reaction"]);

export function isShown({ kind, text }: Pick<Event, "kind" | "text">): boolean {
  return !UNSHOWN.has(kind) && (text !== "" || kind === "post");
}

export function isEffect({ kind }: Pick<Event, "kind">): boolean {
  return EFFECTS.has(kind);
}

/** The least role that writes a kind with effect. */
function roleFor(kind: string, isOwned: boolean): Role {
  switch (kind) {
    case GENESIS:
      return "owner";
    case "grant":
    case "revoke":
    case "invite":
      return "admin";
    case "topic":
      return isOwned ? "admin" : "member";
    case "nick":
    case "leave":
    case "prekey":
    case "key":
    case "mailbox":
      return "reader";
    default:
      return "member";
  }
}

/** @param isOwned - the channel has an owner, who then decides on the topic */
export function mayWrite(role: Role, kind: string, isOwned: boolean): boolean {
  return rankOf(role) >= rankOf(roleFor(kind, isOwned));
}

export function rankOf(role: Role): number {
  return ROLES.indexOf(role);
}

/** Another event, named by time and id, so that it has its place in the order also where it is not held. */
export interface Reference {
  readonly hlc: HybridTime;
  readonly id: EventId;
}

/** The event that a detail means; null for none, or one that is not earlier. */
export function referenceIn(event: Pick<Event, "details" | "hlc">, name: "reply" | "target"): Reference | null {
  const value = detailOf(event, name) ?? "";
  const colon = value.indexOf(":");
  const hlc = wholeNumber(value.slice(0, Math.max(colon, 0)));
  const id = parseEventId(value.slice(colon + 1));
  return hlc === null || id === null || hlc >= event.hlc ? null : { hlc, id };
}

export function referenceDetail(name: "reply" | "target", { hlc, id }: Reference): Detail {
  return [name, `${hlc}:${id}`];
}
