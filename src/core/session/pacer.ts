import { FRAME_BYTES_MAX } from "../../wire/index.ts";
import type { Instant } from "../time.ts";
import type { Congestion } from "./congestion.ts";
import { BURST_BYTES, BURST_MS, PACE, PACE_SLOW_START } from "./limits.ts";
import type { Rtt } from "./rtt.ts";

/** What the bucket holds when a frame may go: a byte less than a frame, which rounding may cost at the very instant. */
const ENOUGH_BYTES = FRAME_BYTES_MAX - 1;
/** A shorter round trip is not told apart from this by timers, in ms. */
const RTT_MIN_MS = 0.05;

/**
 * Spreads the window over the round trip, so that it does not arrive at the bottleneck in one heap (RFC 9002 §7.7): a
 * bucket that fills at the paced rate and holds a burst.
 */
export class Pacer {
  #bytes: number = BURST_BYTES;
  #at: Instant;

  constructor(now: Instant) {
    this.#at = now;
  }

  /** Lets the bucket fill; true when a frame may go. */
  mayGo(now: Instant, congestion: Congestion, rtt: Rtt): boolean {
    if (now > this.#at) {
      const rate = bytesPerMs(congestion, rtt);
      this.#bytes = Math.min(Math.max(BURST_BYTES, rate * BURST_MS), this.#bytes + (now - this.#at) * rate);
      this.#at = now;
    }
    return this.#bytes >= ENOUGH_BYTES;
  }

  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** When the next frame may go. */
  goesAt(congestion: Congestion, rtt: Rtt): Instant {
    if (this.#bytes >= ENOUGH_BYTES) return this.#at;
    return this.#at + (FRAME_BYTES_MAX - this.#bytes) / bytesPerMs(congestion, rtt);
  }
}

function bytesPerMs(congestion: Congestion, rtt: Rtt): number {
  const pace = congestion.inSlowStart ? PACE_SLOW_START : PACE;
  return (pace * congestion.window) / Math.max(rtt.smoothed, RTT_MIN_MS);
}
