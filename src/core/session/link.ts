/**
 * This run's link key: an X25519 key that is made at start, signed by the identity key, and never stored, so that
 * whoever takes the identity key later cannot open what was recorded. PROTOCOL.md §11.2.
 */
import type { Ed25519KeyPair, X25519KeyPair } from "../../crypto/index.ts";
import type { NodeConfig } from "../config.ts";
import { LINK_KEPT_MS, LINK_RENEW_MS } from "../limits.ts";
import type { Timestamp } from "../time.ts";
import { encodeCredentials, signLink } from "./credentials.ts";

export class Link {
  readonly key: X25519KeyPair;
  readonly #config: NodeConfig;
  readonly #signingKey: Ed25519KeyPair;
  #notAfter: Timestamp = 0;
  #signature = new Uint8Array(0);

  constructor(config: NodeConfig, signingKey: Ed25519KeyPair) {
    this.key = config.crypto.x25519KeyPair(config.random(32));
    this.#config = config;
    this.#signingKey = signingKey;
  }

  /** What we show of ourselves under `index`, signed anew where the last signature ends soon (or the clock was set back). */
  credentials(index: number, clock: Timestamp): Uint8Array {
    const { crypto, certificate, rendezvous } = this.#config;
    const left = this.#notAfter - clock;
    if (left < LINK_KEPT_MS - LINK_RENEW_MS || left > LINK_KEPT_MS) {
      this.#notAfter = clock + LINK_KEPT_MS;
      this.#signature = new Uint8Array(signLink(crypto, this.key.publicKey, this.#notAfter, this.#signingKey));
    }
    return encodeCredentials({ index, rendezvous, clock, notAfter: this.#notAfter, linkSignature: this.#signature, certificate });
  }
}
