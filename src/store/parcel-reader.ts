/** What mailboxes ask of the store, and what a start needs of them. PROTOCOL.md §22. */
import {
  type ChannelHash,
  channelGuid,
  type Event,
  type ParcelReader,
  type RestoredMailboxes,
  type SlotUsage,
  type StoredParcel,
} from "../core/index.ts";
import { base64, type Endpoint, type InstanceId, type NodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { guidBytes, SIGNED, type SignedRow, seenEventOf } from "./row.ts";

/** Marks that a start reads: those of channels in use are among the ones written last. */
const MARKS_MAX = 65_536;

export class SqliteParcelReader implements ParcelReader {
  readonly #queries: Queries;

  constructor(db: Connection) {
    this.#queries = prepare(db);
  }

  mailboxOf(channel: ChannelHash, node: NodeId): Event | null {
    const row = this.#queries.mailboxOf.get(guidBytes(channelGuid(channel)), channel, node);
    return row === undefined ? null : seenEventOf(row);
  }

  parcels(owner: NodeId, most: number): StoredParcel[] {
    return this.#queries.parcels.all(owner, most).map(({ id, slot, at, parcel }) => ({ id, owner, slot, at, parcel: base64(parcel) }));
  }

  hasParcel(id: string): boolean {
    return this.#queries.hasParcel.get(id) !== undefined;
  }

  usage(owner: NodeId): SlotUsage[] {
    return this.#queries.usage.all(owner);
  }

  restored(): RestoredMailboxes {
    const { owners, own, marks } = this.#queries;
    return {
      owners: owners.all().map(({ node, slots }) => ({ nodeId: node, slots: JSON.parse(slots) as string[] })),
      own: own.all().map(({ node, at, added_at }) => ({ nodeId: node, at: JSON.parse(at) as Endpoint[], addedAt: added_at })),
      marks: marks.all(MARKS_MAX).map(({ channel, node, inst, seq }) => ({ channel, nodeId: node, inst, seq })),
    };
  }
}

interface ParcelRow {
  id: string;
  slot: string;
  at: number;
  parcel: Buffer;
}
interface MarkRow {
  channel: ChannelHash;
  node: NodeId;
  inst: InstanceId;
  seq: number;
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    mailboxOf: db.prepare<[Buffer, string, string], SignedRow>(
      `SELECT ${SIGNED} FROM event JOIN log ON log.n = event.log
       WHERE event.channel = (SELECT n FROM channel_guid WHERE guid = ?) AND event.kind = 'mailbox'
       AND event.log IN (SELECT n FROM log WHERE channel = ? AND author = ?) ORDER BY event.hlc DESC LIMIT 1`,
    ),
    parcels: db.prepare<[string, number], ParcelRow>("SELECT id, slot, at, parcel FROM parcel WHERE owner = ? ORDER BY at, id LIMIT ?"),
    hasParcel: db.prepare<[string], { id: string }>("SELECT id FROM parcel WHERE id = ?"),
    usage: db.prepare<[string], SlotUsage>(
      "SELECT slot, count(*) AS parcels, sum(octet_length(parcel)) AS bytes FROM parcel WHERE owner = ? GROUP BY slot ORDER BY slot",
    ),
    owners: db.prepare<[], { node: NodeId; slots: string }>("SELECT node, slots FROM mailbox_owner ORDER BY node"),
    own: db.prepare<[], { node: NodeId; at: string; added_at: number }>("SELECT node, at, added_at FROM own_mailbox ORDER BY node"),
    marks: db.prepare<[number], MarkRow>("SELECT channel, node, inst, seq FROM left_mark ORDER BY channel, node LIMIT ?"),
  };
}
