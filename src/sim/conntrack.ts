/**
 * The stateful boxes that track each pair of endpoints instead of mapping by rules: a Linux router's masquerade and a
 * firewall without NAT. Datagrams in both directions refresh an entry.
 */
import type { Instant } from "../core/index.ts";
import { type Endpoint, endpoint, type Ip, portOf } from "../wire/index.ts";
import type { Translator } from "./nat.ts";
import type { Random } from "./random.ts";

export interface ConntrackRules {
  /** The source outside: unchanged (a firewall), the box's address with the inner port if that is free, or with any port. */
  readonly source: "keep" | "preserve" | "random";
  /**
   * True: the box accepts strays for itself, so a stray leaves an entry, and the inside host's own first datagram to
   * that remote then gets another port. What makes some punches fail for the side that is late.
   */
  readonly straysClaim: boolean;
  readonly lifetimeMs: number;
}

const PORT_MIN = 1_024;
const PORTS = 65_536 - PORT_MIN;

interface Tracked {
  /** Null for a stray that the box took for itself. */
  readonly inner: Endpoint | null;
  readonly outer: Endpoint;
  expiresAt: Instant;
}

export class Conntrack implements Translator {
  readonly #rules: ConntrackRules;
  readonly #random: Random;
  readonly #byInner = new Map<string, Tracked>();
  readonly #byOuter = new Map<string, Tracked>();
  #publicIp: Ip;

  constructor(rules: ConntrackRules, publicIp: Ip, random: Random) {
    this.#rules = rules;
    this.#publicIp = publicIp;
    this.#random = random;
  }

  outward(from: Endpoint, to: Endpoint, now: Instant): Endpoint {
    const known = this.#byInner.get(pair(from, to));
    const tracked = known !== undefined && known.expiresAt > now ? known : this.#track(from, to, now);
    tracked.expiresAt = now + this.#rules.lifetimeMs;
    return tracked.outer;
  }

  inward(from: Endpoint, to: Endpoint, now: Instant): Endpoint | null {
    const tracked = this.#byOuter.get(pair(to, from));
    if (tracked !== undefined && tracked.expiresAt > now) {
      tracked.expiresAt = now + this.#rules.lifetimeMs;
      return tracked.inner;
    }
    if (this.#rules.straysClaim) this.#byOuter.set(pair(to, from), { inner: null, outer: to, expiresAt: now + this.#rules.lifetimeMs });
    return null;
  }

  rebind(publicIp: Ip): void {
    this.#publicIp = publicIp;
    this.#byInner.clear();
    this.#byOuter.clear();
  }

  #track(inner: Endpoint, remote: Endpoint, now: Instant): Tracked {
    const tracked = { inner, outer: this.#chooseOuter(inner, remote, now), expiresAt: now };
    this.#byInner.set(pair(inner, remote), tracked);
    this.#byOuter.set(pair(tracked.outer, remote), tracked);
    return tracked;
  }

  #chooseOuter(inner: Endpoint, remote: Endpoint, now: Instant): Endpoint {
    if (this.#rules.source === "keep") return inner;
    const isFree = (outer: Endpoint) => (this.#byOuter.get(pair(outer, remote))?.expiresAt ?? now) <= now;
    const preserved = endpoint(this.#publicIp, portOf(inner));
    if (this.#rules.source === "preserve" && isFree(preserved)) return preserved;
    for (let tries = 0; tries < PORTS; tries++) {
      const outer = endpoint(this.#publicIp, PORT_MIN + this.#random.below(PORTS));
      if (isFree(outer)) return outer;
    }
    throw new Error("a NAT ran out of ports");
  }
}

function pair(near: Endpoint, far: Endpoint): string {
  return `${near} ${far}`;
}
