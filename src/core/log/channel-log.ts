/**
 * All logs of one channel: takes events from neighbours, proves them, and tells what to save, what is missing and how
 * far we are. Nothing of an event is remembered here but where the held stretches end. PROTOCOL.md §13.6.
 */
import type { Crypto } from "../../crypto/index.ts";
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { Timestamp } from "../time.ts";
import { type ChannelHash, type Event, GENESIS, isSignedByAuthor } from "./event.ts";
import { copyOf, type EventReader, type LogCut, type LogRow, type Low, rowOf } from "./event-store.ts";
import { type Cut, compareHeads, digestOf, keyOf, type LogHead, type LogHole, type LogName } from "./heads.ts";
import { compareOrder, type HybridTime, isAhead } from "./hlc.ts";
import { LOGS_MAX, LOGS_PER_AUTHOR_MAX, RECENT_MAX, SIGNATURE_EVERY } from "./limits.ts";
import { type Head, Log, type Place } from "./log.ts";
import { type Accepted, type Finding, type Receipt, type RefusalReason, refused } from "./receipt.ts";
import { type LogMove, type Mark, Unsaved } from "./unsaved.ts";
import { WaitingEvents } from "./waiting-events.ts";
import { Unreadable } from "./watched-reader.ts";

/** Where logs end of those that were removed from the channel; null for all others. */
export type CutOf = (log: LogName) => Cut | null;

/** True for logs of which nothing is dropped: who may do what in the channel stands in them. */
export type KeepsWhole = (log: LogName) => boolean;

/** What is taken in at once, into one log. */
class Batch {
  readonly mark: Mark;
  readonly log: Log;
  readonly wasForked: boolean;
  readonly accepted: Accepted[] = [];
  readonly moves: LogMove[] = [];
  readonly findings: Finding[] = [];

  constructor(mark: Mark, log: Log) {
    this.mark = mark;
    this.log = log;
    this.wasForked = log.isForked;
  }
}

export class ChannelLog {
  readonly channel: ChannelHash;
  /** The log that we write. */
  own: LogName | null = null;
  /** Events up to this time are not wanted: they were dropped to make room, or are as old as those. 0 while none were. */
  horizon: HybridTime = 0;
  readonly #keepsWhole: KeepsWhole;
  readonly #crypto: Crypto;
  readonly #reader: EventReader;
  readonly #cutOf: CutOf;
  readonly #logs = new Map<string, Log>();
  readonly #logsOf = new Map<NodeId, number>();
  readonly #waiting = new WaitingEvents();
  readonly #unsaved = new Unsaved();
  #recent = new AgingMap<EventId, true>(RECENT_MAX);
  readonly #changed = new Set<Log>();
  /** The heads of each log as they are on the disk: what we may say that we have. */
  readonly #kept = new Map<string, readonly Head[]>();
  /** The heads of all logs, until they change. */
  #heads: readonly LogHead[] | null = null;
  /** Authors of logs that fork, until a log changes. */
  #forked: ReadonlyMap<NodeId, HybridTime> | null = null;
  /** The digest of `#heads`. */
  #digest: string | null = null;
  /** The heads that a log has once all up to `mark` is on the disk, and what of that is there already. */
  readonly #settled = new Set<Mark>();
  #keeping: { readonly mark: Mark; readonly key: string; readonly heads: readonly Head[] }[] = [];
  /** Heads of others that no event of ours has named yet. */
  readonly #unnamed = new Map<string, LogHead>();
  #mark: Mark = 0;

  constructor(channel: ChannelHash, crypto: Crypto, reader: EventReader, cutOf: CutOf = () => null, keepsWhole: KeepsWhole = () => false) {
    this.channel = channel;
    this.#keepsWhole = keepsWhole;
    this.#crypto = crypto;
    this.#reader = reader;
    this.#cutOf = cutOf;
  }

  // ---- in ----

  /**
   * Takes an event from a neighbour.
   * @param from - the neighbour; an event without a signature waits for one from the same
   */
  receive(event: Event, from: string): Receipt {
    if (event.channel !== this.channel) return refused("wrong-channel");
    const isHeld = readable(() => this.#isHeld(event));
    if (isHeld === null) return refused("unreadable");
    if (isHeld) return { kind: "held" };
    const log = this.#log(event);
    if (log === null) return refused("too-many-logs");
    if (event.seq < log.floor || event.seq > (this.#cutOf(event)?.seq ?? event.seq)) return refused("not-wanted");
    if (!this.isWanted(event)) {
      log.refuse(event.seq, event.id);
      return refused("not-wanted");
    }
    if (log.isExpected(event.seq, event.id)) return this.#accept(log, this.#withCheckedSignature(log, event), from);
    if (event.sig === null) {
      this.#waiting.add(from, event);
      return { kind: "waiting" };
    }
    if (!isSignedByAuthor(this.#crypto, event)) return refused("bad-signature");
    log.signedAt = event.seq;
    return this.#accept(log, event, from);
  }

  /** Takes events of our own, oldest first, the last of them signed. There is always room for our own log. */
  append(events: readonly Event[]): Receipt {
    const [first] = events;
    if (first === undefined) return { kind: "held" };
    const log = this.#logs.get(keyOf(first)) ?? new Log(first.author, first.inst);
    const batch = new Batch(++this.#mark, log);
    for (const event of events) {
      const reason = this.#place(batch, event);
      if (reason !== null) throw new Error(`no room for our own event: ${reason}`);
    }
    return this.#finish(batch);
  }

  /** What was saved under these marks is on the disk. Heads count as kept only once all before them is. */
  settle(...marks: readonly Mark[]): void {
    this.#unsaved.settle(new Set(marks));
    this.forgetHeads();
    for (const mark of marks) this.#settled.add(mark);
    for (let first = this.#keeping[0]; first !== undefined && this.#settled.delete(first.mark); first = this.#keeping[0]) {
      this.#keeping.shift();
      this.#kept.set(first.key, first.heads);
    }
  }

  forgetNeighbour(from: string): void {
    this.#waiting.forget(from);
  }

  /** Takes up what the store kept, at a start. */
  restore(rows: readonly LogRow[]): void {
    for (const { author, inst, floor, branches } of rows) {
      const log = new Log(author, inst);
      log.floor = floor;
      for (const [label, branch] of branches) log.branches.set(label, copyOf(branch));
      this.#keep(log);
      this.#kept.set(keyOf(log), log.heads());
    }
    this.#changed.clear();
    this.forgetHeads();
  }

  /** Events of a log below `floor` are not wanted any more. */
  raiseFloor(name: LogName, floor: number): void {
    const log = this.#logs.get(keyOf(name));
    if (log === undefined || floor <= log.floor) return;
    log.floor = floor;
    this.#changed.add(log);
  }

  /**
   * Events up to a time are dropped to make room: they are not wanted any more.
   * @param lows - of each branch that had some of them the first event that stays
   * @returns what goes: of each branch all below a seq
   */
  drop(upTo: HybridTime, lows: readonly Low[]): LogCut[] {
    this.horizon = Math.max(this.horizon, upTo);
    this.#recent = new AgingMap<EventId, true>(RECENT_MAX); // some of them are not held any more
    const cuts: LogCut[] = [];
    for (const low of lows) {
      const log = this.#logs.get(keyOf(low));
      if (log === undefined || this.#keepsWhole(low)) continue;
      const branch = readable(() => log.trim(low, (seq, id) => this.#branchOf(log, seq, id)));
      if (branch === null) continue;
      this.#changed.add(log);
      cuts.push({ ...nameOf(log), branch, below: low.seq });
    }
    return cuts;
  }

  /** What was dropped is wanted again, wherever somebody has it. */
  wantAll(): void {
    this.horizon = 0;
    for (const log of this.#logs.values()) {
      log.wantAll();
      this.#changed.add(log);
    }
  }

  /** False for what is as old as what was dropped. The head of a log that was cut is told without its time. */
  isWanted(event: LogName & { readonly hlc: HybridTime }): boolean {
    return event.hlc === 0 || event.hlc > this.horizon || this.#keepsWhole(event);
  }

  // ---- out ----

  /** The logs that changed since the last call: to be saved together with what changed them. */
  takeChanged(): LogRow[] {
    const rows = [...this.#changed].map(rowOf);
    this.#changed.clear();
    return rows;
  }

  /** Events that were given to the store and are not on the disk yet. */
  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** False also where that cannot be read. */
  isHeld(event: { readonly id: EventId; readonly seq: number } & LogName): boolean {
    return readable(() => this.#isHeld(event)) ?? false;
  }

  /** True for a held event that is on the disk. */
  isSettled(id: EventId): boolean {
    return !this.#unsaved.has(id);
  }

  /** Where an event lies in its log, null when it is not held or that cannot be read. */
  placeOf(name: LogName, seq: number, id: EventId): Place | null {
    return readable(() => this.#placeOf(name, seq, id));
  }

  /** True when `at` is `of` or lies before it in the same chain of a log. */
  isBefore(name: LogName, at: Place, of: Place): boolean {
    return this.#logs.get(keyOf(name))?.isBefore(at, of) ?? false;
  }

  isForked(name: LogName): boolean {
    return this.#logs.get(keyOf(name))?.isForked ?? false;
  }

  /** Those who have written two histories, and when they wrote last. */
  forkedAuthors(): ReadonlyMap<NodeId, HybridTime> {
    if (this.#forked !== null) return this.#forked;
    const last = new Map<NodeId, HybridTime>();
    for (const log of this.#logs.values())
      if (log.isForked) last.set(log.author, Math.max(last.get(log.author) ?? 0, ...log.heads().map(({ hlc }) => hlc)));
    this.#forked = last;
    return last;
  }

  /** The heads that count, as far as the disk has them, in the order of {@link compareHeads}. */
  heads(): readonly LogHead[] {
    this.#heads ??= [...this.#logs.values()].flatMap((log) => this.#headsOf(log)).sort(compareHeads);
    return this.#heads;
  }

  /** The longest branch of each log of a node, as far as it counts and the disk has it, in the order in which the logs came to be known. */
  endsOf(author: NodeId): LogHead[] {
    const logs = [...this.#logs.values()].filter((log) => log.author === author);
    return logs.flatMap((log) => {
      const [first, ...others] = this.#headsOf(log);
      return first === undefined ? [] : [others.reduce((longest, head) => (head.seq > longest.seq ? head : longest), first)];
    });
  }

  /** Equal for two nodes that hold the same, as far as their heads tell. */
  digest(): string {
    this.#digest ??= digestOf(this.#crypto, this.channel, this.heads());
    return this.#digest;
  }

  /** The cuts of logs may have changed, or something is on the disk: heads are to be looked at anew. */
  forgetHeads(): void {
    this.#heads = null;
    this.#digest = null;
  }

  /** What is known to be missing, the newest first. */
  holes(): LogHole[] {
    return [...this.#logs.values()].flatMap((log) => this.#holesOf(log)).sort((a, b) => b.before - a.before);
  }

  /** The head of the longest branch. */
  headOf(name: LogName): Head | null {
    const heads = this.#logs.get(keyOf(name))?.heads() ?? [];
    return heads.reduce<Head | null>((longest, head) => (longest === null || head.seq > longest.seq ? head : longest), null);
  }

  /** How far each log of a node counts today: what a revoke of that node has to name so that all of it stands. */
  cutsOf(author: NodeId): [InstanceId, Cut][] {
    const logs = [...this.#logs.values()].filter((log) => log.author === author);
    return logs.flatMap((log): [InstanceId, Cut][] => {
      const cut = this.#cutOf(log) ?? this.headOf(log);
      return cut === null || cut.id === null ? [] : [[log.inst, { seq: cut.seq, id: cut.id }]];
    });
  }

  /**
   * Events of one chain, newest first: that with the seq `to` and this id, and those before it down to `from`, at most
   * `most`. Empty when the first is not held, not on the disk yet, or beyond the cut.
   */
  chain({ author, inst, from, to, id }: LogName & { from: number; to: number; id: EventId }, most: number): Event[] {
    const log = this.#logs.get(keyOf({ author, inst }));
    let place = log === undefined || to > (this.#cutOf(log)?.seq ?? to) ? null : this.placeOf(log, to, id);
    const events: Event[] = [];
    while (log !== undefined && place !== null && place.seq >= from && events.length < most) {
      const { branch, seq } = place;
      const root: Place | null = log.branches.get(branch)?.root ?? null;
      const low = Math.max(from, root === null ? 1 : root.seq + 1);
      events.push(...this.#reader.range({ channel: this.channel, author, inst, branch, from: low, to: seq }, most - events.length));
      place = events.at(-1)?.seq === low ? root : null;
    }
    return events[0]?.id === id ? events : [];
  }

  /** As {@link chain}, of a range whose last event is not held: from the newest that is. What nobody has may hide what somebody has. */
  island({ author, inst, from, to }: LogName & { from: number; to: number }, most: number): Event[] {
    const log = this.#logs.get(keyOf({ author, inst }));
    const top = log?.topWithin(from, to) ?? null;
    return top === null ? [] : this.chain({ author, inst, from, to: top.seq, id: top.id }, most);
  }

  /**
   * Takes up to `most` heads for an event of ours to name, the latest first. One dated ahead is left until it is due: an
   * event that names it would have to be later still.
   */
  takeUnnamed(most: number, wall: Timestamp): LogHead[] {
    if (this.#unnamed.size === 0) return [];
    const due = [...this.#unnamed].filter(([, head]) => !isAhead(head.hlc, wall)).sort(([, a], [, b]) => compareOrder(b, a));
    const taken = due.slice(0, most);
    for (const [key] of taken) this.#unnamed.delete(key);
    return taken.map(([, head]) => head);
  }

  // ---- proving ----

  /**
   * What a hash proves needs no signature; but some are kept, checked, so that the log can be proved from there alone. So is
   * that of the genesis, which is all that a joiner knows by name.
   */
  #withCheckedSignature(log: Log, event: Event): Event {
    if (event.sig === null) return event;
    const isDue = event.kind === GENESIS || Math.abs(log.signedAt - event.seq) >= SIGNATURE_EVERY;
    if (!isDue || !isSignedByAuthor(this.#crypto, event)) return { ...event, sig: null };
    log.signedAt = event.seq;
    return event;
  }

  /** Places a proved event, and below it those that waited for it: so what is held always ends with a signature. */
  #accept(log: Log, proved: Event, from: string): Receipt {
    const batch = new Batch(this.#mark + 1, log);
    const reason = this.#place(batch, proved);
    if (reason !== null) return refused(reason);
    this.#mark++;
    for (
      let event = this.#waiting.take(from, proved.prev);
      event !== null && this.isWanted(event);
      event = this.#waiting.take(from, event.prev)
    ) {
      if (this.#place(batch, event) !== null) break;
    }
    batch.accepted.reverse();
    this.#noteUnnamed(log, proved);
    if (this.own?.author === log.author && this.own.inst === log.inst) batch.findings.push({ ...nameOf(log), kind: "rolled-back" });
    return this.#finish(batch);
  }

  /** Takes one proved event into the log of a batch; returns why it cannot, else null. */
  #place({ mark, log, accepted, moves, findings }: Batch, event: Event): RefusalReason | null {
    const placement = readable(() => log.place(event, (seq, id) => this.#branchOf(log, seq, id)));
    if (placement === null) return "unreadable";
    if (placement.kind === "refused") return placement.reason;
    if (placement.kind === "held") return null;
    for (const move of placement.moves) {
      const ofLog = { ...move, ...nameOf(log) };
      this.#unsaved.move(ofLog, mark);
      moves.push(ofLog);
    }
    this.#recent.set(event.id, true);
    this.#unsaved.add(event.id, { ...nameOf(log), seq: event.seq, branch: placement.branch, mark });
    accepted.push({ event, branch: placement.branch });
    if (placement.datedBack !== null) findings.push({ ...nameOf(log), kind: "dated-back", seq: placement.datedBack });
    return null;
  }

  #finish({ mark, log, wasForked, accepted, moves, findings }: Batch): Receipt {
    this.#keep(log);
    this.#keeping.push({ mark, key: keyOf(log), heads: log.heads() });
    if (log.isForked && !wasForked) findings.push({ ...nameOf(log), kind: "fork" });
    // An event of the batch may have moved on when the next one of it was placed.
    const placed = accepted.map(({ event }) => ({ event, branch: this.#branchOf(log, event.seq, event.id) as number }));
    return { kind: "accepted", mark, accepted: placed, moves, findings };
  }

  #noteUnnamed(log: Log, { id, seq, hlc }: Event): void {
    if (log.heads().some((head) => head.id === id)) this.#unnamed.set(keyOf(log), { ...nameOf(log), seq, id, hlc });
  }

  /** @throws Unreadable */
  #isHeld(event: { readonly id: EventId; readonly seq: number } & LogName): boolean {
    return this.#recent.get(event.id) === true || this.#placeOf(event, event.seq, event.id) !== null;
  }

  /** @throws Unreadable */
  #placeOf(name: LogName, seq: number, id: EventId): Place | null {
    const log = this.#logs.get(keyOf(name));
    return log === undefined ? null : log.find(seq, id, () => this.#branchOf(log, seq, id));
  }

  /** @throws Unreadable */
  #branchOf(log: Log, seq: number, id: EventId): number | null {
    return this.#unsaved.branchOf(log.author, log.inst, seq, id, () =>
      this.#reader.branchOf(this.channel, id, { author: log.author, inst: log.inst, seq }),
    );
  }

  // ---- logs ----

  /** The log of that name, or one that is kept once something of it is proved; null where there is no room for more. */
  #log(name: LogName): Log | null {
    const log = this.#logs.get(keyOf(name));
    if (log !== undefined) return log;
    const isFull = this.#logs.size >= LOGS_MAX || (this.#logsOf.get(name.author) ?? 0) >= LOGS_PER_AUTHOR_MAX;
    return isFull ? null : new Log(name.author, name.inst);
  }

  #keep(log: Log): void {
    this.#changed.add(log);
    this.#forked = null;
    const key = keyOf(log);
    if (this.#logs.has(key)) return;
    this.#logs.set(key, log);
    this.#logsOf.set(log.author, (this.#logsOf.get(log.author) ?? 0) + 1);
  }

  /** Of a log that was cut, only the part up to there counts: those who saw more of it must not differ from those who did not. */
  #headsOf(log: Log): LogHead[] {
    const name = nameOf(log);
    const cut = this.#cutOf(name);
    const heads = (this.#kept.get(keyOf(name)) ?? []).map((head) => ({ ...name, ...head }));
    if (cut === null) return heads;
    const lower = heads.filter(({ seq }) => seq < cut.seq);
    if (cut.id === null || lower.length === heads.length || this.placeOf(name, cut.seq, cut.id) === null) return lower;
    return [{ ...name, seq: cut.seq, id: cut.id, hlc: 0 }];
  }

  #holesOf(log: Log): LogHole[] {
    const name = nameOf(log);
    const cut = this.#cutOf(name);
    const holes = log
      .holes()
      .map((hole) => ({ ...name, ...hole }))
      .filter(({ before }) => this.isWanted({ ...name, hlc: before }));
    if (cut === null) return holes;
    const counting = holes.filter(({ from }) => from <= cut.seq);
    return counting.map((hole) => (cut.id !== null && hole.to > cut.seq ? { ...hole, to: cut.seq, id: cut.id } : hole));
  }
}

/** What was found out; null where the store could not read. A log changes only when all that it asks is answered. */
function readable<T>(find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function nameOf({ author, inst }: LogName): LogName {
  return { author, inst };
}
