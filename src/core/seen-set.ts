import { AgingMap } from "./aging-map.ts";
import { DUPLICATE_MS, SEEN_MAX } from "./limits.ts";
import { type Instant, NEVER_YET } from "./time.ts";

/** Names of messages that were handled a short while ago, so that a retransmission is shown once. */
export class SeenSet {
  readonly #seen = new AgingMap<string, Instant>(SEEN_MAX);
  #agedAt: Instant = NEVER_YET;

  /** Notes `name`; true when it was noted less than DUPLICATE_MS before. A second sighting does not prolong the first. */
  note(name: string, now: Instant): boolean {
    if (now - this.#agedAt >= DUPLICATE_MS) {
      this.#seen.age();
      this.#agedAt = now;
    }
    if (now - (this.#seen.get(name) ?? NEVER_YET) < DUPLICATE_MS) return true;
    this.#seen.set(name, now);
    return false;
  }
}
