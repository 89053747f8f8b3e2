/** A copy of a store in one file, and what such a copy has to forget before a node goes on with it. */
import { openReading, openWriting } from "./connection.ts";

/**
 * Writes the store as it is at this moment, under the same key, into a new file; a node may go on writing meanwhile.
 * @throws SqliteError
 */
export function copyStore(file: string, key: Uint8Array, to: string): void {
  const db = openReading(file, key);
  try {
    db.prepare<[string]>("VACUUM INTO ?").run(to);
  } finally {
    db.close();
  }
}

export interface CopiedStore {
  readonly channels: number;
  readonly contacts: number;
}

/**
 * Makes a copy the store of a node that begins a new log in each channel, since the one it was copied from may have written on.
 * @throws StoreError, SqliteError
 */
export function beginAnew(file: string, key: Uint8Array): CopiedStore {
  const db = openWriting(file, key);
  try {
    db.prepare("UPDATE channel SET inst = NULL").run();
    const count = (table: string) => db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
    return { channels: count("channel"), contacts: count("contact") };
  } finally {
    db.close();
  }
}
