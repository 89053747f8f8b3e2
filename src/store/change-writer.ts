/** Writes changes into the tables, batch by batch, each group of batches in one transaction. */
import type { Statement } from "better-sqlite3-multiple-ciphers";
import {
  type Change,
  isOfMailboxes,
  NICKS_MAX,
  type StoredChannel,
  type StoredContact,
  type StoredKey,
  type StoredMember,
  type StoredNick,
  type StoredQuiet,
  type TalkRequest,
} from "../core/index.ts";
import type { Connection } from "./connection.ts";
import { EventWriter } from "./event-writer.ts";
import { isOfKeys, KeyWriter } from "./key-writer.ts";
import { CHANNEL_KEYS_MAX } from "./limits.ts";
import { ParcelWriter } from "./parcel-writer.ts";
import { NO_REQUESTS, readRequests, requestsIn, requestsText, withRequest } from "./requests.ts";
import { RetentionWriter } from "./retention-writer.ts";
import { guidBytes } from "./row.ts";

export class ChangeWriter {
  readonly #db: Connection;
  readonly #statements: Statements;
  readonly #events: EventWriter;
  readonly #retention: RetentionWriter;
  readonly #keys: KeyWriter;
  readonly #parcels: ParcelWriter;
  readonly #requests: Statement<[], string>;

  constructor(db: Connection) {
    this.#db = db;
    this.#retention = new RetentionWriter(db);
    this.#events = new EventWriter(db, this.#retention);
    this.#keys = new KeyWriter(db);
    this.#parcels = new ParcelWriter(db);
    this.#statements = prepare(db);
    this.#requests = readRequests(db);
  }

  /**
   * Keeps batches; flushed to the disk when it returns.
   * @throws what SQLite says; then nothing of any of them is kept
   */
  commit(batches: readonly (readonly Change[])[]): void {
    const { begin, commit, rollback } = this.#statements;
    const erases = batches.some((batch) => batch.some(isOfKeys));
    if (erases) this.#keys.beginErasing();
    begin.run();
    try {
      for (const batch of batches) for (const change of batch) this.#apply(change);
      this.#events.settle();
      this.#retention.settle();
      commit.run();
    } catch (error) {
      if (this.#db.inTransaction) rollback.run(); // on a full disk SQLite may have done so itself
      this.#events.rolledBack();
      this.#retention.rolledBack();
      throw error;
    } finally {
      if (erases) this.#keys.endErasing();
    }
  }

  #apply(change: Change): void {
    if (isOfMailboxes(change)) return this.#parcels.apply(change);
    switch (change.kind) {
      case "event":
        this.#events.keepEvent(change.event);
        break;
      case "signed":
        this.#events.keepSigned(change);
        break;
      case "opened":
        this.#events.open(change.channelId, change.opened);
        break;
      case "prekey":
        this.#keys.keepPrekey(change.prekey);
        break;
      case "sender-key":
        this.#keys.keepSenderKey(change.key);
        break;
      case "keys-old":
        this.#keys.dropOld(change.before);
        break;
      case "log-move":
        this.#events.move(change.channel, change.move);
        break;
      case "drop":
        this.#retention.drop(change);
        break;
      case "want":
        this.#retention.want(change);
        break;
      case "quota":
        this.#retention.keepQuota(change);
        break;
      case "log":
        this.#events.keepLog(change.channel, change.row);
        break;
      case "channel":
        this.#keepChannel(change.channel);
        break;
      case "channel-left": {
        const channel = guidBytes(change.channelId);
        this.#statements.dropChannel.run(channel);
        this.#statements.dropMembers.run(channel);
        break;
      }
      case "member":
        this.#keepMember(change.member);
        break;
      case "member-gone":
        this.#statements.dropMember.run(guidBytes(change.channelId), change.endpoint);
        break;
      case "key":
        this.#keepKey(change.key);
        break;
      case "contact":
        this.#keepContact(change.contact);
        break;
      case "contact-gone":
        this.#statements.dropContact.run(change.nodeId);
        break;
      case "nick":
        this.#keepNick(change.nick);
        break;
      case "quiet":
        this.#keepQuiet(change.quiet);
        break;
      case "quiet-gone":
        this.#statements.dropQuiet.run(change.nodeId);
        break;
      case "request":
        this.#changeRequests((requests) => withRequest(requests, change.request));
        break;
      case "request-gone":
        this.#changeRequests((requests) => requests.filter(({ node }) => node !== change.nodeId));
        break;
    }
  }

  #keepChannel(channel: StoredChannel): void {
    const { id, name, mode, joinedAt } = channel;
    const [inst, genesis, pair] =
      channel.mode === "open" ? [channel.inst, channel.genesis ?? null, channel.pair ?? null] : [null, null, null];
    this.#statements.keepChannel.run(guidBytes(id), name, mode, Math.floor(joinedAt), inst, genesis, pair);
  }

  #keepMember({ channelId, endpoint, heardAt }: StoredMember): void {
    this.#statements.keepMember.run(guidBytes(channelId), endpoint, Math.floor(heardAt));
  }

  #keepKey({ channelId, from, cipher, key, at }: StoredKey): void {
    const channel = guidBytes(channelId);
    this.#statements.keepKey.run(channel, from, cipher, key, Math.floor(at));
    this.#statements.trimKeys.run(channel, channel, CHANNEL_KEYS_MAX);
  }

  #keepContact({ nodeId, name, addedAt, verifiedAt, verifiedBy, path }: StoredContact): void {
    const at = verifiedAt === null ? null : Math.floor(verifiedAt);
    this.#statements.keepContact.run(nodeId, name, Math.floor(addedAt), at, verifiedBy ?? null, path ?? null);
  }

  #keepNick({ nodeId, nick, at, said }: StoredNick): void {
    this.#statements.keepNick.run(nodeId, nick, Math.floor(at), said ?? null);
    this.#statements.trimNicks.run(NICKS_MAX);
  }

  /** There are few of them, and they change seldom: all are written anew. */
  #changeRequests(change: (requests: readonly TalkRequest[]) => readonly TalkRequest[]): void {
    this.#statements.keepRequests.run(requestsText(change(requestsIn(this.#requests.get() ?? NO_REQUESTS))));
  }

  #keepQuiet({ nodeId, how, at }: StoredQuiet): void {
    this.#statements.keepQuiet.run(nodeId, how, Math.floor(at));
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  const run = <Values extends unknown[]>(sql: string): Statement<Values> => db.prepare<Values>(sql);
  return {
    begin: run<[]>("BEGIN IMMEDIATE"),
    commit: run<[]>("COMMIT"),
    rollback: run<[]>("ROLLBACK"),
    keepChannel: run<[Buffer, string, string, number, string | null, string | null, string | null]>(
      "INSERT OR REPLACE INTO channel (id, name, mode, joined_at, inst, genesis, pair) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    dropChannel: run<[Buffer]>("DELETE FROM channel WHERE id = ?"),
    keepMember: run<[Buffer, string, number]>("INSERT OR REPLACE INTO member (channel, endpoint, heard_at) VALUES (?, ?, ?)"),
    dropMember: run<[Buffer, string]>("DELETE FROM member WHERE channel = ? AND endpoint = ?"),
    dropMembers: run<[Buffer]>("DELETE FROM member WHERE channel = ?"),
    // A key given anew moves to the end.
    keepKey: run<[Buffer, string, string, string, number]>(
      "INSERT OR REPLACE INTO channel_key (channel, endpoint, cipher, key, at) VALUES (?, ?, ?, ?, ?)",
    ),
    trimKeys: run<[Buffer, Buffer, number]>(
      `DELETE FROM channel_key WHERE channel = ? AND seq <= (
         SELECT seq FROM channel_key WHERE channel = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
    ),
    keepContact: run<[string, string, number, number | null, string | null, string | null]>(
      "INSERT OR REPLACE INTO contact (node, name, added_at, verified_at, verified_by, path) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    dropContact: run<[string]>("DELETE FROM contact WHERE node = ?"),
    keepNick: run<[string, string, number, number | null]>("INSERT OR REPLACE INTO nick (node, nick, at, said) VALUES (?, ?, ?, ?)"),
    keepQuiet: run<[string, string, number]>("INSERT OR REPLACE INTO quiet (node, how, at) VALUES (?, ?, ?)"),
    keepRequests: run<[string]>("INSERT OR REPLACE INTO meta (name, value) VALUES ('requests', ?)"),
    dropQuiet: run<[string]>("DELETE FROM quiet WHERE node = ?"),
    trimNicks: run<[number]>(
      "DELETE FROM nick WHERE node IN (SELECT node FROM nick ORDER BY at, node LIMIT max(0, (SELECT count(*) FROM nick) - ?))",
    ),
  };
}
