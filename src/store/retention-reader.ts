/** How much is kept of channels, and what is to go first. */
import type { Holding, Low, Oldest, OldestQuery, RestoredHorizon, StoredQuota } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { boundedMost, RESTORED_CHANNELS_MAX } from "./limits.ts";
import { guidBytes, guidOf, type LinkRow, linkOf } from "./row.ts";

export class RetentionReader {
  readonly #queries: Queries;

  constructor(db: Connection) {
    this.#queries = prepare(db);
  }

  holding(channelId: Guid): Holding {
    return this.#queries.holding.get(guidBytes(channelId)) ?? { entries: 0, bytes: 0, horizon: 0, dropped: 0 };
  }

  quotas(): StoredQuota[] {
    const rows = this.#queries.quotas.all(RESTORED_CHANNELS_MAX);
    return rows.map(({ guid, bytes, days }) => ({ channelId: guid.length === 0 ? null : guidOf(guid), quota: { bytes, days } }));
  }

  horizons(): RestoredHorizon[] {
    return this.#queries.horizons.all(RESTORED_CHANNELS_MAX).map(({ guid, horizon }) => ({ channelId: guidOf(guid), horizon }));
  }

  oldest({ channelId, upTo, bytes, most }: OldestQuery): Oldest | null {
    const rows: OldRow[] = [];
    let free = 0;
    for (const row of this.#queries.oldest.all(guidBytes(channelId), upTo, boundedMost(most))) {
      if (free >= bytes) break;
      free += row.bytes;
      rows.push(row);
    }
    const last = rows.at(-1);
    return last === undefined ? null : { upTo: last.hlc, lows: this.#lows(rows, last.hlc) };
  }

  /** Of each branch that some of these lie in the first event that stays: the next one, and where there is none the last. */
  #lows(rows: readonly OldRow[], upTo: number): Low[] {
    const tops = new Map<string, OldRow>();
    for (const row of rows) {
      const name = `${row.log} ${row.branch}`;
      if (row.log !== null && row.log_seq > (tops.get(name)?.log_seq ?? 0)) tops.set(name, row);
    }
    return [...tops.values()].flatMap(({ log, branch, log_seq: top }) => {
      const { later, next, low } = this.#queries;
      const seq = later.get(log, top, branch, upTo) ?? next.get(log, top, branch) ?? top;
      const found = low.get(log, seq, branch);
      return found === undefined ? [] : [linkOf(found)];
    });
  }
}

interface OldRow {
  hlc: number;
  log: number | null;
  log_seq: number;
  branch: number;
  bytes: number;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number | null>(sql).pluck();
  const OF_CHANNEL = "channel = (SELECT n FROM channel_guid WHERE guid = ?)";
  return {
    holding: db.prepare<[Buffer], Holding>(`SELECT entries, bytes, horizon, dropped FROM holding WHERE ${OF_CHANNEL}`),
    quotas: db.prepare<[number], { guid: Buffer; bytes: number | null; days: number | null }>(
      "SELECT guid, bytes, days FROM quota ORDER BY guid LIMIT ?",
    ),
    horizons: db.prepare<[number], { guid: Buffer; horizon: number }>(
      "SELECT guid, horizon FROM holding JOIN channel_guid ON channel_guid.n = holding.channel WHERE horizon > 0 ORDER BY channel LIMIT ?",
    ),
    oldest: db.prepare<[Buffer, number, number], OldRow>(
      `SELECT event.hlc, event.log, event.log_seq, event.branch,
         400 + 2 * octet_length(event.body) + coalesce(octet_length(event.details), 0) + coalesce(octet_length(event.signed), 0) + coalesce(octet_length(event.deps), 0) AS bytes
       FROM holding JOIN event ON event.channel = holding.channel
       WHERE holding.${OF_CHANNEL} AND event.hlc > holding.horizon AND event.hlc <= ?
       ORDER BY event.hlc, event.tie, event.id LIMIT ?`,
    ),
    // A clock that went back: an event among the old ones that is newer than they are.
    later: number<[number | null, number, number, number]>(
      "SELECT min(log_seq) FROM event WHERE log = ? AND log_seq <= ? AND branch = ? AND hlc > ?",
    ),
    next: number<[number | null, number, number]>(
      "SELECT log_seq FROM event WHERE log = ? AND log_seq > ? AND branch = ? ORDER BY log_seq LIMIT 1",
    ),
    low: db.prepare<[number | null, number, number], LinkRow>(
      `SELECT log.author, log.inst, event.log_seq AS seq, event.id, event.prev, event.hlc
       FROM event JOIN log ON log.n = event.log WHERE event.log = ? AND event.log_seq = ? AND event.branch = ?`,
    ),
  };
}
