/**
 * One page of the encrypted file, opened without SQLite, which gives nothing of a file whose header is gone. As SQLite3 Multiple
 * Ciphers seals it ("cipher = chacha20"): the last 32 bytes of a page are 16 of nonce and 16 of Poly1305's tag over all before them;
 * the key of both comes from ChaCha20 under the file's key. A page that opens is one that we wrote, at this very place.
 */

/** What a page is sealed with; given by whoever salvages, since primitives have a room of their own. */
export interface PagePrimitives {
  /** ChaCha20 of RFC 8439: `data` with the key stream from block `counter` on. @param nonce - 12 bytes @param key - 32 bytes */
  chacha20(data: Uint8Array, nonce: Uint8Array, counter: number, key: Uint8Array): Uint8Array;
  /** Poly1305: 16 bytes. @param key - 32 bytes, used once */
  poly1305(data: Uint8Array, key: Uint8Array): Uint8Array;
}

/** As SQLite makes them; the store never asked for another size. */
export const PAGE_BYTES = 4_096;
const NONCE_BYTES = 16;
const TAG_BYTES = 16;
/** What of a page SQLite uses. */
export const USABLE_BYTES = PAGE_BYTES - NONCE_BYTES - TAG_BYTES;
/** The first page begins in the clear: the mark of the key, page size and format. */
const CLEAR_BYTES = 24;
const IV_BYTES = 12;
const KEY_BYTES = 32;

/** @param n - the page's number, from 1 @returns its {@link USABLE_BYTES}; null when it is not as we wrote it */
export function openPage(page: Buffer, n: number, key: Uint8Array, { chacha20, poly1305 }: PagePrimitives): Buffer | null {
  if (page.length !== PAGE_BYTES) return null;
  const sealed = page.subarray(0, USABLE_BYTES + NONCE_BYTES);
  const nonce = sealed.subarray(USABLE_BYTES);
  const iv = nonce.subarray(0, IV_BYTES);
  const counter = (nonce.readUInt32LE(IV_BYTES) ^ n) >>> 0;
  const keys = chacha20(new Uint8Array(2 * KEY_BYTES), iv, counter, key);
  if (!page.subarray(sealed.length).equals(poly1305(sealed, keys.subarray(0, KEY_BYTES)))) return null;
  const clear = n === 1 ? CLEAR_BYTES : 0;
  const opened = chacha20(page.subarray(clear, USABLE_BYTES), iv, (counter + 1) >>> 0, keys.subarray(KEY_BYTES));
  return Buffer.concat([page.subarray(0, clear), opened]);
}
