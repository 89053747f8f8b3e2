/** Says the same thing once in a while only, however often it happens: what strangers can bring about must not flood. */

/** How long a thing that was said is not said again. */
const AGAIN_MS = 600_000;
/** Different things within that time. */
const AT_ONCE_MAX = 10;

export class Seldom {
  readonly #saidAt = new Map<string, number>();

  /** @param now - monotonic ms. @returns true when `what` may be said now */
  may(what: string, now: number): boolean {
    for (const [said, at] of this.#saidAt) {
      if (now - at < AGAIN_MS) break; // the first one is the oldest
      this.#saidAt.delete(said);
    }
    if (this.#saidAt.has(what) || this.#saidAt.size >= AT_ONCE_MAX) return false;
    this.#saidAt.set(what, now);
    return true;
  }
}
