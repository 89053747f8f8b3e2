/**
 * The chain of keys of one epoch of one author. Each sealed event has a key of its own, and from the key of one place in
 * the chain those after it follow, none before. PROTOCOL.md §19.2.
 *
 *   chain key n+1 = HKDF(chain key n, "c")
 *   message key   = HKDF(chain key n, salt of the event, "m")
 *   commitment    = HKDF(message key, "commit")
 */
import type { Crypto } from "../../crypto/index.ts";
import { EPOCH_EVENTS_READ } from "./limits.ts";

export const KEY_BYTES = 32;
export const SALT_BYTES = 16;

const encoder = new TextEncoder();
const NO_SALT = new Uint8Array(0);
const NEXT = encoder.encode("c");
const MESSAGE = encoder.encode("m");
const COMMIT = encoder.encode("commit");

export class Chain {
  readonly #crypto: Crypto;
  /** From the first on, as far as they were needed. */
  readonly #keys: Uint8Array[];

  /** @param start - the chain key of place 0, 32 bytes */
  constructor(crypto: Crypto, start: Uint8Array) {
    this.#crypto = crypto;
    this.#keys = [start];
  }

  get start(): Uint8Array {
    return this.#keys[0] as Uint8Array;
  }

  /** The chain key of a place; null beyond what an epoch may have. */
  at(n: number): Uint8Array | null {
    if (n >= EPOCH_EVENTS_READ) return null;
    for (let last = this.#keys.length; last <= n; last++)
      this.#keys.push(this.#crypto.hkdfSha256(this.#keys[last - 1] as Uint8Array, NO_SALT, NEXT, KEY_BYTES));
    return this.#keys[n] as Uint8Array;
  }
}

/** The key that seals one event. The salt is random, so that a place that is used twice after an old backup still has two keys. */
export function messageKey(crypto: Crypto, chainKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return crypto.hkdfSha256(chainKey, salt, MESSAGE, KEY_BYTES);
}

/** What binds a signed event to one key: the cipher alone would open under several, to different texts. */
export function commitmentOf(crypto: Crypto, key: Uint8Array): Uint8Array {
  return crypto.hkdfSha256(key, NO_SALT, COMMIT, KEY_BYTES);
}
