/** All that is kept of a channel, from its first entry on, for whoever takes it elsewhere. */
import type { Archived, PageQuery } from "../core/index.ts";
import type { Connection } from "./connection.ts";
import type { History, PlaceRow } from "./history.ts";
import { boundedMost } from "./limits.ts";
import { type EntryRow, entryOf, eventOf, guidBytes, type SignedRow, seenEventOf } from "./row.ts";

export class Pages {
  readonly #queries: Queries;
  readonly #history: History;

  constructor(db: Connection, history: History) {
    this.#queries = prepare(db);
    this.#history = history;
  }

  page({ channelId, after, most }: PageQuery): Archived[] {
    const channel = this.#queries.channel.get(guidBytes(channelId));
    const from = channel === undefined || after === null ? BEGINNING : this.#history.placeOf(channel, after);
    if (channel === undefined || from === undefined) return [];
    return this.#queries.page.all(channel, from.hlc, from.tie, from.id, boundedMost(most)).map(archived);
  }
}

/** Before every entry. */
const BEGINNING: PlaceRow = { hlc: Number.MIN_SAFE_INTEGER, tie: 0, id: Buffer.alloc(0) };

/** An entry, and all that a signed one has besides. */
type Row = Omit<EntryRow, "channel"> & Omit<SignedRow, "channel"> & { guid: Buffer; hash: SignedRow["channel"] | null };

function archived(row: Row): Archived {
  if (row.hash === null) return { kind: "text", event: entryOf({ ...row, channel: row.guid }) };
  const signed = { ...row, channel: row.hash };
  const { kind, text, details } = seenEventOf(signed);
  const seen = row.signed === null ? {} : { seen: { kind, text, details } };
  return { kind: "signed", own: row.own === 1, event: eventOf(signed), ...seen };
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    channel: db.prepare<[Buffer], number>("SELECT n FROM channel_guid WHERE guid = ?").pluck(),
    page: db.prepare<[number, number, number | Buffer, Buffer, number], Row>(
      `SELECT event.seq, event.id, channel_guid.guid, coalesce(event.author, log.author) AS author, event.own, event.verified, event.kind,
         event.hlc, event.body, log.channel AS hash, log.inst, event.log_seq, event.prev, event.deps, event.details, event.sig, event.signed
       FROM event JOIN channel_guid ON channel_guid.n = event.channel LEFT JOIN log ON log.n = event.log
       WHERE event.channel = ? AND (event.hlc, event.tie, event.id) > (?, ?, ?)
       ORDER BY event.hlc, event.tie, event.id LIMIT ?`,
    ),
  };
}
