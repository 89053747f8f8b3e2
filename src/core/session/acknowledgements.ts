import { rangesWithin, writeAck } from "../../wire/index.ts";
import { type Instant, NEVER, NEVER_YET } from "../time.ts";
import { AckRanges } from "./ack-ranges.ts";
import { ACK_EVERY } from "./limits.ts";

/** What was received and when that is to be said: PROTOCOL.md §12.4. */
export class Acknowledgements {
  readonly #ranges = new AckRanges();
  /** Frames that want an ack, since the last one left. */
  #owed = 0;
  #dueAt: Instant = NEVER;
  /** When the newest counter was received. */
  #newestAt: Instant = NEVER_YET;

  /** True when an ack would say something that its receiver waits for. */
  get owed(): boolean {
    return this.#owed > 0;
  }

  /** When an ack must leave at the latest. */
  get dueAt(): Instant {
    return this.#dueAt;
  }

  /**
   * @param wanted - true when the frame wants an ack
   * @param delayMs - how long that may wait for company
   */
  note(counter: number, newest: boolean, wanted: boolean, now: Instant, delayMs: number): void {
    const unexpected = this.#ranges.add(counter);
    if (newest) this.#newestAt = now;
    if (!wanted) return;
    this.#owed++;
    if (unexpected || this.#owed >= ACK_EVERY) this.#dueAt = now;
    else this.#dueAt = Math.min(this.#dueAt, now + delayMs);
  }

  /** Writes an ack, if there is room for any; returns where it ends, or `at`. */
  write(into: Uint8Array, at: number, end: number, now: Instant): number {
    const count = Math.min(this.#ranges.count, rangesWithin(end - at));
    if (count === 0) return at;
    const to = writeAck(into, at, this.#ranges, count, now - this.#newestAt);
    this.#ranges.reported(count);
    this.#owed = 0;
    this.#dueAt = NEVER;
    return to;
  }
}
