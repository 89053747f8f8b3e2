import { Assembly, copyOf } from "./assembly.ts";
import { STREAM_WINDOW_MESSAGES } from "./limits.ts";
import type { ReceiveBudget } from "./receive-budget.ts";
import type { ReceivedMessage, StreamId } from "./received.ts";

const FIRST_CAPACITY = 8;

/**
 * The receiving half of one stream: hands messages on in their order, and keeps what came before its turn. Whatever the
 * other side sends, it keeps no more than the budget allows. PROTOCOL.md §12.3.
 */
export class ReceiveStream {
  readonly #id: StreamId;
  readonly #budget: ReceiveBudget;
  /** Whole messages and incomplete ones from `expected` on. */
  #ring: (Uint8Array | Assembly | undefined)[] = [];
  #expected = 0;

  constructor(id: StreamId, budget: ReceiveBudget) {
    this.#id = id;
    this.#budget = budget;
  }

  /**
   * Takes the message that lies from `start` to `end` in `payload`, and adds what is in order now to `into`.
   * @returns false when there is no room for it: its frame must not be acknowledged
   */
  takeMessage(seq: number, payload: Uint8Array, start: number, end: number, into: ReceivedMessage[]): boolean {
    if (seq < this.#expected) return true;
    if (seq - this.#expected >= STREAM_WINDOW_MESSAGES) return false;
    const held = this.#at(seq);
    if (held instanceof Uint8Array) return true;
    if (seq === this.#expected) {
      if (held !== undefined) this.#forget(seq, held);
      into.push({ stream: this.#id, bytes: payload.subarray(start, end) });
      this.#expected++;
      if (this.#ring.length > 0) this.#handOn(into);
      return true;
    }
    if (!this.#budget.take(end - start)) return false;
    if (held !== undefined) this.#forget(seq, held);
    this.#put(seq, copyOf(payload, start, end));
    return true;
  }

  /**
   * Takes one fragment likewise. One of a message that is known to come in more fragments is an old copy, and passed over;
   * one that says more fragments than any before begins the message anew.
   */
  takeFragment(seq: number, index: number, of: number, payload: Uint8Array, start: number, end: number, into: ReceivedMessage[]): boolean {
    if (of === 1) return this.takeMessage(seq, payload, start, end, into);
    if (seq < this.#expected) return true;
    if (seq - this.#expected >= STREAM_WINDOW_MESSAGES) return false;
    let held = this.#at(seq);
    if (held instanceof Uint8Array || (held !== undefined && of < held.of)) return true;
    if (held === undefined || of > held.of) {
      if (held !== undefined) this.#forget(seq, held);
      held = new Assembly(of, this.#budget);
      this.#put(seq, held);
    }
    if (!held.take(index, payload, start, end)) return false;
    const whole = held.whole();
    if (whole === null) return true;
    this.#ring[seq & (this.#ring.length - 1)] = whole;
    if (seq === this.#expected) this.#handOn(into);
    return true;
  }

  /** Hands on what is whole from `expected` on. */
  #handOn(into: ReceivedMessage[]): void {
    for (;;) {
      const held = this.#at(this.#expected);
      if (!(held instanceof Uint8Array)) return;
      this.#budget.give(held.buffer.byteLength);
      this.#ring[this.#expected & (this.#ring.length - 1)] = undefined;
      this.#expected++;
      into.push({ stream: this.#id, bytes: held });
    }
  }

  #forget(seq: number, held: Assembly): void {
    held.forget();
    this.#ring[seq & (this.#ring.length - 1)] = undefined;
  }

  /** What is held of a message from `expected` on. */
  #at(seq: number): Uint8Array | Assembly | undefined {
    return seq - this.#expected < this.#ring.length ? this.#ring[seq & (this.#ring.length - 1)] : undefined;
  }

  #put(seq: number, held: Uint8Array | Assembly): void {
    while (seq - this.#expected >= this.#ring.length) this.#grow();
    this.#ring[seq & (this.#ring.length - 1)] = held;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Array<Uint8Array | Assembly | undefined>(old.length === 0 ? FIRST_CAPACITY : old.length * 2).fill(undefined);
    for (let seq = this.#expected; seq < this.#expected + old.length; seq++) ring[seq & (ring.length - 1)] = old[seq & (old.length - 1)];
    this.#ring = ring;
  }
}
