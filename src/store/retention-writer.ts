/** Writes how much is kept of channels, counts what they have, and drops what is too much. PROTOCOL.md §13.6. */
import type { Change } from "../core/index.ts";
import { staysWhenDropped } from "../core/log/kind.ts";
import type { Connection } from "./connection.ts";
import { guidBytes } from "./row.ts";

type Drop = Extract<Change, { kind: "drop" }>;

/** What the search index has besides the words themselves is not counted: bytes of an entry of the history with nothing in it. */
const ENTRY_BYTES = 400;
/** The quota that holds where a channel has none of its own. */
const ALL_CHANNELS = Buffer.alloc(0);

/** About what an entry takes on the disk; schema-7 counts the same way. */
export function bytesOf(bodyBytes: number, detailsBytes: number, depsBytes: number): number {
  return ENTRY_BYTES + 2 * bodyBytes + detailsBytes + depsBytes;
}

export class RetentionWriter {
  readonly #statements: Statements;
  /** What the batches under way add to channels, by number. */
  readonly #added = new Map<number, { entries: number; bytes: number }>();

  constructor(db: Connection) {
    this.#statements = prepare(db);
  }

  /** One more entry of a channel. */
  count(channel: number, bytes: number): void {
    const added = this.#added.get(channel) ?? { entries: 0, bytes: 0 };
    this.#added.set(channel, { entries: added.entries + 1, bytes: added.bytes + bytes });
  }

  /** An entry of a channel takes more than it did. */
  grow(channel: number, bytes: number): void {
    const added = this.#added.get(channel) ?? { entries: 0, bytes: 0 };
    this.#added.set(channel, { ...added, bytes: added.bytes + bytes });
  }

  /** An entry has other words than it had when the search index came past it. */
  index(seq: number, { kind, text }: { readonly kind: string; readonly text: string }): void {
    const { wordsIn, word } = this.#statements;
    if (wordsIn.get(seq, kind, kind, seq, seq) !== undefined) word.run(seq, text);
  }

  /** Writes what was counted, before a commit. */
  settle(): void {
    for (const [channel, { entries, bytes }] of this.#added) this.#statements.add.run(channel, entries, bytes);
    this.#added.clear();
  }

  rolledBack(): void {
    this.#added.clear();
  }

  keepQuota({ channelId, quota }: Extract<Change, { kind: "quota" }>): void {
    const guid = channelId === null ? ALL_CHANNELS : guidBytes(channelId);
    if (quota === null) this.#statements.dropQuota.run(guid);
    else this.#statements.keepQuota.run(guid, quota.bytes, quota.days);
  }

  /** What was dropped is wanted again. */
  want({ channelId }: Extract<Change, { kind: "want" }>): void {
    this.#statements.want.run(guidBytes(channelId));
  }

  drop({ channelId, hash, upTo, cuts }: Drop): void {
    this.settle();
    const { channel, horizon, posts, unsigned, cut, set, unindex } = this.#statements;
    const n = channel.get(guidBytes(channelId));
    if (n === undefined) return;
    const dropped = posts.get(n, horizon.get(n) ?? 0, upTo) ?? 0;
    const gone = unsigned.all(n, upTo);
    if (hash !== null) for (const { author, inst, branch, below } of cuts) gone.push(...cut.all(hash, author, inst, branch, below));
    let bytes = 0;
    let entries = 0;
    for (const row of gone) {
      if (staysWhenDropped(row.kind)) continue;
      this.#remove(row);
      entries++;
      bytes += row.bytes;
    }
    set.run(entries, bytes, upTo, dropped, n);
    unindex.run(); // numbers above the highest are given again
  }

  #remove({ seq, kind, body }: Row): void {
    const { wordsIn, unword, remove } = this.#statements;
    if (wordsIn.get(seq, kind, kind, seq, seq) !== undefined) unword.run(seq, body);
    remove.run(seq);
  }
}

interface Row {
  seq: number;
  kind: string;
  body: string;
  bytes: number;
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const run = <Values extends unknown[]>(sql: string) => db.prepare<Values>(sql);
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number>(sql).pluck();
  const ROW = `SELECT event.seq, event.kind, event.body,
    ${ENTRY_BYTES} + 2 * octet_length(event.body) + coalesce(octet_length(event.details), 0) + coalesce(octet_length(event.signed), 0) + coalesce(octet_length(event.deps), 0) AS bytes`;
  return {
    channel: number<[Buffer]>("SELECT n FROM channel_guid WHERE guid = ?"),
    add: run<[number, number, number]>(
      `INSERT INTO holding (channel, entries, bytes, horizon, dropped) VALUES (?, ?, ?, 0, 0)
       ON CONFLICT (channel) DO UPDATE SET entries = entries + excluded.entries, bytes = bytes + excluded.bytes`,
    ),
    keepQuota: run<[Buffer, number | null, number | null]>("INSERT OR REPLACE INTO quota (guid, bytes, days) VALUES (?, ?, ?)"),
    dropQuota: run<[Buffer]>("DELETE FROM quota WHERE guid = ?"),
    want: run<[Buffer]>("UPDATE holding SET horizon = 0, dropped = 0 WHERE channel = (SELECT n FROM channel_guid WHERE guid = ?)"),
    horizon: number<[number]>("SELECT horizon FROM holding WHERE channel = ?"),
    posts: number<[number, number, number]>("SELECT count(*) FROM event WHERE channel = ? AND hlc > ? AND hlc <= ? AND kind = 'post'"),
    unsigned: db.prepare<[number, number], Row>(`${ROW} FROM event WHERE channel = ? AND hlc <= ? AND log IS NULL`),
    cut: db.prepare<[string, string, string, number, number], Row>(
      `${ROW} FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND log.inst = ? AND event.branch = ? AND event.log_seq < ?`,
    ),
    remove: run<[number]>("DELETE FROM event WHERE seq = ?"),
    set: run<[number, number, number, number, number]>(
      "UPDATE holding SET entries = entries - ?, bytes = bytes - ?, horizon = max(horizon, ?), dropped = dropped + ? WHERE channel = ?",
    ),
    // Whether its words are in the search index: see search-index.ts.
    wordsIn: number<[number, string, string, number, number]>(
      `SELECT 1 FROM meta WHERE name = 'indexed' AND ? <= value AND (? = 'post' OR (? = 'edit' AND (
         ? > (SELECT value FROM meta WHERE name = 'edits_from') OR ? <= (SELECT value FROM meta WHERE name = 'edits_old'))))`,
    ),
    word: run<[number, string]>("INSERT INTO event_text (rowid, body) VALUES (?, ?)"),
    unword: run<[number, string]>("INSERT INTO event_text (event_text, rowid, body) VALUES ('delete', ?, ?)"),
    unindex: run<[]>(
      `UPDATE meta SET value = (SELECT coalesce(max(seq), 0) FROM event)
       WHERE name IN ('indexed', 'edits_from', 'edits_old') AND value > (SELECT coalesce(max(seq), 0) FROM event)`,
    ),
  };
}
