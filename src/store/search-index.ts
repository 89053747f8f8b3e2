/**
 * The full-text index over posts. It is filled behind the acknowledgement, so it may lag behind the entries by moments,
 * or after a crash by more; `meta.indexed` says how far it has come, and changes in the same transaction as the index.
 */
import type { Connection } from "./connection.ts";
import { SEARCH_BEGINNING_MIN, SEARCH_WORDS_MAX } from "./limits.ts";

/** Entries indexed in one go: some milliseconds, which is as long as a write may have to wait for it. */
const STEP_ENTRIES = 256;

export class SearchIndex {
  readonly #step: () => boolean;

  constructor(db: Connection) {
    const indexed = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'indexed'").pluck();
    const end = db
      .prepare<[number, number], number | null>("SELECT max(seq) FROM (SELECT seq FROM event WHERE seq > ? ORDER BY seq LIMIT ?)")
      .pluck();
    const fill = db.prepare<[number, number]>(
      "INSERT INTO event_text (rowid, body) SELECT seq, body FROM event WHERE seq > ? AND seq <= ? AND kind = 'post'",
    );
    const move = db.prepare<[number]>("UPDATE meta SET value = ? WHERE name = 'indexed'");
    const step = db.transaction((from: number, upTo: number) => {
      fill.run(from, upTo);
      move.run(upTo);
    });
    this.#step = () => {
      const from = indexed.get() ?? 0;
      const upTo = end.get(from, STEP_ENTRIES) ?? null;
      if (upTo === null) return false;
      step.immediate(from, upTo);
      return true;
    };
  }

  /**
   * Takes in the next few entries.
   * @returns false when there were none left
   */
  step(): boolean {
    return this.#step();
  }
}

/**
 * What FTS5 is asked for the words that a user typed: all of them, the last one as a beginning unless it is short; null when
 * there is no word.
 */
export function searchQuery(words: string): string | null {
  const sought = words
    .split(/[\s\0]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, SEARCH_WORDS_MAX);
  const last = sought.at(-1);
  if (last === undefined) return null;
  const quoted = sought.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
  return isBeginning(last) ? `${quoted}*` : quoted;
}

/** True when what follows the last sign that is no letter or digit, which is where SQLite parts words, is long enough. */
export function isBeginning(word: string): boolean {
  const last = word.match(/[\p{L}\p{N}\p{M}]+/gu)?.at(-1) ?? "";
  return [...last].length >= SEARCH_BEGINNING_MIN;
}
