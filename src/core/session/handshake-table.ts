/** Handshakes under way: those we began, and those we answered. Bounded; strangers can fill only the second part. */
import type { NoiseXX } from "../../crypto/index.ts";
import { AgingMap } from "../aging-map.ts";
import {
  ANSWERS_KEPT_MS,
  ANSWERS_MAX,
  HANDSHAKE_NETWORKS_MAX,
  HANDSHAKES_FREE_PER_NETWORK,
  HANDSHAKES_FREE_PER_SECOND,
  HANDSHAKES_PER_NETWORK,
  HANDSHAKES_PER_SECOND,
} from "../limits.ts";
import { type Path, wayOf } from "../path.ts";
import type { Instant } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { Epoch, Session } from "./session.ts";

/**
 * One that we began.
 *
 *   asking (first message sent) -> answered (second came, third sent) -> gone, once a frame under the new keys comes
 */
export interface Attempt {
  readonly index: number;
  readonly path: Path;
  readonly noise: NoiseXX;
  /** Base64 of the first message: the ephemeral key. */
  readonly first: string;
  /** The node that must answer; null when any may. */
  readonly expects: string | null;
  /** When our patience with it began. */
  startedAt: Instant;
  /** When the first message went for the first time: what answers may be any copy of it. */
  readonly askedAt: Instant;
  cookie: string | null;
  cookiesTaken: number;
  /** A first message came from there as well, so it is no peer that knows only the seed. */
  crossed: boolean;
  /** The third message and what came of it, from `answered` on. */
  answered: { readonly third: string; readonly remoteIndex: number; readonly session: Session; readonly epoch: Epoch } | null;
  nextAt: Instant;
  gapMs: number;
}

/** One that we answered, kept so that a repeated first message gets the same answer. */
export interface Answer {
  /** The way that the first message came, and the third must come: who sends both receives there, and nobody else does. */
  readonly path: Path;
  readonly index: number;
  readonly remoteIndex: number;
  /** By {@link questionOf}. */
  readonly question: string;
  readonly noise: NoiseXX;
  readonly second: string;
  readonly at: Instant;
  /** What the third message brought about. */
  done: { readonly session: Session; readonly epoch: Epoch } | null;
}

export class HandshakeTable {
  readonly #attempts = new Map<number, Attempt>();
  readonly #byPath = new Map<Path, Attempt>();
  readonly #answers = new Map<number, Answer>();
  readonly #byQuestion = new Map<string, Answer>();
  /** Handshakes that are answered without a cookie: over all addresses, and from each. */
  readonly #free: TokenBucket;
  readonly #freeByNetwork = new AgingMap<string, TokenBucket>(HANDSHAKE_NETWORKS_MAX);
  /** Those that are answered at all, likewise: an address with many cookies must not keep all others out. */
  readonly #all: TokenBucket;
  readonly #byNetwork = new AgingMap<string, TokenBucket>(HANDSHAKE_NETWORKS_MAX);

  constructor(now: Instant) {
    this.#free = new TokenBucket(HANDSHAKES_FREE_PER_SECOND, HANDSHAKES_FREE_PER_SECOND, now);
    this.#all = new TokenBucket(HANDSHAKES_PER_SECOND, HANDSHAKES_PER_SECOND, now);
  }

  get size(): number {
    return this.#attempts.size + this.#answers.size;
  }

  attempts(): Attempt[] {
    return [...this.#attempts.values()];
  }

  attempt(index: number): Attempt | undefined {
    return this.#attempts.get(index);
  }

  attemptOn(path: Path): Attempt | undefined {
    return this.#byPath.get(path);
  }

  addAttempt(attempt: Attempt): void {
    this.#attempts.set(attempt.index, attempt);
    this.#byPath.set(attempt.path, attempt);
  }

  removeAttempt(attempt: Attempt): void {
    this.#attempts.delete(attempt.index);
    if (this.#byPath.get(attempt.path) === attempt) this.#byPath.delete(attempt.path);
  }

  answer(index: number): Answer | undefined {
    return this.#answers.get(index);
  }

  answerTo(question: string): Answer | undefined {
    return this.#byQuestion.get(question);
  }

  /** The oldest gives way when there are too many. */
  addAnswer(answer: Answer): void {
    if (this.#answers.size >= ANSWERS_MAX) this.#removeAnswer(this.#answers.values().next().value as Answer);
    this.#answers.set(answer.index, answer);
    this.#byQuestion.set(answer.question, answer);
  }

  expireAnswers(now: Instant): void {
    for (const answer of this.#answers.values()) {
      if (now - answer.at < ANSWERS_KEPT_MS) return;
      this.#removeAnswer(answer);
    }
  }

  /** True when one more may be answered without a cookie. */
  takeFree(network: string, now: Instant): boolean {
    return takeBoth(this.#free, bucketOf(this.#freeByNetwork, network, HANDSHAKES_FREE_PER_NETWORK, now), now);
  }

  /** True when the node has time for one more, and for one more from there. */
  take(network: string, now: Instant): boolean {
    return takeBoth(this.#all, bucketOf(this.#byNetwork, network, HANDSHAKES_PER_NETWORK, now), now);
  }

  has(index: number): boolean {
    return this.#attempts.has(index) || this.#answers.has(index);
  }

  #removeAnswer(answer: Answer): void {
    this.#answers.delete(answer.index);
    this.#byQuestion.delete(answer.question);
  }
}

function bucketOf(buckets: AgingMap<string, TokenBucket>, network: string, perSecond: number, now: Instant): TokenBucket {
  let own = buckets.get(network);
  if (own === undefined) {
    own = new TokenBucket(perSecond, perSecond, now);
    buckets.set(network, own);
  }
  return own;
}

/** From both or from none. */
function takeBoth(shared: TokenBucket, own: TokenBucket, now: Instant): boolean {
  return own.holds(1, now) && shared.take(1, now) && own.take(1, now);
}

/** A first message and the way it came. A copy of it from elsewhere is another question, with an answer and a cookie of its own. */
export function questionOf(path: Path, first: string): string {
  return `${wayOf(path)} ${first}`;
}
