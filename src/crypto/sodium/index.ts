/** The crypto port in Node: libsodium, and Node's own SHA-256 (see sha256.ts). PROTOCOL.md §3. */
import sodium from "sodium-native";
import type { Crypto, Ed25519KeyPair, RandomBytes } from "../index.ts";
import { aeadOpen, aeadSeal, open, openInto, seal, sealInto } from "./aead.ts";
import { checkLength } from "./check-length.ts";
import { hkdfSha256, hmacSha256, sha256, sha256Hex, sha512 } from "./sha256.ts";
import { x25519, x25519KeyPair } from "./x25519.ts";

export { streamPrimitives } from "./stream.ts";

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;

export const sodiumCrypto: Crypto = {
  sha256,
  sha256Hex,
  sha512,
  hmacSha256,
  hkdfSha256,

  equal(a, b) {
    return a.length === b.length && sodium.sodium_memcmp(a, b);
  },

  ed25519KeyPair(seed) {
    checkLength("seed", seed, SEED_BYTES);
    const publicKey = new Uint8Array(PUBLIC_KEY_BYTES);
    const secretKey = new Uint8Array(SECRET_KEY_BYTES);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  },

  ed25519Sign(message, key: Ed25519KeyPair) {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, message, key.secretKey);
    return signature;
  },

  // The lengths come from a stranger, so a wrong one is a refusal and no exception; libsodium's binding would also take
  // a signature with bytes after it.
  ed25519Verify(signature, message, publicKey) {
    if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
    return sodium.crypto_sign_verify_detached(signature, message, publicKey);
  },

  x25519KeyPair,
  x25519,
  seal,
  open,
  sealInto,
  openInto,
  aeadSeal,
  aeadOpen,
};

export const randomBytes: RandomBytes = (length) => {
  const bytes = new Uint8Array(length);
  sodium.randombytes_buf(bytes);
  return bytes;
};
