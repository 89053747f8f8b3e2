import { type Endpoint, ipOf } from "../wire/index.ts";
import {
  CONNECT_GAP_MS,
  INTRODUCTION_MS,
  INTRODUCTIONS_MAX,
  RELAYED_BYTES_BURST,
  RELAYED_BYTES_PER_SECOND,
  RELAYS_PER_SECOND,
} from "./limits.ts";
import type { Path } from "./path.ts";
import type { Instant } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A CONNECT that we, as S, passed on: what B's answer must repeat, and where that answer goes. */
export interface Introduction {
  /** Where step 1 came from, and step 4 goes to. */
  readonly askedFrom: Path;
  /** A's offered endpoint, as it was written into step 2. */
  readonly offered: Endpoint;
  readonly far: Path;
  /** Step 1 had a `ptp`, so whoever sent it can be told more than the seed's two fields. */
  readonly named: boolean;
  readonly at: Instant;
}

/** What we do for others at their asking: introductions under way, and how often each source may ask. */
export class IntroductionTable {
  readonly #open: Introduction[] = [];
  readonly #askedAt = new Map<string, Instant>();
  readonly #relays = new Map<string, TokenBucket>();
  readonly #carried = new Map<string, TokenBucket>();

  /** One CONNECT a second and source. */
  mayAsk(source: string, now: Instant): boolean {
    if (now - (this.#askedAt.get(source) ?? Number.NEGATIVE_INFINITY) < CONNECT_GAP_MS) return false;
    this.#askedAt.set(source, now);
    return true;
  }

  /** RELAYS_PER_SECOND from one source. */
  mayRelay(source: string, now: Instant): boolean {
    const bucket = this.#relays.get(source) ?? new TokenBucket(RELAYS_PER_SECOND, RELAYS_PER_SECOND, now);
    this.#relays.set(source, bucket);
    return bucket.take(1, now);
  }

  /** RELAYED_BYTES_PER_SECOND from one node that we hold a session with. */
  mayCarry(source: string, bytes: number, now: Instant): boolean {
    const bucket = this.#carried.get(source) ?? new TokenBucket(RELAYED_BYTES_BURST, RELAYED_BYTES_PER_SECOND, now);
    this.#carried.set(source, bucket);
    return bucket.take(bytes, now);
  }

  add(introduction: Introduction): void {
    if (this.#open.length >= INTRODUCTIONS_MAX) this.#open.shift();
    this.#open.push(introduction);
  }

  /** Takes the introduction that a step 3 from `from` answers: we forwarded that very `dst` to that address. */
  take(from: Endpoint, dst: string, now: Instant): Introduction | undefined {
    const at = this.#open.findIndex(
      (open) => open.offered === dst && ipOf(open.far.endpoint) === ipOf(from) && now - open.at <= INTRODUCTION_MS,
    );
    return at < 0 ? undefined : this.#open.splice(at, 1)[0];
  }

  expire(now: Instant): void {
    while (this.#open[0] !== undefined && now - this.#open[0].at > INTRODUCTION_MS) this.#open.shift();
    for (const [source, at] of this.#askedAt) if (now - at >= CONNECT_GAP_MS) this.#askedAt.delete(source);
    for (const [source, bucket] of this.#relays) if (bucket.holds(RELAYS_PER_SECOND, now)) this.#relays.delete(source);
    for (const [source, bucket] of this.#carried) if (bucket.holds(RELAYED_BYTES_BURST, now)) this.#carried.delete(source);
  }
}
