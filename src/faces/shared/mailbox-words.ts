/** What becomes of what is left for who is away, in words. */
import type { HeldView } from "../../app/api.ts";
import type { EventOf } from "./door.ts";
import { day } from "./span.ts";

export function mailboxWords({ nodeName, keeps }: EventOf<"mailbox">): string {
  return keeps
    ? `${nodeName} keeps what is left for you while you are away`
    : `${nodeName} keeps nothing for you: it must run with --mailbox on, and have you as a contact`;
}

/** One text that a mailbox has. */
export function heldByWords({ name, byName, until }: HeldView): string {
  return `${byName} holds it for ${name}, until ${day(until)}`;
}
