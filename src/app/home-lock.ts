/**
 * One node per home. The lock is SQLite's exclusive lock on an empty file: the kernel holds it for this process, so it
 * ends with the process however that ends, and nothing stale is left after `kill -9`. (Node has no flock of its own; a
 * file with a process id lies after a crash, when ids are used again; and asking the socket whether somebody answers
 * lets two nodes begin at once.)
 */
/// <reference path="../store/better-sqlite3.d.ts" />
import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { ApiError } from "./api.ts";
import { type Home, homeFault } from "./home.ts";

const LOCK_FILE = "lock";

/** The connections of the locks held: one that nobody refers to would be collected, and its lock let go. */
const held = new Set<Database>();

export interface HomeLock {
  release(): void;
}

/**
 * Takes the lock of a home.
 * @throws ApiError `home-in-use` when another node holds it, `home-unreadable` when it cannot be taken at all
 */
export function lockHome(home: Home): HomeLock {
  try {
    const connection = lock(join(home.dir, LOCK_FILE));
    held.add(connection);
    return {
      release: () => {
        held.delete(connection);
        connection.close();
      },
    };
  } catch (error) {
    throw isBusy(error) ? inUse(home) : homeFault(home.dir, error);
  }
}

function lock(file: string): Database {
  const connection = new Database(file, { timeout: 0 });
  try {
    connection.pragma("journal_mode = OFF"); // nothing is written, so no journal need lie beside it
    connection.exec("BEGIN EXCLUSIVE");
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
}

function inUse({ dir }: Home): ApiError {
  return new ApiError(
    "home-in-use",
    `a node already runs on ${dir}: its commands attach to it; end it with "ptpchat stop", or choose another directory with --home`,
  );
}
