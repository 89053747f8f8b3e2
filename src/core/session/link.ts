/**
 * This run's link key: an X25519 key that is made at start, signed by the identity key, and never stored, so that
 * whoever takes the identity key later cannot open what was recorded. PROTOCOL.md §9.2.
 */
import type { Crypto, RandomBytes, X25519KeyPair } from "../../crypto/index.ts";
import type { SessionConfig } from "../config.ts";
import { LINK_KEPT_MS, LINK_RENEW_MS } from "../limits.ts";
import type { Timestamp } from "../time.ts";
import { encodeCredentials, signLink } from "./credentials.ts";

export class Link {
  readonly key: X25519KeyPair;
  readonly #crypto: Crypto;
  readonly #config: SessionConfig;
  readonly #certificate: Uint8Array;
  readonly #rendezvous: boolean;
  #notAfter: Timestamp = 0;
  #signature = new Uint8Array(0);

  constructor(crypto: Crypto, random: RandomBytes, config: SessionConfig, certificate: Uint8Array, rendezvous: boolean) {
    this.key = crypto.x25519KeyPair(random(32));
    this.#crypto = crypto;
    this.#config = config;
    this.#certificate = certificate;
    this.#rendezvous = rendezvous;
  }

  /** What we show of ourselves under `index`, signed anew where the last signature ends soon (or the clock was set back). */
  credentials(index: number, clock: Timestamp): Uint8Array {
    const left = this.#notAfter - clock;
    if (left < LINK_KEPT_MS - LINK_RENEW_MS || left > LINK_KEPT_MS) {
      this.#notAfter = clock + LINK_KEPT_MS;
      this.#signature = new Uint8Array(signLink(this.#crypto, this.key.publicKey, this.#notAfter, this.#config.signingKey));
    }
    return encodeCredentials({
      index,
      rendezvous: this.#rendezvous,
      clock,
      notAfter: this.#notAfter,
      linkSignature: this.#signature,
      certificate: this.#certificate,
    });
  }
}
