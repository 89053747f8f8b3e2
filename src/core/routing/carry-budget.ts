/** How much this node carries for others by node id: one pair never takes what is another's. PROTOCOL.md §17.5. */
import { AgingMap } from "../aging-map.ts";
import {
  CARRIED_BYTES_BURST,
  CARRIED_BYTES_PER_SECOND,
  PAIR_BYTES_BURST,
  PAIR_BYTES_PER_SECOND,
  PAIRS_MAX,
  PASSED_BYTES_BURST,
  PASSED_BYTES_PER_SECOND,
  RELAYED_BYTES_BURST,
  RELAYED_BYTES_PER_SECOND,
  SESSIONS_MAX,
} from "../limits.ts";
import type { Instant } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";

/** One RELAY by node id, as the node in the middle sees it. */
export interface Load {
  /** Whose session it came in; the first sender, or a relay before us. */
  readonly from: string;
  readonly src: string;
  readonly dst: string;
  readonly bytes: number;
  /** From, or for, a contact: the bound over all others does not hold for it. */
  readonly forContact: boolean;
}

export class CarryBudget {
  readonly #pairs = new AgingMap<string, TokenBucket>(PAIRS_MAX);
  readonly #senders = new AgingMap<string, TokenBucket>(SESSIONS_MAX);
  readonly #relays = new AgingMap<string, TokenBucket>(SESSIONS_MAX);
  readonly #others: TokenBucket;

  constructor(now: Instant) {
    this.#others = new TokenBucket(CARRIED_BYTES_BURST, CARRIED_BYTES_PER_SECOND, now);
  }

  /** Takes it from all that it counts against, or from none. */
  take(load: Load, now: Instant): boolean {
    const buckets = [this.#pairOf(load, now), this.#hopOf(load, now), ...(load.forContact ? [] : [this.#others])];
    if (!buckets.every((bucket) => bucket.holds(load.bytes, now))) return false;
    for (const bucket of buckets) bucket.take(load.bytes, now);
    return true;
  }

  /** Both directions together. */
  #pairOf({ src, dst }: Load, now: Instant): TokenBucket {
    const pair = src < dst ? `${src} ${dst}` : `${dst} ${src}`;
    return bucketOf(this.#pairs, pair, PAIR_BYTES_BURST, PAIR_BYTES_PER_SECOND, now);
  }

  /** What the one who gave it to us may have carried for itself, or pass on of others', whose names it could invent. */
  #hopOf({ from, src }: Load, now: Instant): TokenBucket {
    if (from === src) return bucketOf(this.#senders, from, RELAYED_BYTES_BURST, RELAYED_BYTES_PER_SECOND, now);
    return bucketOf(this.#relays, from, PASSED_BYTES_BURST, PASSED_BYTES_PER_SECOND, now);
  }
}

function bucketOf(buckets: AgingMap<string, TokenBucket>, key: string, burst: number, perSecond: number, now: Instant): TokenBucket {
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = new TokenBucket(burst, perSecond, now);
    buckets.set(key, bucket);
  }
  return bucket;
}
