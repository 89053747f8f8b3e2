/**
 * A long text sealed piece by piece: libsodium's secretstream (XChaCha20-Poly1305), in Node only. Pieces that are missing,
 * doubled, in another order or of another stream do not open, and the last one is marked, so that a cut shows.
 */
import sodium from "sodium-native";
import { checkLength } from "./check-length.ts";

export const STREAM_HEADER_BYTES = 24;
/** By which a piece gets longer. */
export const STREAM_SEAL_BYTES = 17;
const KEY_BYTES = 32;

export class SealingStream {
  /** 24 bytes that go before the pieces. */
  readonly header = new Uint8Array(STREAM_HEADER_BYTES);
  readonly #state = new Uint8Array(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES);

  /** @param key - 32 bytes */
  constructor(key: Uint8Array) {
    checkLength("key", key, KEY_BYTES);
    sodium.crypto_secretstream_xchacha20poly1305_init_push(this.#state, this.header, key);
  }

  /** @param ad - not sent; who opens the piece must have the same */
  seal(piece: Uint8Array, ad: Uint8Array, isLast: boolean): Uint8Array {
    const out = new Uint8Array(piece.length + STREAM_SEAL_BYTES);
    const tag = isLast ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    sodium.crypto_secretstream_xchacha20poly1305_push(this.#state, out, piece, ad, tag);
    return out;
  }
}

export class OpeningStream {
  readonly #state = new Uint8Array(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES);

  /** @param key - 32 bytes @param header - 24 bytes */
  constructor(key: Uint8Array, header: Uint8Array) {
    checkLength("key", key, KEY_BYTES);
    checkLength("header", header, STREAM_HEADER_BYTES);
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(this.#state, header, key);
  }

  /** Null when it is not the next piece of this stream. */
  open(sealed: Uint8Array, ad: Uint8Array): { readonly piece: Uint8Array; readonly isLast: boolean } | null {
    if (sealed.length < STREAM_SEAL_BYTES) return null;
    const piece = new Uint8Array(sealed.length - STREAM_SEAL_BYTES);
    const tag = new Uint8Array(1);
    try {
      sodium.crypto_secretstream_xchacha20poly1305_pull(this.#state, piece, tag, sealed, ad);
    } catch {
      return null;
    }
    return { piece, isLast: tag[0] === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL };
  }
}
