/** The clocks of the machine; nobody else reads them. */
import type { Instant, Timestamp } from "../core/index.ts";

/** The monotonic clock that all inputs are stamped with. */
export function instant(): Instant {
  return performance.now();
}

/** The wall clock at instant 0. */
export function wallEpoch(): Timestamp {
  return Date.now() - performance.now();
}
