/** What people read: the entries of a channel in their order (PROTOCOL.md §13.5), and those with certain words. */
import { type HistoryQuery, RECENT_MAX, type StoredEntry, type StoredEvent } from "../core/index.ts";
import type { Connection } from "./connection.ts";
import type { SqliteEventReader } from "./event-reader.ts";
import { boundedMost, SEARCH_CANDIDATES_MAX } from "./limits.ts";
import { type EntryRow, entryOf, guidBytes, hlcOf, idBytes, idOf, KEY_BYTES, SHOWN, SIGNED, type WholeRow, wholeEntryOf } from "./row.ts";
import { searchQuery } from "./search-index.ts";

export class History {
  readonly #queries: Queries;
  readonly #events: SqliteEventReader;

  constructor(db: Connection, events: SqliteEventReader) {
    this.#queries = prepare(db);
    this.#events = events;
  }

  entries({ channelId, since, most }: HistoryQuery): StoredEntry[] {
    const channel = this.#queries.channel.get(guidBytes(channelId));
    if (channel === undefined) return [];
    const rows =
      typeof since === "string" ? this.#after(channel, since, most) : this.#from(channel, since ?? Number.NEGATIVE_INFINITY, most);
    return rows.reverse().map(wholeEntryOf);
  }

  named(prefix: string, most: number): StoredEntry[] {
    const [low, high] = [idBytes(prefix.padEnd(ID_DIGITS, "0")), idBytes(prefix.padEnd(ID_DIGITS, "f"))];
    const signed = this.#queries.signedNamed.all(low.subarray(0, KEY_BYTES), high.subarray(0, KEY_BYTES), low, high, boundedMost(most));
    const unsigned =
      prefix.length > TEXT_ID_DIGITS
        ? []
        : this.#queries.unsignedNamed.all(low.subarray(0, TEXT_ID_DIGITS / 2), high.subarray(0, TEXT_ID_DIGITS / 2), boundedMost(most));
    return [...signed, ...unsigned].slice(0, boundedMost(most)).map(wholeEntryOf);
  }

  /** Ids of what others wrote without a signature, oldest first. */
  recent(): string[] {
    return this.#queries.recent.all(RECENT_MAX).map(idOf).reverse();
  }

  search(words: string, most: number): StoredEvent[] {
    const query = searchQuery(words);
    return query === null ? [] : this.#queries.search.all(query, SEARCH_CANDIDATES_MAX, boundedMost(most)).map(entryOf);
  }

  #from(channel: number, at: number, most: number): WholeRow[] {
    return this.#queries.from.all(channel, hlcOf(Math.ceil(at)), boundedMost(most));
  }

  #after(channel: number, id: string, most: number): WholeRow[] {
    const seq = this.#queries.unsigned.get(idBytes(id)) ?? this.#events.seqOf(id);
    const place = seq === null ? undefined : this.#queries.place.get(seq, channel);
    return place === undefined ? [] : this.#queries.after.all(channel, place.hlc, place.tie, place.id, boundedMost(most));
  }
}

/** Hex digits of the id of a signed event, and of one that is not. */
const ID_DIGITS = 64;
const TEXT_ID_DIGITS = 32;

/** Where an entry stands among those of its channel. */
interface PlaceRow {
  hlc: number;
  tie: number | Buffer;
  id: Buffer;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number>(sql).pluck();
  const ENTRY = `SELECT event.id, channel_guid.guid AS channel, coalesce(event.author, log.author) AS author, event.own, event.kind,
    event.hlc, event.body, event.verified`;
  const WHOLE = `${SIGNED}, channel_guid.guid AS guid, coalesce(event.author, log.author) AS name, event.own, event.verified`;
  const NAMES = "JOIN channel_guid ON channel_guid.n = event.channel LEFT JOIN log ON log.n = event.log";
  const NEWEST_FIRST = "ORDER BY event.hlc DESC, event.tie DESC, event.id DESC LIMIT ?";
  return {
    channel: number<[Buffer]>("SELECT n FROM channel_guid WHERE guid = ?"),
    unsigned: number<[Buffer]>("SELECT seq FROM event WHERE id = ? AND log IS NULL"),
    place: db.prepare<[number, number], PlaceRow>("SELECT hlc, tie, id FROM event WHERE seq = ? AND channel = ?"),
    from: db.prepare<[number, number, number], WholeRow>(
      `SELECT ${WHOLE} FROM event ${NAMES} WHERE event.channel = ? AND event.hlc >= ? AND ${SHOWN} ${NEWEST_FIRST}`,
    ),
    after: db.prepare<[number, number, number | Buffer, Buffer, number], WholeRow>(
      `SELECT ${WHOLE} FROM event ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?) AND ${SHOWN} ${NEWEST_FIRST}`,
    ),
    // Stretch by stretch, as a whole id is found.
    signedNamed: db.prepare<[Buffer, Buffer, Buffer, Buffer, number], WholeRow>(
      `WITH RECURSIVE stretch (n) AS (
         SELECT max(seq) >> 12 FROM event UNION ALL SELECT n - 1 FROM stretch WHERE n > 0
       )
       SELECT ${WHOLE} FROM stretch
       CROSS JOIN event ON event.seq >> 12 = stretch.n AND substr(event.id, 1, 8) BETWEEN ? AND ? AND event.log IS NOT NULL ${NAMES}
       WHERE event.id BETWEEN ? AND ? AND ${SHOWN} LIMIT ?`,
    ),
    unsignedNamed: db.prepare<[Buffer, Buffer, number], WholeRow>(
      `SELECT ${WHOLE} FROM event ${NAMES} WHERE event.id BETWEEN ? AND ? AND event.log IS NULL AND ${SHOWN} LIMIT ?`,
    ),
    recent: db.prepare<[number], Buffer>("SELECT id FROM event WHERE log IS NULL AND own = 0 ORDER BY seq DESC LIMIT ?").pluck(),
    // What was kept last is mostly newest; after a long absence it comes in backwards, so some more are looked at.
    search: db.prepare<[string, number, number], EntryRow>(
      `${ENTRY} FROM (SELECT rowid AS seq FROM event_text WHERE event_text MATCH ? ORDER BY rowid DESC LIMIT ?) AS found
       JOIN event ON event.seq = found.seq ${NAMES} ${NEWEST_FIRST}`,
    ),
  };
}
