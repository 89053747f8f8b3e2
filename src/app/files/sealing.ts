/**
 * Makes sealed blocks of a file, in a directory of their own: a copy, so that what becomes of the file is of no matter
 * (ADR 0018). One block is in memory at a time, and another on its way to the disk. PROTOCOL.md §21.1, §21.2.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  BLOCK_AD,
  BLOCK_BYTES,
  blocksIn,
  FILE_BYTES_MAX,
  type FileInfo,
  filledBytes,
  ID_BYTES,
  keptBytes,
  LIST_MAX,
  listId,
} from "../../core/index.ts";
import { AEAD_TAG_BYTES, type Crypto, type RandomBytes } from "../../crypto/index.ts";
import type { Guid } from "../../wire/index.ts";
import { ApiError } from "../api.ts";
import { syncDirectory, systemCode } from "../home.ts";
import { writeWhole } from "../whole-file.ts";
import { checkRoom, diskFault } from "./disk-fault.ts";
import { safeName } from "./file-name.ts";
import type { About } from "./kept-file.ts";
import { LOOKED_AT_BYTES, mediaOf } from "./media.ts";
import type { PreviewMaker } from "./preview.ts";

export interface SealingParts {
  readonly crypto: Crypto;
  readonly random: RandomBytes;
  /** Of the shelf. */
  readonly directory: string;
  readonly previews: PreviewMaker;
}

/**
 * Seals the file at `path` for a channel. @returns what is to be announced of it; its directory is named by its root
 * @throws ApiError `file-unreadable`, `too-long`, `disk-full`, `file-unwritable`; then nothing is left of it
 */
export async function sealFile(
  parts: SealingParts,
  path: string,
  channelId: Guid,
  onProgress: (doneBytes: number, size: number) => void,
): Promise<FileInfo> {
  const original = await openOriginal(path);
  const half = join(parts.directory, `new-${Buffer.from(parts.random(8)).toString("hex")}`);
  try {
    const { size, mtimeMs } = await original.stat();
    if (size > FILE_BYTES_MAX) throw new ApiError("too-long", `${path} is larger than 1 TiB, which is the most that can be sent`);
    const shape = { size, blockBytes: BLOCK_BYTES };
    await checkRoom(parts.directory, keptBytes(shape));
    const head = Buffer.alloc(Math.min(size, LOOKED_AT_BYTES));
    await readFully(original, head, 0);
    const name = safeName(basename(path));
    const media = mediaOf(head, name);
    const preview = parts.previews.of({ ...media, size, read: () => wholeOf(original, size) }); // in another thread, meanwhile
    await mkdir(half, { mode: 0o700 });
    const key = parts.random(32);
    const root = await sealAll(parts.crypto, original, half, shape, key, onProgress);
    const announced = { name, ...media, root, key: Buffer.from(key).toString("hex"), ...shape, preview: await preview };
    const now = await original.stat();
    if (now.size !== size || now.mtimeMs !== mtimeMs)
      throw new ApiError("file-unreadable", `${path} was changed while it was read: send it again`, "changed");
    await putInPlace(parts.directory, half, aboutOf(root, shape, channelId));
    return announced;
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw diskFault(half, error);
  } finally {
    await original.close();
  }
}

async function openOriginal(path: string): Promise<FileHandle> {
  try {
    // A pipe would wait for its other end to be opened.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw unreadable(path, systemCode(error) ?? String(error));
  }
  throw unreadable(path, "EISDIR");
}

async function sealAll(
  crypto: Crypto,
  original: FileHandle,
  half: string,
  shape: { readonly size: number; readonly blockBytes: number },
  key: Uint8Array,
  onProgress: (doneBytes: number, size: number) => void,
): Promise<string> {
  const count = blocksIn(shape);
  const blocks = await open(join(half, "blocks"), "wx", 0o600);
  const lists = await open(join(half, "lists"), "wx", 0o600);
  const listIds: Buffer[] = [];
  try {
    const plain = Buffer.alloc(shape.blockBytes);
    let writing: Promise<unknown> = Promise.resolve();
    for (let from = 0; from < count; from += LIST_MAX) {
      const ids = Buffer.alloc(Math.min(LIST_MAX, count - from) * ID_BYTES);
      for (let index = from; index < Math.min(from + LIST_MAX, count); index++) {
        const filled = plain.subarray(0, filledBytes(shape, index)).fill(0);
        await readFully(
          original,
          filled.subarray(0, Math.min(shape.blockBytes, shape.size - index * shape.blockBytes)),
          index * shape.blockBytes,
        );
        const sealed = Buffer.allocUnsafeSlow(filled.length + AEAD_TAG_BYTES);
        crypto.sealInto(sealed, key, index, BLOCK_AD, filled);
        ids.set(crypto.sha256(sealed), (index - from) * ID_BYTES);
        await writing;
        writing = blocks.writeFile(sealed);
        onProgress(Math.min(shape.size, (index + 1) * shape.blockBytes), shape.size);
      }
      await writing;
      await lists.writeFile(ids);
      listIds.push(Buffer.from(listId(crypto, ids), "hex"));
    }
    const [only, ...more] = listIds;
    if (only !== undefined && more.length === 0) return only.toString("hex");
    const top = Buffer.concat(listIds);
    await writeFile(join(half, "top"), top, { mode: 0o600, flush: true });
    return listId(crypto, top);
  } finally {
    await Promise.all([blocks.sync(), lists.sync()]).finally(() => Promise.all([blocks.close(), lists.close()]));
  }
}

function aboutOf(root: string, shape: { readonly size: number; readonly blockBytes: number }, channelId: Guid): About {
  return { version: 1, root, ...shape, own: true, announced: false, channels: [channelId], whole: true, usedAt: Date.now(), wanted: [] };
}

async function putInPlace(directory: string, half: string, about: About): Promise<void> {
  await writeWhole(join(half, "about.json"), JSON.stringify(about));
  await rename(half, join(directory, about.root));
  await syncDirectory(directory);
}

async function wholeOf(original: FileHandle, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(size);
  await readFully(original, whole, 0);
  return whole;
}

/** Fills `into` from there on. @throws ApiError `file-unreadable` where the file ends before */
async function readFully(original: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await original.read(into, at, into.length - at, position + at);
    if (bytesRead === 0) throw new ApiError("file-unreadable", "the file became shorter while it was read: send it again", "changed");
    at += bytesRead;
  }
}

function unreadable(path: string, code: string): ApiError {
  const why =
    code === "EISDIR" ? "it is no file: send files one by one, or an archive of them" : "check that it is there and you may read it";
  return new ApiError("file-unreadable", `${path} cannot be read: ${why} (${code})`, code);
}
