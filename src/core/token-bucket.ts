import type { Instant } from "./time.ts";

/** A budget that refills with time: at most `burst` at once, `perSecond` in the long run. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: Instant;

  constructor(burst: number, perSecond: number, now: Instant) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#at = now;
  }

  holds(amount: number, now: Instant): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    return this.#tokens >= amount;
  }

  /** Takes `amount` whole or not at all. */
  take(amount: number, now: Instant): boolean {
    if (!this.holds(amount, now)) return false;
    this.#tokens -= amount;
    return true;
  }
}
