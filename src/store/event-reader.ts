/** What the logs ask: signed events by their place in a log, or by their id. PROTOCOL.md §13.6. */
import {
  type ChannelHash,
  compareOrder,
  type EffectKind,
  type Event,
  type EventPlace,
  type EventRange,
  type EventReader,
  type LogRow,
  RANGE_MAX,
  type Reference,
  type RestoredLogs,
  STATEMENTS_PER_ADMIN_MAX,
} from "../core/index.ts";
import type { EventId, InstanceId, NodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { NUMBERS_MAX, RESTORED_LOGS_MAX } from "./limits.ts";
import { eventOf, idBytes, KEY_BYTES, referenceBytes, SHOWN, SIGNED, type SignedRow, seenEventOf } from "./row.ts";

export class SqliteEventReader implements EventReader {
  readonly #queries: Queries;
  readonly #numbers = new Map<ChannelHash, number>();

  constructor(db: Connection) {
    this.#queries = prepare(db);
  }

  branchOf(channel: ChannelHash, id: EventId, { author, inst, seq }: EventPlace): number | null {
    return this.#queries.branchOf.get(channel, author, inst, seq, idBytes(id)) ?? null;
  }

  event(channel: ChannelHash, id: EventId): Event | null {
    const seq = this.seqOf(id);
    const row = seq === null ? undefined : this.#queries.event.get(seq, channel);
    return row === undefined ? null : eventOf(row);
  }

  range({ channel, author, inst, branch, from, to }: EventRange, most: number): Event[] {
    const lowest = Math.max(from, to - Math.min(most, RANGE_MAX) + 1);
    const rows = this.#queries.range.all(channel, author, inst, lowest, to, branch);
    return chainFrom(to, rows.map(eventOf));
  }

  meant(channel: ChannelHash, { hlc, id }: Reference): Event | null {
    const number = this.#channel(channel);
    const row = number === null ? undefined : this.#queries.meant.get(number, hlc, idBytes(id), channel);
    return row === undefined ? null : seenEventOf(row);
  }

  isTouched(post: Event): boolean {
    const number = this.#channel(post.channel);
    return number !== null && this.#queries.touched.get(number, referenceBytes(post)) !== undefined;
  }

  effectsOn(post: Event, kind: EffectKind, most: number, by?: NodeId): Event[] {
    const { effects, effectsIn, logsOf } = this.#queries;
    const target = referenceBytes(post);
    const limit = Math.min(most, RANGE_MAX);
    if (by !== undefined) {
      const rows = logsOf.all(post.channel, by).flatMap((log) => effectsIn.all(log, target, kind, limit));
      return rows
        .map(seenEventOf)
        .sort((a, b) => compareOrder(b, a))
        .slice(0, limit);
    }
    const number = this.#channel(post.channel);
    return number === null ? [] : effects.all(number, target, kind, limit).map(seenEventOf);
  }

  latest(channel: ChannelHash, kind: "nick" | "topic", most: number, by?: NodeId): Event[] {
    const number = this.#channel(channel);
    if (number === null) return [];
    const { latest, latestBy } = this.#queries;
    const limit = Math.min(most, RANGE_MAX);
    return (by === undefined ? latest.all(number, kind, limit) : latestBy.all(number, kind, channel, by, limit)).map(seenEventOf);
  }

  statementsBy(channel: ChannelHash, author: NodeId, skip = 0): Event[] {
    return this.#queries.statementsBy.all(channel, author, STATEMENTS_PER_ADMIN_MAX, skip).map(eventOf);
  }

  /** The number that stands for a channel in its events; null while there are none. */
  #channel(channel: ChannelHash): number | null {
    const known = this.#numbers.get(channel);
    if (known !== undefined) return known;
    const number = this.#queries.channel.get(channel) ?? null;
    if (this.#numbers.size >= NUMBERS_MAX) this.#numbers.clear();
    if (number !== null) this.#numbers.set(channel, number);
    return number;
  }

  /** The row of a signed event, whatever its channel. */
  seqOf(id: string): number | null {
    const bytes = idBytes(id);
    return this.#queries.seqOf.get(bytes.subarray(0, KEY_BYTES), bytes) ?? null;
  }

  logs(): RestoredLogs[] {
    const channels = new Map<ChannelHash, LogRow[]>();
    for (const row of this.#queries.logs.all(RESTORED_LOGS_MAX)) {
      const rows = channels.get(row.channel) ?? [];
      channels.set(row.channel, rows);
      rows.push({ author: row.author, inst: row.inst, floor: row.floor, branches: JSON.parse(row.branches) as LogRow["branches"] });
    }
    return [...channels].map(([channel, rows]) => ({ channel, rows }));
  }
}

/** The events of one chain, from `to` downwards: after a hole, none names the next. */
function chainFrom(to: number, events: readonly Event[]): Event[] {
  const chain: Event[] = [];
  for (const event of events) {
    const above = chain.at(-1);
    if (above === undefined ? event.seq === to : event.id === above.prev) chain.push(event);
  }
  return chain;
}

interface StoredLogRow {
  channel: ChannelHash;
  author: NodeId;
  inst: InstanceId;
  floor: number;
  branches: string;
}

/** In these words the index `event_name` is found. */
const NAMING = "event.kind IN ('nick', 'topic')";

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    branchOf: db
      .prepare<[string, string, string, number, Buffer], number>(
        `SELECT event.branch FROM log JOIN event ON event.log = log.n
         WHERE log.channel = ? AND log.author = ? AND log.inst = ? AND event.log_seq = ? AND event.id = ?`,
      )
      .pluck(),
    event: db.prepare<[number, string], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log WHERE event.seq = ? AND log.channel = ?`,
    ),
    range: db.prepare<[string, string, string, number, number, number], SignedRow>(
      `SELECT ${SIGNED} FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND log.inst = ? AND event.log_seq BETWEEN ? AND ? AND event.branch = ?
       ORDER BY event.log_seq DESC`,
    ),
    channel: db
      .prepare<[string], number>("SELECT event.channel FROM log JOIN event ON event.log = log.n WHERE log.channel = ? LIMIT 1")
      .pluck(),
    meant: db.prepare<[number, number, Buffer, string], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log
       WHERE event.channel = ? AND event.hlc = ? AND event.id = ? AND log.channel = ? AND ${SHOWN}`,
    ),
    touched: db.prepare<[number, Buffer], number>("SELECT 1 FROM event WHERE event.channel = ? AND event.target = ? LIMIT 1").pluck(),
    effects: db.prepare<[number, Buffer, string, number], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log WHERE event.channel = ? AND event.target = ? AND event.kind = ?
       ORDER BY event.hlc DESC LIMIT ?`,
    ),
    effectsIn: db.prepare<[number, Buffer, string, number], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log WHERE event.log = ? AND event.target = ? AND event.kind = ?
       ORDER BY event.hlc DESC LIMIT ?`,
    ),
    logsOf: db.prepare<[string, string], number>("SELECT n FROM log WHERE channel = ? AND author = ?").pluck(),
    latest: db.prepare<[number, string, number], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log WHERE event.channel = ? AND event.kind = ? AND ${NAMING}
       ORDER BY event.hlc DESC LIMIT ?`,
    ),
    latestBy: db.prepare<[number, string, string, string, number], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log WHERE event.channel = ? AND event.kind = ? AND ${NAMING}
       AND event.log IN (SELECT n FROM log WHERE channel = ? AND author = ?) ORDER BY event.hlc DESC LIMIT ?`,
    ),
    statementsBy: db.prepare<[string, string, number, number], SignedRow>(
      `SELECT ${SIGNED} FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND event.kind IN ('grant', 'revoke', 'leave', 'invite') ORDER BY event.seq LIMIT ? OFFSET ?`,
    ),
    // Stretch by stretch, the newest first: what is asked for is mostly new.
    seqOf: db
      .prepare<[Buffer, Buffer], number>(
        `WITH RECURSIVE stretch (n) AS (
           SELECT max(seq) >> 12 FROM event UNION ALL SELECT n - 1 FROM stretch WHERE n > 0
         )
         SELECT event.seq FROM stretch CROSS JOIN event ON event.seq >> 12 = stretch.n AND substr(event.id, 1, 8) = ?
         WHERE event.id = ? AND event.log IS NOT NULL LIMIT 1`,
      )
      .pluck(),
    // The logs that we write first: without its end, one would be begun anew, and fork.
    logs: db.prepare<[number], StoredLogRow>(
      `SELECT channel, author, inst, floor, branches FROM log WHERE branches IS NOT NULL
       ORDER BY inst IN (SELECT inst FROM channel WHERE inst IS NOT NULL) DESC, n LIMIT ?`,
    ),
  };
}
