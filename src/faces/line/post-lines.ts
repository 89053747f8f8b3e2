/** A message as the chat shows it. */
import { safeLines, safeText } from "../shared/safe-text.ts";

export interface Shown {
  readonly author: string;
  readonly own: boolean;
  readonly verified: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * `14:03 ?203.0.113.5:7667: hello`; the `?` says that no signature proves the author. Lines after the first are
 * marked, so that no text can pretend to be a message of its own.
 * @param where - the channel, when it is not the one that the person looks at
 */
export function postLines({ author, own, verified, text, at }: Shown, where: string | null): string[] {
  const who = own ? "you" : verified ? author : `?${author}`;
  const [first = "", ...more] = safeLines(text);
  const place = where === null ? "" : ` ${safeText(where)}`;
  return [`${clock(at)}${place} ${safeText(who)}: ${first}`, ...more.map((line) => `      | ${line}`)];
}

/** Hours and minutes, local time. */
export function clock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()].map((value) => String(value).padStart(2, "0")).join(":");
}
