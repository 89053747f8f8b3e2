/** The dials of the local network of the last while. PROTOCOL.md §14.2. */
import { type Endpoint, ipOf, networkOf } from "../wire/index.ts";
import { AgingMap } from "./aging-map.ts";
import { CANDIDATE_AGAIN_MS, CANDIDATE_AGAIN_MS_MAX, CANDIDATES_MAX, CANDIDATES_PER_ADDRESS, CANDIDATES_PER_MINUTE } from "./limits.ts";
import type { Instant } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";

const MINUTE_S = 60;

/** One liar must neither aim us at many nor keep us from others. */
export class CandidateTable {
  readonly #all: TokenBucket;
  readonly #byNetwork = new AgingMap<string, TokenBucket>(CANDIDATES_MAX);
  readonly #dialled = new AgingMap<Endpoint, { readonly at: Instant; readonly times: number }>(CANDIDATES_MAX);

  constructor(now: Instant) {
    this.#all = new TokenBucket(CANDIDATES_PER_MINUTE, CANDIDATES_PER_MINUTE / MINUTE_S, now);
  }

  /** True when `endpoint` may be dialled now; the dial counts from here on. */
  take(endpoint: Endpoint, now: Instant): boolean {
    const before = this.#dialled.get(endpoint);
    if (before !== undefined && now - before.at < againAfter(before.times)) return false;
    const own = this.#bucketOf(networkOf(ipOf(endpoint)), now);
    if (!own.holds(1, now) || !this.#all.take(1, now)) return false;
    own.take(1, now);
    this.#dialled.set(endpoint, { at: now, times: (before?.times ?? 0) + 1 });
    return true;
  }

  /** A node was there: when it is gone and heard of again, it is dialled at once. */
  forget(endpoint: Endpoint): void {
    this.#dialled.delete(endpoint);
  }

  #bucketOf(network: string, now: Instant): TokenBucket {
    const known = this.#byNetwork.get(network);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(CANDIDATES_PER_ADDRESS, CANDIDATES_PER_ADDRESS / MINUTE_S, now);
    this.#byNetwork.set(network, bucket);
    return bucket;
  }
}

function againAfter(times: number): number {
  return Math.min(CANDIDATE_AGAIN_MS * 2 ** (times - 1), CANDIDATE_AGAIN_MS_MAX);
}
