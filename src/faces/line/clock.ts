/** The time as the chat needs it; tests give another. */

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls `act` once after `ms`. @returns takes that back */
  after(ms: number, act: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
