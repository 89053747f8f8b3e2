/**
 * What this node calls itself, and where it has said so. In a channel it says so before the first thing it writes there, so
 * that who reads that later and never meets it has a name for it. PROTOCOL.md §13.9.
 */
import { NICK_BYTES_MAX, type Node, utf8Length } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";

export class OwnNick {
  #text: string;
  readonly #core: Node;
  readonly #now: () => number;
  /** Channels whose last word on this is the present one. */
  readonly #saidIn = new Set<Guid>();

  /** @param now - monotonic milliseconds */
  constructor(text: string, core: Node, now: () => number) {
    this.#text = text;
    this.#core = core;
    this.#now = now;
  }

  get text(): string {
    return this.#text;
  }

  set(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#saidIn.clear();
  }

  /** Open channels in which another nick was said last: that of an earlier run, or of before it was changed. */
  outdated(): Guid[] {
    return this.#open().filter((id) => this.#core.ownNick(id) !== null && this.isDue(id));
  }

  /** Open channels in which it has to be said, whether something is written there or not. */
  everywhere(): Guid[] {
    return this.#open().filter((id) => this.isDue(id));
  }

  /** True when it has to be said in a channel before anything else is written there. A node without a name says nothing. */
  isDue(id: Guid): boolean {
    if (this.#saidIn.has(id)) return false;
    const last = this.#core.ownNick(id);
    if (last !== this.#text && (last !== null || this.#text !== "")) return true;
    this.#saidIn.add(id);
    return false;
  }

  /** It is said there now. */
  said(id: Guid): void {
    this.#saidIn.add(id);
  }

  /** A channel was left: when it is joined again, it is looked at anew. */
  left(id: Guid): void {
    this.#saidIn.delete(id);
  }

  #open(): Guid[] {
    return this.#core
      .channels(this.#now())
      .filter(({ mode }) => mode !== "bare")
      .map(({ id }) => id);
  }
}

/** A name as it goes into a channel: of a long one the beginning. */
export function nickText(name: string): string {
  let text = "";
  for (const letter of name) {
    if (utf8Length(text) + utf8Length(letter) > NICK_BYTES_MAX) break;
    text += letter;
  }
  return text;
}
