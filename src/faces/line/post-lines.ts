/** A message as the chat shows it. */

import { PLAIN } from "../../app/api.ts";
import type { EventOf } from "../shared/door.ts";
import { deletedWords, marks, reactionWords } from "../shared/entry-words.ts";
import { kindWords } from "../shared/file-words.ts";
import { safeLines, safeText } from "../shared/safe-text.ts";

export interface Shown extends Pick<EventOf<"post">, "authorName" | "own" | "text" | "at" | "shown"> {
  /** `dropped`: what the node says of messages that it keeps no more. */
  readonly kind?: string;
  readonly id?: string;
  readonly muted?: boolean;
}

/** How a message stands out. */
export interface Manner {
  /** The channel, when it is not the one that the person looks at. */
  readonly where: string | null;
  /** It came after newer ones had been shown. */
  readonly late: boolean;
  /** It speaks to the person. */
  readonly toYou: boolean;
  readonly colour: boolean;
}

/** Digits of an id that tell a file from a billion others. */
const ID_DIGITS = 8;
const HIGHLIGHT = ["\x1b[1;33m", "\x1b[22;39m"] as const;

/**
 * `14:03 ada~3F2A: hello`; a name with `?` before it is only an address, and nothing proves the author. Lines after the first
 * are marked, so that no text can pretend to be a message of its own; so are the reactions.
 */
export function postLines(
  { id, kind, authorName, own, text, at, muted, shown = PLAIN }: Shown,
  { where, late, toYou, colour }: Manner,
): string[] {
  if (kind === "dropped") return [`-- ${safeText(text)}`];
  const who = safeText(own ? "you" : authorName);
  const [first = "", ...more] = shown.deleted ? [deletedWords({ ...shown, authorName })] : muted === true ? ["(muted)"] : safeLines(text);
  const place = where === null ? "" : ` ${safeText(where)}`;
  const name = toYou ? highlighted(`* ${who}`, colour) : who;
  const reactions = reactionWords(shown);
  return [
    `${late ? dayAndClock(at) : clock(at)}${place} ${name}${marks(shown, late ? ["late"] : [])}: ${first}`,
    ...furtherLines(more),
    ...(shown.file === null || id === undefined || muted === true
      ? []
      : [`      = ${kindWords(shown.file)}: /get ${id.slice(0, ID_DIGITS)}`]),
    ...(reactions === null ? [] : [`      + ${reactions}`]),
  ];
}

/** Lines that belong to the one above. */
export function furtherLines(lines: readonly string[]): string[] {
  return lines.map((line) => `      | ${line}`);
}

function highlighted(text: string, colour: boolean): string {
  return colour ? HIGHLIGHT.join(text) : text;
}

/** Hours and minutes, local time. */
export function clock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()].map(two).join(":");
}

/** The same, with the day where that is not today. */
function dayAndClock(at: number): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? clock(at) : `${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock(at)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
