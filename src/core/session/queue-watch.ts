import type { Instant } from "../time.ts";
import { QUEUE_LEFT_MS, QUEUE_MS_MAX, QUEUE_SAMPLES } from "./limits.ts";

/** One measurement: what was acknowledged, and what is known by now. */
export interface QueueSample {
  readonly roundTripMs: number;
  /** Place of the frame that was acknowledged, and of the next one to be sent. */
  readonly place: number;
  readonly next: number;
  /** Bytes acknowledged since the path was taken. */
  readonly ackedBytes: number;
  readonly now: Instant;
}

/**
 * Notices when the data of a session waits in a queue on its way: routers may hold a second of it before they lose any, and
 * a chat message would wait behind all that bulk. It looks once a round, that is the time until a frame is acknowledged
 * that was sent after the last look, with several round trips measured in it.
 */
export class QueueWatch {
  /** The round trip without a queue, as far as one knows. */
  #base = Number.POSITIVE_INFINITY;
  // The present round.
  #least = Number.POSITIVE_INFINITY;
  #samples = 0;
  #since: Instant;
  #ackedBefore = 0;
  #endPlace = 0;
  /** Rounds until it shows what the last shrinking did: one drains the queue. */
  #waiting = 0;

  constructor(now: Instant) {
    this.#since = now;
  }

  /** @returns the bytes in flight that the path carries with hardly a queue, when there is too much of one; else infinity */
  sample({ roundTripMs, place, next, ackedBytes, now }: QueueSample): number {
    this.#base = Math.min(this.#base, roundTripMs);
    this.#least = Math.min(this.#least, roundTripMs);
    if (++this.#samples < QUEUE_SAMPLES || place < this.#endPlace) return Number.POSITIVE_INFINITY;
    const bytesPerMs = (ackedBytes - this.#ackedBefore) / (now - this.#since);
    const target = this.#hasQueue() ? bytesPerMs * (this.#base + QUEUE_LEFT_MS) : Number.POSITIVE_INFINITY;
    this.#least = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    this.#since = now;
    this.#ackedBefore = ackedBytes;
    this.#endPlace = next;
    return target;
  }

  #hasQueue(): boolean {
    const looksBack = this.#waiting === 1;
    if (this.#waiting > 0 && --this.#waiting > 0) return false;
    if (this.#least - this.#base <= QUEUE_MS_MAX) return false;
    if (looksBack) {
      this.#base = this.#least; // it was not our data: the path has become longer, or others fill its queue
      return false;
    }
    this.#waiting = 2;
    return true;
  }
}
