/**
 * Which of the comings and goings are shown. All of those one knows or has just talked with; of the others a few at a time,
 * so that a crowd does not push out what people say.
 */
import type { Notice } from "./presence.ts";

/** `all`, `smart` or `none`. */
export type NoticeMode = (typeof NOTICE_MODES)[number];
export const NOTICE_MODES = ["all", "smart", "none"] as const;

/** Who spoke within this time is one whose coming and going matters. */
const SPOKE_MS = 900_000;
/** Those who spoke that are remembered. */
const SPEAKERS_MAX = 1_024;
/** Lines about strangers at once, and how soon there may be another. */
const STRANGERS_AT_ONCE = 5;
const STRANGER_AGAIN_MS = 20_000;

export class NoticeFilter {
  mode: NoticeMode = "smart";
  readonly #spokeAt = new Map<string, number>();
  #left = STRANGERS_AT_ONCE;
  #refilledAt = 0;
  #saidSo = false;

  /** Notes that somebody said something. */
  spoke(peer: string, now: number): void {
    this.#spokeAt.delete(peer);
    this.#spokeAt.set(peer, now);
    const [oldest] = this.#spokeAt.keys();
    if (this.#spokeAt.size > SPEAKERS_MAX && oldest !== undefined) this.#spokeAt.delete(oldest);
  }

  /** @returns what to show in the place of a notice, null for nothing */
  shown({ peer, name, text, matters }: Notice, now: number): string | null {
    if (this.mode === "none") return null;
    if (this.mode === "all" || name.startsWith("@") || now - (this.#spokeAt.get(peer) ?? Number.NEGATIVE_INFINITY) <= SPOKE_MS) return text;
    return matters ? this.#ofStranger(text, now) : null;
  }

  #ofStranger(text: string, now: number): string | null {
    const more = Math.floor((now - this.#refilledAt) / STRANGER_AGAIN_MS);
    if (this.#left + more >= STRANGERS_AT_ONCE) {
      this.#left = STRANGERS_AT_ONCE;
      this.#refilledAt = now;
      this.#saidSo = false;
    } else {
      this.#left += more;
      this.#refilledAt += more * STRANGER_AGAIN_MS;
    }
    if (this.#left > 0) {
      this.#left--;
      return text;
    }
    if (this.#saidSo) return null;
    this.#saidSo = true;
    return "others come and go as well: /who tells who is here, /notices all shows each of them";
  }
}
