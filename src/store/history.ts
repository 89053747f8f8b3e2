/** What people read: the entries of a channel in their order (PROTOCOL.md §13.5), and those with certain words. */
import { type HistoryQuery, RECENT_MAX, type StoredEvent } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import type { SqliteEventReader } from "./event-reader.ts";
import { AROUND_LOOKED_AT, boundedMost, SEARCH_CANDIDATES_MAX, SEARCH_CANDIDATES_OF_CHANNEL_MAX } from "./limits.ts";
import { type EntryRow, entryOf, guidBytes, hlcOf, idBytes, idOf } from "./row.ts";
import { searchQuery } from "./search-index.ts";

/** Posts next to an entry, oldest first. */
export interface Around {
  readonly before: StoredEvent[];
  readonly after: StoredEvent[];
}

export class History {
  readonly #queries: Queries;
  readonly #events: SqliteEventReader;

  constructor(db: Connection, events: SqliteEventReader) {
    this.#queries = prepare(db);
    this.#events = events;
  }

  entries({ channelId, since, most }: HistoryQuery): StoredEvent[] {
    const guid = guidBytes(channelId);
    const channel = this.#queries.channel.get(guid);
    if (channel === undefined) return [];
    const shown = this.#queries.shown.get(channel) ?? Number.MIN_SAFE_INTEGER;
    const rows = typeof since === "string" ? this.#after(channel, since, shown, most) : this.#from(channel, since, shown, most);
    return rows.reverse().map(entryOf);
  }

  /** Ids of what others wrote without a signature, oldest first. */
  recent(): string[] {
    return this.#queries.recent.all(RECENT_MAX).map(idOf).reverse();
  }

  search(words: string, most: number, channelId: Guid | null): StoredEvent[] {
    const query = searchQuery(words);
    const channel = channelId === null ? null : this.#queries.channel.get(guidBytes(channelId));
    if (query === null || channel === undefined) return [];
    const candidates = channel === null ? SEARCH_CANDIDATES_MAX : SEARCH_CANDIDATES_OF_CHANNEL_MAX;
    return this.#queries.search.all(query, candidates, channel, channel, boundedMost(most)).map(entryOf);
  }

  around(channelId: Guid, id: string, most: number): Around {
    const channel = this.#queries.channel.get(guidBytes(channelId));
    const place = channel === undefined ? undefined : this.placeOf(channel, id);
    if (channel === undefined || place === undefined) return { before: [], after: [] };
    const shown = this.#queries.shown.get(channel) ?? Number.MIN_SAFE_INTEGER;
    const { hlc, tie, id: bytes } = place;
    const posts = (rows: readonly EntryRow[]) =>
      rows
        .filter(({ kind, hlc: at }) => kind === "post" && at >= shown)
        .slice(0, most)
        .map(entryOf);
    const before = posts(this.#queries.before.all(channel, hlc, tie, bytes, most * AROUND_LOOKED_AT)).reverse();
    return { before, after: posts(this.#queries.next.all(channel, hlc, tie, bytes, most * AROUND_LOOKED_AT)) };
  }

  /** @param shown - the time from which on entries are shown: what is older was dropped, or stays for the logs alone */
  #from(channel: number, at: number | undefined, shown: number, most: number): EntryRow[] {
    const from = at === undefined ? shown : Math.max(hlcOf(Math.ceil(at)), shown);
    return this.#queries.from.all(channel, from, boundedMost(most));
  }

  /** Where an entry stands among those of its channel; undefined for one that is not there. */
  placeOf(channel: number, id: string): PlaceRow | undefined {
    const seq = this.#queries.unsigned.get(idBytes(id)) ?? this.#events.seqOf(id);
    return seq === null ? undefined : this.#queries.place.get(seq, channel);
  }

  #after(channel: number, id: string, shown: number, most: number): EntryRow[] {
    const place = this.placeOf(channel, id);
    if (place === undefined) return [];
    if (place.hlc < shown) return this.#from(channel, undefined, shown, most);
    return this.#queries.after.all(channel, place.hlc, place.tie, place.id, boundedMost(most));
  }
}

/** Where an entry stands among those of its channel. */
export interface PlaceRow {
  hlc: number;
  tie: number | Buffer;
  id: Buffer;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number>(sql).pluck();
  const ENTRY = `SELECT event.id, channel_guid.guid AS channel, coalesce(event.author, log.author) AS author, event.own, event.kind,
    event.hlc, event.body, event.verified`;
  const NAMES = "JOIN channel_guid ON channel_guid.n = event.channel LEFT JOIN log ON log.n = event.log";
  const NEWEST_FIRST = "ORDER BY event.hlc DESC, event.tie DESC, event.id DESC LIMIT ?";
  return {
    channel: number<[Buffer]>("SELECT n FROM channel_guid WHERE guid = ?"),
    shown: number<[number]>("SELECT horizon + 1 FROM holding WHERE channel = ? AND horizon > 0"),
    unsigned: number<[Buffer]>("SELECT seq FROM event WHERE id = ? AND log IS NULL"),
    place: db.prepare<[number, number], PlaceRow>("SELECT hlc, tie, id FROM event WHERE seq = ? AND channel = ?"),
    from: db.prepare<[number, number, number], EntryRow>(
      `${ENTRY} FROM event ${NAMES} WHERE event.channel = ? AND event.hlc >= ? ${NEWEST_FIRST}`,
    ),
    after: db.prepare<[number, number, number | Buffer, Buffer, number], EntryRow>(
      `${ENTRY} FROM event ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?) ${NEWEST_FIRST}`,
    ),
    before: db.prepare<[number, number, number | Buffer, Buffer, number], EntryRow>(
      `${ENTRY} FROM event ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) < (?, ?, ?) ${NEWEST_FIRST}`,
    ),
    next: db.prepare<[number, number, number | Buffer, Buffer, number], EntryRow>(
      `${ENTRY} FROM event ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?)
       ORDER BY event.hlc, event.tie, event.id LIMIT ?`,
    ),
    recent: db.prepare<[number], Buffer>("SELECT id FROM event WHERE log IS NULL AND own = 0 ORDER BY seq DESC LIMIT ?").pluck(),
    // What was kept last is mostly newest; after a long absence it comes in backwards, so some more are looked at.
    search: db.prepare<[string, number, number | null, number | null, number], EntryRow>(
      `${ENTRY} FROM (SELECT rowid AS seq FROM event_text WHERE event_text MATCH ? ORDER BY rowid DESC LIMIT ?) AS found
       JOIN event ON event.seq = found.seq ${NAMES} LEFT JOIN holding ON holding.channel = event.channel
       WHERE (event.hlc > holding.horizon OR holding.horizon IS NULL OR holding.horizon = 0) AND (? IS NULL OR event.channel = ?) ${NEWEST_FIRST}`,
    ),
  };
}
