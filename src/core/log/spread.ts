/**
 * Spreads new events among the members at once: an author sends to all its neighbours; who gets an event passes it on
 * to those that asked for what this author writes, and tells some of the others that it has it. Who hears of an event and does
 * not get it fetches it and asks to be given more from there; who gets one twice asks one sender to stop. So each author's
 * events come to run down a tree (Plumtree, with a tree for each author). PROTOCOL.md §13.11.
 */
import type { NodeId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { PeerId } from "../io.ts";
import { type Instant, NEVER } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { Event } from "./event.ts";
import { keyOf, type LogHead } from "./heads.ts";
import {
  LOGS_MAX,
  PUSH_BURST,
  PUSH_PER_SECOND,
  RUN_MAX,
  TELL_CALM_MS,
  TELL_FANOUT,
  TELL_MS,
  TELL_YOUNG_MS,
  TELLS_IN_VAIN,
  TREES_MAX,
  YOUNG_TREE,
} from "./limits.ts";
import type { Sent } from "./sync.ts";

/** Events for a neighbour that did not ask for them one by one. */
export interface Push {
  readonly to: PeerId;
  readonly events: readonly Event[];
}

/** New events of one log that are on our disk, oldest first, and the neighbour that sent them; null for our own. */
export interface KeptRun {
  readonly events: readonly Event[];
  readonly from: PeerId | null;
}

/** Adds to what was kept at once: to the last of it where that is of the same log and neighbour, so that a page is looked at in runs and not event by event. */
export function addKept(all: KeptRun[], kept: KeptRun): void {
  const { events, from } = kept;
  const last = all.at(-1);
  const [before, first] = [last?.events[0], events[0]];
  const isSame = before !== undefined && first !== undefined && last?.from === from && keyOf(before) === keyOf(first);
  if (!isSame || last === undefined || last.events.length + events.length > RUN_MAX) all.push(kept);
  else all[all.length - 1] = { events: [...last.events, ...events].sort((a, b) => a.seq - b.seq), from };
}

interface Neighbour {
  /** Authors whose events it gets from us. */
  readonly eagerFor: AgingMap<NodeId, boolean>;
  /** How far it has each log, as we know. */
  readonly known: AgingMap<string, number>;
}

export class Spread {
  /** True while every member is every member's neighbour: then an author reaches all by itself. */
  isMesh = true;
  readonly #self: NodeId;
  readonly #chance: () => number;
  readonly #neighbours = new Map<PeerId, Neighbour>();
  readonly #budgets = new AgingMap<NodeId, TokenBucket>(TREES_MAX);
  /** How often each author was heard of. */
  readonly #ages = new AgingMap<NodeId, number>(TREES_MAX);
  /** Heads to tell of, by log. */
  readonly #news = new Map<string, LogHead>();
  #tellAt: Instant = NEVER;
  /** How often in a row neighbours were told of heads, and none fetched them. */
  #inVain = 0;

  /** @param chance - from 0 to below 1 */
  constructor(self: NodeId, chance: () => number) {
    this.#self = self;
    this.#chance = chance;
  }

  meet(peer: PeerId): void {
    this.#inVain = 0;
    if (!this.#neighbours.has(peer)) this.#neighbours.set(peer, { eagerFor: new AgingMap(TREES_MAX), known: new AgingMap(LOGS_MAX) });
  }

  lose(peer: PeerId): void {
    this.#inVain = 0; // whom we lost others may have lost as well
    this.#neighbours.delete(peer);
  }

  /**
   * New events of one log are on our disk.
   * @param events - oldest first
   * @param from - the neighbour that sent them, null for our own
   * @returns what to pass on
   */
  onKept(events: readonly Event[], from: PeerId | null, now: Instant): Push[] {
    const last = events.at(-1);
    if (last === undefined) return [];
    const { author, inst, seq, id, hlc } = last;
    const log = keyOf(last);
    if (from !== null) this.#noteKnown(from, log, seq);
    const mayPush = author === this.#self || this.#budgetOf(author, now).take(events.length, now);
    const pushes: Push[] = [];
    for (const [to, neighbour] of this.#neighbours) {
      const isEager = author === this.#self || neighbour.eagerFor.get(author) === true;
      if (!mayPush || !isEager || to === author || (neighbour.known.get(log) ?? 0) >= seq) continue;
      neighbour.known.set(log, seq);
      pushes.push({ to, events });
    }
    this.#news.set(log, { author, inst, seq, id, hlc });
    this.#tellAt = Math.min(this.#tellAt, now + this.#tellMs(author));
    return pushes;
  }

  /**
   * An event came that we hold.
   * @param isAsked - that neighbour is answering a question of ours
   */
  onDuplicate(event: Event, from: PeerId, isAsked: boolean): Sent[] {
    this.#noteKnown(from, keyOf(event), event.seq);
    if (isAsked || from === event.author) return [];
    return [{ to: from, message: { kind: "prune", authors: [event.author] } }];
  }

  onPrune(from: PeerId, authors: readonly NodeId[]): void {
    for (const author of authors) this.#neighbours.get(from)?.eagerFor.set(author, false);
  }

  /** A neighbour fetches what these authors wrote, and wants more of them from us. */
  onGraft(from: PeerId, authors: readonly NodeId[]): void {
    this.#inVain = 0;
    for (const author of authors) this.#neighbours.get(from)?.eagerFor.set(author, true);
  }

  /** A neighbour told what it has. */
  noteHeads(from: PeerId, heads: readonly LogHead[]): void {
    for (const head of heads) this.#noteKnown(from, keyOf(head), head.seq);
  }

  /** When {@link tick} is wanted next. */
  get wakeAt(): Instant {
    return this.#news.size === 0 ? NEVER : this.#tellAt;
  }

  /** Tells neighbours of new heads that they may not have. */
  tick(now: Instant): Sent[] {
    if (now < this.wakeAt) return [];
    this.#tellAt = NEVER;
    const news = [...this.#news];
    this.#news.clear();
    const sent: Sent[] = [];
    for (const to of this.#told()) {
      const neighbour = this.#neighbours.get(to) as Neighbour;
      const heads = news.filter(([log, { seq, author }]) => (neighbour.known.get(log) ?? 0) < seq && author !== to).map(([, head]) => head);
      if (heads.length > 0) sent.push({ to, message: { kind: "heads", heads, whole: false, ask: false } });
    }
    if (sent.length > 0) this.#inVain++;
    return sent;
  }

  /** How long news of an author wait for company. Where authors reach all by themselves it is mostly in vain. */
  #tellMs(author: NodeId): number {
    if (this.#isYoung(author)) return TELL_YOUNG_MS;
    return this.isMesh && this.#inVain >= TELLS_IN_VAIN ? TELL_CALM_MS : TELL_MS;
  }

  /** The neighbours to tell: a few, by chance. */
  #told(): PeerId[] {
    const peers = [...this.#neighbours.keys()];
    const count = Math.min(TELL_FANOUT, peers.length);
    for (let at = 0; at < count; at++) {
      const other = at + Math.floor(this.#chance() * (peers.length - at));
      [peers[at], peers[other]] = [peers[other] as PeerId, peers[at] as PeerId];
    }
    return peers.slice(0, count);
  }

  /** True while an author's tree has to grow. In a mesh it has none. */
  #isYoung(author: NodeId): boolean {
    const age = this.#ages.get(author) ?? 0;
    if (age <= YOUNG_TREE) this.#ages.set(author, age + 1);
    return !this.isMesh && age < YOUNG_TREE;
  }

  #noteKnown(peer: PeerId, log: string, seq: number): void {
    const known = this.#neighbours.get(peer)?.known;
    if (known !== undefined && (known.get(log) ?? 0) < seq) known.set(log, seq);
  }

  #budgetOf(author: NodeId, now: Instant): TokenBucket {
    const budget = this.#budgets.get(author) ?? new TokenBucket(PUSH_BURST, PUSH_PER_SECOND, now);
    this.#budgets.set(author, budget);
    return budget;
  }
}
