/** When the search index takes its next step: behind what is written, so that a burst or a sync has the disk to itself. */
import type { Instant } from "../core/index.ts";

/** The index waits until no write has come for so long, in ms, ... */
export const INDEX_PAUSE_MS = 20;
/** ... but no longer than this: a burst and a sync are over by then, and what goes on for ever must be found all the same. */
export const INDEX_LATE_MS = 5_000;

export class IndexPace {
  #wrote = false;
  /** When the first entry was written that the index does not have; null while it has all. */
  #since: Instant | null = null;

  noteWrite(now: Instant): void {
    this.#wrote = true;
    this.#since ??= now;
  }

  /** The index has all that was written. */
  noteComplete(): void {
    this.#since = null;
  }

  /** Called every {@link INDEX_PAUSE_MS} while there may be something to do. @returns what to do then */
  look(now: Instant): { readonly mayStep: boolean; readonly nextMs: number } {
    const wrote = this.#wrote;
    this.#wrote = false;
    const isLate = this.#since !== null && now - this.#since >= INDEX_LATE_MS;
    return { mayStep: !wrote || isLate, nextMs: wrote ? INDEX_PAUSE_MS : 0 };
  }
}
