/** What private channels ask: their keys, and the events that wait for some. PROTOCOL.md §19. */
import type {
  Awaited,
  ChannelHash,
  ClosedPlace,
  Event,
  EventPlace,
  HybridTime,
  KeptSealed,
  Reference,
  SecretReader,
  StoredPrekey,
  StoredSenderKey,
} from "../core/index.ts";
import { EPOCHS_OF_ONE_MAX, PREKEYS_MAX } from "../core/private/limits.ts";
import type { EventId, NodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { eventOf, idBytes, type LinkRow, linkOf, SIGNED, type SignedRow, seenEventOf } from "./row.ts";

export class KeyReader implements SecretReader {
  readonly #queries: Queries;

  constructor(db: Connection) {
    this.#queries = prepare(db);
  }

  published(channel: ChannelHash, node: NodeId, most: number): Event[] {
    return this.#queries.published.all(channel, node, most).map(eventOf);
  }

  prekeys(channel: ChannelHash): StoredPrekey[] {
    return this.#queries.prekeys.all(channel, PREKEYS_MAX).map(({ id, public_key, secret_key, made_at, replaced_at }) => {
      return { channel, id, publicKey: bytes(public_key), secretKey: bytes(secret_key), madeAt: made_at, replacedAt: replaced_at };
    });
  }

  senderKey(channel: ChannelHash, author: NodeId, epoch: HybridTime): StoredSenderKey | null {
    const row = this.#queries.senderKey.get(channel, author, epoch);
    return row === undefined ? null : { channel, author, epoch, key: bytes(row.key), at: row.at };
  }

  unopened(channel: ChannelHash, author: NodeId, epoch: HybridTime, most: number): Event[] {
    return this.#queries.unopened.all(channel, author, epoch, most).map(eventOf);
  }

  awaited(channel: ChannelHash, since: HybridTime, most: number): Awaited[] {
    return this.#queries.awaited.all(channel, since, EPOCHS_OF_ONE_MAX, most);
  }

  closed(channel: ChannelHash, upTo: HybridTime, before: Reference | null, most: number): ClosedPlace[] {
    const { closed, number } = this.#queries;
    const n = number.get(channel);
    const rows = n === undefined ? [] : closed.all(n, before?.hlc ?? LAST, idBytes(before?.id ?? ""), channel, upTo, most);
    return rows.map(linkOf);
  }

  closedCounts(channel: ChannelHash, upTo: HybridTime): { author: NodeId; count: number }[] {
    return this.#queries.closedCounts.all(channel, upTo);
  }

  sealedAt(channel: ChannelHash, id: EventId, { author, inst, seq }: EventPlace): KeptSealed | null {
    const row = this.#queries.sealedAt.get(channel, author, inst, seq, idBytes(id));
    if (row === undefined) return null;
    const { kind, text, details } = seenEventOf(row);
    return {
      event: eventOf(row),
      seen: { kind, text, details },
      waits: row.waits,
      key: row.message_key === null ? null : bytes(row.message_key),
    };
  }
}

function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

/** Later than all events. */
const LAST = Number.MAX_SAFE_INTEGER;

interface SealedRow extends SignedRow {
  waits: number | null;
  message_key: Buffer | null;
}

interface PrekeyRow {
  id: string;
  public_key: Buffer;
  secret_key: Buffer;
  made_at: number;
  replaced_at: number | null;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    published: db.prepare<[string, string, number], SignedRow>(
      `SELECT ${SIGNED} FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND event.kind = 'prekey' ORDER BY event.hlc DESC LIMIT ?`,
    ),
    prekeys: db.prepare<[string, number], PrekeyRow>(
      "SELECT id, public_key, secret_key, made_at, replaced_at FROM prekey WHERE channel = ? ORDER BY made_at DESC LIMIT ?",
    ),
    senderKey: db.prepare<[string, string, number], { key: Buffer; at: number }>(
      "SELECT key, at FROM sender_key WHERE channel = ? AND author = ? AND epoch = ?",
    ),
    unopened: db.prepare<[string, string, number, number], SignedRow>(
      `SELECT ${SIGNED} FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND event.waits = ? ORDER BY event.log_seq LIMIT ?`,
    ),
    number: db
      .prepare<[string], number>("SELECT event.channel FROM log JOIN event ON event.log = log.n WHERE log.channel = ? LIMIT 1")
      .pluck(),
    closed: db.prepare<[number, number, Buffer, string, number, number], LinkRow>(
      `SELECT log.author, log.inst, event.log_seq AS seq, event.id, event.prev, event.hlc FROM event JOIN log ON log.n = event.log
       WHERE event.channel = ? AND (event.hlc, event.id) < (?, ?) AND log.channel = ? AND event.waits IS NOT NULL AND event.waits <= ?
       ORDER BY event.hlc DESC, event.id DESC LIMIT ?`,
    ),
    closedCounts: db.prepare<[string, number], { author: NodeId; count: number }>(
      `SELECT log.author, count(*) AS count FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND event.waits <= ? GROUP BY log.author ORDER BY log.author`,
    ),
    sealedAt: db.prepare<[string, string, string, number, Buffer], SealedRow>(
      `SELECT ${SIGNED}, event.waits, event.message_key FROM log JOIN event ON event.log = log.n
       WHERE log.channel = ? AND log.author = ? AND log.inst = ? AND event.log_seq = ? AND event.id = ? AND event.signed IS NOT NULL`,
    ),
    awaited: db.prepare<[string, number, number, number], Awaited>(
      `SELECT author, epoch, count FROM (
         SELECT log.author, event.waits AS epoch, count(*) AS count,
           row_number() OVER (PARTITION BY log.author ORDER BY event.waits DESC) AS rank
         FROM log JOIN event ON event.log = log.n WHERE log.channel = ? AND event.waits > ? GROUP BY log.author, event.waits
       ) WHERE rank <= ? ORDER BY rank, epoch DESC LIMIT ?`,
    ),
  };
}
