/** What the matrix has found so far, over several runs where they keep it in a file: the last finding of each pair, and how often it was tried. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Pair } from "./pairs.ts";
import { faultOf, type Outcome } from "./report.ts";

export interface Result {
  readonly outcome: Outcome;
  /** 1 for a pair that was as promised at once. */
  readonly tries: number;
  /** The machine's load (of the last minute) when it began. */
  readonly load: number;
}

export class Results {
  readonly #file: string | null;
  readonly #byPair = new Map<string, Result>();

  /** @param file - null: nothing is kept */
  constructor(file: string | null, pairs: readonly Pair[]) {
    this.#file = file;
    if (file === null || !existsSync(file)) return;
    const kept = JSON.parse(readFileSync(file, "utf8")) as Record<string, Result>;
    for (const pair of pairs) {
      const result = kept[keyOf(pair)];
      if (result !== undefined) this.#byPair.set(keyOf(pair), { ...result, outcome: { ...result.outcome, pair } });
    }
  }

  of(pair: Pair): Result | undefined {
    return this.#byPair.get(keyOf(pair));
  }

  isDone(pair: Pair): boolean {
    const result = this.of(pair);
    return result !== undefined && faultOf(result.outcome) === null;
  }

  add(outcome: Outcome, load: number): void {
    const tries = (this.of(outcome.pair)?.tries ?? 0) + 1;
    this.#byPair.set(keyOf(outcome.pair), { outcome, tries, load });
    if (this.#file !== null) writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#byPair), null, 1));
  }
}

function keyOf({ a, b }: Pair): string {
  return `${a},${b}`;
}
