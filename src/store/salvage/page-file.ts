/**
 * The pages of a store, damaged or not: those of the file, and over them those of the write-ahead log up to its last commit. Each
 * is opened by itself, so that what is wrong with one costs no other.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { openPage, PAGE_BYTES, type PagePrimitives } from "./page-cipher.ts";

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const CHECKSUM_BYTES = 8;
/** Where the first page says how many there are. */
const PAGE_COUNT_AT = 28;
/** Pages that are kept open: a walk through a tree comes back to those above it. */
const CACHE_PAGES = 1_024;

export class PageFile {
  readonly #file: number;
  readonly #wal: number | null;
  readonly #key: Uint8Array;
  readonly #primitives: PagePrimitives;
  /** Where in the write-ahead log the last committed state of a page begins. */
  readonly #logged: ReadonlyMap<number, number>;
  readonly #cache = new Map<number, Buffer | null>();
  readonly #filePages: number;
  /** Pages of the database, as far as the files tell, and as its first page says. */
  readonly pageCount: number;
  /** States of pages that were committed and are damaged where they stand in the log. */
  readonly lostFrames: number;
  /** The numbers of pages that were asked for and do not open. */
  readonly damaged = new Set<number>();

  constructor(file: string, key: Uint8Array, primitives: PagePrimitives) {
    this.#file = openSync(file, "r");
    this.#wal = openIfThere(`${file}-wal`);
    this.#key = key;
    this.#primitives = primitives;
    const opens = (page: Buffer, n: number) => openPage(page, n, key, primitives) !== null;
    const { pages, last, lost } = this.#wal === null ? NO_FRAMES : framesOf(this.#wal, opens);
    this.#logged = pages;
    this.lostFrames = lost;
    this.#filePages = Math.ceil(fstatSync(this.#file).size / PAGE_BYTES);
    this.pageCount = Math.max(this.#filePages, last);
    this.pageCount = Math.max(this.pageCount, this.page(1)?.readUInt32BE(PAGE_COUNT_AT) ?? 0); // more than there are: the rest was cut off
  }

  /** The page without its seal; null when it is damaged, or not there. */
  page(n: number): Buffer | null {
    const known = this.#cache.get(n);
    if (known !== undefined) return known;
    const page = n < 1 || n > this.pageCount ? null : this.#open(n);
    if (page === null) this.damaged.add(n);
    if (this.#cache.size >= CACHE_PAGES) for (const oldest of this.#cache.keys()) if (this.#cache.delete(oldest)) break;
    this.#cache.set(n, page);
    return page;
  }

  /** True for a page that the database had, and that is in neither file any more. */
  isCutOff(n: number): boolean {
    return n > this.#filePages && n <= this.pageCount && !this.#logged.has(n);
  }

  close(): void {
    closeSync(this.#file);
    if (this.#wal !== null) closeSync(this.#wal);
  }

  /** What the log has of a page is newer; where that is damaged, an older state is better than none. */
  #open(n: number): Buffer | null {
    const at = this.#logged.get(n);
    const logged = at === undefined || this.#wal === null ? null : openPage(readAt(this.#wal, at), n, this.#key, this.#primitives);
    if (logged !== null) return logged;
    if (at !== undefined) this.damaged.add(n);
    return openPage(readAt(this.#file, (n - 1) * PAGE_BYTES), n, this.#key, this.#primitives);
  }
}

/** States of pages that were told as kept and are damaged in the write-ahead log, where SQLite takes a bad page for its end. */
export function lostFrames(file: string, key: Uint8Array, primitives: PagePrimitives): number {
  const wal = openIfThere(`${file}-wal`);
  if (wal === null) return 0;
  try {
    return framesOf(wal, (page, n) => openPage(page, n, key, primitives) !== null).lost;
  } finally {
    closeSync(wal);
  }
}

interface Frames {
  readonly pages: ReadonlyMap<number, number>;
  /**
   * Damaged frames with two commits after them. With one, they may be of a last commit that a power cut tore before it was flushed; each
   * commit is flushed before the next one begins.
   */
  readonly lost: number;
  /** Pages that the database had after the last commit. */
  readonly last: number;
}

const NO_FRAMES: Frames = { pages: new Map(), last: 0, lost: 0 };

/**
 * The frames of the write-ahead log that were committed. Each has a checksum that goes on from that of the one before. Where that does
 * not fit, the page tells why: one that does not open is damaged, and what follows may be good, or torn, and nothing follows; one that
 * opens is left from an earlier round.
 */
function framesOf(wal: number, opens: (page: Buffer, n: number) => boolean): Frames {
  const pages = new Map<number, number>();
  const open = new Map<number, number>();
  const header = readBytes(wal, 0, WAL_HEADER_BYTES);
  const isBigEndian = header.length === WAL_HEADER_BYTES && (header.readUInt32BE(0) & 1) === 1;
  let before = header.subarray(WAL_HEADER_BYTES - CHECKSUM_BYTES);
  const isHeaderWhole = header.length < WAL_HEADER_BYTES || isChecked(header, isBigEndian);
  const first = saltOf(readBytes(wal, WAL_HEADER_BYTES, FRAME_HEADER_BYTES));
  let [bad, torn, lost, last] = [isHeaderWhole ? 0 : 1, 0, 0, 0];
  for (let at = WAL_HEADER_BYTES; ; at += FRAME_HEADER_BYTES + PAGE_BYTES) {
    const frame = readBytes(wal, at, FRAME_HEADER_BYTES + PAGE_BYTES);
    if (frame.length < FRAME_HEADER_BYTES + PAGE_BYTES) return { pages, last, lost };
    const n = frame.readUInt32BE(0);
    const sum = frame.subarray(FRAME_HEADER_BYTES - CHECKSUM_BYTES, FRAME_HEADER_BYTES);
    const page = frame.subarray(FRAME_HEADER_BYTES);
    const fits = checksum([frame.subarray(0, 8), page], before, isBigEndian).equals(sum);
    const isOfRound = bad > 0 && (at === WAL_HEADER_BYTES || saltOf(frame).equals(first));
    const isOpen = fits || opens(page, n);
    if (isOpen && !fits && !isOfRound) return { pages, last, lost };
    before = Buffer.from(sum);
    if (!isOpen) bad++;
    else open.set(n, at + FRAME_HEADER_BYTES);
    const committed = isOpen ? frame.readUInt32BE(4) : 0;
    if (committed === 0) continue;
    last = committed;
    lost += torn;
    [torn, bad] = [bad, 0];
    for (const [each, where] of open) pages.set(each, where);
    open.clear();
  }
}

/** True for a header as it was written. One that is whole and does not fit what follows begins a new round, of which nothing is there yet. */
function isChecked(header: Buffer, isBigEndian: boolean): boolean {
  const end = WAL_HEADER_BYTES - CHECKSUM_BYTES;
  return checksum([header.subarray(0, end)], Buffer.alloc(CHECKSUM_BYTES), isBigEndian).equals(header.subarray(end));
}

function saltOf(frame: Buffer): Buffer {
  return frame.subarray(8, FRAME_HEADER_BYTES - CHECKSUM_BYTES);
}

/** SQLite's checksum of a write-ahead log, over whole pairs of words, going on from the one before. */
function checksum(parts: readonly Buffer[], before: Buffer, isBigEndian: boolean): Buffer {
  let [one, two] = [before.readUInt32BE(0), before.readUInt32BE(4)];
  for (const bytes of parts) {
    for (let at = 0; at < bytes.length; at += 8) {
      one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
      two = (two + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
    }
  }
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32BE(one, 0);
  sum.writeUInt32BE(two, 4);
  return sum;
}

function readAt(file: number, at: number): Buffer {
  return readBytes(file, at, PAGE_BYTES);
}

function readBytes(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
