/**
 * The file of a backup: key file and store of a home under a passphrase of its own. PROTOCOL.md §23.1.
 *
 *   "ptpchat/1 backup\n" | KiB of memory u32 | passes u32 | salt 16 | header of the stream 24 | pieces
 *
 * Numbers are big endian. argon2id makes the key of the stream (libsodium's secretstream) of the passphrase; all before the header is bound
 * to each piece. A piece holds 65,536 bytes, the last one less or as many, and 17 more in the file. What they hold together:
 *
 *   length u32 | that many bytes of JSON: {"at": ms since 1970, "key": the key file} | the store, up to the end
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { randomBytes } from "../../crypto/sodium/index.ts";
import { type Argon2idCost, PASSWORD_COST, PASSWORD_SALT_BYTES, passwordKey } from "../../crypto/sodium/password-hash.ts";
import { OpeningStream, SealingStream, STREAM_HEADER_BYTES, STREAM_SEAL_BYTES } from "../../crypto/sodium/sealed-stream.ts";
import { ApiError } from "../api.ts";
import { systemCode } from "../home.ts";

const MAGIC = new TextEncoder().encode("ptpchat/1 backup\n");
/** Of any version. */
const MAGIC_BEGIN = "ptpchat/";
const HEAD_BYTES = MAGIC.length + 8 + PASSWORD_SALT_BYTES;
const PIECE_BYTES = 65_536;
const TEXT_BYTES_MAX = 65_536;
/** What this version grants a file that asks for more than it would itself: 1 GiB, some minutes. */
const MEMORY_KIB_MAX = 1_048_576;
const PASSES_MAX = 64;

/** What a backup begins with. */
export interface BackupHead {
  /** When it was made. */
  readonly at: number;
  /** The text of the key file. */
  readonly key: string;
}

/** Whatever takes the bytes of a file. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes a backup.
 * @param store - the file of the store; null where there is none
 * @param onProgress - told how many bytes of it are written
 * @param cost - what a guess at the passphrase shall cost
 */
export async function writeBackup(
  to: Sink,
  head: BackupHead,
  store: string | null,
  passphrase: string,
  onProgress: (bytes: number) => void,
  cost = PASSWORD_COST,
): Promise<void> {
  const outside = headOf(cost, randomBytes(PASSWORD_SALT_BYTES));
  const stream = new SealingStream(await keyOf(passphrase, outside));
  await to.write(outside);
  await to.write(stream.header);
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  let waiting = Buffer.concat([length, text]);
  let written = 0;
  if (store !== null) {
    for await (const chunk of createReadStream(store, { highWaterMark: PIECE_BYTES })) {
      waiting = Buffer.concat([waiting, chunk as Buffer]);
      for (; waiting.length > PIECE_BYTES; waiting = waiting.subarray(PIECE_BYTES))
        await to.write(stream.seal(waiting.subarray(0, PIECE_BYTES), outside, false));
      written += (chunk as Buffer).length;
      onProgress(written);
    }
  }
  await to.write(stream.seal(waiting, outside, true));
}

/**
 * Reads a backup to its end.
 * @param store - where the bytes of the store go; it is told the head first
 * @throws ApiError `backup-unreadable` with reason `no-backup`, `too-new`, `damaged` or `cut-off`; `passphrase-wrong`; `file-unreadable`
 */
export async function readBackup(
  path: string,
  passphrase: string,
  store: (head: BackupHead, bytes: Uint8Array) => Promise<void>,
): Promise<BackupHead> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw new ApiError("file-unreadable", `${path} cannot be read: check its name, owner and mode`, systemCode(error));
  });
  try {
    return await readPieces(new Source(file, path), passphrase, store);
  } finally {
    await file.close();
  }
}

async function readPieces(
  source: Source,
  passphrase: string,
  store: (head: BackupHead, bytes: Uint8Array) => Promise<void>,
): Promise<BackupHead> {
  const outside = await source.take(HEAD_BYTES);
  checkOutside(source.path, outside);
  const key = await keyOf(passphrase, outside);
  const stream = new OpeningStream(key, await source.exactly(STREAM_HEADER_BYTES));
  let head: BackupHead | null = null;
  for (let isLast = false; !isLast; ) {
    const opened = stream.open(await source.take(PIECE_BYTES + STREAM_SEAL_BYTES), outside);
    if (opened === null) throw head === null ? wrongPassphrase(source.path) : await source.fault();
    isLast = opened.isLast;
    if (head !== null) {
      await store(head, opened.piece);
      continue;
    }
    const begun = readHead(source.path, opened.piece);
    head = begun.head;
    await store(head, begun.rest);
  }
  if ((await source.take(1)).length > 0 || head === null) throw unreadable(source.path, "something follows its end", "damaged");
  return head;
}

/** Reads a file on from where it is. */
class Source {
  readonly path: string;
  readonly #file: FileHandle;
  #isAtEnd = false;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.path = path;
  }

  /** So many bytes, fewer at the end. */
  async take(bytes: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(bytes);
    let length = 0;
    while (length < bytes) {
      const { bytesRead } = await this.#file.read(buffer, length, bytes - length, null);
      if (bytesRead === 0) {
        this.#isAtEnd = true;
        break;
      }
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  }

  async exactly(bytes: number): Promise<Uint8Array> {
    const taken = await this.take(bytes);
    if (taken.length < bytes) throw await this.fault();
    return taken;
  }

  /** Why what was read last is not what was written. */
  async fault(): Promise<ApiError> {
    return this.#isAtEnd
      ? unreadable(this.path, "its end is missing", "cut-off")
      : unreadable(this.path, "a part of it is not as it was written", "damaged");
  }
}

// ---- what stands outside the seal ----

function headOf({ memoryKib, passes }: Argon2idCost, salt: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.set(MAGIC);
  bytes.writeUInt32BE(memoryKib, MAGIC.length);
  bytes.writeUInt32BE(passes, MAGIC.length + 4);
  bytes.set(salt, MAGIC.length + 8);
  return bytes;
}

function costOf(outside: Uint8Array): Argon2idCost {
  const view = Buffer.from(outside.buffer, outside.byteOffset, outside.length);
  return { memoryKib: view.readUInt32BE(MAGIC.length), passes: view.readUInt32BE(MAGIC.length + 4) };
}

function checkOutside(path: string, outside: Uint8Array): void {
  const begin = Buffer.from(outside.subarray(0, MAGIC.length)).toString("latin1");
  if (begin !== Buffer.from(MAGIC).toString("latin1")) {
    if (/^ptpchat\/[0-9]+ backup\n?$/.test(begin)) throw unreadable(path, "a later ptpchat wrote it: update ptpchat", "too-new");
    throw unreadable(path, `it does not begin as one (${MAGIC_BEGIN}...)`, "no-backup");
  }
  if (outside.length < HEAD_BYTES) throw unreadable(path, "its end is missing", "cut-off");
  const { memoryKib, passes } = costOf(outside);
  if (memoryKib < 8 || passes < 1 || memoryKib > MEMORY_KIB_MAX || passes > PASSES_MAX)
    throw unreadable(path, "it asks for more memory or time than this ptpchat gives", "damaged");
}

async function keyOf(passphrase: string, outside: Uint8Array): Promise<Uint8Array> {
  return passwordKey(new TextEncoder().encode(passphrase.normalize("NFC")), outside.slice(MAGIC.length + 8), costOf(outside));
}

// ---- what stands at the beginning within ----

function readHead(path: string, piece: Uint8Array): { readonly head: BackupHead; readonly rest: Uint8Array } {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  if (length === 0 || length > TEXT_BYTES_MAX || 4 + length > bytes.length) throw unreadable(path, "it has no beginning", "damaged");
  const head = parse(bytes.subarray(4, 4 + length).toString("utf8"));
  if (head === null) throw unreadable(path, "its beginning does not read", "damaged");
  return { head, rest: piece.subarray(4 + length) };
}

function parse(text: string): BackupHead | null {
  try {
    const { at, key } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof at === "number" && typeof key === "string" ? { at, key } : null;
  } catch {
    return null;
  }
}

function unreadable(path: string, why: string, reason: "no-backup" | "too-new" | "damaged" | "cut-off"): ApiError {
  return new ApiError("backup-unreadable", `${path} is no backup that can be read: ${why}. Nothing was changed.`, reason);
}

function wrongPassphrase(path: string): ApiError {
  return new ApiError("passphrase-wrong", `the passphrase is not that of ${path}, or the file is damaged: try again; nothing was changed`);
}
