/**
 * What a newcomer asks members for who was given to read what was said before: the message keys of all that is closed, the newest first, page by page, of
 * one member after the other. PROTOCOL.md §19.6.
 *
 * 1. One member is asked at a time, for all that is closed then, from the newest on (a round). What it gives is open, so the next is asked for the rest alone.
 * 2. Nothing is remembered of single events, and nothing on the disk: what is closed there is what is missing, after a crash as well.
 * 3. A member that was asked for all waits for its next turn, ever longer as long as it has nothing; less where more has come since.
 */
import type { Crypto, Ed25519KeyPair, RandomBytes, X25519KeyPair } from "../../crypto/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import { keyOf } from "../log/heads.ts";
import type { Reference } from "../log/kind.ts";
import { toBase64url } from "../log/text-form.ts";
import type { Instant } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import { KEY_BYTES } from "./chain.ts";
import {
  KEY_ANSWER_MS,
  PAST_AGAIN_MAX_MS,
  PAST_AGAIN_MS,
  PAST_ASKED_MAX,
  PAST_BURST,
  PAST_FRESH_MS,
  PAST_KEYS_MAX,
  PAST_PER_SECOND,
} from "./limits.ts";
import { askPast, openPast, type PastAnswer, type PastKey, type PastQuestion, type PastRange } from "./past-keys.ts";
import type { ClosedPlace } from "./secret-store.ts";

const NONCE_BYTES = 16;

interface Open {
  readonly to: NodeId;
  readonly pair: X25519KeyPair;
  readonly at: Instant;
  /** In the order of the answer. */
  readonly places: readonly ClosedPlace[];
}

/** One member on its turn. */
interface Round {
  readonly of: NodeId;
  readonly since: Instant;
  /** Events before this one are asked for next; null at first. */
  before: Reference | null;
  given: number;
  /** By author. */
  readonly deleted: Map<NodeId, number>;
}

/** How the last round of a member ended. */
interface Ended {
  readonly since: Instant;
  readonly at: Instant;
  readonly pauseMs: number;
  readonly hasAnswered: boolean;
  readonly deleted: ReadonlyMap<NodeId, number>;
}

/** For people: how far the asking has come. */
export interface PastState {
  /** Somebody is being asked now. */
  readonly isAsking: boolean;
  /** Members that were asked for all that is closed. */
  readonly asked: number;
  /** More has come that is closed since the last round began. */
  readonly hasMore: boolean;
}

/** What a member gave of one event. */
export interface Given {
  readonly place: ClosedPlace;
  readonly key: PastKey;
}

export interface PastQuestions {
  readonly to: NodeId;
  readonly questions: readonly PastQuestion[];
}

export class PastSearch {
  readonly #crypto: Crypto;
  readonly #random: RandomBytes;
  readonly #self: NodeId;
  readonly #signer: Ed25519KeyPair;
  readonly #channel: ChannelHash;
  /** By nonce. */
  readonly #open = new Map<string, Open>();
  readonly #ended = new Map<NodeId, Ended>();
  readonly #budgets = new Map<NodeId, TokenBucket>();
  #round: Round | null = null;
  #freshAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(crypto: Crypto, random: RandomBytes, self: NodeId, signer: Ed25519KeyPair, channel: ChannelHash) {
    this.#crypto = crypto;
    this.#random = random;
    this.#self = self;
    this.#signer = signer;
    this.#channel = channel;
  }

  get state(): PastState {
    const last = Math.max(Number.NEGATIVE_INFINITY, ...[...this.#ended.values()].map(({ since }) => since));
    return { isAsking: this.#round !== null, asked: this.#ended.size, hasMore: this.#freshAt >= last };
  }

  /** Events of an author that were deleted since, as members say. */
  deletedOf(author: NodeId): number {
    return Math.max(0, ...[...this.#ended.values()].map(({ deleted }) => deleted.get(author) ?? 0));
  }

  /** More that is closed has come. */
  noteFresh(now: Instant): void {
    this.#freshAt = now;
  }

  /** Nothing is asked for any more: the right to it has ended. */
  stop(): void {
    this.#round = null;
    this.#open.clear();
  }

  /**
   * The questions that are due.
   * @param present - members that can be asked
   * @param page - what is closed before a place, the newest first, at most so much as one question asks for
   */
  ask(present: readonly NodeId[], page: (before: Reference | null) => readonly ClosedPlace[], now: Instant): PastQuestions | null {
    this.#expire(now);
    if (this.#round !== null && !present.includes(this.#round.of)) this.#lose(this.#round.of);
    const round = this.#round ?? this.#begin(present, page, now);
    if (round === null) return null;
    const budget = this.#budgetOf(round.of, now);
    const questions: PastQuestion[] = [];
    while (this.#open.size < PAST_ASKED_MAX && budget.holds(1, now)) {
      const places = page(round.before).slice(0, PAST_KEYS_MAX);
      const last = places.at(-1);
      if (last === undefined) {
        if (this.#open.size === 0) this.#end(round, true, now);
        break;
      }
      round.before = { hlc: last.hlc, id: last.id };
      budget.take(1, now);
      questions.push(this.#question(round.of, places, now));
    }
    return { to: round.of, questions };
  }

  /**
   * The keys in an answer to an open question of ours, each with its event; what they are worth, the events tell.
   * @param from - who answered, as its session proves
   */
  open(answer: PastAnswer, box: string, from: NodeId): Given[] | null {
    const asked = this.#open.get(answer.nonce);
    if (asked === undefined || asked.to !== from || asked.places.length !== answer.count) return null;
    const ends = { asker: this.#self, answerer: from };
    const keys = openPast(this.#crypto, this.#channel, ends, asked.pair, asked.places.length, answer, box);
    if (keys === null) return null;
    this.#open.delete(answer.nonce);
    const round = this.#round?.of === from ? this.#round : null;
    const given = asked.places.map((place, n) => ({ place, key: keys[n] as PastKey }));
    if (round !== null) for (const each of given) count(round, each);
    return given;
  }

  /** A member gave a key that opens nothing: it is asked no more in this round. */
  doubt(from: NodeId, now: Instant): void {
    if (this.#round?.of !== from) return;
    for (const [nonce, { to }] of this.#open) if (to === from) this.#open.delete(nonce);
    this.#end(this.#round, false, now);
  }

  #begin(present: readonly NodeId[], page: (before: Reference | null) => readonly ClosedPlace[], now: Instant): Round | null {
    const able = present.filter((node) => this.#isDue(node, now));
    const [of] = able.sort((a, b) => this.#endedAt(a) - this.#endedAt(b));
    if (of === undefined || page(null).length === 0) return null;
    this.#round = { of, since: now, before: null, given: 0, deleted: new Map() };
    return this.#round;
  }

  #isDue(node: NodeId, now: Instant): boolean {
    const ended = this.#ended.get(node);
    if (ended === undefined) return true;
    const hasMore = ended.hasAnswered && this.#freshAt >= ended.since;
    return now - ended.at >= (hasMore ? PAST_FRESH_MS : ended.pauseMs);
  }

  #endedAt(node: NodeId): Instant {
    return this.#ended.get(node)?.at ?? Number.NEGATIVE_INFINITY;
  }

  #end({ of, since, given, deleted }: Round, hasAnswered: boolean, now: Instant): void {
    const before = this.#ended.get(of)?.pauseMs ?? PAST_AGAIN_MS / 2;
    const pauseMs = given > 0 && hasAnswered ? PAST_AGAIN_MS : Math.min(2 * before, PAST_AGAIN_MAX_MS);
    this.#ended.set(of, { since, at: now, pauseMs, hasAnswered, deleted });
    this.#round = null;
  }

  /** It went: its round counts for nothing, and it is asked when it comes again. */
  #lose(of: NodeId): void {
    for (const [nonce, { to }] of this.#open) if (to === of) this.#open.delete(nonce);
    this.#round = null;
  }

  /** Who lets a question wait so long knows nothing of such questions, or has other things to do. */
  #expire(now: Instant): void {
    for (const [nonce, { to, at }] of this.#open) {
      if (now - at < KEY_ANSWER_MS) continue;
      this.#open.delete(nonce);
      if (this.#round?.of === to) this.#end(this.#round, false, now);
    }
    if (this.#round === null) this.#open.clear();
  }

  #budgetOf(node: NodeId, now: Instant): TokenBucket {
    const budget = this.#budgets.get(node) ?? new TokenBucket(PAST_BURST, PAST_PER_SECOND, now);
    this.#budgets.set(node, budget);
    return budget;
  }

  #question(to: NodeId, closed: readonly ClosedPlace[], now: Instant): PastQuestion {
    const { past, places } = rangesOf(closed);
    const pair = this.#crypto.x25519KeyPair(this.#random(KEY_BYTES));
    const tag = this.#random(NONCE_BYTES);
    const question = askPast(this.#crypto, this.#signer, this.#channel, { asker: this.#self, answerer: to }, past, pair.publicKey, tag);
    this.#open.set(toBase64url(tag), { to, pair, at: now, places });
    return question;
  }
}

function count(round: Round, { place, key }: Given): void {
  if (typeof key !== "string") round.given++;
  else if (key === "deleted") round.deleted.set(place.author, (round.deleted.get(place.author) ?? 0) + 1);
}

/** Events of one log that lie one above the other go together. @returns also the events in the order of the answer */
export function rangesOf(closed: readonly ClosedPlace[]): { readonly past: PastRange[]; readonly places: ClosedPlace[] } {
  const logs = new Map<string, ClosedPlace[]>();
  for (const place of closed) logs.set(keyOf(place), [...(logs.get(keyOf(place)) ?? []), place]);
  const past: PastRange[] = [];
  const places: ClosedPlace[] = [];
  for (const log of logs.values()) {
    let above: EventId | null = null;
    for (const place of log.sort((a, b) => b.seq - a.seq)) {
      const { author, inst, seq, id, prev } = place;
      const last = past.at(-1);
      if (last !== undefined && above === id) past[past.length - 1] = { ...last, from: seq };
      else past.push({ author, inst, from: seq, to: seq, id });
      above = prev;
      places.push(place);
    }
  }
  return { past, places };
}
