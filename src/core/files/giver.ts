/** A neighbour that one file is asked of: what it was asked for, how quick it is, and whether it is of any use. PROTOCOL.md §21.4. */
import type { PeerId } from "../io.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { LACKING_FIRST_MS, LACKING_MAX_MS, LIED_MS, PROMPT_MS, SILENT_MS, SLOW_MS, WINDOW_FIRST, WINDOW_MAX } from "./limits.ts";

export class Giver {
  readonly id: PeerId;
  isHere = true;
  /** Blocks and lists of the file that came from it. */
  gave = 0;
  lied = false;
  readonly #asked = new Map<number, Instant>();
  /** Nothing came for long: others are asked for what it was asked for, which it may still bring. Then it may be asked again. */
  #silent = false;
  #window = WINDOW_FIRST;
  #heardAt: Instant = NEVER_YET;
  /** It lied, and is not asked before. */
  #restsUntil: Instant = NEVER_YET;
  /** It lacks something: it is asked for what it said that it has, and for more only from time to time. */
  #isPartial = false;
  readonly #known = new Set<number>();
  #probesAt: Instant = NEVER_YET;
  #probeMs = LACKING_FIRST_MS;

  constructor(id: PeerId) {
    this.id = id;
  }

  /** How many it is waited for. */
  get waiting(): number {
    return this.#silent ? 0 : this.#asked.size;
  }

  /** How many more it may be asked for: a few at a time, since each question is a message. */
  get room(): number {
    const room = this.#window - this.#asked.size;
    return this.#asked.size === 0 || room >= this.#window / 4 ? room : 0;
  }

  isAsked(index: number): boolean {
    return this.#asked.has(index);
  }

  askedBefore(instant: Instant): number[] {
    return [...this.#asked].filter(([, at]) => at <= instant).map(([index]) => index);
  }

  mayBeAsked(now: Instant): boolean {
    return this.isHere && !this.#silent && now >= this.#restsUntil;
  }

  /** What it said that it has and was not asked for; null for one that seems to have all. */
  get known(): ReadonlySet<number> | null {
    return this.#isPartial ? this.#known : null;
  }

  mayBeProbed(now: Instant): boolean {
    return now >= this.#probesAt;
  }

  ask(index: number, now: Instant): void {
    if (this.#asked.size === 0) this.#heardAt = now;
    this.#asked.set(index, now);
    if (this.#known.delete(index) || !this.#isPartial) return;
    this.#probesAt = now + this.#probeMs;
    this.#probeMs = Math.min(LACKING_MAX_MS, this.#probeMs * 2);
  }

  /** Something that it was asked for has come. @returns true when it was waited for */
  answered(index: number, now: Instant): boolean {
    const tookMs = now - (this.#asked.get(index) ?? now);
    if (tookMs <= PROMPT_MS) this.#window = Math.min(WINDOW_MAX, this.#window + 1);
    else if (tookMs > SLOW_MS) this.#window = Math.max(1, this.#window - 1);
    this.#heardAt = now;
    return this.drop(index);
  }

  /** @returns true when it was waited for */
  drop(index: number): boolean {
    const waited = this.#asked.delete(index) && !this.#silent;
    if (this.#asked.size === 0) this.#silent = false;
    return waited;
  }

  /** What it brought is of the file. */
  gives(): void {
    this.gave++;
    this.#probeMs = LACKING_FIRST_MS;
  }

  /** It does not have what it was asked for, but perhaps this. */
  lack(has: readonly number[], now: Instant): void {
    if (!this.#isPartial) this.#probesAt = now + this.#probeMs;
    this.#isPartial = true;
    this.#known.clear();
    for (const index of has) this.#known.add(index);
  }

  // Each of these returns what it is not waited for any more.

  lie(now: Instant): number[] {
    this.lied = true;
    this.#restsUntil = now + LIED_MS;
    return this.#let();
  }

  leave(): number[] {
    this.isHere = false;
    return this.#let();
  }

  tend(now: Instant): number[] {
    if (this.#asked.size === 0 || now - this.#heardAt < SILENT_MS) return [];
    if (this.#silent) {
      this.#heardAt = now;
      return this.#let();
    }
    this.#silent = true;
    this.#heardAt = now;
    return [...this.#asked.keys()];
  }

  /** What was asked for is of no interest any more. */
  forget(): void {
    this.#asked.clear();
    this.#known.clear();
    this.#isPartial = false;
    this.#silent = false;
  }

  #let(): number[] {
    const waited = this.#silent ? [] : [...this.#asked.keys()];
    this.forget();
    return waited;
  }
}
