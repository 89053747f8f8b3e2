/**
 * One file that is fetched: what is missing, and whom it is asked of. First the list of lists, where there are several, then
 * list by list the blocks that each names; all is proved by the root before it is kept. PROTOCOL.md §21.3, §21.4.
 *
 *   each block   missing -> come -> kept        `asked` counts the givers that are waited for
 */
import type { Crypto, RandomBytes } from "../../crypto/index.ts";
import type { PeerId } from "../io.ts";
import type { Instant } from "../time.ts";
import { Giver } from "./giver.ts";
import { blockId, blocksIn, countAt, idIn, LIST_MAX, lengthAt, listId, listsIn, type Shape } from "./layout.ts";
import { CHOICE_AMONG_MAX, CHOICE_MAX, TAKEN_OVER_MS, UNDER_WAY_MAX } from "./limits.ts";

export type FetchOutput =
  | { readonly kind: "ask"; readonly to: PeerId; readonly level: number; readonly want: readonly number[] }
  | { readonly kind: "keep"; readonly level: number; readonly index: number; readonly bytes: Uint8Array }
  /** All is kept; or the file is not what its author said. */
  | { readonly kind: "ended"; readonly reason: "untrue" | null };

/** Why a block is not taken. */
export type BlockRefusal =
  | "bad-block" // it is not what the root, or the list above it, names
  | "stray-block"; // nobody asked that neighbour for it

/** How a fetch is, for people. */
export interface FetchView {
  readonly root: string;
  readonly kept: number;
  readonly blocks: number;
  /** Neighbours that gave something, and those that gave what is none of the file. */
  readonly givers: number;
  readonly liars: number;
  /** Neighbours that may be asked now. */
  readonly present: number;
}

const MISSING = 0;
const COME = 1;
const KEPT = 2;

export class Fetch {
  readonly root: string;
  readonly shape: Shape;
  readonly #crypto: Crypto;
  readonly #random: RandomBytes;
  readonly #givers = new Map<PeerId, Giver>();
  /** Of all blocks, whether they are kept: a bit each, the first the lowest of the first byte. */
  readonly #have: Uint8Array;
  #kept = 0;
  /** Come and not kept yet. */
  #unkept = 0;
  /** The ids of all lists, where there are several. */
  #top: Uint8Array | null = null;
  /** The list in hand: its number, the ids in it, and how its blocks are. */
  #list = -1;
  #ids: Uint8Array | null = null;
  #states = new Uint8Array(0);
  #asked = new Uint8Array(0);
  /** Below this all of the list in hand have come. */
  #first = 0;
  #left = 0;
  /** Somebody else fetches it too. */
  #isShared = false;
  #ended = false;

  /** @param have - a bit for each block that is kept already; not kept */
  constructor(crypto: Crypto, random: RandomBytes, root: string, shape: Shape, have: Uint8Array) {
    this.#crypto = crypto;
    this.#random = random;
    this.root = root;
    this.shape = shape;
    this.#have = new Uint8Array(Math.ceil(blocksIn(shape) / 8));
    this.#have.set(have.subarray(0, this.#have.length));
    for (let index = 0; index < blocksIn(shape); index++) if (this.#has(index)) this.#kept++;
    this.#nextList();
  }

  get view(): FetchView {
    const givers = [...this.#givers.values()];
    return {
      root: this.root,
      kept: this.#kept,
      blocks: blocksIn(this.shape),
      givers: givers.filter(({ gave }) => gave > 0).length,
      liars: givers.filter(({ lied }) => lied).length,
      present: givers.filter(({ isHere }) => isHere).length,
    };
  }

  /** Those that may be asked from now on: who is not among them any more is not waited for. */
  setGivers(present: ReadonlySet<PeerId>): void {
    for (const giver of this.#givers.values()) if (!present.has(giver.id)) this.#release(giver.leave());
    for (const id of present) {
      const known = this.#givers.get(id);
      if (known === undefined) this.#givers.set(id, new Giver(id));
      else known.isHere = true;
    }
  }

  /** True for what can be given on. */
  isKept(level: number, index: number): boolean {
    if (level === 0) return index < blocksIn(this.shape) && this.#has(index);
    return level === 2 ? this.#top !== null : index < this.#list || (index === this.#list && this.#ids !== null);
  }

  /** Up to `most` blocks that are kept, from about there on: what somebody else may lack. */
  keptFrom(index: number, most: number): number[] {
    const found: number[] = [];
    const end = Math.min(blocksIn(this.shape), index + LIST_MAX);
    for (let each = index; each < end && found.length < most; each++) if (this.#has(each)) found.push(each);
    return found;
  }

  /** Takes a block or list that a giver sent. */
  take(from: PeerId, level: number, index: number, bytes: Uint8Array, now: Instant): FetchOutput[] | BlockRefusal {
    const giver = this.#givers.get(from);
    if (giver === undefined || level !== this.#level || !giver.isAsked(index) || this.#ended) return "stray-block";
    if (giver.answered(index, now)) this.#unask(index);
    if (this.#stateOf(index) !== MISSING) return this.#ask(giver, now); // another was quicker
    const isTrue = this.#idOf(level, bytes) === this.#expected(level, index);
    if (!isTrue) {
      this.#release(giver.lie(now));
      return "bad-block";
    }
    if (bytes.length !== lengthAt(this.shape, level, index)) return this.#end("untrue"); // the giver is honest, the author is not
    giver.gives();
    this.#note(level, index, bytes);
    return [{ kind: "keep", level, index, bytes }, ...this.#ask(giver, now)];
  }

  /** A giver does not have these, but perhaps those. */
  lacks(from: PeerId, level: number, indexes: readonly number[], has: readonly number[], now: Instant): FetchOutput[] {
    const giver = this.#givers.get(from);
    if (giver === undefined || level !== this.#level) return [];
    const asked = indexes.filter((index) => giver.isAsked(index));
    if (asked.length === 0) return [];
    for (const index of asked) if (giver.drop(index)) this.#unask(index);
    giver.lack(has, now);
    if (has.length > 0) this.#isShared = true;
    return this.tick(now);
  }

  /** What was to be kept is. */
  kept(level: number, index: number, now: Instant): FetchOutput[] {
    if (level !== 0 || this.#has(index) || this.#ended) return [];
    this.#have[index >> 3] = (this.#have[index >> 3] as number) | (1 << (index & 7));
    this.#kept++;
    this.#unkept--;
    if (this.#kept === blocksIn(this.shape)) return this.#end(null);
    return this.#unkept === UNDER_WAY_MAX / 2 ? this.tick(now) : []; // the disk was what held it up
  }

  /** Lets go of givers that say nothing, and asks what can be asked. */
  tick(now: Instant): FetchOutput[] {
    if (this.#ended) return [];
    const outputs: FetchOutput[] = [];
    for (const giver of this.#givers.values()) this.#release(giver.tend(now));
    for (const giver of this.#givers.values()) outputs.push(...this.#ask(giver, now));
    return outputs;
  }

  // ---- asking ----

  #ask(giver: Giver, now: Instant): FetchOutput[] {
    if (!giver.mayBeAsked(now)) return [];
    let underWay = this.#unkept;
    for (const each of this.#givers.values()) underWay += each.waiting;
    const room = Math.min(giver.room, UNDER_WAY_MAX - underWay);
    if (room <= 0) return [];
    const want = this.#chooseFor(giver, room, now);
    if (want.length === 0 && giver.waiting === 0) want.push(...this.#takeOver(giver, now));
    if (want.length === 0) return [];
    for (const index of want) {
      this.#asked[this.#place(index)] = (this.#asked[this.#place(index)] as number) + 1;
      giver.ask(index, now);
    }
    return [{ kind: "ask", to: giver.id, level: this.#level, want }];
  }

  /** Of one that lacks something: what it said that it has; now and then something else, by which it shows what it has by now. */
  #chooseFor(giver: Giver, most: number, now: Instant): number[] {
    if (giver.known === null) return this.#choose(most);
    const known = [...giver.known]
      .filter((index) => this.#stateOf(index) === MISSING && this.#asked[this.#place(index)] === 0)
      .slice(0, most);
    return known.length > 0 || !giver.mayBeProbed(now) ? known : this.#choose(1);
  }

  /** Up to `most` that nobody is asked for, by chance among the first that are missing. */
  #choose(most: number): number[] {
    const free: number[] = [];
    const among = this.#isShared ? CHOICE_AMONG_MAX : CHOICE_MAX;
    for (let place = this.#first; place < this.#states.length && free.length < among; place++)
      if (this.#states[place] === MISSING && this.#asked[place] === 0) free.push(this.#indexAt(place));
    const chosen: number[] = [];
    while (chosen.length < most && free.length > 0) {
      const [high = 0, low = 0] = this.#random(2);
      chosen.push(...free.splice((high * 256 + low) % free.length, 1));
    }
    return chosen.sort((a, b) => a - b); // as they lie on the giver's disk
  }

  /** What another was asked for long ago, for one that has nothing else to do. */
  #takeOver(idle: Giver, now: Instant): number[] {
    const late: number[] = [];
    for (const giver of this.#givers.values())
      if (giver !== idle) late.push(...giver.askedBefore(now - TAKEN_OVER_MS).filter((index) => !idle.isAsked(index)));
    return late.filter((index) => this.#stateOf(index) === MISSING).slice(0, 1);
  }

  #release(indexes: readonly number[]): void {
    for (const index of indexes) this.#unask(index);
  }

  #unask(index: number): void {
    const place = this.#place(index);
    const asked = this.#asked[place] ?? 0;
    if (asked > 0) this.#asked[place] = asked - 1;
  }

  // ---- what is missing ----

  /** What is asked for now. */
  get #level(): number {
    if (this.#top === null && countAt(this.shape, 2) > 0) return 2;
    return this.#ids === null ? 1 : 0;
  }

  /** Where something of the level in hand stands among `states`, and the other way round. */
  #place(index: number): number {
    return this.#level === 0 ? index - this.#list * LIST_MAX : 0;
  }

  #indexAt(place: number): number {
    const level = this.#level;
    return level === 0 ? this.#list * LIST_MAX + place : level === 1 ? this.#list : 0;
  }

  #stateOf(index: number): number {
    return this.#states[this.#place(index)] ?? KEPT;
  }

  #idOf(level: number, bytes: Uint8Array): string {
    return level === 0 ? blockId(this.#crypto, bytes) : listId(this.#crypto, bytes);
  }

  #expected(level: number, index: number): string {
    if (level === 0) return idIn(this.#ids as Uint8Array, this.#place(index));
    return level === 1 && this.#top !== null ? idIn(this.#top, index) : this.root;
  }

  #note(level: number, index: number, bytes: Uint8Array): void {
    if (level === 2) {
      this.#top = bytes.slice();
      this.#begin(1);
    } else if (level === 1) {
      this.#ids = bytes.slice();
      this.#beginBlocks();
    } else {
      this.#states[this.#place(index)] = COME;
      this.#unkept++;
      if (--this.#left === 0) this.#nextList();
      else while (this.#states[this.#first] !== MISSING) this.#first++;
    }
  }

  #beginBlocks(): void {
    const from = this.#list * LIST_MAX;
    this.#begin(Math.min(LIST_MAX, blocksIn(this.shape) - from));
    for (let place = 0; place < this.#states.length; place++) {
      if (!this.#has(from + place)) continue;
      this.#states[place] = KEPT;
      this.#left--;
    }
    while (this.#states[this.#first] === KEPT) this.#first++;
  }

  /** Goes on with the next list of which something is missing. */
  #nextList(): void {
    do this.#list++;
    while (this.#list < listsIn(this.shape) && !this.#isWanting(this.#list));
    this.#ids = null;
    this.#begin(this.#list < listsIn(this.shape) ? 1 : 0);
  }

  #isWanting(list: number): boolean {
    const end = Math.min((list + 1) * LIST_MAX, blocksIn(this.shape));
    for (let index = list * LIST_MAX; index < end; index++) if (!this.#has(index)) return true;
    return false;
  }

  /** Nothing of the level in hand has come or was asked for. */
  #begin(count: number): void {
    this.#states = new Uint8Array(count);
    this.#asked = new Uint8Array(count);
    this.#first = 0;
    this.#left = count;
    for (const giver of this.#givers.values()) giver.forget();
  }

  #has(index: number): boolean {
    return ((this.#have[index >> 3] as number) & (1 << (index & 7))) !== 0;
  }

  #end(reason: "untrue" | null): FetchOutput[] {
    this.#ended = true;
    return [{ kind: "ended", reason }];
  }
}
