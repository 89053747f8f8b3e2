/** Writes the keys of private channels, and lets go of them so that their bytes are gone too. PROTOCOL.md §19.4. */
import type { Change, StoredPrekey, StoredSenderKey, Timestamp } from "../core/index.ts";
import type { Connection } from "./connection.ts";

const KINDS: ReadonlySet<Change["kind"]> = new Set(["prekey", "sender-key", "keys-old"]);

/** True for a change that puts keys into the file, or takes them out. */
export function isOfKeys({ kind }: Change): boolean {
  return KINDS.has(kind);
}

export class KeyWriter {
  readonly #db: Connection;
  readonly #statements: Statements;
  #hasDropped = false;

  constructor(db: Connection) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  /** Bytes that a row leaves behind are overwritten, until {@link endErasing}: not always, since the search index would take longer. */
  beginErasing(): void {
    this.#db.pragma("secure_delete = ON");
  }

  /** After the commit. What the write-ahead log still has of the keys that went is cut off. */
  endErasing(): void {
    this.#db.pragma("secure_delete = OFF");
    if (!this.#hasDropped) return;
    this.#hasDropped = false;
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
  }

  keepPrekey({ channel, id, publicKey, secretKey, madeAt, replacedAt }: StoredPrekey): void {
    const replaced = replacedAt === null ? null : Math.floor(replacedAt);
    this.#statements.keepPrekey.run(channel, id, Buffer.from(publicKey), Buffer.from(secretKey), Math.floor(madeAt), replaced);
  }

  keepSenderKey({ channel, author, epoch, key, at }: StoredSenderKey): void {
    this.#statements.keepSenderKey.run(channel, author, epoch, Buffer.from(key), Math.floor(at));
  }

  dropOld(before: Timestamp): void {
    const { dropPrekeys, dropSenderKeys } = this.#statements;
    const dropped = dropPrekeys.run(Math.floor(before)).changes + dropSenderKeys.run(Math.floor(before)).changes;
    this.#hasDropped ||= dropped > 0;
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    keepPrekey: db.prepare<[string, string, Buffer, Buffer, number, number | null]>(
      "INSERT OR REPLACE INTO prekey (channel, id, public_key, secret_key, made_at, replaced_at) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    keepSenderKey: db.prepare<[string, string, number, Buffer, number]>(
      "INSERT OR REPLACE INTO sender_key (channel, author, epoch, key, at) VALUES (?, ?, ?, ?, ?)",
    ),
    dropPrekeys: db.prepare<[number]>("DELETE FROM prekey WHERE replaced_at < ?"),
    dropSenderKeys: db.prepare<[number]>("DELETE FROM sender_key WHERE at < ?"),
  };
}
