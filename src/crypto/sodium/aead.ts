/** ChaCha20-Poly1305 (RFC 8439) over libsodium, with Noise's counter or a nonce of its own. PROTOCOL.md §3. */
import sodium from "sodium-native";
import { AEAD_TAG_BYTES } from "../index.ts";
import { checkLength } from "./check-length.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

// One nonce for all counters: every call is synchronous, writes it first, and libsodium keeps no reference to it.
const counterNonce = new Uint8Array(NONCE_BYTES);
const counterView = new DataView(counterNonce.buffer);

export function seal(key: Uint8Array, counter: number, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
  sealInto(out, key, counter, ad, plaintext);
  return out;
}

export function sealInto(out: Uint8Array, key: Uint8Array, counter: number, ad: Uint8Array, plaintext: Uint8Array): void {
  if (!isCounter(counter)) throw new RangeError(`${counter} is no counter`);
  checkLength("out", out, plaintext.length + AEAD_TAG_BYTES);
  checkLength("key", key, KEY_BYTES);
  setCounter(counter);
  sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plaintext, ad, null, counterNonce, key);
}

export function open(key: Uint8Array, counter: number, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
  if (ciphertext.length < AEAD_TAG_BYTES) return null;
  const plaintext = new Uint8Array(ciphertext.length - AEAD_TAG_BYTES);
  return openInto(plaintext, key, counter, ad, ciphertext) ? plaintext : null;
}

export function openInto(out: Uint8Array, key: Uint8Array, counter: number, ad: Uint8Array, ciphertext: Uint8Array): boolean {
  if (!isCounter(counter) || ciphertext.length < AEAD_TAG_BYTES) return false;
  checkLength("out", out, ciphertext.length - AEAD_TAG_BYTES);
  checkLength("key", key, KEY_BYTES);
  setCounter(counter);
  return decrypt(out, key, counterNonce, ad, ciphertext);
}

export function aeadSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  checkLength("key", key, KEY_BYTES);
  checkLength("nonce", nonce, NONCE_BYTES);
  const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
  sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plaintext, ad, null, nonce, key);
  return out;
}

// Ciphertext and nonce come from a stranger, so a wrong length is a refusal and no exception.
export function aeadOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
  checkLength("key", key, KEY_BYTES);
  if (nonce.length !== NONCE_BYTES || ciphertext.length < AEAD_TAG_BYTES) return null;
  const plaintext = new Uint8Array(ciphertext.length - AEAD_TAG_BYTES);
  return decrypt(plaintext, key, nonce, ad, ciphertext) ? plaintext : null;
}

// With all lengths checked, libsodium throws for one reason only: the tag is wrong.
function decrypt(out: Uint8Array, key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): boolean {
  try {
    return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(out, null, ciphertext, ad, nonce, key) === out.length;
  } catch {
    return false;
  }
}

// Beyond 2^53 two counters could be the same number, and so the same nonce.
function isCounter(counter: number): boolean {
  return Number.isSafeInteger(counter) && counter >= 0;
}

function setCounter(counter: number): void {
  counterView.setUint32(4, counter % 2 ** 32, true);
  counterView.setUint32(8, Math.floor(counter / 2 ** 32), true);
}
