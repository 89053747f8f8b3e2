/** argon2id (RFC 9106) over libsodium: makes a key of a passphrase, slowly and in much memory, so that guessing is dear. */
import sodium from "sodium-native";
import { checkLength } from "./check-length.ts";

export interface PasswordHashCost {
  /** KiB of memory that each guess takes; at least 8. */
  readonly memoryKib: number;
  /** How often it goes over the memory; at least 1. */
  readonly passes: number;
}

/** About a tenth of a second and 64 MiB: not felt once a start, and a guess costs an attacker the same memory. */
export const PASSWORD_HASH_COST: PasswordHashCost = { memoryKib: 65_536, passes: 3 };
export const PASSWORD_SALT_BYTES = 16;

/**
 * Hashes a password with one lane, in a thread of its own, so that the caller's goes on.
 * @param salt - 16 random bytes
 * @param length - bytes of the hash, at least 16
 * @throws Error when the system does not give that much memory
 */
export async function passwordHash(password: Uint8Array, salt: Uint8Array, cost: PasswordHashCost, length = 32): Promise<Uint8Array> {
  checkLength("salt", salt, PASSWORD_SALT_BYTES);
  const hash = new Uint8Array(length);
  await sodium.crypto_pwhash_async(hash, password, salt, cost.passes, cost.memoryKib * 1_024, sodium.crypto_pwhash_ALG_ARGON2ID13);
  return hash;
}
