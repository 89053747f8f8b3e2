/**
 * One log: the chain of one author's instance in one channel, as far as it is held. Events come proved but in any order.
 * What is held of a chain without a hole is a stretch; a log that contradicts itself has several branches, each a chain
 * of its own from where it left another. The events themselves lie in the store; here are only the ends of the stretches,
 * so a log of any length is small. PROTOCOL.md §13.6.
 *
 *   branch 0   1 ======= 40 ........ 61 === 90      a stretch, a hole of 20, a stretch
 *                     \
 *   branch 1           31' == 35'                   leaves branch 0 after 30
 *
 * An event above a hole is taken for branch 0 until the hole is filled and shows otherwise; then its stretch moves.
 */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { HybridTime } from "./hlc.ts";
import { BRANCHES_MAX, STRETCHES_MAX } from "./limits.ts";

/** Where an event stands in its chain. */
export interface Link {
  readonly seq: number;
  readonly id: EventId;
  readonly prev: EventId | null;
  readonly hlc: HybridTime;
}

/** Events `low` to `high` of a branch, all held. */
export interface Stretch {
  low: number;
  lowId: EventId;
  /** The event below, held by another stretch or not at all. */
  lowPrev: EventId | null;
  lowHlc: HybridTime;
  high: number;
  highId: EventId;
  highHlc: HybridTime;
}

export interface Branch {
  /** The last event shared with another branch; null for one that begins with seq 1, or whose beginning is not held. */
  root: { branch: number; seq: number } | null;
  /** Events up to this seq are not wanted: they were dropped to make room, or are as old as those. Absent while there are none. */
  bottom?: number;
  /** In the order of their seq, with a hole below each but the first. */
  readonly stretches: Stretch[];
}

/** A place in a log: an event of it, once it is held. */
export interface Place {
  readonly branch: number;
  readonly seq: number;
}

/** Events of one branch turned out to belong to another; the store has to follow. */
export interface Move {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

export type Placement =
  /** `datedBack`: the seq of an event that is not later than the one before it. */
  | { readonly kind: "placed"; readonly branch: number; readonly moves: readonly Move[]; readonly datedBack: number | null }
  | { readonly kind: "held" }
  | { readonly kind: "refused"; readonly reason: "too-many-branches" | "too-many-holes" };

/** Events that are known to exist, by the hash of what follows, and are not held: `from` to `to`, the last with this `id`. */
export interface Hole {
  readonly from: number;
  readonly to: number;
  readonly id: EventId;
  /** The time of the event above, which is later than all in the hole. */
  readonly before: HybridTime;
}

/** The last event of a branch. */
export interface Head {
  readonly seq: number;
  readonly id: EventId;
  readonly hlc: HybridTime;
}

/** The branch in which an event lies, as the store knows it, or null where it is not held. Asked only for what may lie within a stretch. */
export type LookUp = (seq: number, id: EventId) => number | null;

export class Log {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly branches = new Map<number, Branch>();
  /** Events below are not wanted: dropped to make room, or older than what we may read. */
  floor = 1;
  /** The seq whose signature was checked last. */
  signedAt = Number.NEGATIVE_INFINITY;

  constructor(author: NodeId, inst: InstanceId) {
    this.author = author;
    this.inst = inst;
  }

  /** True once the log is known to contradict itself. */
  get isForked(): boolean {
    return this.branches.size > 1;
  }

  /** True for an event that is not held and whose hash one that is held names: it is proved without a signature. */
  isExpected(seq: number, id: EventId): boolean {
    return this.#above(seq, id).length > 0;
  }

  /** The place of a held event, or null. The ends of stretches are known here; only what lies between them is looked up. */
  find(seq: number, id: EventId, lookUp: LookUp): Place | null {
    let isWithin = false;
    for (const [branch, { stretches }] of this.branches) {
      const stretch = stretches.find(({ low, high }) => low <= seq && seq <= high);
      if (stretch === undefined) continue;
      if ((seq === stretch.high && id === stretch.highId) || (seq === stretch.low && id === stretch.lowId)) return { branch, seq };
      isWithin ||= stretch.low < seq && seq < stretch.high;
    }
    const branch = isWithin ? lookUp(seq, id) : null;
    return branch === null ? null : { branch, seq };
  }

  /** Takes in a proved event. */
  place(link: Link, lookUp: LookUp): Placement {
    if (this.find(link.seq, link.id, lookUp) !== null) return { kind: "held" };
    const above = this.#above(link.seq, link.id);
    const below = link.prev === null ? null : this.find(link.seq - 1, link.prev, lookUp);
    const moves: Move[] = [];
    const datedBack = this.#datedBack(link, above, below);
    const branch = this.#choose(link, above, below, moves);
    if (typeof branch === "string") return { kind: "refused", reason: branch };
    for (const { branch: other, at } of above.slice(1)) {
      const label = at === 0 ? other : this.#split(other, at, moves);
      this.#branch(label).root = { branch, seq: link.seq };
    }
    return { kind: "placed", branch: this.#absorb(branch, moves), moves, datedBack };
  }

  /**
   * Lets go of what lies below a held event in its branch, which is not wanted any more.
   * @returns the branch, null when the event is not held or nothing lies below it
   */
  trim(to: Link, lookUp: LookUp): number | null {
    const place = this.find(to.seq, to.id, lookUp);
    const branch = place === null ? undefined : this.branches.get(place.branch);
    const at = branch?.stretches.findIndex(({ low, high }) => low <= to.seq && to.seq <= high) ?? -1;
    const stretch = branch?.stretches[at];
    if (place === null || branch === undefined || stretch === undefined || (at === 0 && stretch.low === to.seq)) return null;
    stretch.low = to.seq;
    stretch.lowId = to.id;
    stretch.lowPrev = to.prev;
    stretch.lowHlc = to.hlc;
    branch.stretches.splice(0, at);
    branch.root = null;
    branch.bottom = to.seq - 1;
    for (const other of this.branches.values()) if (other.root?.branch === place.branch && other.root.seq < to.seq) unroot(other);
    return place.branch;
  }

  /** An event that one that is held names is not wanted, nor what lies below it. */
  refuse(seq: number, id: EventId): void {
    for (const { branch } of this.#above(seq, id)) this.#branch(branch).bottom = Math.max(this.#branch(branch).bottom ?? 0, seq);
  }

  /** All that is missing is wanted again. */
  wantAll(): void {
    for (const branch of this.branches.values()) delete branch.bottom;
  }

  /** One for each branch: together they stand for all that is held. */
  heads(): Head[] {
    return [...this.branches.values()].map(({ stretches }) => {
      const { high: seq, highId: id, highHlc: hlc } = stretches.at(-1) as Stretch;
      return { seq, id, hlc };
    });
  }

  /** The highest event below `to` with which a stretch ends, and not below `from`. */
  topWithin(from: number, to: number): { readonly seq: number; readonly id: EventId } | null {
    let top: Stretch | null = null;
    for (const { stretches } of this.branches.values())
      for (const stretch of stretches) if (from <= stretch.high && stretch.high < to && stretch.high > (top?.high ?? 0)) top = stretch;
    return top === null ? null : { seq: top.high, id: top.highId };
  }

  /** What is missing, newest first. Of a branch whose root is not held, `from` is where it can begin at the earliest. */
  holes(): Hole[] {
    const found: Hole[] = [];
    for (const { root, bottom = 0, stretches } of this.branches.values()) {
      for (const [at, { low, lowPrev, lowHlc }] of stretches.entries()) {
        const lower = stretches[at - 1];
        if (lowPrev === null || (lower === undefined && root !== null)) continue;
        const from = Math.max(this.floor, bottom + 1, lower === undefined ? 1 : lower.high + 1);
        if (from < low) found.push({ from, to: low - 1, id: lowPrev, before: lowHlc });
      }
    }
    return found.sort((a, b) => b.before - a.before || b.to - a.to);
  }

  /** True when `at` is `of` or an event before it in the same chain, as far as is known. */
  isBefore(at: Place, of: Place): boolean {
    let { branch, seq } = of;
    for (let steps = this.branches.size; steps > 0; steps--) {
      if (at.branch === branch) return at.seq <= seq;
      const root = this.branches.get(branch)?.root ?? null;
      if (root === null) return false;
      ({ branch, seq } = root);
    }
    return false;
  }

  /** The seq of an event whose time is not later than that of the one before, seen where the two meet. */
  #datedBack({ seq, hlc }: Link, above: readonly Above[], below: Place | null): number | null {
    for (const { branch, at } of above) if ((this.#branch(branch).stretches[at] as Stretch).lowHlc <= hlc) return seq + 1;
    const lower = below === null ? undefined : this.#branch(below.branch).stretches.find(({ high }) => high === seq - 1);
    return lower !== undefined && lower.highHlc >= hlc ? seq : null;
  }

  // ---- where an event goes ----

  /** The stretches whose lowest event names it: more than one where the log forks just above. */
  #above(seq: number, id: EventId): Above[] {
    const found: Above[] = [];
    for (const [branch, { stretches }] of this.branches) {
      const at = stretches.findIndex(({ low, lowPrev }) => low === seq + 1 && lowPrev === id);
      if (at >= 0) found.push({ branch, at });
    }
    return found;
  }

  /** Puts the event into the branch where it belongs, as far as is known, or into one of its own. */
  #choose(link: Link, above: readonly Above[], below: Place | null, moves: Move[]): number | Refusal {
    const [first] = above;
    const fits = (branch: number) => fitsInto(this.#branch(branch), branch, link, first?.branch === branch, below);
    const label = first?.branch ?? below?.branch ?? [...this.branches.keys()].find(fits);
    const isNew = label === undefined || !fits(label);
    const added = (isNew ? 1 : 0) + above.slice(1).filter(({ at }) => at > 0).length;
    if (this.branches.size + added > BRANCHES_MAX) return "too-many-branches";
    if (isNew) return this.#open(link, first, below, moves);
    const branch = this.#branch(label);
    if (first === undefined && below === null && this.#stretches() >= STRETCHES_MAX) return "too-many-holes";
    add(branch.stretches, link);
    if (branch.stretches[0]?.low === link.seq && below !== null) branch.root = below;
    return label;
  }

  /** A branch of its own for an event, and for what is above it, which then left its old one. */
  #open(link: Link, above: Above | undefined, below: Place | null, moves: Move[]): number {
    const label = above === undefined ? this.#free() : this.#split(above.branch, above.at, moves);
    if (above === undefined) this.branches.set(label, { root: null, stretches: [] });
    const branch = this.#branch(label);
    add(branch.stretches, link);
    branch.root = below;
    return label;
  }

  /** Moves the stretch `at` of a branch, and all above it, into a new branch. */
  #split(from: number, at: number, moves: Move[]): number {
    const label = this.#free();
    const moved = this.#branch(from).stretches.splice(at);
    this.branches.set(label, { root: null, stretches: [] });
    this.#move(from, label, moved, moves);
    return label;
  }

  /** Brings back together what turned out to be one chain: a branch that leaves another at its very end. */
  #absorb(placed: number, moves: Move[]): number {
    for (const [label, branch] of [...this.branches]) {
      const root = branch.root;
      if (root === null || (this.#branch(root.branch).stretches.at(-1) as Stretch).high !== root.seq) continue;
      this.branches.delete(label);
      this.#move(label, root.branch, branch.stretches, moves);
      return this.#absorb(placed === label ? root.branch : placed, moves);
    }
    return placed;
  }

  #move(from: number, to: number, moved: readonly Stretch[], moves: Move[]): void {
    const [first] = moved;
    if (first === undefined) return;
    const { stretches } = this.#branch(to);
    const join = stretches.at(-1)?.high === first.low - 1 && stretches.at(-1)?.highId === first.lowPrev;
    for (const { low, high } of moved) moves.push({ from, to, low, high });
    for (const { root } of this.branches.values()) if (root?.branch === from && root.seq >= first.low) root.branch = to;
    stretches.push(...moved);
    if (join) joinAt(stretches, stretches.length - moved.length);
  }

  #stretches(): number {
    let count = 0;
    for (const { stretches } of this.branches.values()) count += stretches.length;
    return count;
  }

  #branch(label: number): Branch {
    const branch = this.branches.get(label);
    if (branch === undefined) throw new Error(`no branch ${label}`);
    return branch;
  }

  #free(): number {
    let label = 0;
    while (this.branches.has(label)) label++;
    return label;
  }
}

/** What the branch left is not held any more. */
function unroot(branch: Branch): void {
  branch.bottom = Math.max(branch.bottom ?? 0, branch.root?.seq ?? 0);
  branch.root = null;
}

type Refusal = "too-many-branches" | "too-many-holes";

/** A stretch, by its branch and its place there. */
interface Above {
  readonly branch: number;
  readonly at: number;
}

/**
 * True when the event can lie in a branch: nothing of it contradicts what the event says of its neighbours.
 * @param isAbove - the stretch above, in this branch, names the event
 */
function fitsInto({ root, stretches }: Branch, label: number, link: Link, isAbove: boolean, below: Place | null): boolean {
  const next = stretches.findIndex(({ high }) => high >= link.seq);
  const upper = next < 0 ? undefined : stretches[next];
  const lower = next < 0 ? stretches.at(-1) : stretches[next - 1];
  if (upper !== undefined && upper.low <= link.seq) return false; // another event lies there
  if (upper?.low === link.seq + 1 && !isAbove) return false; // what lies above names another
  if (lower === undefined) return root === null;
  return below === null ? lower.high < link.seq - 1 : below.branch === label;
}

/** Adds an event to the stretches that it touches, or as one of its own. */
function add(stretches: Stretch[], { seq, id, prev, hlc }: Link): void {
  const next = stretches.findIndex(({ low }) => low > seq);
  const at = next < 0 ? stretches.length : next;
  stretches.splice(at, 0, { low: seq, lowId: id, lowPrev: prev, lowHlc: hlc, high: seq, highId: id, highHlc: hlc });
  if (stretches[at + 1]?.low === seq + 1) joinAt(stretches, at + 1);
  if (stretches[at - 1]?.high === seq - 1) joinAt(stretches, at);
}

/** Makes one of the stretch `at` and the one below it. */
function joinAt(stretches: Stretch[], at: number): void {
  const lower = stretches[at - 1] as Stretch;
  const upper = stretches[at] as Stretch;
  lower.high = upper.high;
  lower.highId = upper.highId;
  lower.highHlc = upper.highHlc;
  stretches.splice(at, 1);
}
