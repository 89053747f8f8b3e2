/** The prekeys of one node in one private channel: X25519 keys that it publishes so that others can seal to it while it is away. PROTOCOL.md §19.4. */
import type { Crypto, RandomBytes, X25519KeyPair } from "../../crypto/index.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import type { Words } from "../log/own-log.ts";
import { detailOf } from "../log/statement.ts";
import { toBase64url, toHex } from "../log/text-form.ts";
import type { Timestamp } from "../time.ts";
import { KEY_BYTES } from "./chain.ts";
import { KEYS_KEPT_MS, PREKEY_MS, PREKEYS_MAX } from "./limits.ts";
import type { StoredPrekey } from "./secret-store.ts";
import { bytesIn } from "./text.ts";

export const PREKEY = "prekey";
const ID_BYTES = 8;

/** The public half of somebody's prekey. */
export interface Prekey {
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export function prekeyWords(publicKey: Uint8Array): Words {
  return { kind: PREKEY, text: "", details: [["key", toBase64url(publicKey)]] };
}

/** The prekey that an event publishes; null when it makes no sense. */
export function prekeyIn(crypto: Crypto, event: Pick<Event, "kind" | "details">): Prekey | null {
  const publicKey = event.kind === PREKEY ? bytesIn(detailOf(event, "key"), KEY_BYTES) : null;
  return publicKey === null ? null : { id: prekeyId(crypto, publicKey), publicKey };
}

/** Says in a box which prekey it is for: 16 hex digits. */
export function prekeyId(crypto: Crypto, publicKey: Uint8Array): string {
  return toHex(crypto.sha256(publicKey).subarray(0, ID_BYTES));
}

export class OwnPrekeys {
  readonly #crypto: Crypto;
  readonly #random: RandomBytes;
  readonly #channel: ChannelHash;
  /** The oldest first. */
  readonly #kept = new Map<string, StoredPrekey>();

  /** @param kept - the newest first */
  constructor(crypto: Crypto, random: RandomBytes, channel: ChannelHash, kept: readonly StoredPrekey[]) {
    this.#crypto = crypto;
    this.#random = random;
    this.#channel = channel;
    for (const each of [...kept].reverse()) this.#kept.set(each.id, each);
  }

  /** The one that others are to use; null before the first. */
  get current(): StoredPrekey | null {
    return [...this.#kept.values()].findLast(({ replacedAt }) => replacedAt === null) ?? null;
  }

  isDue(wall: Timestamp): boolean {
    const { current } = this;
    return current === null || Math.abs(wall - current.madeAt) >= PREKEY_MS; // also where a clock that was ahead is mended
  }

  pair(id: string): X25519KeyPair | null {
    return this.#kept.get(id) ?? null;
  }

  /** Makes a new one in the place of the one before. @returns what to keep, before it is published */
  make(wall: Timestamp): { readonly made: StoredPrekey; readonly changed: readonly StoredPrekey[] } {
    const pair = this.#crypto.x25519KeyPair(this.#random(KEY_BYTES));
    const id = prekeyId(this.#crypto, pair.publicKey);
    const made: StoredPrekey = { channel: this.#channel, id, ...pair, madeAt: wall, replacedAt: null };
    const replaced = [...this.#kept.values()]
      .filter(({ replacedAt }) => replacedAt === null)
      .map((each) => ({ ...each, replacedAt: wall }));
    for (const each of [...replaced, made]) this.#kept.set(each.id, each);
    return { made, changed: [...replaced, made] };
  }

  /** Forgets those that were replaced long ago, and what is too many. */
  forgetOld(wall: Timestamp): void {
    const tooMany = this.#kept.size - PREKEYS_MAX;
    for (const [at, { id, replacedAt }] of [...this.#kept.values()].entries()) {
      if (replacedAt !== null && (at < tooMany || wall - replacedAt >= KEYS_KEPT_MS)) this.#kept.delete(id);
    }
  }
}
