import { ACK_DELAY_MS, ACK_DELAY_SHARE, FIRST_RTT_MS, GRAIN_MS } from "./limits.ts";

/** The round trip of the data path, as RFC 9002 §5 estimates it. All times in ms. */
export class Rtt {
  #smoothed: number;
  #variation: number;
  #latest: number;
  #least = Number.POSITIVE_INFINITY;

  /** @param first - what to go by until there is a sample */
  constructor(first = FIRST_RTT_MS) {
    this.#smoothed = first;
    this.#variation = first / 2;
    this.#latest = first;
  }

  get smoothed(): number {
    return this.#smoothed;
  }

  get variation(): number {
    return this.#variation;
  }

  /** @param ackDelay - what the other side says it waited before it acknowledged */
  sample(latest: number, ackDelay: number): void {
    this.#latest = latest;
    if (this.#least === Number.POSITIVE_INFINITY) {
      this.#least = latest;
      this.#smoothed = latest;
      this.#variation = latest / 2;
      return;
    }
    this.#least = Math.min(this.#least, latest);
    const delay = Math.min(ackDelay, ACK_DELAY_MS);
    const adjusted = latest >= this.#least + delay ? latest - delay : latest;
    this.#variation = (3 * this.#variation + Math.abs(this.#smoothed - adjusted)) / 4;
    this.#smoothed = (7 * this.#smoothed + adjusted) / 8;
  }

  /** The larger of the smoothed and the latest: what a frame sent now should take at most. */
  get present(): number {
    return Math.max(this.#smoothed, this.#latest, GRAIN_MS);
  }

  /** How long an ack of ours may wait for company. */
  get ackDelay(): number {
    return Math.min(ACK_DELAY_MS, Math.max(GRAIN_MS, this.#smoothed * ACK_DELAY_SHARE));
  }

  /** How long after the last frame a probe goes out when nothing is heard (RFC 9002 §6.2.1). */
  get probeDelay(): number {
    return this.#smoothed + Math.max(4 * this.#variation, GRAIN_MS) + ACK_DELAY_MS;
  }
}
