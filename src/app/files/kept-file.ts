/**
 * The blocks of one file in a directory of the home, as they travel: sealed, so that who reads the disk reads nothing of them
 * without the channel's history, which has the key. What lies there is believed only after its hash: a disk that
 * forgets or changes something makes a block lacking, and it is fetched again.
 *
 *   about.json   what file it is, and what is to become of it
 *   blocks       each in the room of a whole one
 *   lists        the ids of all blocks, 32 bytes each;  `top` those of the lists, where there are several
 *   have         a bit for each block that was written, the first the lowest of the first byte; absent once all are
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blockId, blocksIn, countAt, ID_BYTES, idIn, isShape, keptBytes, LIST_MAX, lengthAt, listId, listsIn } from "../../core/index.ts";
import { AEAD_TAG_BYTES, type Crypto } from "../../crypto/index.ts";
import { BLOCK_HEAD_BYTES, type Guid } from "../../wire/index.ts";
import { writeWhole } from "../whole-file.ts";
import { IdleFile } from "./idle-file.ts";

/** Where a file is to be put that is being fetched. */
export interface Wanted {
  /** The event that announced it: it has the name and the key. */
  readonly event: string;
  readonly directory: string;
  readonly name: string;
  /** What is written until it is whole; removed where the node ended meanwhile. */
  part: string | null;
}

export interface About {
  readonly version: 1;
  readonly root: string;
  readonly size: number;
  readonly blockBytes: number;
  /** Sent by this node: it counts for no quota. */
  readonly own: boolean;
  /** False for one that was sealed and whose announcement is not known to be on the disk. */
  announced?: boolean;
  /** In whose members' channels it is given. */
  channels: Guid[];
  whole: boolean;
  /** When it was last wanted, in ms since 1970. */
  usedAt: number;
  wanted: Wanted[];
}

const ABOUT = "about.json";
/** How often what is written is noted, in ms: what a crash forgets is fetched again. */
const NOTE_MS = 1_000;

export class KeptFile {
  readonly about: About;
  readonly directory: string;
  readonly #crypto: Crypto;
  readonly #blocks: IdleFile;
  readonly #lists: IdleFile;
  readonly #have: Uint8Array;
  /** The list last looked at, proved. */
  #list: { readonly index: number; readonly ids: Uint8Array } | null = null;
  #count = 0;
  #noteTimer: NodeJS.Timeout | undefined;
  #noting: Promise<void> = Promise.resolve();
  /** What `about.json` says. */
  #noted = "";
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #fault: Error | null = null;

  private constructor(crypto: Crypto, directory: string, about: About, have: Uint8Array) {
    this.#crypto = crypto;
    this.directory = directory;
    this.about = about;
    this.#blocks = new IdleFile(join(directory, "blocks"));
    this.#lists = new IdleFile(join(directory, "lists"));
    this.#have = new Uint8Array(Math.ceil(blocksIn(about) / 8));
    for (let index = 0; index < blocksIn(about); index++)
      if (about.whole || ((have[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) this.#mark(index);
  }

  /** Begins to keep a file of which nothing is here. @throws what the system says */
  static async begin(crypto: Crypto, directory: string, about: About): Promise<KeptFile> {
    await mkdir(directory, { mode: 0o700 });
    const file = new KeptFile(crypto, directory, about, new Uint8Array(0));
    await file.note();
    return file;
  }

  /** One that is there. @throws what the system says, or where it does not read */
  static async restore(crypto: Crypto, directory: string): Promise<KeptFile> {
    const about = aboutIn(await readFile(join(directory, ABOUT), "utf8"));
    const have = await readFile(join(directory, "have")).catch(() => new Uint8Array(0));
    return new KeptFile(crypto, directory, about, have);
  }

  /** A bit for each block that is here. */
  get have(): Uint8Array {
    return this.#have;
  }

  get hereBlocks(): number {
    return this.#count;
  }

  get isWhole(): boolean {
    return this.#count === blocksIn(this.about);
  }

  /** Bytes of the file that are here. */
  get hereBytes(): number {
    return Math.min(this.about.size, this.#count * this.about.blockBytes);
  }

  /** Bytes that it takes on the disk, or will. */
  get diskBytes(): number {
    return keptBytes(this.about);
  }

  has(index: number): boolean {
    return ((this.#have[index >> 3] as number) & (1 << (index & 7))) !== 0;
  }

  /** Resolves once a block is here. @throws what {@link fail} was told */
  whenHere(index: number): Promise<void> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    if (this.has(index)) return Promise.resolve();
    const waiting = this.#waiting.get(index) ?? Promise.withResolvers<void>();
    this.#waiting.set(index, waiting);
    return waiting.promise;
  }

  /** It is tried again. */
  mend(): void {
    this.#fault = null;
  }

  /** It will not become whole: whoever waits for a block of it, from now on too, is told. */
  fail(fault: Error): void {
    this.#fault = fault;
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }

  /** Keeps a block or a list, which is proved. @throws what the system says */
  async write(level: number, index: number, bytes: Uint8Array): Promise<void> {
    if (level === 2) return writeFile(join(this.directory, "top"), bytes, { mode: 0o600 });
    if (level === 1) {
      this.#list = { index, ids: bytes };
      return this.#lists.write(bytes, index * LIST_MAX * ID_BYTES);
    }
    await this.#blocks.write(bytes, index * (this.about.blockBytes + AEAD_TAG_BYTES));
    this.#mark(index);
    this.#noteTimer ??= setTimeout(() => void this.note().catch(() => {}), NOTE_MS).unref(); // forgotten is fetched again
  }

  /** Whoever waits for a block that was written goes on. */
  wake(index: number): void {
    this.#waiting.get(index)?.resolve();
    this.#waiting.delete(index);
  }

  /** A block as the disk gives it, for whoever sees by its tag whether it is true; null where it is not here. */
  async peek(index: number): Promise<Uint8Array | null> {
    const message = this.has(index) ? await this.#read(0, index).catch(() => null) : null;
    return message?.subarray(BLOCK_HEAD_BYTES) ?? null;
  }

  /** A block or list, with room for the head of its message before it; null where it is not here, or not as it was. */
  async read(level: number, index: number): Promise<Uint8Array | null> {
    if (index >= countAt(this.about, level) || (level === 0 && !this.has(index))) return null;
    const message = await this.#read(level, index).catch(() => null);
    if (message === null) return null;
    const bytes = message.subarray(BLOCK_HEAD_BYTES);
    const isTrue = level === 0 ? blockId(this.#crypto, bytes) === (await this.#idOf(index)) : await this.#isTrueList(level, index, bytes);
    if (isTrue) return message;
    if (level === 0) this.#unmark(index);
    return null;
  }

  /** Notes what is here, so that a restart goes on from there. */
  note(): Promise<void> {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = undefined;
    this.#noting = this.#noting.then(() => this.#note());
    return this.#noting;
  }

  /** Lets go of it, on the disk too. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    clearTimeout(this.#noteTimer);
    await this.#noting.catch(() => {});
    await Promise.all([this.#blocks.close(), this.#lists.close()]);
  }

  async #note(): Promise<void> {
    const have = join(this.directory, "have");
    this.about.whole = this.isWhole;
    if (this.isWhole) await rm(have, { force: true });
    else {
      await writeFile(`${have}.new`, this.#have, { mode: 0o600 });
      await rename(`${have}.new`, have);
    }
    const about = JSON.stringify(this.about);
    if (about === this.#noted) return; // it is flushed, and while blocks come nothing in it is new
    await writeWhole(join(this.directory, ABOUT), about);
    this.#noted = about;
  }

  async #read(level: number, index: number): Promise<Uint8Array> {
    if (level === 2) {
      const ids = await readFile(join(this.directory, "top"));
      const message = Buffer.allocUnsafeSlow(BLOCK_HEAD_BYTES + ids.length);
      message.set(ids, BLOCK_HEAD_BYTES);
      return message;
    }
    const message = Buffer.allocUnsafeSlow(BLOCK_HEAD_BYTES + lengthAt(this.about, level, index));
    const at = level === 0 ? index * (this.about.blockBytes + AEAD_TAG_BYTES) : index * LIST_MAX * ID_BYTES;
    await (level === 0 ? this.#blocks : this.#lists).read(message, BLOCK_HEAD_BYTES, at);
    return message;
  }

  /** What a block is to hash to; null where its list is not here. */
  async #idOf(index: number): Promise<string | null> {
    const list = Math.floor(index / LIST_MAX);
    if (this.#list?.index !== list) {
      const message = await this.read(1, list);
      if (message === null) return null;
      this.#list = { index: list, ids: message.subarray(BLOCK_HEAD_BYTES) };
    }
    return idIn(this.#list.ids, index % LIST_MAX);
  }

  async #isTrueList(level: number, index: number, ids: Uint8Array): Promise<boolean> {
    const id = listId(this.#crypto, ids);
    if (level === 2 || listsIn(this.about) === 1) return id === this.about.root;
    const top = await this.read(2, 0);
    return top !== null && id === idIn(top.subarray(BLOCK_HEAD_BYTES), index);
  }

  #mark(index: number): void {
    if (this.has(index)) return;
    this.#have[index >> 3] = (this.#have[index >> 3] as number) | (1 << (index & 7));
    this.#count++;
  }

  #unmark(index: number): void {
    this.#have[index >> 3] = (this.#have[index >> 3] as number) & ~(1 << (index & 7));
    this.#count--;
  }
}

/** @throws SyntaxError or TypeError where it is not what this or an earlier version wrote */
function aboutIn(text: string): About {
  const about = JSON.parse(text) as About;
  if (about.version !== 1 || !isShape(about) || !Array.isArray(about.channels) || !Array.isArray(about.wanted))
    throw new TypeError("not what a node writes about a file");
  return about;
}
