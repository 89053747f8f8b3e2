/** Invites and word codes, as people give them and read of them. */

import type { EventOf } from "./door.ts";
import { safeText } from "./safe-text.ts";
import { day, span } from "./span.ts";

const LINK = /^ptpchat:/i;
/** Four words, and perhaps a place: whether they are those of a code is looked up. */
const FOUR_WORDS = /^[a-z]+(?:[ .,-]+[a-z]+){3}(?:@.+)?$/i;

/** True for the link of an invite, and for a word code; `#able-about-above-absent` is a channel all the same. */
export async function isInvite(text: string): Promise<boolean> {
  if (LINK.test(text)) return true;
  return FOUR_WORDS.test(text) && isCode(text);
}

/** True for a word code. */
export async function isCode(text: string): Promise<boolean> {
  const { readCode } = await import("../../app/code-words.ts"); // of no use to any other command
  return readCode(text) !== null;
}

type KnockStep = EventOf<"knock">["step"];
type CodeStep = EventOf<"code">["step"];

/** What is being done just now; null for the end, which the command itself tells. */
export function stepWords(event: EventOf<"knock"> | EventOf<"code">): string | null {
  return event.type === "knock" ? KNOCKS[event.step.step] : CODES[event.step.step];
}

const KNOCKS: Readonly<Record<KnockStep["step"], string | null>> = {
  looking: "looking for a member ...",
  asking: "asking to be let in ...",
  fetching: "fetching the channel ...",
  done: null,
  failed: null,
};

const CODES: Readonly<Record<CodeStep["step"], string | null>> = {
  looking: "looking for whoever has the code ...",
  meeting: "comparing the code ...",
  done: null,
  failed: null,
};

/** What an invite is good for: `1 node, as a member, until 2026-12-04`. */
export function termsWords({ role, uses, until, history }: Terms): string {
  const past = history ? " who also reads what was said before" : "";
  return `${uses} node${uses === 1 ? "" : "s"}, as ${role === "member" ? "a member" : "a reader"}${past}, until ${day(until)}`;
}

interface Terms {
  readonly role: string;
  readonly uses: number;
  readonly until: number;
  readonly history: boolean;
}

/** What a person has to know who hands on a link. */
export function linkAdvice(channel: string, terms: Terms, now: number): string {
  return `Whoever has this link comes into ${safeText(channel)} with it: ${termsWords(terms)} (${span(terms.until - now)} from now). Send it where nobody else reads it.`;
}

/** To whom it was given to read what was said before. */
export const PAST_COMES = "What was said before comes too, from members that have it";

export const CODE_ADVICE =
  "Say the words to whoever shall come, and keep this node running: they are good for 10 minutes and once, and a wrong word ends them.";
