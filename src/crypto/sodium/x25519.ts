/** X25519 (RFC 7748) over libsodium. PROTOCOL.md §3. */
import sodium from "sodium-native";
import type { X25519KeyPair } from "../index.ts";
import { checkLength } from "./check-length.ts";

const KEY_BYTES = 32;

export function x25519KeyPair(secret: Uint8Array): X25519KeyPair {
  checkLength("secret", secret, KEY_BYTES);
  const publicKey = new Uint8Array(KEY_BYTES);
  sodium.crypto_scalarmult_base(publicKey, secret);
  return { publicKey, secretKey: secret.slice() };
}

// The public key comes from a stranger, so a wrong length is a refusal and no exception. With both lengths right,
// libsodium throws for one reason only: the result would be all zero.
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  checkLength("secret key", secretKey, KEY_BYTES);
  if (publicKey.length !== KEY_BYTES) return null;
  const shared = new Uint8Array(KEY_BYTES);
  try {
    sodium.crypto_scalarmult(shared, secretKey, publicKey);
  } catch {
    return null;
  }
  return shared;
}
