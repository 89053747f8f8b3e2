/**
 * Brings a channel to the same state with each neighbour, in whatever state they meet: digests show a difference, heads
 * show where, and ranges are asked for, the newest first. What to ask is never kept as a plan: it is what heads and
 * holes tell at the moment, less what is asked of others or was not to be had. PROTOCOL.md §13.10.
 *
 *   A                          B
 *   | digest ----------------> |   differs
 *   | <---------------- heads  |   "these are mine, yours?"
 *   | heads -----------------> |
 *   | want ------------------> |   what A lacks
 *   | <--------- want          |   what B lacks
 *   | <------ MESSAGE, served  |   newest first
 */
import type { EventId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import { type Instant, NEVER, NEVER_YET } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { ChannelLog } from "./channel-log.ts";
import type { LogHead, LogHole, LogName } from "./heads.ts";
import type { HybridTime } from "./hlc.ts";
import {
  ANSWER_MS,
  COMPARE_MS,
  DIGEST_MS,
  FETCH_AFTER_MS,
  FETCH_LATE_MS,
  FRUITLESS_MAX_MS,
  FRUITLESS_MIN_MS,
  HEADS_BURST,
  HEADS_MAX,
  HEADS_PER_SECOND,
  LACKING_MS,
  PAGE_EVENTS_MAX,
  PAGE_EVENTS_MIN,
  QUIET_MS,
  RANGES_MAX,
  UNSAVED_ASK_MAX,
  WANTS_BURST,
  WANTS_PER_SECOND,
} from "./limits.ts";

/** Events of one chain: the one with this `id`, which has the seq `to`, and those before it down to `from`. */
export interface Range extends LogName {
  readonly from: number;
  readonly to: number;
  readonly id: EventId;
}

/** What travels besides events, in `ptp` of a CHANNEL. */
export type SyncMessage =
  | { readonly kind: "digest"; readonly digest: string }
  /** `whole`: all heads of the sender; else some that are new. `ask`: it wants ours. */
  | { readonly kind: "heads"; readonly heads: readonly LogHead[]; readonly whole: boolean; readonly ask: boolean }
  /** `graft`: what these authors write from now on is to come by itself. */
  | { readonly kind: "want"; readonly ranges: readonly Range[]; readonly graft: boolean }
  /** Ends the answer to a `want`; `lacking`: the ids of those ranges of which there was nothing. */
  | { readonly kind: "served"; readonly lacking: readonly EventId[] }
  /** What these authors write need not come by itself any more: it comes from another. */
  | { readonly kind: "prune"; readonly authors: readonly LogName["author"][] }
  /** The sender has no genesis yet, so nothing of the channel is proved to it. */
  | { readonly kind: "genesis" };

export interface Sent {
  readonly to: PeerId;
  readonly message: SyncMessage;
}

/** Something that is missing, and how many neighbours were asked for it in vain or are being asked. */
export interface Missing extends LogHole {
  readonly asked: number;
}

interface Open {
  readonly ranges: readonly Range[];
  heardAt: Instant;
}

/** A head that a neighbour told, and when it is to be asked for. */
interface Told {
  readonly head: LogHead;
  readonly dueAt: Instant;
}

interface Neighbour {
  /** Heads that it told and that we lack, by id. */
  readonly told: Map<EventId, Told>;
  /** What it could not give, and when. */
  readonly lacking: Map<EventId, Instant>;
  open: Open | null;
  /** Events to ask for next. */
  page: number;
  /** When what it told in passing is to be fetched. */
  fetchAt: Instant;
  /** Something that it told did not come by itself: with the next question, which may have to wait for an answer, its authors are to. */
  isGraftDue: boolean;
  comparedAt: Instant;
  fruitlessMs: number;
  readonly headBudget: TokenBucket;
  readonly wantBudget: TokenBucket;
}

export class Sync {
  readonly #log: ChannelLog;
  /** From 0 to below 1. */
  readonly #chance: () => number;
  readonly #neighbours = new Map<PeerId, Neighbour>();
  #changedAt: Instant = NEVER_YET;
  #digestAt: Instant = NEVER;
  /** When to look for holes that what came has left. */
  #lookAt: Instant = NEVER;
  /** Something was not asked because too much waits for the disk. */
  #isHeldBack = false;

  constructor(log: ChannelLog, chance: () => number) {
    this.#log = log;
    this.#chance = chance;
  }

  /** A neighbour that is in the channel: tells it where we are. */
  meet(peer: PeerId, now: Instant): Sent[] {
    if (this.#neighbours.has(peer)) return [];
    this.#digestAt = Math.min(this.#digestAt, this.#nextDigest(now));
    this.#lookAt = Math.min(this.#lookAt, now + FETCH_AFTER_MS); // it may have what others lacked
    this.#neighbours.set(peer, {
      told: new Map(),
      lacking: new Map(),
      open: null,
      page: PAGE_EVENTS_MIN,
      fetchAt: NEVER,
      isGraftDue: false,
      comparedAt: NEVER_YET,
      fruitlessMs: FRUITLESS_MIN_MS,
      headBudget: new TokenBucket(HEADS_BURST, HEADS_PER_SECOND, now),
      wantBudget: new TokenBucket(WANTS_BURST, WANTS_PER_SECOND, now),
    });
    return [{ to: peer, message: { kind: "digest", digest: this.#log.digest() } }];
  }

  lose(peer: PeerId): void {
    this.#neighbours.delete(peer);
    if (this.#neighbours.size > 0) return;
    this.#digestAt = NEVER;
    this.#lookAt = NEVER;
  }

  /** More is wanted than before. */
  lookAgain(now: Instant): void {
    if (this.#neighbours.size > 0) this.#lookAt = Math.min(this.#lookAt, now);
  }

  /** An event was taken, from that neighbour or from ourselves. */
  noteTaken(from: PeerId | null, now: Instant): void {
    this.#changedAt = now;
    if (this.#neighbours.size === 0) return;
    this.#lookAt = Math.min(this.#lookAt, now + FETCH_AFTER_MS);
    const neighbour = from === null ? undefined : this.#neighbours.get(from);
    if (neighbour === undefined) return;
    neighbour.fruitlessMs = FRUITLESS_MIN_MS;
    if (neighbour.open !== null) neighbour.open.heardAt = now;
  }

  /** True while that neighbour owes us an answer: what comes twice then is no sign of a bad tree. */
  isAsked(peer: PeerId): boolean {
    return this.#neighbours.get(peer)?.open != null;
  }

  onDigest(peer: PeerId, digest: string, now: Instant): Sent[] {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return [];
    if (digest === this.#log.digest()) {
      neighbour.told.clear();
      neighbour.fruitlessMs = FRUITLESS_MIN_MS;
      return [];
    }
    const since = now - neighbour.comparedAt;
    const isBusy = now - this.#changedAt < QUIET_MS && since < COMPARE_MS;
    if (isBusy || since < neighbour.fruitlessMs) return [];
    neighbour.comparedAt = now;
    neighbour.fruitlessMs = Math.min(2 * neighbour.fruitlessMs, FRUITLESS_MAX_MS);
    return [{ to: peer, message: { kind: "heads", heads: this.#log.heads(), whole: true, ask: true } }];
  }

  onHeads(peer: PeerId, { heads, whole, ask }: Extract<SyncMessage, { kind: "heads" }>, now: Instant): Sent[] {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined || !neighbour.headBudget.take(heads.length + 1, now)) return [];
    if (whole) {
      neighbour.told.clear();
      neighbour.lacking.clear();
    }
    for (const head of heads) {
      if (this.#log.isHeld(head) || neighbour.told.size >= HEADS_MAX) continue;
      const dueAt = whole ? now : Math.min(now + this.#fetchAfter(head), neighbour.told.get(head.id)?.dueAt ?? NEVER);
      neighbour.told.set(head.id, { head, dueAt });
      if (!whole) neighbour.fetchAt = Math.min(neighbour.fetchAt, dueAt);
    }
    const answer: Sent[] = ask ? [{ to: peer, message: { kind: "heads", heads: this.#log.heads(), whole: true, ask: false } }] : [];
    return whole ? [...answer, ...this.#ask(peer, neighbour, now)] : answer;
  }

  /** How long what was told in passing may take to come by itself. */
  #fetchAfter({ author }: LogHead): number {
    return this.#neighbours.has(author) ? FETCH_LATE_MS : FETCH_AFTER_MS;
  }

  onServed(peer: PeerId, lacking: readonly EventId[], now: Instant): Sent[] {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour?.open == null) return [];
    const asked = neighbour.open.ranges;
    neighbour.open = null;
    const stated = new Set(lacking);
    const isGood = (range: Range) => !stated.has(range.id) && this.#isHeld(range);
    for (const range of asked) if (!isGood(range)) neighbour.lacking.set(range.id, now);
    neighbour.page = asked.some(isGood) ? Math.min(2 * neighbour.page, PAGE_EVENTS_MAX) : PAGE_EVENTS_MIN;
    if (neighbour.lacking.size > 0) this.#lookAt = Math.min(this.#lookAt, now); // somebody else may have it
    return this.#ask(peer, neighbour, now);
  }

  /** Something is on the disk: asks on where that was waited for. */
  onKept(now: Instant): Sent[] {
    if (!this.#isHeldBack || this.#log.unsaved >= UNSAVED_ASK_MAX) return [];
    this.#isHeldBack = false;
    return [...this.#neighbours].flatMap(([peer, neighbour]) => this.#ask(peer, neighbour, now));
  }

  /** True when a question of that neighbour is to be answered: it is one, and does not ask without end. */
  mayAsk(peer: PeerId, now: Instant): boolean {
    return this.#neighbours.get(peer)?.wantBudget.take(1, now) === true;
  }

  /** When {@link tick} is wanted next. */
  get wakeAt(): Instant {
    let at = Math.min(this.#digestAt, this.#lookAt);
    for (const { fetchAt, open } of this.#neighbours.values()) at = Math.min(at, fetchAt, open === null ? NEVER : open.heardAt + ANSWER_MS);
    return at;
  }

  /** Everything that is due: digests, what was told and did not come, holes, questions that were not answered. */
  tick(now: Instant): Sent[] {
    const isBeat = this.#digestAt <= now;
    const sent = isBeat ? this.#digests(now) : [];
    const isLooking = isBeat || this.#lookAt <= now;
    if (isLooking) this.#lookAt = NEVER;
    for (const [peer, neighbour] of this.#neighbours) {
      const isLate = neighbour.open !== null && neighbour.open.heardAt + ANSWER_MS <= now; // as in `wakeAt`: a difference rounds otherwise
      if (isLate) this.#giveUp(neighbour, now);
      const isFetch = neighbour.fetchAt <= now;
      if (isFetch) {
        neighbour.fetchAt = nextDue(neighbour, now);
        neighbour.isGraftDue = true;
      }
      if (isLooking || isLate || isFetch) sent.push(...this.#ask(peer, neighbour, now));
    }
    return sent;
  }

  #giveUp(neighbour: Neighbour, now: Instant): void {
    for (const { id } of neighbour.open?.ranges ?? []) neighbour.lacking.set(id, now);
    neighbour.open = null;
    this.#lookAt = Math.min(this.#lookAt, now); // somebody else may have it
  }

  /** What is missing, the newest first. */
  missing(): Missing[] {
    return this.#log.holes().map((hole) => {
      const asked = [...this.#neighbours.values()].filter(
        ({ open, lacking }) => lacking.has(hole.id) || open?.ranges.some((range) => this.#isPartOf(hole, range)) === true,
      );
      return { ...hole, asked: asked.length };
    });
  }

  // ---- asking ----

  #ask(peer: PeerId, neighbour: Neighbour, now: Instant): Sent[] {
    if (neighbour.open !== null) return [];
    if (this.#log.unsaved >= UNSAVED_ASK_MAX) {
      this.#isHeldBack = true; // until the disk has caught up: what comes beyond its bound is dropped
      return [];
    }
    const ranges = this.#ranges(neighbour, now);
    const graft = neighbour.isGraftDue;
    neighbour.isGraftDue = false;
    if (ranges.length === 0) {
      neighbour.page = PAGE_EVENTS_MIN;
      return [];
    }
    neighbour.open = { ranges, heardAt: now };
    return [{ to: peer, message: { kind: "want", ranges, graft } }];
  }

  /** What to ask this neighbour: the newest of what it told and of what we miss, a page of it. */
  #ranges(neighbour: Neighbour, now: Instant): Range[] {
    for (const [id, at] of neighbour.lacking) if (now - at >= LACKING_MS) neighbour.lacking.delete(id);
    const asked = [...this.#neighbours.values()].flatMap(({ open }) => open?.ranges ?? []);
    const wanted = [...this.#toldRanges(neighbour, now), ...this.#log.holes().map((hole) => ({ ...hole, at: hole.before }))];
    wanted.sort((a, b) => b.at - a.at);
    const ranges: Range[] = [];
    let room = neighbour.page;
    for (const { author, inst, from, to, id } of wanted) {
      if (room <= 0 || ranges.length >= RANGES_MAX) break;
      const range = { author, inst, from: Math.max(from, to - room + 1), to, id };
      if (neighbour.lacking.has(id) || asked.some((other) => this.#isPartOf(range, other))) continue;
      room -= to - range.from + 1;
      asked.push(range);
      ranges.push(range);
    }
    return ranges;
  }

  /** The top of what we lack of each log: what lies below shows as a hole once it is here. */
  #toldRanges({ told }: Neighbour, now: Instant): (Range & { readonly at: HybridTime })[] {
    const ranges: (Range & { readonly at: HybridTime })[] = [];
    for (const { head, dueAt } of told.values()) {
      if (dueAt > now) continue;
      if (this.#log.isHeld(head) || !this.#log.isWanted(head)) {
        told.delete(head.id);
        continue;
      }
      const own = this.#log.headOf(head)?.seq ?? 0;
      const { author, inst, seq: to, id, hlc: at } = head;
      ranges.push({ author, inst, from: own < to ? own + 1 : 1, to, id, at });
    }
    return ranges;
  }

  /**
   * True when the top of what is wanted is asked already. As a page comes, that moves down within the page; of a range whose own
   * top has not come, which may be invented, nothing else is.
   */
  #isPartOf({ author, inst, to, id }: LogName & { readonly to: number; readonly id: EventId }, asked: Range): boolean {
    if (id === asked.id) return true;
    return asked.from <= to && to < asked.to && asked.author === author && asked.inst === inst && this.#isHeld(asked);
  }

  #isHeld(range: Range): boolean {
    return this.#log.isHeld({ author: range.author, inst: range.inst, seq: range.to, id: range.id });
  }

  // ---- digests ----

  #digests(now: Instant): Sent[] {
    const digest = this.#log.digest();
    this.#digestAt = this.#nextDigest(now);
    return [...this.#neighbours.keys()].map((to) => ({ to, message: { kind: "digest", digest } }));
  }

  /** Not all at once: a fifth more or less. */
  #nextDigest(now: Instant): Instant {
    return now + DIGEST_MS * (0.8 + 0.4 * this.#chance());
  }
}

/** When the next of what a neighbour told is to be asked for. */
function nextDue({ told }: Neighbour, now: Instant): Instant {
  let next = NEVER;
  for (const { dueAt } of told.values()) if (dueAt > now) next = Math.min(next, dueAt);
  return next;
}
