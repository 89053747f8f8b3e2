import { type Instant, NEVER } from "../time.ts";
import {
  QUEUE_LEFT_SHARE,
  QUEUE_MS_MAX,
  QUEUE_MS_MIN,
  QUEUE_OTHERS_MS,
  QUEUE_SAMPLES,
  QUEUE_SLOW_START_MS,
  QUEUE_VARIATIONS,
} from "./limits.ts";

/** One measurement: what was acknowledged, and what is known by now. */
export interface QueueSample {
  readonly roundTripMs: number;
  /** By how much round trips vary (RFC 9002 §5.3). */
  readonly variationMs: number;
  readonly inSlowStart: boolean;
  /** Place of the frame that was acknowledged, and of the next one to be sent. */
  readonly place: number;
  readonly next: number;
  /** Bytes acknowledged since the path was taken. */
  readonly ackedBytes: number;
  readonly now: Instant;
}

/** What to do about a queue: how many bytes the path carries in flight with hardly one, or that to shrink was in vain. */
export type QueueVerdict = number | "in-vain" | null;

/**
 * Notices when the data of a session waits in a queue on its way: routers may hold a second of it before they lose any, and
 * a chat message would wait behind all that bulk. It looks once a round, that is the time until a frame is acknowledged
 * that was sent after the last look, with several round trips measured in it.
 */
export class QueueWatch {
  /** The least round trip ever: without a queue, as far as one knows. */
  #least = Number.POSITIVE_INFINITY;
  /** The one that counts instead while the queue is others', or the path has become longer; 0 for none. */
  #withOthers = 0;
  #othersUntil: Instant = NEVER;
  // The present round.
  #leastOfRound = Number.POSITIVE_INFINITY;
  #samples = 0;
  #since: Instant;
  #ackedBefore = 0;
  #endPlace = 0;
  /** Rounds until it shows what the last shrinking did: one drains the queue. */
  #waiting = 0;

  constructor(now: Instant) {
    this.#since = now;
  }

  sample(sample: QueueSample): QueueVerdict {
    const { roundTripMs, place, next, ackedBytes, now } = sample;
    this.#least = Math.min(this.#least, roundTripMs);
    this.#leastOfRound = Math.min(this.#leastOfRound, roundTripMs);
    if (++this.#samples < QUEUE_SAMPLES || place < this.#endPlace) return null;
    const bytesPerMs = (ackedBytes - this.#ackedBefore) / (now - this.#since);
    const verdict = this.#judge(bytesPerMs, toleratedMs(sample), now);
    this.#leastOfRound = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    this.#since = now;
    this.#ackedBefore = ackedBytes;
    this.#endPlace = next;
    return verdict;
  }

  #judge(bytesPerMs: number, tolerated: number, now: Instant): QueueVerdict {
    if (now >= this.#othersUntil) this.#believe(0, NEVER);
    this.#withOthers = Math.min(this.#withOthers, this.#leastOfRound);
    const looksBack = this.#waiting === 1;
    if (this.#waiting > 0 && --this.#waiting > 0) return null;
    const base = Math.max(this.#least, this.#withOthers);
    if (this.#leastOfRound - base <= tolerated) return null;
    if (looksBack) {
      this.#believe(this.#leastOfRound, now + QUEUE_OTHERS_MS);
      return "in-vain";
    }
    this.#waiting = 2;
    return bytesPerMs * (base + tolerated * QUEUE_LEFT_SHARE);
  }

  #believe(roundTripMs: number, until: Instant): void {
    this.#withOthers = roundTripMs;
    this.#othersUntil = until;
  }
}

function toleratedMs({ variationMs, inSlowStart }: QueueSample): number {
  if (inSlowStart) return QUEUE_SLOW_START_MS;
  return Math.min(QUEUE_MS_MAX, Math.max(QUEUE_MS_MIN, QUEUE_VARIATIONS * variationMs));
}
