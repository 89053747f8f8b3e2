/**
 * The full-text index over posts, and over what edits made of them. It is filled behind the acknowledgement, so it may lag behind the entries by moments,
 * or after a crash by more; `meta.indexed` says how far it has come, and changes in the same transaction as the index. Edits that an
 * earlier version passed over, up to `meta.edits_from`, are taken in afterwards, and `meta.edits_old` says how far.
 */
import type { Connection } from "./connection.ts";
import { SEARCH_BEGINNING_MIN, SEARCH_WORDS_MAX } from "./limits.ts";

/** Entries indexed in one go: some milliseconds, which is as long as a write may have to wait for it. */
const STEP_ENTRIES = 256;

const NOTHING_OLD = { done: 0, all: 0 } as const;

export class SearchIndex {
  readonly #step: () => boolean;

  constructor(db: Connection) {
    const indexed = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'indexed'").pluck();
    const end = db
      .prepare<[number, number], number | null>("SELECT max(seq) FROM (SELECT seq FROM event WHERE seq > ? ORDER BY seq LIMIT ?)")
      .pluck();
    const fillOf = (kinds: string) =>
      db.prepare<[number, number]>(
        `INSERT INTO event_text (rowid, body) SELECT seq, body FROM event WHERE seq > ? AND seq <= ? AND kind IN (${kinds})`,
      );
    const [fill, fillOld] = [fillOf("'post', 'edit'"), fillOf("'edit'")];
    const move = db.prepare<[number]>("UPDATE meta SET value = ? WHERE name = 'indexed'");
    const moveOld = db.prepare<[number]>("UPDATE meta SET value = ? WHERE name = 'edits_old'");
    const step = db.transaction((from: number, upTo: number) => {
      fill.run(from, upTo);
      move.run(upTo);
    });
    const stepOld = db.transaction((from: number, upTo: number) => {
      fillOld.run(from, upTo);
      moveOld.run(upTo);
    });
    db.exec(`INSERT OR IGNORE INTO meta (name, value) SELECT 'edits_from', value FROM meta WHERE name = 'indexed';
      INSERT OR IGNORE INTO meta (name, value) VALUES ('edits_old', 0)`);
    const old = db.prepare<[], { done: number; all: number }>(
      "SELECT done.value AS done, rest.value AS \"all\" FROM meta AS done JOIN meta AS rest ON rest.name = 'edits_from' WHERE done.name = 'edits_old'",
    );
    this.#step = () => {
      const from = indexed.get() ?? 0;
      const upTo = end.get(from, STEP_ENTRIES) ?? null;
      if (upTo !== null) {
        step.immediate(from, upTo);
        return true;
      }
      const { done, all } = old.get() ?? NOTHING_OLD;
      if (done >= all) return false;
      stepOld.immediate(done, Math.min(all, done + STEP_ENTRIES));
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
