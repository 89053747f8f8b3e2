/** Makes a home of a backup. The node goes on in new logs: whatever it was copied from may have written more. */
import { existsSync } from "node:fs";
import { type FileHandle, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beginAnew, type CopiedStore } from "../../store/index.ts";
import { ApiError } from "../api.ts";
import { homeOf, makeHome, syncDirectory } from "../home.ts";
import { lockHome } from "../home-lock.ts";
import { identityOf, inHome, keyPath, STORE_FILE, secretsOf } from "../identity.ts";
import { readKeyFile } from "../key-file.ts";
import type { PassphraseSource } from "../passphrase.ts";
import { BESIDE } from "../repaired-store.ts";
import { storeFault } from "../store-fault.ts";
import { writeWhole } from "../whole-file.ts";
import { readBackup } from "./backup-file.ts";

export interface RestoreReport extends CopiedStore {
  readonly nodeId: string;
  /** When the backup was made. */
  readonly at: number;
  readonly home: string;
}

export interface RestoreOptions {
  /** As {@link homeOf}; nobody may be there yet. */
  readonly home: string | undefined;
  readonly from: string;
  /** Of the backup. */
  readonly passphrase: PassphraseSource;
  /** Of the keys within, asked only where they are under one. */
  readonly keys: PassphraseSource;
}

/** What is being made stands under these names until it is whole. */
const HALF_STORE = `${STORE_FILE}.restoring`;
const HALF_KEY = "key.json.restoring";

/**
 * @throws ApiError `file-exists` when the home has keys or a history already; `home-in-use`, `file-unreadable`, `backup-unreadable`,
 *   `passphrase-wrong`, `passphrase-needed`, `store-failed`; then the home is as it was
 */
export async function restoreHome({ home, from, passphrase, keys }: RestoreOptions): Promise<RestoreReport> {
  const place = homeOf(home);
  const words = await passphrase.get();
  await makeHome(place);
  const lock = lockHome(place);
  const [half, halfKey] = [join(place.dir, HALF_STORE), join(place.dir, HALF_KEY)];
  try {
    if (existsSync(keyPath(place.dir)) || existsSync(join(place.dir, STORE_FILE))) throw taken(place.dir);
    return await inHome(place.dir, async () => {
      await clear(half, halfKey);
      const { at, key } = await unpack(from, words, half);
      await writeFile(halfKey, key, { mode: 0o600 });
      const { secrets, nodeId } = await openKeys(halfKey, keys);
      const copied = existsSync(half) ? beginAnew(half, secrets.storeKey) : { channels: 0, contacts: 0 };
      await settle(place.dir, half, key);
      return { nodeId, at, home: place.dir, ...copied };
    });
  } catch (error) {
    throw storeFault(error);
  } finally {
    await clear(half, halfKey);
    lock.release();
  }
}

/** Writes the store within to `half`, flushed; none where the backup has none. */
async function unpack(from: string, words: string, half: string) {
  let file: FileHandle | null = null;
  try {
    const head = await readBackup(from, words, async (_, bytes) => {
      if (bytes.length === 0) return;
      file ??= await open(half, "wx", 0o600);
      await file.writeFile(bytes);
    });
    await (file as FileHandle | null)?.sync();
    return head;
  } finally {
    await (file as FileHandle | null)?.close();
  }
}

async function openKeys(path: string, ask: PassphraseSource) {
  const file = await readKeyFile(path);
  if (file === null) throw new Error("a file that was just written is there");
  const secrets = await secretsOf(path, file, ask.get);
  return { secrets, nodeId: identityOf(path, file, secrets).nodeId };
}

/** The keys come last: a store without them is refused, keys without their store would look like an empty history. */
async function settle(dir: string, half: string, key: string): Promise<void> {
  if (existsSync(half)) await rename(half, join(dir, STORE_FILE));
  await syncDirectory(dir);
  await writeWhole(keyPath(dir), key);
}

async function clear(half: string, halfKey: string): Promise<void> {
  for (const each of [half, ...BESIDE.map((end) => half + end), halfKey]) await rm(each, { force: true });
}

function taken(dir: string): ApiError {
  return new ApiError(
    "file-exists",
    `somebody is in ${dir} already: a backup is restored into a home of its own, named with --home; or move that one away`,
  );
}
