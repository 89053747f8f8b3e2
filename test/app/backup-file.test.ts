/** The file of a backup: what others have to read and write, byte for byte, and what is refused. PROTOCOL.md §23.1. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BackupHead, readBackup, writeBackup } from "../../src/app/backup/backup-file.ts";
import { type Contents, foreignBackup, readForeign } from "./foreign-backup.ts";
import { directory } from "./running.ts";

interface Vector {
  readonly about: string;
  readonly passphrase: string;
  readonly memory_kib: number;
  readonly passes: number;
  readonly salt: string;
  readonly header: string;
  readonly at: number;
  readonly key: string;
  /** Hex; or so many bytes, each the low byte of its place. */
  readonly store: string | number;
  /** Hex. */
  readonly file?: string;
  readonly file_bytes: number;
  readonly file_sha256: string;
}

const PIECE_BYTES = 65_536;
const PASSPHRASE = "seven words that nobody guesses";
/** Less than a real one costs, which another implementation takes long for. */
const CHEAP = { memoryKib: 64, passes: 1 };
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/backup.json"), "utf8")) as Vector[];

const storeOf = ({ store }: Vector) => (typeof store === "string" ? Buffer.from(store, "hex") : pattern(store));
const pattern = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, at) => at));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function written(vector: Vector): Buffer {
  const { passphrase, memory_kib: memoryKib, passes, salt, header, at, key } = vector;
  const chosen = { passphrase, memoryKib, passes, salt: Buffer.from(salt, "hex"), header: Buffer.from(header, "hex") };
  return foreignBackup({ at, key, store: storeOf(vector) }, chosen);
}

/** As this program reads it. */
async function read(bytes: Uint8Array, passphrase: string): Promise<Contents> {
  const path = join(directory(), "a.backup");
  writeFileSync(path, bytes);
  const store: Uint8Array[] = [];
  const heads = new Set<BackupHead>();
  const head = await readBackup(path, passphrase, async (told, piece) => {
    heads.add(told);
    store.push(piece);
  });
  expect([...heads]).toEqual([head]);
  return { ...head, store: Buffer.concat(store) };
}

/** As this program writes it. */
async function made(head: BackupHead, store: Uint8Array | null): Promise<Buffer> {
  const path = join(directory(), "store.db");
  if (store !== null) writeFileSync(path, store);
  const parts: Uint8Array[] = [];
  await writeBackup(
    { write: async (bytes) => void parts.push(Buffer.from(bytes)) },
    head,
    store === null ? null : path,
    PASSPHRASE,
    () => {},
    CHEAP,
  );
  return Buffer.concat(parts);
}

describe.each(vectors)("$about", (vector) => {
  test("is written so by another implementation, with the salt and the header that are given", () => {
    const bytes = written(vector);
    expect({ length: bytes.length, sha256: sha256(bytes) }).toEqual({ length: vector.file_bytes, sha256: vector.file_sha256 });
    if (vector.file !== undefined) expect(bytes.toString("hex")).toBe(vector.file);
  });

  test("is read so", async () => {
    const { at, key, passphrase } = vector;
    const bytes = written(vector);
    const found = [await read(bytes, passphrase), await read(bytes, passphrase.normalize("NFD")), readForeign(bytes, passphrase)];
    for (const { store, ...head } of found) {
      expect(head).toEqual({ at, key });
      expect(Buffer.from(store).equals(storeOf(vector))).toBe(true);
    }
  });
});

test("the vectors have a backup of one piece, one without a store, and one whose last piece is full", () => {
  const within = vectors.map(({ file_bytes: bytes }) => bytes - 65 - 17 * Math.ceil((bytes - 65) / (PIECE_BYTES + 17)));
  expect(within[0]).toBeLessThan(PIECE_BYTES);
  expect(storeOf(vectors[1] as Vector)).toHaveLength(0);
  expect(within[2]).toBe(3 * PIECE_BYTES);
});

describe("a backup that this program writes", () => {
  const head = { at: 1_790_000_000_000, key: '{"version": 1}\n' };
  const headBytes = 4 + JSON.stringify(head).length;

  test.each([
    ["without a store", null],
    ["with an empty one", 0],
    ["whose only piece is one short of full", PIECE_BYTES - headBytes - 1],
    ["whose only piece is full", PIECE_BYTES - headBytes],
    ["whose last piece has one byte", PIECE_BYTES - headBytes + 1],
    ["whose second piece is full and the last", 2 * PIECE_BYTES - headBytes],
  ])("%s is read by another implementation, and by itself", async (_, length) => {
    const store = length === null ? null : pattern(length);
    const bytes = await made(head, store);
    for (const { store: found, ...rest } of [readForeign(bytes, PASSPHRASE), await read(bytes, PASSPHRASE)]) {
      expect(rest).toEqual(head);
      expect(Buffer.from(found).equals(store ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test.each([
    ["full", 2 * PIECE_BYTES - headBytes],
    ["not full", 2 * PIECE_BYTES - headBytes - 9],
  ])("is refused where something follows it, its last piece being %s", async (_, length) => {
    const bytes = await made(head, pattern(length));
    for (const more of [Buffer.alloc(1), pattern(17), pattern(PIECE_BYTES + 17), bytes]) {
      await expect(read(Buffer.concat([bytes, more]), PASSPHRASE)).rejects.toMatchObject({ code: "backup-unreadable" });
    }
  });

  test("is refused where a piece was left out, doubled, put elsewhere or cut off at its end", async () => {
    const bytes = await made(head, pattern(4 * PIECE_BYTES - headBytes));
    const pieces = [0, 1, 2, 3].map((n) => bytes.subarray(65 + n * (PIECE_BYTES + 17), 65 + (n + 1) * (PIECE_BYTES + 17)));
    const begin = bytes.subarray(0, 65);
    for (const order of [[0, 2, 3], [0, 1, 1, 2, 3], [0, 2, 1, 3], [0, 1, 2], [0], [0, 1, 2, 3, 3]]) {
      const other = Buffer.concat([begin, ...order.map((n) => pieces[n] as Buffer)]);
      await expect(read(other, PASSPHRASE), order.join()).rejects.toMatchObject({ code: "backup-unreadable" });
    }
    expect((await read(Buffer.concat([begin, ...pieces]), PASSPHRASE)).store).toHaveLength(4 * PIECE_BYTES - headBytes);
  });
});
