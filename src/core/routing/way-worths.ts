/**
 * What a way over several hops is worth: only what came of it. Somebody at its far end answered over it, or nobody did;
 * what those in the middle say counts for nothing. PROTOCOL.md §17.3.
 */
import { AgingMap } from "../aging-map.ts";
import { WAY_AGAIN_MS, WAY_AGAIN_MS_MAX, WAY_WORTHS_MAX } from "../limits.ts";
import type { Way } from "../path.ts";
import { type Instant, NEVER_YET } from "../time.ts";

/** `failed`: it is not tried again yet. */
export type Worth = "works" | "untried" | "failed";

interface Note {
  readonly failures: number;
  readonly againAt: Instant;
}

const UNTRIED: Note = { failures: -1, againAt: NEVER_YET };

export class WayWorths {
  readonly #notes = new AgingMap<string, Note>(WAY_WORTHS_MAX);

  of(to: string, way: Way, now: Instant): Worth {
    const { failures, againAt } = this.#notes.get(nameOf(to, way)) ?? UNTRIED;
    if (failures === 0) return "works";
    return now < againAt ? "failed" : "untried";
  }

  works(to: string, way: Way): void {
    this.#notes.set(nameOf(to, way), { failures: 0, againAt: NEVER_YET });
  }

  fails(to: string, way: Way, now: Instant): void {
    const before = Math.max(0, this.#notes.get(nameOf(to, way))?.failures ?? 0);
    const againAt = now + Math.min(WAY_AGAIN_MS_MAX, WAY_AGAIN_MS * 2 ** before);
    this.#notes.set(nameOf(to, way), { failures: before + 1, againAt });
  }
}

function nameOf(to: string, { first, via }: Way): string {
  return `${to} ${first} ${via ?? ""}`;
}
