/**
 * How a file lies in blocks, and the blocks in lists. PROTOCOL.md §21.1, §21.2.
 *
 *   level 0   blocks          the file in equal pieces, each sealed; the id of one is its SHA-256
 *   level 1   lists           the ids of up to 8,192 consecutive blocks, 32 bytes each
 *   level 2   list of lists   the ids of all lists, where there are several
 *
 * The id of a list is a hash of what it holds, and the id of the only, or the uppermost, one is the root: it names the file.
 * All lengths follow from the file's size, so nobody who has the root can be made to take more than that.
 */
import { AEAD_TAG_BYTES, type Crypto } from "../../crypto/index.ts";
import { PREFIX, signedBytes } from "../log/signing.ts";
import { toHex } from "../log/text-form.ts";

/** Bytes of the file in one block of ours: a message and its fragments cost little beside it, and a lost session loses little. */
export const BLOCK_BYTES = 262_144;
/** The block sizes that others may choose: powers of two between these, so that a sealed one fits a message of a session. */
export const BLOCK_BYTES_MIN = 4_096;
export const BLOCK_BYTES_MAX = 524_288;
/** The last block is filled with zeros up to a multiple of this: who carries or keeps it learns the length only in such steps. */
export const FILL_BYTES = 4_096;
/** Bytes of a file: 1 TiB, of which a node keeps two lists of 256 KiB in memory. */
export const FILE_BYTES_MAX = 2 ** 40;
export const ID_BYTES = 32;
/** Ids in one list. */
export const LIST_MAX = 8_192;

/** What is sealed with a block besides it. */
export const BLOCK_AD = new TextEncoder().encode("ptpchat/1 file");

/** A file as far as blocks are concerned. */
export interface Shape {
  readonly size: number;
  /** Bytes of the file in each block but the last. */
  readonly blockBytes: number;
}

/** A file has one block at least, however small it is. */
export function blocksIn({ size, blockBytes }: Shape): number {
  return Math.max(1, Math.ceil(size / blockBytes));
}

export function listsIn(shape: Shape): number {
  return Math.ceil(blocksIn(shape) / LIST_MAX);
}

/** Bytes of the file in one block. */
export function contentBytes({ size, blockBytes }: Shape, index: number): number {
  return Math.max(0, Math.min(blockBytes, size - index * blockBytes));
}

/** The same with what the last block is filled up with. */
export function filledBytes(shape: Shape, index: number): number {
  return Math.max(1, Math.ceil(contentBytes(shape, index) / FILL_BYTES)) * FILL_BYTES;
}

/** Bytes of a sealed block; they lie one after another, each in the room of a whole one. */
export function sealedBytes(shape: Shape, index: number): number {
  return filledBytes(shape, index) + AEAD_TAG_BYTES;
}

/** Bytes that all blocks and lists take on a disk. */
export function keptBytes(shape: Shape): number {
  const last = blocksIn(shape) - 1;
  return last * (shape.blockBytes + AEAD_TAG_BYTES) + sealedBytes(shape, last) + (last + 1) * ID_BYTES;
}

/** How many there are of a level: blocks, lists, or the one list of lists; none of that where there is only one list. */
export function countAt(shape: Shape, level: number): number {
  if (level === 0) return blocksIn(shape);
  const lists = listsIn(shape);
  return level === 1 ? lists : level === 2 && lists > 1 ? 1 : 0;
}

/** Bytes that one block or list has on the wire. */
export function lengthAt(shape: Shape, level: number, index: number): number {
  if (level === 0) return sealedBytes(shape, index);
  return (level === 2 ? listsIn(shape) : Math.min(LIST_MAX, blocksIn(shape) - index * LIST_MAX)) * ID_BYTES;
}

/** True for sizes that a file may have. */
export function isShape({ size, blockBytes }: Shape): boolean {
  if (!Number.isSafeInteger(size) || size < 0 || size > FILE_BYTES_MAX || listsIn({ size, blockBytes }) > LIST_MAX) return false;
  return blockBytes >= BLOCK_BYTES_MIN && blockBytes <= BLOCK_BYTES_MAX && Number.isInteger(Math.log2(blockBytes));
}

export function blockId(crypto: Crypto, sealed: Uint8Array): string {
  return crypto.sha256Hex(sealed);
}

/** @param ids - one after another, 32 bytes each */
export function listId(crypto: Crypto, ids: Uint8Array): string {
  return crypto.sha256Hex(signedBytes(PREFIX.blocks, [ids]));
}

/** The id at a place of a list. */
export function idIn(ids: Uint8Array, place: number): string {
  return toHex(ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES));
}
