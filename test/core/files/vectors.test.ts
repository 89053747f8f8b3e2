/** Blocks, lists and roots byte for byte, as another implementation made them. PROTOCOL.md §21.1, §21.2, §21.4. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BLOCK_AD, blockId, blocksIn, contentBytes, filledBytes, LIST_MAX, listId, sealedBytes } from "../../../src/core/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { BLOCK_HEAD_BYTES, readBlock, writeBlockHead } from "../../../src/wire/index.ts";

interface Vectors {
  readonly files: readonly {
    readonly about: string;
    readonly size: number;
    readonly block: number;
    readonly key: string;
    readonly blocks: number;
    readonly last_block_bytes: number;
    readonly block_ids?: readonly string[];
    readonly first_bytes?: readonly string[];
    readonly last_bytes?: readonly string[];
    readonly list_ids: readonly string[];
    readonly root: string;
  }[];
  readonly messages: readonly { about: string; root: string; level: number; index: number; bytes: string; message: string }[];
  readonly refused: readonly { about: string; message: string }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/files.json", import.meta.url), "utf8")) as Vectors;
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a file", () => {
  test.each(vectors.files)("in blocks, lists and a root: $about", (file) => {
    const shape = { size: file.size, blockBytes: file.block };
    expect(blocksIn(shape)).toBe(file.blocks);
    expect(sealedBytes(shape, file.blocks - 1)).toBe(file.last_block_bytes);
    const ids: Uint8Array[] = [];
    for (let index = 0; index < file.blocks; index++) {
      const plain = new Uint8Array(filledBytes(shape, index));
      for (let at = 0; at < contentBytes(shape, index); at++) plain[at] = (index * file.block + at) % 251;
      const sealed = sodiumCrypto.seal(bytesOf(file.key), index, BLOCK_AD, plain);
      ids.push(bytesOf(blockId(sodiumCrypto, sealed)));
      if (file.first_bytes !== undefined) expect(hexOf(sealed.subarray(0, 32))).toBe(file.first_bytes[index]);
      if (file.last_bytes !== undefined) expect(hexOf(sealed.subarray(-16))).toBe(file.last_bytes[index]);
    }
    if (file.block_ids !== undefined) expect(ids.map(hexOf)).toEqual(file.block_ids);
    const lists: string[] = [];
    for (let from = 0; from < ids.length; from += LIST_MAX) lists.push(listId(sodiumCrypto, joined(ids.slice(from, from + LIST_MAX))));
    expect(lists).toEqual(file.list_ids);
    expect(lists.length === 1 ? lists[0] : listId(sodiumCrypto, joined(lists.map(bytesOf)))).toBe(file.root);
  });
});

describe("a message with a block", () => {
  test.each(vectors.messages)("goes there and back: $about", ({ root, level, index, bytes, message }) => {
    const written = new Uint8Array(BLOCK_HEAD_BYTES + bytes.length / 2);
    written.set(bytesOf(bytes), BLOCK_HEAD_BYTES);
    writeBlockHead(written, level, index, root);
    expect(hexOf(written)).toBe(message);
    expect(readBlock(bytesOf(message))).toEqual({ root, level, index, bytes: bytesOf(bytes) });
  });

  test.each(vectors.refused)("is none: $about", ({ message }) => {
    expect(readBlock(bytesOf(message))).toBeNull();
  });
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
