/**
 * The hybrid clock: wall time that never goes back and that runs past whatever it has seen, so that an event is later
 * than all that its author knew. PROTOCOL.md §13.5.
 */
import type { EventId } from "../../wire/index.ts";
import type { Timestamp } from "../time.ts";
import { AHEAD_MAX_MS } from "./limits.ts";

/**
 * Microseconds since 1970. The clock itself knows milliseconds; the three digits below count events within one, and
 * carry into it when a burst is longer.
 */
export type HybridTime = number;

export const US_PER_MS = 1_000;

export class HybridClock {
  #last: HybridTime = 0;

  /**
   * The time of the next event of ours: later than all before it, and than all that was heard. Only when that lies ahead,
   * because our own wall clock was wrong and is mended now, does it start anew; so does our log then.
   */
  next(wall: Timestamp): HybridTime {
    this.#last = isAhead(this.#last, wall) ? wall * US_PER_MS : Math.max(this.#last + 1, wall * US_PER_MS);
    return this.#last;
  }

  /**
   * Takes note of another's event. One dated further ahead than `AHEAD_MAX_MS` is not taken: else a single member with a
   * clock at 2099 would drag everybody's there.
   * @returns whether it was taken, so that an event of ours may name it
   */
  hear(time: HybridTime, wall: Timestamp): boolean {
    if (isAhead(time, wall)) return false;
    this.#last = Math.max(this.#last, time);
    return true;
  }
}

/** True for an event dated so far ahead that its author's clock, or ours, is wrong. */
export function isAhead(time: HybridTime, wall: Timestamp): boolean {
  return time > dueAt(wall);
}

/** The latest time that is not ahead at `wall`. */
function dueAt(wall: Timestamp): HybridTime {
  return (wall + AHEAD_MAX_MS) * US_PER_MS;
}

/** The order in which events are shown, the same on every device: by time, then by id. */
export function compareOrder(
  a: { readonly hlc: HybridTime; readonly id: EventId },
  b: { readonly hlc: HybridTime; readonly id: EventId },
): number {
  return a.hlc - b.hlc || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
