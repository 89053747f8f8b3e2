/** What became of the messages sent from here, in words; true ones, and one line for each message. */

import type { EventOf } from "../shared/door.ts";
import { safeText } from "../shared/safe-text.ts";

/** States of messages that the node posted for others, or long ago, are not waited for. */
const OPEN_MAX = 200;
/** Letters of a message that tell it from the others which are under way. */
const QUOTE_MAX = 24;

export class OwnPosts {
  /** Texts given to the node whose `post` event has not come yet, by channel. */
  readonly #given: { readonly channelId: string; readonly text: string }[] = [];
  /** Posts whose end is not known yet, by id, oldest first. */
  readonly #open = new Map<string, string>();

  /** Notes that a text is on its way into the node. */
  give(channelId: string, text: string): void {
    this.#given.push({ channelId, text });
  }

  /** Takes back {@link give}: the node refused the text. */
  refuse(channelId: string, text: string): void {
    this.#takeGiven(channelId, text);
  }

  /** @returns true when this post was typed here, so that it need not be shown again */
  note({ id, channelId, text }: EventOf<"post">): boolean {
    this.#open.set(id, text);
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#open.delete(oldest);
    return this.#takeGiven(channelId, text);
  }

  /** @returns the line to show, or null while there is nothing new that a person would want to know */
  stateWords({ id, state, acked, of, reason }: EventOf<"post-state">): string | null {
    const text = this.#open.get(id);
    const words = endWords(state, acked, of, reason);
    if (text === undefined || words === null) return null;
    this.#open.delete(id);
    return this.#open.size === 0 ? words : `${words}: "${quote(text)}"`;
  }

  #takeGiven(channelId: string, text: string): boolean {
    const at = this.#given.findIndex((given) => given.channelId === channelId && given.text === text);
    if (at >= 0) this.#given.splice(at, 1);
    return at >= 0;
  }
}

function endWords(state: EventOf<"post-state">["state"], acked: number, of: number, reason: string | undefined): string | null {
  switch (state) {
    case "stalled":
      return `not on the disk yet${why(reason)}; it is kept and sent as soon as there is room`;
    case "saved":
      return of === 0 ? "saved here; nobody else is in this channel now, so nobody has got it" : null;
    case "delivered":
      return of === 0 ? "saved here; nobody else is in this channel now, so nobody has got it" : `delivered to ${acked} of ${of}`;
    case "failed":
      return of === 0 ? `not kept and not sent${why(reason)}` : `not delivered to ${of - acked} of ${of}${why(reason)}`;
  }
}

function why(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${safeText(reason)})`;
}

function quote(text: string): string {
  const letters = [...text];
  return safeText(letters.length <= QUOTE_MAX ? text : `${letters.slice(0, QUOTE_MAX).join("")}…`);
}
