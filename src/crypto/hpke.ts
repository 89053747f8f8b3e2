/**
 * HPKE (RFC 9180), one message to one public key: base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
 * ChaCha20Poly1305. It says nothing about who sealed; whoever needs that signs.
 */
import { concat } from "./bytes.ts";
import type { Crypto, X25519KeyPair } from "./port.ts";

export interface HpkeSealed {
  /** The ephemeral public key, 32 bytes. */
  readonly enc: Uint8Array;
  /** 16 bytes longer than the plaintext. */
  readonly ciphertext: Uint8Array;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const EMPTY = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0);

const encoder = new TextEncoder();
const VERSION = encoder.encode("HPKE-v1");
// RFC 9180 §7: DHKEM(X25519, HKDF-SHA256) is 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003.
const KEM_SUITE = concat(encoder.encode("KEM"), Uint8Array.of(0x00, 0x20));
const HPKE_SUITE = concat(encoder.encode("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));

/**
 * Seals so that only the holder of the recipient's secret key can open. RFC 9180 §6.1, `SealBase`.
 * @param info - what this message is for: with another one it does not open
 * @param ad - sent along in the clear, and protected from changes
 * @param ephemeral - a pair made for this message and no other: used twice, it would repeat key and nonce
 * @returns null when the recipient's key is not valid (a point of small order, or no 32 bytes): it may be a stranger's
 */
export function sealTo(
  crypto: Crypto,
  recipient: Uint8Array,
  info: Uint8Array,
  ad: Uint8Array,
  plaintext: Uint8Array,
  ephemeral: X25519KeyPair,
): HpkeSealed | null {
  const dh = crypto.x25519(ephemeral.secretKey, recipient);
  if (dh === null) return null;
  const enc = ephemeral.publicKey.slice();
  const { key, nonce } = keySchedule(crypto, kemSecret(crypto, dh, enc, recipient), info);
  return { enc, ciphertext: crypto.aeadSeal(key, nonce, ad, plaintext) };
}

/** Undoes `sealTo` (RFC 9180 §6.1, `OpenBase`); null when any of it is not what was sealed to this key. */
export function openFrom(
  crypto: Crypto,
  recipient: X25519KeyPair,
  enc: Uint8Array,
  info: Uint8Array,
  ad: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | null {
  const dh = crypto.x25519(recipient.secretKey, enc);
  if (dh === null) return null;
  const { key, nonce } = keySchedule(crypto, kemSecret(crypto, dh, enc, recipient.publicKey), info);
  return crypto.aeadOpen(key, nonce, ad, ciphertext);
}

/** ExtractAndExpand of §4.1. */
function kemSecret(crypto: Crypto, dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = extract(crypto, KEM_SUITE, EMPTY, "eae_prk", dh);
  return expand(crypto, KEM_SUITE, prk, "shared_secret", concat(enc, recipient), KEY_BYTES);
}

/** KeySchedule of §5.1 without a pre-shared key; the nonce is that of the first message. */
function keySchedule(crypto: Crypto, shared: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const pskIdHash = extract(crypto, HPKE_SUITE, EMPTY, "psk_id_hash", EMPTY);
  const infoHash = extract(crypto, HPKE_SUITE, EMPTY, "info_hash", info);
  const context = concat(MODE_BASE, pskIdHash, infoHash);
  const secret = extract(crypto, HPKE_SUITE, shared, "secret", EMPTY);
  return {
    key: expand(crypto, HPKE_SUITE, secret, "key", context, KEY_BYTES),
    nonce: expand(crypto, HPKE_SUITE, secret, "base_nonce", context, NONCE_BYTES),
  };
}

/** LabeledExtract of §4. */
function extract(crypto: Crypto, suite: Uint8Array, salt: Uint8Array, label: string, input: Uint8Array): Uint8Array {
  return crypto.hmacSha256(salt, concat(VERSION, suite, encoder.encode(label), input));
}

/** LabeledExpand of §4 for up to 32 bytes, where HKDF's expansion is one HMAC over the info and a 1. */
function expand(crypto: Crypto, suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const labeled = concat(Uint8Array.of(0, length), VERSION, suite, encoder.encode(label), info, Uint8Array.of(1));
  return crypto.hmacSha256(prk, labeled).slice(0, length);
}
