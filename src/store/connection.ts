/**
 * Opens the encrypted file: ChaCha20-Poly1305 on every page and in the WAL, under a raw 32-byte key.
 *
 * The cipher leaves the first 16 bytes of the file in the clear, for the salt of a passphrase. A raw key needs no salt,
 * so we put a mark of the key there (a hash of it, which tells nothing about 256 random bits): it tells a wrong key from
 * a damaged file, which look alike to the cipher.
 */
import { hash } from "node:crypto";
import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { codeOf, cutOff, faultOf, tooNew, wrongKey } from "./fault.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "./migrations.ts";

export type Connection = Database;

export const KEY_BYTES = 32;
const MARK_BYTES = 16;
/** The smallest page SQLite has: a shorter file was cut off. */
const FILE_BYTES_MIN = 512;
/** Nobody else writes this file, so a lock that lasts is a fault; backup programs hold one for moments. */
const BUSY_MS = 2_000;
/** Page cache of one connection, in KiB (negative by SQLite's convention): bounds what a long search holds. */
const CACHE_KIB = -8_000;
/** Of every file: SQLite's own choice, which `salvage` relies on. */
const PAGE_BYTES = 4_096;
/**
 * The size at which the WAL is folded into the file, and what it is cut back to after one huge batch. The pages that every commit
 * writes anew are folded once for all of them, so a larger one costs less; this much is still looked through within moments after a crash.
 */
const WAL_BYTES_MAX = 8 * 1_024 * 1_024;

/**
 * Opens the file for writing, makes it when there is none, and brings it to the newest schema.
 * @throws StoreError or SqliteError
 */
export function openWriting(file: string, key: Uint8Array): Connection {
  const db = open(file, key, false);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL"); // NORMAL would lose commits that were acknowledged when the power fails
    db.pragma("fullfsync = ON"); // macOS: flush the drive's own cache too; no effect elsewhere
    db.pragma("checkpoint_fullfsync = ON");
    db.pragma(`journal_size_limit = ${WAL_BYTES_MAX}`);
    db.pragma(`wal_autocheckpoint = ${WAL_BYTES_MAX / PAGE_BYTES}`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens the file for reading only. */
export function openReading(file: string, key: Uint8Array): Connection {
  return open(file, key, true);
}

/**
 * Looks at a file before anything may write to it, so that one that is damaged, too new or not ours stays as it is.
 * @returns its schema; 0 when there is no file yet
 * @throws StoreError `wrong-key`, `damaged`, `too-new`, `unreadable` or `io-error`
 */
export function inspect(file: string, key: Uint8Array): number {
  try {
    accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK); // the WAL is made beside the file
    if (!hasMark(file, key)) return 0;
    accessSync(file, constants.R_OK | constants.W_OK);
    return knownSchema(file, key);
  } catch (error) {
    if (codeOf(error) === "SQLITE_READONLY_ROLLBACK") return 0; // a crash while it was made; opening for writing undoes the half
    throw faultOf(error, file);
  }
}

/** True for a file in which SQLite finds nothing wrong. */
export function isSound(file: string, key: Uint8Array): boolean {
  try {
    const db = openReading(file, key);
    try {
      return db.pragma("quick_check(1)", { simple: true }) === "ok";
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

function knownSchema(file: string, key: Uint8Array): number {
  const db = openReading(file, key);
  try {
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw tooNew(file, version, SCHEMA_VERSION);
    return version;
  } finally {
    db.close();
  }
}

function open(file: string, key: Uint8Array, readonly: boolean): Connection {
  const db = new Database(file, { readonly, timeout: BUSY_MS });
  try {
    db.pragma("cipher = 'chacha20'");
    db.key(Buffer.from(`raw:${Buffer.concat([key, markOf(key)]).toString("hex")}`));
    db.pragma("temp_store = MEMORY"); // temporary files would not be encrypted
    db.pragma(`cache_size = ${CACHE_KIB}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** False when there is no file yet, or an empty one, as a crash right after its making leaves behind. */
function hasMark(file: string, key: Uint8Array): boolean {
  const start = readStart(file);
  if (start === null || start.sizeBytes === 0) return false;
  if (start.sizeBytes < FILE_BYTES_MIN) throw cutOff(file, start.sizeBytes);
  if (!start.bytes.equals(markOf(key))) throw wrongKey(file);
  return true;
}

function readStart(file: string): { bytes: Buffer; sizeBytes: number } | null {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(MARK_BYTES);
    readSync(handle, bytes, 0, MARK_BYTES, 0);
    return { bytes, sizeBytes: fstatSync(handle).size };
  } finally {
    closeSync(handle);
  }
}

function markOf(key: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.from("ptpchat/1 store\0"), key]), "buffer").subarray(0, MARK_BYTES);
}
