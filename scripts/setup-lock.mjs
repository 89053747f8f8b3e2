/**
 * Lets one set-up work at a time in a checkout. The lock is a file that names the process holding it; it appears whole
 * (by link(2)) and one whose holder has died is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 200;
/** An install that takes longer than this was left behind: its process id may be someone else's by now. */
const STALE_MS = 30 * 60_000;

/**
 * Takes the lock, waiting for as long as another process that lives holds it.
 * @param folder - where the lock file is made
 * @param onWait - called once when there is something to wait for
 * @returns the lock file's path, for {@link release}
 */
export async function take(folder, onWait) {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "setup.lock");
  let told = false;
  while (!tryTake(lock)) {
    removeStale(lock);
    if (!told) onWait();
    told = true;
    await delay(LOOK_MS);
  }
  return lock;
}

export function release(lock) {
  attempt(() => unlinkSync(lock), "ENOENT");
}

function tryTake(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    return attempt(() => linkSync(own, lock), "EEXIST");
  } finally {
    unlinkSync(own);
  }
}

/** Removes the lock of a holder that is gone, and of no other: what was moved away is looked at once more. */
function removeStale(lock) {
  if (!isStale(lock)) return;
  const aside = `${lock}.stale.${process.pid}`;
  if (!attempt(() => renameSync(lock, aside), "ENOENT")) return;
  if (!isStale(aside)) attempt(() => linkSync(aside, lock), "EEXIST");
  unlinkSync(aside);
}

function isStale(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_MS) return true;
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH"; // no such process; EPERM is a live one of another user, ENOENT a lock just released
  }
}

/** @returns false when `act` fails with `code`, true when it succeeds */
function attempt(act, code) {
  try {
    act();
    return true;
  } catch (error) {
    if (error.code === code) return false;
    throw error;
  }
}
