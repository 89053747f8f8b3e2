/** Turns what SQLite and the file system say into the few stable codes of the store, with words on what to do. */
// From its file and not over core's door: the writer's thread needs this class and not the whole core.

import type { StoreErrorCode } from "../core/store.ts";
import { StoreError } from "../core/store.ts";

export { StoreError };

/** Names the fault behind an error of SQLite or of the file system. */
export function faultOf(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const cause = codeOf(error);
  const code = storeCode(cause);
  return new StoreError(code, `${WORDS[code](file)} (${cause ?? String(error)})`, { cause: error });
}

export function tooNew(file: string, version: number, known: number): StoreError {
  return new StoreError(
    "too-new",
    `${file} was written by a later ptpchat (its schema is ${version}, this one knows ${known}): update ptpchat; nothing was changed`,
  );
}

export function wrongKey(file: string): StoreError {
  return new StoreError("wrong-key", `${WORDS["wrong-key"](file)}; nothing was changed`);
}

export function cutOff(file: string, sizeBytes: number): StoreError {
  return new StoreError("damaged", `${WORDS.damaged(file)} (cut off after ${sizeBytes} bytes)`);
}

export function closed(file: string): StoreError {
  return new StoreError("closed", WORDS.closed(file));
}

/** The write-ahead log is damaged before its end: SQLite would go on without what comes after. */
export function holeInLog(file: string): StoreError {
  return new StoreError("damaged", `${WORDS.damaged(file)} (its write-ahead log)`);
}

const WORDS: Readonly<Record<StoreErrorCode, (file: string) => string>> = {
  "disk-full": (file) => `the disk that holds ${file} is full: free some space, the node goes on by itself`,
  "io-error": (file) => `the disk that holds ${file} failed: check the disk and its cables, then start again`,
  damaged: (file) =>
    `${file} is damaged: "ptpchat repair" makes a new history of what can still be read and keeps this file; members have the rest`,
  "too-new": (file) => `${file} was written by a later ptpchat: update ptpchat`,
  "wrong-key": (file) =>
    `${file} was encrypted with another key: put back the key file that belongs to it. If it is the right one, the file's beginning is damaged: "ptpchat repair" tells`,
  unreadable: (file) => `${file} cannot be opened: check that it belongs to you, that you may write it, and that no other program uses it`,
  "bad-value": (file) => `a value of the wrong kind was to be kept in ${file}`,
  closed: (file) => `${file} is closed`,
};

function storeCode(cause: string | null): StoreErrorCode {
  if (cause === null) return "io-error";
  const found = CODES.find(([start]) => cause.startsWith(start));
  return found === undefined ? "io-error" : found[1];
}

/** Beginnings of SQLite's result codes, then system errors; the first that fits counts. */
const CODES: readonly (readonly [start: string, code: StoreErrorCode])[] = [
  ["SQLITE_FULL", "disk-full"],
  ["SQLITE_IOERR_SHMSIZE", "disk-full"], // the shared index of the WAL could not grow
  ["SQLITE_IOERR", "io-error"],
  ["SQLITE_CORRUPT", "damaged"],
  ["SQLITE_NOTADB", "damaged"],
  ["SQLITE_CANTOPEN", "unreadable"],
  ["SQLITE_PERM", "unreadable"],
  ["SQLITE_READONLY", "unreadable"],
  ["SQLITE_AUTH", "unreadable"],
  ["SQLITE_BUSY", "unreadable"],
  ["SQLITE_LOCKED", "unreadable"],
  ["SQLITE_TOOBIG", "bad-value"],
  ["SQLITE_CONSTRAINT", "bad-value"],
  ["SQLITE_MISMATCH", "bad-value"],
  ["ENOSPC", "disk-full"],
  ["EIO", "io-error"],
  ["E", "unreadable"],
];

/** The code that SQLite or the file system gave. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
