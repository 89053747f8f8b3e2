/**
 * Byte credit: an address that has not shown that it receives what we send gets at most as many payload bytes as it
 * sent, so that nobody can aim this node at a third. PROTOCOL.md §6.
 */
import { AgingMap } from "./aging-map.ts";
import {
  ACCOUNTS_MAX,
  ALLOWANCE_BYTES_PER_SECOND,
  CREDIT_MAX_BYTES,
  CREDIT_RESERVE_BYTES,
  PASSED_ON_BYTES_MAX,
  RHYTHM_BURST_BYTES,
  RHYTHM_BYTES_PER_SECOND,
} from "./limits.ts";
import { keepsRhythm, type Path } from "./path.ts";
import type { Instant } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a datagram is for, which decides who may pay for it. */
export type Purpose =
  /** HELLO and ACK: may use the last bytes of the credit. */
  | "first"
  /** ROUTING, CHANNEL and LEAVE: the rhythm allowance helps out. */
  | "announce"
  /** MESSAGE and CERTIFICATE: it helps out once the peer has JOINed. */
  | "content"
  /** A probe of a punch, or what CONNECT and RELAY grow by on their way: the punch allowance pays. */
  | "punch"
  /** The first message of a handshake with whoever is heard of on the local network: {@link CandidateTable} bounds how many. */
  | "dial"
  | "other";

export class CreditLedger {
  readonly #accounts = new AgingMap<string, number>(ACCOUNTS_MAX);
  readonly #rhythm: TokenBucket;
  readonly #punch: TokenBucket;

  constructor(now: Instant) {
    this.#rhythm = new TokenBucket(ALLOWANCE_BYTES_PER_SECOND, ALLOWANCE_BYTES_PER_SECOND, now);
    this.#punch = new TokenBucket(ALLOWANCE_BYTES_PER_SECOND, ALLOWANCE_BYTES_PER_SECOND, now);
  }

  /** Books what came in, junk included. */
  earn(network: string, bytes: number): void {
    const held = this.#accounts.get(network) ?? 0;
    this.#accounts.set(network, Math.min(CREDIT_MAX_BYTES, held + bytes));
  }

  /** Pays for sending `bytes` over `path`, whole or not at all. */
  spend(path: Path, bytes: number, purpose: Purpose, now: Instant): boolean {
    if ((path.relay ?? path).trusted || path.kind === "tcp") return true; // TCP's own handshake has shown that the other end receives
    if (purpose === "dial") return true;
    if (purpose === "punch") return this.#punch.take(bytes, now);
    if (this.charge(path.network, bytes, purpose === "first" ? 0 : CREDIT_RESERVE_BYTES)) return true;
    return this.#allowed(path, purpose, now) && this.#takeRhythm(path, bytes, now);
  }

  /** Charges `bytes` to an address; what is `kept` back stays in its account. */
  charge(network: string, bytes: number, kept = 0): boolean {
    const held = this.#accounts.get(network) ?? 0;
    if (held < bytes + kept) return false;
    this.#accounts.set(network, held - bytes);
    return true;
  }

  /**
   * Pays for what a neighbour had us pass on to another. Its sender does. One that is exempt has no account; then who gets
   * it must be proven or have earned it, since a forged HELLO and JOIN are all it takes to be named to others. The punch
   * allowance helps out with what is short.
   * @param received - bytes of the message as it came
   */
  passOn(from: Path, to: Path, received: number, sent: number, now: Instant): boolean {
    const isProven = to.trusted || to.peer?.session != null;
    if (from.trusted)
      return isProven || this.spend(to, sent, "content", now) || (sent <= PASSED_ON_BYTES_MAX && this.#punch.take(sent, now));
    return this.charge(from.network, Math.min(received, sent)) && (sent <= received || this.#punch.take(sent - received, now));
  }

  #allowed(path: Path, purpose: Purpose, now: Instant): boolean {
    if (purpose !== "announce" && !(purpose === "content" && path.peer?.joined === true)) return false;
    return keepsRhythm(path, now);
  }

  #takeRhythm(path: Path, bytes: number, now: Instant): boolean {
    path.allowance ??= new TokenBucket(RHYTHM_BURST_BYTES, RHYTHM_BYTES_PER_SECOND, now);
    return path.allowance.holds(bytes, now) && this.#rhythm.take(bytes, now) && path.allowance.take(bytes, now);
  }
}
