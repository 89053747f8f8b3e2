/** A store that was made anew takes the place of the damaged one, whatever comes between. ADR 0011. */
import { existsSync, statSync } from "node:fs";
import { constants, copyFile, link, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { randomBytes } from "../crypto/sodium/index.ts";
import { syncDirectory } from "./home.ts";
import { STORE_FILE } from "./identity.ts";

/** Beside the store: one that is being made, and one that is made and not in its place yet. */
export const MAKING = `${STORE_FILE}.repairing`;
export const MADE = `${STORE_FILE}.repaired`;
/** What SQLite has beside a file. */
export const BESIDE = ["-wal", "-shm"] as const;

/**
 * Puts a repaired store in its place, where one is made and does not stand there yet: a crash may have come between. To be called
 * before the store of a home is opened, by whoever holds its lock. Each step may be done again.
 * @returns where the damaged one is from now on; null when there was nothing to be done
 */
export async function finishRepair(dir: string): Promise<string | null> {
  const made = join(dir, MADE);
  if (!existsSync(made)) return null;
  const file = join(dir, STORE_FILE);
  const kept = `${file}.damaged-${statSync(made).mtime.toISOString().replaceAll(/[:.]/g, "-")}`;
  if (existsSync(file)) {
    await keep(file, kept);
    if (existsSync(`${file}-wal`)) await keep(`${file}-wal`, `${kept}-wal`);
    await syncDirectory(dir);
  }
  for (const each of BESIDE) await rm(file + each, { force: true }); // else SQLite would play the old log into the new file
  await syncDirectory(dir);
  await rename(made, file);
  await syncDirectory(dir);
  return kept;
}

/** Gives a file a second name; where the disk has no such thing, makes a copy, whole before it has that name. */
async function keep(file: string, name: string): Promise<void> {
  if (existsSync(name)) return;
  try {
    await link(file, name);
  } catch {
    const half = join(dirname(name), `copy-${Buffer.from(randomBytes(4)).toString("hex")}`);
    await copyFile(file, half, constants.COPYFILE_FICLONE);
    const handle = await open(half, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(half, name);
  }
}
