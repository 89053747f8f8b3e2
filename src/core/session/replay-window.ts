import { COUNTER_MAX } from "../../wire/index.ts";
import { REPLAY_WINDOW } from "./limits.ts";

const BITS = 32;
const MASK = REPLAY_WINDOW - 1;

/**
 * Which of the newest REPLAY_WINDOW counters were received: a bit for each, in a ring. Only authentic frames may move it,
 * or one forged counter would shut out all honest ones. PROTOCOL.md §12.1; RFC 6479.
 */
export class ReplayWindow {
  readonly #bits = new Uint32Array(REPLAY_WINDOW / BITS);
  #newest = -1;

  /** The highest counter marked; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** False for a counter that was marked, is too far back to tell, or is beyond all that are used. */
  mayAccept(counter: number): boolean {
    if (counter > this.#newest) return counter < COUNTER_MAX;
    if (counter <= this.#newest - REPLAY_WINDOW || counter < 0) return false;
    return ((this.#bits[(counter & MASK) >>> 5] as number) & (1 << (counter & 31))) === 0;
  }

  /** Notes a counter that {@link mayAccept} let pass and whose frame was authentic. */
  mark(counter: number): void {
    if (counter > this.#newest) {
      if (counter - this.#newest >= REPLAY_WINDOW) this.#bits.fill(0);
      else for (let skipped = this.#newest + 1; skipped < counter; skipped++) this.#clear(skipped);
      this.#newest = counter;
    }
    const index = (counter & MASK) >>> 5;
    this.#bits[index] = (this.#bits[index] as number) | (1 << (counter & 31));
  }

  #clear(counter: number): void {
    const index = (counter & MASK) >>> 5;
    this.#bits[index] = (this.#bits[index] as number) & ~(1 << (counter & 31));
  }
}
