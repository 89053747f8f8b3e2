/** A message as the chat shows it. */
import { safeLines, safeText } from "../shared/safe-text.ts";

export interface Shown {
  /** `dropped`: what the node says of messages that it keeps no more. */
  readonly kind?: string;
  readonly authorName: string;
  readonly own: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * `14:03 ada~3F2A: hello`; a name with `?` before it is only an address, and nothing proves the author. Lines after the first
 * are marked, so that no text can pretend to be a message of its own.
 * @param where - the channel, when it is not the one that the person looks at
 */
export function postLines({ kind, authorName, own, text, at }: Shown, where: string | null): string[] {
  if (kind === "dropped") return [`-- ${safeText(text)}`];
  const who = own ? "you" : authorName;
  const [first = "", ...more] = safeLines(text);
  const place = where === null ? "" : ` ${safeText(where)}`;
  return [`${clock(at)}${place} ${safeText(who)}: ${first}`, ...more.map((line) => `      | ${line}`)];
}

/** Hours and minutes, local time. */
export function clock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()].map((value) => String(value).padStart(2, "0")).join(":");
}
