/** The reading side: bounded synchronous queries on a connection that cannot write. */
import {
  CONTACTS_MAX,
  type HistoryQuery,
  NICKS_MAX,
  RECENT_MAX,
  type Restored,
  type StoredChannel,
  type StoredContact,
  type StoredEvent,
  type StoredKey,
  type StoredMember,
  type StoredNick,
  type Timestamp,
} from "../core/index.ts";
import type { Endpoint, Guid } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { boundedMost, CHANNEL_KEYS_MAX, RESTORED_CHANNELS_MAX, RESTORED_MEMBERS_MAX } from "./limits.ts";
import { type EventRow, eventOf, guidBytes, guidOf, idBytes, idOf } from "./row.ts";
import { searchQuery } from "./search-index.ts";

export class Reader {
  readonly #db: Connection;
  readonly #queries: Queries;
  readonly events = { branchOf: () => null, event: () => null, range: () => [] };

  constructor(db: Connection) {
    this.#db = db;
    this.#queries = prepare(db);
  }

  restore(): Restored {
    return {
      channels: this.#queries.channels.all(RESTORED_CHANNELS_MAX).map(channelOf),
      members: this.#queries.members.all(RESTORED_MEMBERS_MAX).map(memberOf),
      logs: [],
      recent: this.#recent(),
    };
  }

  /** Damage here must not keep a node from starting: it costs at worst a text shown twice. */
  #recent(): string[] {
    try {
      return this.#queries.recent.all(RECENT_MAX).map(idOf).reverse();
    } catch {
      return [];
    }
  }

  history({ channelId, since, most }: HistoryQuery): StoredEvent[] {
    const channel = guidBytes(channelId);
    const rows = typeof since === "number" ? this.#from(channel, since, boundedMost(most)) : this.#after(channel, since, boundedMost(most));
    return rows.map(eventOf);
  }

  keys(channelId: Guid): StoredKey[] {
    return this.#queries.keys.all(guidBytes(channelId), CHANNEL_KEYS_MAX).map(keyOf);
  }

  contacts(): StoredContact[] {
    return this.#queries.contacts.all(CONTACTS_MAX).map(contactOf);
  }

  nicks(): StoredNick[] {
    return this.#queries.nicks.all(NICKS_MAX).map(nickOf);
  }

  search(words: string, most: number): StoredEvent[] {
    const query = searchQuery(words);
    return query === null ? [] : this.#queries.search.all(query, boundedMost(most)).map(eventOf);
  }

  close(): void {
    this.#db.close();
  }

  #after(channel: Buffer, id: string | undefined, most: number): EventRow[] {
    const seq = id === undefined ? 0 : this.#queries.seqOf.get(idBytes(id), channel);
    return seq === undefined ? [] : this.#queries.after.all(channel, seq, most).reverse();
  }

  // The newest by their time, so that a read costs what it gives; then in the order kept, which a clock that was set
  // back does not change.
  #from(channel: Buffer, at: Timestamp, most: number): EventRow[] {
    return this.#queries.from.all(channel, at, most).sort((a, b) => a.seq - b.seq);
  }
}

interface ChannelRow {
  id: Buffer;
  name: string;
  mode: "bare";
  joined_at: number;
}
interface MemberRow {
  channel: Buffer;
  endpoint: Endpoint;
  heard_at: number;
}
interface KeyRow {
  channel: Buffer;
  endpoint: Endpoint;
  cipher: string;
  key: string;
  at: number;
}

interface ContactRow {
  node: string;
  name: string;
  added_at: number;
  verified_at: number | null;
}

interface NickRow {
  node: string;
  nick: string;
  at: number;
}

function channelOf(row: ChannelRow): StoredChannel {
  return { id: guidOf(row.id), name: row.name, mode: row.mode, joinedAt: row.joined_at };
}

function memberOf(row: MemberRow): StoredMember {
  return { channelId: guidOf(row.channel), endpoint: row.endpoint, heardAt: row.heard_at };
}

function keyOf(row: KeyRow): StoredKey {
  return { channelId: guidOf(row.channel), from: row.endpoint, cipher: row.cipher, key: row.key, at: row.at };
}

function contactOf(row: ContactRow): StoredContact {
  return { nodeId: row.node, name: row.name, addedAt: row.added_at, verifiedAt: row.verified_at };
}

function nickOf({ node, nick, at }: NickRow): StoredNick {
  return { nodeId: node, nick, at };
}

type Queries = ReturnType<typeof prepare>;

const EVENT_COLUMNS = "event.seq, event.id, event.channel, event.author, event.own, event.kind, event.at, event.body, event.verified";

function prepare(db: Connection) {
  type SeqRow = EventRow & { seq: number };
  return {
    channels: db.prepare<[number], ChannelRow>("SELECT id, name, mode, joined_at FROM channel ORDER BY joined_at, id LIMIT ?"),
    members: db.prepare<[number], MemberRow>("SELECT channel, endpoint, heard_at FROM member ORDER BY channel, endpoint LIMIT ?"),
    recent: db.prepare<[number], Buffer>("SELECT id FROM event WHERE own = 0 ORDER BY seq DESC LIMIT ?").pluck(),
    seqOf: db.prepare<[Buffer, Buffer], number>("SELECT seq FROM event WHERE id = ? AND channel = ?").pluck(),
    after: db.prepare<[Buffer, number, number], SeqRow>(
      `SELECT ${EVENT_COLUMNS} FROM event WHERE channel = ? AND seq > ? ORDER BY seq DESC LIMIT ?`,
    ),
    from: db.prepare<[Buffer, number, number], SeqRow>(
      `SELECT ${EVENT_COLUMNS} FROM event WHERE channel = ? AND at >= ? ORDER BY at DESC, seq DESC LIMIT ?`,
    ),
    keys: db.prepare<[Buffer, number], KeyRow>(
      "SELECT channel, endpoint, cipher, key, at FROM channel_key WHERE channel = ? ORDER BY seq LIMIT ?",
    ),
    contacts: db.prepare<[number], ContactRow>("SELECT node, name, added_at, verified_at FROM contact ORDER BY added_at, node LIMIT ?"),
    nicks: db.prepare<[number], NickRow>("SELECT node, nick, at FROM nick ORDER BY at, node LIMIT ?"),
    search: db.prepare<[string, number], SeqRow>(
      `SELECT ${EVENT_COLUMNS} FROM event_text JOIN event ON event.seq = event_text.rowid
       WHERE event_text MATCH ? ORDER BY event_text.rowid DESC LIMIT ?`,
    ),
  };
}
