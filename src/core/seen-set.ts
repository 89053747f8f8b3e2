import { DUPLICATE_MS, SEEN_MAX } from "./limits.ts";
import type { Instant } from "./time.ts";

/** Names of messages that were handled a short while ago, so that a retransmission is shown once. */
export class SeenSet {
  readonly #seen = new Map<string, Instant>();

  /** Notes `name`; true when it was noted less than DUPLICATE_MS before. A second sighting does not prolong the first. */
  note(name: string, now: Instant): boolean {
    this.#forget(now);
    if (this.#seen.has(name)) return true;
    this.#seen.set(name, now);
    return false;
  }

  #forget(now: Instant): void {
    for (const [name, at] of this.#seen) {
      if (now - at < DUPLICATE_MS && this.#seen.size < SEEN_MAX) return;
      this.#seen.delete(name);
    }
  }
}
