/**
 * Rows out of pages of SQLite's B-trees (file format, https://www.sqlite.org/fileformat2.html sections 1.6 and 2.1), without an
 * index, a schema or a whole tree being needed. What does not read is left out; nothing here throws.
 */
import { USABLE_BYTES } from "./page-cipher.ts";
import type { PageFile } from "./page-file.ts";

export type Value = null | number | string | Buffer;

export interface Row {
  /** Its number in a table that has one, else null. */
  readonly rowid: number | null;
  readonly values: readonly Value[];
}

const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;
const INDEX_LEAF = 0x0a;
const INDEX_INTERIOR = 0x02;
/** The first page begins with the header of the file. */
const FILE_HEADER_BYTES = 100;
/** A tree of so many levels would have more pages than there can be. */
const LEVELS_MAX = 20;

interface Node {
  readonly kind: number;
  readonly page: Buffer;
  /** Where its cells begin. */
  readonly cells: readonly number[];
  /** The last child of an interior node. */
  readonly last: number;
}

/** The rows that lie on one page; none where it is not a page with rows, or not readable. */
export function rowsOn(file: PageFile, n: number): Row[] {
  const node = nodeOf(file, n);
  if (node === null || node.kind === TABLE_INTERIOR) return [];
  return node.cells.flatMap((_, at) => rowAt(file, node, at) ?? []);
}

/** One row of a page, by its place there; as {@link rowsOn} numbers them. */
export function rowOn(file: PageFile, n: number, at: number): Row | null {
  const node = nodeOf(file, n);
  return node === null ? null : rowAt(file, node, at);
}

/** True for a page with rows of a table that has numbered rows. */
export function isTableLeaf(file: PageFile, n: number): boolean {
  return nodeOf(file, n)?.kind === TABLE_LEAF;
}

/** All rows of a tree that can still be reached from its root. */
export function* treeRows(file: PageFile, root: number, levels = LEVELS_MAX): Generator<Row> {
  const node = levels === 0 ? null : nodeOf(file, root);
  if (node === null) return;
  const isInterior = node.kind === TABLE_INTERIOR || node.kind === INDEX_INTERIOR;
  for (const [at, cell] of node.cells.entries()) {
    if (isInterior) yield* treeRows(file, readU32(node.page, cell), levels - 1);
    if (node.kind === TABLE_INTERIOR) continue;
    const row = rowAt(file, node, at);
    if (row !== null) yield row;
  }
  if (isInterior) yield* treeRows(file, node.last, levels - 1);
}

/** The pages that are in no tree: what lies on them is of former times. */
export function freePages(file: PageFile): Set<number> {
  const free = new Set<number>();
  let trunk = readU32(file.page(1) ?? EMPTY, 32);
  while (trunk > 0 && !free.has(trunk)) {
    free.add(trunk);
    const page = file.page(trunk) ?? EMPTY;
    const count = Math.min(readU32(page, 4), USABLE_BYTES / 4 - 2);
    for (let at = 0; at < count; at++) free.add(readU32(page, 8 + 4 * at));
    trunk = readU32(page, 0);
  }
  return free;
}

const EMPTY = Buffer.alloc(USABLE_BYTES);

function nodeOf(file: PageFile, n: number): Node | null {
  const page = file.page(n);
  if (page === null) return null;
  const start = n === 1 ? FILE_HEADER_BYTES : 0;
  const kind = page[start] ?? 0;
  const isInterior = kind === TABLE_INTERIOR || kind === INDEX_INTERIOR;
  if (!isInterior && kind !== TABLE_LEAF && kind !== INDEX_LEAF) return null;
  const head = start + (isInterior ? 12 : 8);
  const count = page.readUInt16BE(start + 3);
  if (head + 2 * count > USABLE_BYTES) return null;
  const cells = Array.from({ length: count }, (_, at) => page.readUInt16BE(head + 2 * at));
  return { kind, page, cells, last: isInterior ? page.readUInt32BE(start + 8) : 0 };
}

function rowAt(file: PageFile, { kind, page, cells }: Node, index: number): Row | null {
  const cell = cells[index];
  if (cell === undefined) return null;
  try {
    const reading = new Reading(page, cell + (kind === INDEX_INTERIOR ? 4 : 0));
    const size = reading.varint();
    const rowid = kind === TABLE_LEAF ? reading.varint() : null;
    const payload = payloadAt(file, page, reading.at, size, kind === TABLE_LEAF);
    return payload === null ? null : { rowid, values: valuesOf(payload) };
  } catch (error) {
    if (error instanceof RangeError) return null; // it reaches beyond its page, or its payload
    throw error;
  }
}

/** The payload of a cell, with what of it lies on pages of its own. */
function payloadAt(file: PageFile, page: Buffer, at: number, size: number, isTable: boolean): Buffer | null {
  const most = isTable ? USABLE_BYTES - 35 : Math.floor(((USABLE_BYTES - 12) * 64) / 255) - 23;
  if (size <= most) return slice(page, at, size);
  if (size > file.pageCount * USABLE_BYTES) return null;
  const least = Math.floor(((USABLE_BYTES - 12) * 32) / 255) - 23;
  const fitting = least + ((size - least) % (USABLE_BYTES - 4));
  const local = fitting <= most ? fitting : least;
  const parts = [slice(page, at, local)];
  let left = size - local;
  for (let next = page.readUInt32BE(at + local); left > 0; ) {
    const further = file.page(next);
    if (further === null) return null;
    parts.push(slice(further, 4, Math.min(left, USABLE_BYTES - 4)));
    left -= USABLE_BYTES - 4;
    next = further.readUInt32BE(0);
  }
  return Buffer.concat(parts, size);
}

/** The values of a record. @throws RangeError when it is none */
function valuesOf(payload: Buffer): Value[] {
  const header = new Reading(payload, 0);
  const headerBytes = header.varint();
  let at = headerBytes;
  const values: Value[] = [];
  while (header.at < headerBytes) {
    const type = header.varint();
    const length = lengthOf(type);
    values.push(readAs(type, slice(payload, at, length)));
    at += length;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function lengthOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return INTEGER_BYTES[type] ?? 0;
}

function readAs(type: number, bytes: Buffer): Value {
  if (type >= 12) return type % 2 === 0 ? Buffer.from(bytes) : bytes.toString("utf8");
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 8 || type === 9) return type - 8;
  if (type === 0 || type > 9) return null;
  return bytes.length === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.length);
}

class Reading {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError */
  varint(): number {
    let value = 0;
    for (let read = 0; read < 8; read++) {
      const byte = this.#bytes.readUInt8(this.at++);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return value * 256 + this.#bytes.readUInt8(this.at++);
  }
}

/** @throws RangeError */
function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError("beyond its end");
  return bytes.subarray(at, at + length);
}

function readU32(page: Buffer, at: number): number {
  return at + 4 <= page.length ? page.readUInt32BE(at) : 0;
}
