import { SESSION_MESSAGE_MAX } from "../../wire/index.ts";
import type { ReceiveBudget } from "./receive-budget.ts";
import { reserveOf } from "./split.ts";

/**
 * A message that comes in fragments. All of them but the last are equally long, so the first of those to come tells how
 * much to set aside, and each has its place at once. The last one, should it come before all others, is kept beside.
 */
export class Assembly {
  readonly of: number;
  readonly #budget: ReceiveBudget;
  /** Bytes of every part but the last; 0 until one of those has come. */
  #size = 0;
  #bytes: Uint8Array | null = null;
  /** Which parts are there. */
  #there: Uint8Array | null = null;
  #count = 0;
  #last: Uint8Array | null = null;
  #lastBytes = 0;

  constructor(of: number, budget: ReceiveBudget) {
    this.of = of;
    this.#budget = budget;
  }

  /**
   * Takes the part that lies from `start` to `end` in `payload`.
   * @returns false when there is no room for it, or it does not go with the others
   */
  take(index: number, payload: Uint8Array, start: number, end: number): boolean {
    return index === this.of - 1 ? this.#takeLast(payload, start, end) : this.#takePart(index, payload, start, end);
  }

  /** The message, once every part is there. Its buffer is what was set aside. */
  whole(): Uint8Array | null {
    if (this.#bytes === null || this.#count < this.of) return null;
    return this.#bytes.subarray(0, (this.of - 1) * this.#size + this.#lastBytes);
  }

  /** Gives back what was set aside. */
  forget(): void {
    this.#budget.give((this.#bytes?.length ?? 0) + (this.#last?.length ?? 0));
  }

  #takePart(index: number, payload: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (this.#bytes === null && !this.#setAside(size)) return false;
    if (size !== this.#size) return false;
    if (this.#isThere(index)) return true;
    this.#put(index, payload.subarray(start, end));
    return true;
  }

  #takeLast(payload: Uint8Array, start: number, end: number): boolean {
    const part = payload.subarray(start, end);
    if (this.#bytes !== null) return this.#isThere(this.of - 1) || this.#putLast(part);
    if (this.#last !== null) return true;
    if (!this.#budget.take(part.length)) return false;
    this.#last = copyOf(payload, start, end);
    return true;
  }

  /** Sets aside what a message with parts of `size` bytes takes at most, and puts the last part into its place. */
  #setAside(size: number): boolean {
    if ((this.of - 1) * size >= SESSION_MESSAGE_MAX) return false;
    const bytes = reserveOf({ size, of: this.of });
    if (!this.#budget.take(bytes)) return false;
    this.#size = size;
    this.#bytes = new Uint8Array(bytes);
    this.#there = new Uint8Array(this.of);
    const last = this.#last;
    if (last === null) return true;
    this.#last = null;
    this.#budget.give(last.length);
    this.#putLast(last);
    return true;
  }

  /** False for a last part that is longer than the others, or makes the message too long. */
  #putLast(part: Uint8Array): boolean {
    if (part.length > this.#size || (this.of - 1) * this.#size + part.length > SESSION_MESSAGE_MAX) return false;
    this.#lastBytes = part.length;
    this.#put(this.of - 1, part);
    return true;
  }

  #put(index: number, part: Uint8Array): void {
    (this.#bytes as Uint8Array).set(part, index * this.#size);
    (this.#there as Uint8Array)[index] = 1;
    this.#count++;
  }

  #isThere(index: number): boolean {
    return (this.#there as Uint8Array)[index] === 1;
  }
}

/** A copy of a part of `payload`, in a buffer of just its length. */
export function copyOf(payload: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(payload.subarray(start, end));
  return copy;
}
