/** The reading side: bounded synchronous queries on a connection that cannot write. */
import {
  type Archived,
  type ChannelHash,
  CONTACTS_MAX,
  type HistoryQuery,
  type Holding,
  NICKS_MAX,
  type Oldest,
  type OldestQuery,
  ofMailboxes,
  ofRequests,
  type PageQuery,
  QUIET_NODES_MAX,
  type Restored,
  type RestoredHorizon,
  type StoredChannel,
  type StoredContact,
  type StoredEntry,
  type StoredKey,
  type StoredMember,
  type StoredNick,
  type StoredQuiet,
  type StoredQuota,
  type TalkRequest,
  type VerifiedBy,
} from "../core/index.ts";
import type { Endpoint, Guid, InstanceId, NodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { SqliteEventReader } from "./event-reader.ts";
import { type Around, History } from "./history.ts";
import { KeyReader } from "./key-reader.ts";
import { CHANNEL_KEYS_MAX, RESTORED_CHANNELS_MAX, RESTORED_MEMBERS_MAX } from "./limits.ts";
import { Pages } from "./pages.ts";
import { SqliteParcelReader } from "./parcel-reader.ts";
import { NO_REQUESTS, readRequests, requestsIn } from "./requests.ts";
import { RetentionReader } from "./retention-reader.ts";
import { guidBytes, guidOf } from "./row.ts";

export class Reader {
  readonly events: SqliteEventReader;
  readonly keysOf: KeyReader;
  readonly parcels: SqliteParcelReader;
  readonly #db: Connection;
  readonly #history: History;
  readonly #pages: Pages;
  readonly #retention: RetentionReader;
  readonly #queries: Queries;

  constructor(db: Connection) {
    this.#db = db;
    this.events = new SqliteEventReader(db);
    this.keysOf = new KeyReader(db);
    this.parcels = new SqliteParcelReader(db);
    this.#history = new History(db, this.events);
    this.#retention = new RetentionReader(db);
    this.#pages = new Pages(db, this.#history);
    this.#queries = prepare(db);
  }

  restore(): Restored {
    const horizons = this.#horizons();
    return {
      channels: this.#queries.channels.all(RESTORED_CHANNELS_MAX).map(channelOf),
      members: this.#queries.members.all(RESTORED_MEMBERS_MAX).map(memberOf),
      logs: this.events.logs(),
      recent: this.#recent(),
      ...(horizons.length === 0 ? {} : { horizons }),
      ...ofMailboxes(this.parcels.restored()),
      ...ofRequests(this.#requests()),
    };
  }

  /** Damage here must not keep a node from starting: it costs at worst a text shown twice. */
  #recent(): string[] {
    try {
      return this.#history.recent();
    } catch {
      return [];
    }
  }

  /** Nor here: at worst what was dropped is fetched again. */
  #horizons(): RestoredHorizon[] {
    try {
      return this.#retention.horizons();
    } catch {
      return [];
    }
  }

  /** Nor here: whoever comes again asks again. */
  #requests(): TalkRequest[] {
    try {
      return requestsIn(this.#queries.requests.get() ?? NO_REQUESTS);
    } catch {
      return [];
    }
  }

  history(query: HistoryQuery): StoredEntry[] {
    return this.#history.entries(query);
  }

  named(prefix: string, most: number): StoredEntry[] {
    return this.#history.named(prefix, most);
  }

  holding(channelId: Guid): Holding {
    return this.#retention.holding(channelId);
  }

  oldest(query: OldestQuery): Oldest | null {
    return this.#retention.oldest(query);
  }

  quotas(): StoredQuota[] {
    return this.#retention.quotas();
  }

  page(query: PageQuery): Archived[] {
    return this.#pages.page(query);
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

  quietNodes(): StoredQuiet[] {
    return this.#queries.quietNodes.all(QUIET_NODES_MAX);
  }

  search(words: string, most: number, channelId: Guid | null): StoredEntry[] {
    return this.#history.search(words, most, channelId);
  }

  around(channelId: Guid, id: string, most: number): Around {
    return this.#history.around(channelId, id, most);
  }

  close(): void {
    this.#db.close();
  }
}

interface ChannelRow {
  id: Buffer;
  name: string;
  mode: StoredChannel["mode"];
  joined_at: number;
  inst: InstanceId | null;
  genesis: ChannelHash | null;
  pair: NodeId | null;
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
  verified_by: VerifiedBy | null;
  path: "relay" | "lan" | null;
}

interface NickRow {
  node: string;
  nick: string;
  at: number;
  said: number | null;
}

function channelOf(row: ChannelRow): StoredChannel {
  const { name, mode, joined_at: joinedAt, inst, genesis, pair } = row;
  const id = guidOf(row.id);
  const made = { ...(genesis === null ? {} : { genesis }), ...(pair === null ? {} : { pair }) };
  return mode === "open" ? { id, name, mode, joinedAt, inst, ...made } : { id, name, mode, joinedAt };
}

function memberOf(row: MemberRow): StoredMember {
  return { channelId: guidOf(row.channel), endpoint: row.endpoint, heardAt: row.heard_at };
}

function keyOf(row: KeyRow): StoredKey {
  return { channelId: guidOf(row.channel), from: row.endpoint, cipher: row.cipher, key: row.key, at: row.at };
}

function contactOf(row: ContactRow): StoredContact {
  const { node: nodeId, name, added_at: addedAt, verified_at: verifiedAt, verified_by: verifiedBy, path } = row;
  return { nodeId, name, addedAt, verifiedAt, ...(verifiedBy === null ? {} : { verifiedBy }), ...(path === null ? {} : { path }) };
}

function nickOf({ node, nick, at, said }: NickRow): StoredNick {
  return { nodeId: node, nick, at, ...(said === null ? {} : { said }) };
}

type Queries = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    channels: db.prepare<[number], ChannelRow>(
      "SELECT id, name, mode, joined_at, inst, genesis, pair FROM channel ORDER BY joined_at, id LIMIT ?",
    ),
    members: db.prepare<[number], MemberRow>("SELECT channel, endpoint, heard_at FROM member ORDER BY channel, endpoint LIMIT ?"),
    keys: db.prepare<[Buffer, number], KeyRow>(
      "SELECT channel, endpoint, cipher, key, at FROM channel_key WHERE channel = ? ORDER BY seq LIMIT ?",
    ),
    contacts: db.prepare<[number], ContactRow>(
      "SELECT node, name, added_at, verified_at, verified_by, path FROM contact ORDER BY added_at, node LIMIT ?",
    ),
    nicks: db.prepare<[number], NickRow>("SELECT node, nick, at, said FROM nick ORDER BY at, node LIMIT ?"),
    requests: readRequests(db),
    quietNodes: db.prepare<[number], StoredQuiet>("SELECT node AS nodeId, how, at FROM quiet ORDER BY at, node LIMIT ?"),
  };
}
