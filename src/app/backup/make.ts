/** Makes a backup of a home: who the node is, and all that it keeps, in one file under a passphrase. */
import { existsSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { copyStore } from "../../store/index.ts";
import { ApiError } from "../api.ts";
import { homeFault, homeOf } from "../home.ts";
import { identityOf, inHome, keyPath, STORE_FILE, secretsOf } from "../identity.ts";
import { readKeyFile } from "../key-file.ts";
import { NewFile } from "../new-file.ts";
import { checkNewPassphrase, type PassphraseSource } from "../passphrase.ts";
import { storeFault } from "../store-fault.ts";
import { writeBackup } from "./backup-file.ts";

export interface BackupReport {
  readonly nodeId: string;
  /** Bytes of the history within. */
  readonly storeBytes: number;
}

export interface BackupOptions {
  /** As {@link homeOf}. */
  readonly home: string | undefined;
  readonly to: string;
  /** It may take the place of a file that is there. */
  readonly over: boolean;
  /** Of the keys; asked only where they are under one. */
  readonly keys: PassphraseSource;
  /** That the backup is to be under. */
  readonly passphrase: PassphraseSource;
  readonly onProgress?: (bytes: number, ofBytes: number) => void;
}

/**
 * A node may run on the home meanwhile: what it keeps is copied as it is at one moment.
 * @throws ApiError `no-keys`, `passphrase-needed`, `passphrase-wrong`, `usage` for a passphrase that protects too little, `file-exists`,
 *   `file-unwritable`, `store-damaged`, `store-failed`; then no file is left
 */
export async function backupHome({ home, to, over, keys, passphrase, onProgress }: BackupOptions): Promise<BackupReport> {
  const { dir } = homeOf(home);
  const path = keyPath(dir);
  const file = await inHome(dir, () => readKeyFile(path));
  if (file === null) throw new ApiError("no-keys", `there is nobody in ${dir} to back up: name another directory with --home`);
  const text = await readFile(path, "utf8");
  const secrets = await secretsOf(path, file, keys.get);
  const { nodeId } = identityOf(path, file, secrets);
  const words = await passphrase.get();
  checkNewPassphrase(words);
  const target = resolve(to);
  const made = await NewFile.begin(target, over);
  try {
    const copy = await copyOf(join(dir, STORE_FILE), secrets.storeKey, dirname(target));
    try {
      const storeBytes = copy === null ? 0 : statSync(copy.file).size;
      const head = { at: Date.now(), key: text };
      await writeBackup(made, head, copy?.file ?? null, words, (bytes) => onProgress?.(bytes, storeBytes));
      await made.finish();
      return { nodeId, storeBytes };
    } finally {
      if (copy !== null) await rm(copy.dir, { recursive: true, force: true });
    }
  } catch (error) {
    await made.discard();
    throw storeFault(error);
  }
}

/** The store as it is now, in a file of its own beside the backup, under the key of the store. */
async function copyOf(store: string, key: Uint8Array, beside: string): Promise<{ readonly dir: string; readonly file: string } | null> {
  if (!existsSync(store)) return null;
  const dir = await mkdtemp(join(beside, ".ptpchat-backup-"));
  const file = join(dir, STORE_FILE);
  try {
    copyStore(store, key, file);
    return { dir, file };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error instanceof Error && "code" in error && error.code === "SQLITE_NOTADB" ? damaged(store) : homeFault(beside, error);
  }
}

function damaged(store: string): ApiError {
  return new ApiError("store-damaged", `${store} does not read: repair it first (ptpchat repair), then make the backup`);
}
