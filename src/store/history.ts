/** What people read: the entries of a channel in their order (PROTOCOL.md §13.5), and those with certain words. */
import { type HistoryQuery, RECENT_MAX, type StoredEntry } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import type { SqliteEventReader } from "./event-reader.ts";
import { AROUND_LOOKED_AT, boundedMost, SEARCH_CANDIDATES_MAX, SEARCH_CANDIDATES_OF_CHANNEL_MAX } from "./limits.ts";
import { guidBytes, hlcOf, idBytes, idOf, KEY_BYTES, SHOWN, SIGNED, type WholeRow, wholeEntryOf } from "./row.ts";
import { searchQuery } from "./search-index.ts";

/** Posts next to an entry, oldest first. */
export interface Around {
  readonly before: StoredEntry[];
  readonly after: StoredEntry[];
}

export class History {
  readonly #queries: Queries;
  readonly #events: SqliteEventReader;

  constructor(db: Connection, events: SqliteEventReader) {
    this.#queries = prepare(db);
    this.#events = events;
  }

  entries({ channelId, since, most }: HistoryQuery): StoredEntry[] {
    const guid = guidBytes(channelId);
    const channel = this.#queries.channel.get(guid);
    if (channel === undefined) return [];
    const shown = this.#queries.shown.get(channel) ?? Number.MIN_SAFE_INTEGER;
    const rows = typeof since === "string" ? this.#after(channel, since, shown, most) : this.#from(channel, since, shown, most);
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

  search(words: string, most: number, channelId: Guid | null): StoredEntry[] {
    const query = searchQuery(words);
    const channel = channelId === null ? null : this.#queries.channel.get(guidBytes(channelId));
    if (query === null || channel === undefined) return [];
    const candidates = channel === null ? SEARCH_CANDIDATES_MAX : SEARCH_CANDIDATES_OF_CHANNEL_MAX;
    const hits = this.#queries.search.all(query, candidates, channel, channel, boundedMost(2 * most));
    const posts = new Map(hits.flatMap((hit) => this.#postOf(hit) ?? []).map((post) => [post.id.toString("hex"), post]));
    const newest = [...posts.values()].sort(
      (a, b) => b.hlc - a.hlc || (a.channel === null || b.channel === null ? 0 : Buffer.compare(b.id, a.id)),
    );
    return newest.slice(0, boundedMost(most)).map(wholeEntryOf);
  }

  /** A post as it is, of an edit the post that it means. */
  #postOf(hit: HitRow): WholeRow | null {
    if (hit.kind === "post") return hit;
    if (hit.target === null) return null;
    const [hlc, id] = [Number(hit.target.readBigUInt64BE(0)), hit.target.subarray(8)];
    return this.#queries.meant.get(hit.number, hlc, id) ?? null;
  }

  around(channelId: Guid, id: string, most: number): Around {
    const channel = this.#queries.channel.get(guidBytes(channelId));
    const place = channel === undefined ? undefined : this.placeOf(channel, id);
    if (channel === undefined || place === undefined) return { before: [], after: [] };
    const shown = this.#queries.shown.get(channel) ?? Number.MIN_SAFE_INTEGER;
    const { hlc, tie, id: bytes } = place;
    const posts = (rows: readonly WholeRow[]) =>
      rows
        .filter(({ kind, hlc: at }) => kind === "post" && at >= shown)
        .slice(0, most)
        .map(wholeEntryOf);
    const before = posts(this.#queries.before.all(channel, hlc, tie, bytes, most * AROUND_LOOKED_AT)).reverse();
    return { before, after: posts(this.#queries.next.all(channel, hlc, tie, bytes, most * AROUND_LOOKED_AT)) };
  }

  /** @param shown - the time from which on entries are shown: what is older was dropped, or stays for the logs alone */
  #from(channel: number, at: number | undefined, shown: number, most: number): WholeRow[] {
    const from = at === undefined ? shown : Math.max(hlcOf(Math.ceil(at)), shown);
    return this.#queries.from.all(channel, from, boundedMost(most));
  }

  /** Where an entry stands among those of its channel; undefined for one that is not there. */
  placeOf(channel: number, id: string): PlaceRow | undefined {
    const seq = this.#queries.unsigned.get(idBytes(id)) ?? this.#events.seqOf(id);
    return seq === null ? undefined : this.#queries.place.get(seq, channel);
  }

  #after(channel: number, id: string, shown: number, most: number): WholeRow[] {
    const place = this.placeOf(channel, id);
    if (place === undefined) return [];
    if (place.hlc < shown) return this.#from(channel, undefined, shown, most);
    return this.#queries.after.all(channel, place.hlc, place.tie, place.id, boundedMost(most));
  }
}

/** Hex digits of the id of a signed event, and of one that is not. */
const ID_DIGITS = 64;
const TEXT_ID_DIGITS = 32;

/** Where an entry stands among those of its channel. */
export interface PlaceRow {
  hlc: number;
  tie: number | Buffer;
  id: Buffer;
}

/** An entry with the words that are sought: a post, or an edit of one. */
interface HitRow extends WholeRow {
  number: number;
  target: Buffer | null;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number>(sql).pluck();
  const WHOLE = `${SIGNED}, channel_guid.guid AS guid, coalesce(event.author, log.author) AS name, event.own, event.verified`;
  const NAMES = "JOIN channel_guid ON channel_guid.n = event.channel LEFT JOIN log ON log.n = event.log";
  // The index over all entries would do as well, and would look at every reaction.
  const IN_ORDER = "event INDEXED BY event_shown";
  const NEWEST_FIRST = "ORDER BY event.hlc DESC, event.tie DESC, event.id DESC LIMIT ?";
  return {
    channel: number<[Buffer]>("SELECT n FROM channel_guid WHERE guid = ?"),
    shown: number<[number]>("SELECT horizon + 1 FROM holding WHERE channel = ? AND horizon > 0"),
    unsigned: number<[Buffer]>("SELECT seq FROM event WHERE id = ? AND log IS NULL"),
    place: db.prepare<[number, number], PlaceRow>("SELECT hlc, tie, id FROM event WHERE seq = ? AND channel = ?"),
    from: db.prepare<[number, number, number], WholeRow>(
      `SELECT ${WHOLE} FROM ${IN_ORDER} ${NAMES} WHERE event.channel = ? AND event.hlc >= ? AND ${SHOWN} ${NEWEST_FIRST}`,
    ),
    after: db.prepare<[number, number, number | Buffer, Buffer, number], WholeRow>(
      `SELECT ${WHOLE} FROM ${IN_ORDER} ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?) AND ${SHOWN} ${NEWEST_FIRST}`,
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
    before: db.prepare<[number, number, number | Buffer, Buffer, number], WholeRow>(
      `SELECT ${WHOLE} FROM ${IN_ORDER} ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) < (?, ?, ?) AND ${SHOWN} ${NEWEST_FIRST}`,
    ),
    next: db.prepare<[number, number, number | Buffer, Buffer, number], WholeRow>(
      `SELECT ${WHOLE} FROM ${IN_ORDER} ${NAMES} WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?) AND ${SHOWN}
       ORDER BY event.hlc, event.tie, event.id LIMIT ?`,
    ),
    recent: db.prepare<[number], Buffer>("SELECT id FROM event WHERE log IS NULL AND own = 0 ORDER BY seq DESC LIMIT ?").pluck(),
    // What was kept last is mostly newest; after a long absence it comes in backwards, so some more are looked at.
    meant: db.prepare<[number, number, Buffer], WholeRow>(
      `SELECT ${WHOLE} FROM event ${NAMES} LEFT JOIN holding ON holding.channel = event.channel
       WHERE event.channel = ? AND event.hlc = ? AND event.id = ? AND event.kind = 'post' AND event.hlc > coalesce(holding.horizon, 0)`,
    ),
    search: db.prepare<[string, number, number | null, number | null, number], HitRow>(
      `SELECT ${WHOLE}, event.channel AS number, event.target FROM (SELECT rowid AS seq FROM event_text WHERE event_text MATCH ? ORDER BY rowid DESC LIMIT ?) AS found
       JOIN event ON event.seq = found.seq ${NAMES} LEFT JOIN holding ON holding.channel = event.channel
       WHERE (event.hlc > holding.horizon OR holding.horizon IS NULL OR holding.horizon = 0) AND (? IS NULL OR event.channel = ?) ${NEWEST_FIRST}`,
    ),
  };
}
