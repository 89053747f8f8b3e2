/** What became of the messages sent from here, in words; true ones, and one line for each message. */

import type { EventOf } from "../shared/door.ts";
import { postReasonWords } from "../shared/post-words.ts";
import { safeText } from "../shared/safe-text.ts";

/** States of messages that the node posted for others, or long ago, are not waited for. */
const OPEN_MAX = 200;
/** Letters of a message that tell it from the others which are under way. */
const QUOTE_MAX = 24;
/** Who is there confirms within this; after it the person should know that it is not so. */
const SLOW_MS = 5_000;

interface OpenPost {
  readonly text: string;
  /** When it is slow; infinite before it goes out, and after that was said. */
  slowAt: number;
  /** It was said that nobody is there. */
  isAlone: boolean;
}

export class OwnPosts {
  /** Texts given to the node whose `post` event has not come yet, by channel. */
  readonly #given: { readonly channelId: string; readonly text: string }[] = [];
  /** Posts whose end is not known yet, by the command that they came from, oldest first. */
  readonly #open = new Map<string, OpenPost>();

  /** Notes that a text is on its way into the node. */
  give(channelId: string, text: string): void {
    this.#given.push({ channelId, text });
  }

  /** Takes back {@link give}: the node refused the text. */
  refuse(channelId: string, text: string): void {
    this.#takeGiven(channelId, text);
  }

  /** @returns true when this post was typed here, so that it need not be shown again */
  note({ id, ref = id, channelId, text }: EventOf<"post">): boolean {
    this.#open.set(ref, { text, slowAt: Number.POSITIVE_INFINITY, isAlone: false });
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#open.delete(oldest);
    return this.#takeGiven(channelId, text);
  }

  /** @returns the line to show, or null while there is nothing new that a person would want to know */
  stateWords({ ref, state, acked, of, bare = 0, reason }: EventOf<"post-state">, now: number): string | null {
    const post = this.#open.get(ref);
    if (post === undefined) return null;
    post.slowAt = state === "saved" && of > 0 ? now + SLOW_MS : Number.POSITIVE_INFINITY;
    const words = post.isAlone && isAlone(of, reason) ? null : stateWords(state, acked, of, bare, reason);
    post.isAlone ||= words === ALONE;
    const isEnd = state === "delivered" || state === "failed";
    if (isEnd) this.#open.delete(ref);
    const isOnly = this.#open.size === (isEnd ? 0 : 1);
    return words === null || state === "stalled" || isOnly ? words : `${words}: "${quote(post.text)}"`;
  }

  /** When {@link slowWords} has something to say at the earliest. */
  get dueAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { slowAt } of this.#open.values()) first = Math.min(first, slowAt);
    return first;
  }

  /** One line on those that somebody should have confirmed by now; each is counted once. */
  slowWords(now: number): string | null {
    const slow = [...this.#open.values()].filter(({ slowAt }) => slowAt <= now);
    for (const post of slow) post.slowAt = Number.POSITIVE_INFINITY;
    const [first, ...more] = slow;
    if (first === undefined) return null;
    const what = more.length === 0 ? `"${quote(first.text)}" is` : `${slow.length} messages are`;
    return `${what} saved here, and not yet confirmed by everybody: your node goes on trying`;
  }

  #takeGiven(channelId: string, text: string): boolean {
    const at = this.#given.findIndex((given) => given.channelId === channelId && given.text === text);
    if (at >= 0) this.#given.splice(at, 1);
    return at >= 0;
  }
}

function stateWords(
  state: EventOf<"post-state">["state"],
  acked: number,
  of: number,
  bare: number,
  reason: string | undefined,
): string | null {
  switch (state) {
    case "stalled":
      return `not on the disk yet${why(reason)}; it is kept and sent as soon as there is room`;
    case "saved":
      return of === 0 ? ALONE : null;
    case "delivered":
      return of === 0 ? ALONE : `delivered to ${acked} of ${of}${unsure(acked, bare)}`;
    case "waiting":
      return isAlone(of, reason) ? ALONE : `not confirmed by ${of - acked} of ${of}${why(reason)}; whoever comes next gets it`;
    case "failed":
      if (isAlone(of, reason)) return ALONE;
      return of === 0 ? `not kept and not sent${why(reason)}` : `not confirmed by ${of - acked} of ${of}${why(reason)}`;
  }
}

const ALONE = "saved here; nobody else is in this channel now, so nobody has got it";

function isAlone(of: number, reason: string | undefined): boolean {
  return of === 0 && reason === "nobody-there";
}

/** Who knows only the seed says that it came, and not that it is kept. */
function unsure(acked: number, bare: number): string {
  if (bare === 0) return "";
  return bare === acked ? ", not known to be kept" : `, ${bare} of them not known to keep it`;
}

function why(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${safeText(postReasonWords(reason))})`;
}

/** So much of a text that it is told from others. */
export function quote(text: string): string {
  const letters = [...text];
  return safeText(letters.length <= QUOTE_MAX ? text : `${letters.slice(0, QUOTE_MAX).join("")}…`);
}
