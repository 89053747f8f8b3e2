/**
 * Keys from passwords: argon2id (RFC 9106, version 1.3) with one lane, in Node only. It takes time and memory on purpose,
 * so that guessing does too.
 */
import sodium from "sodium-native";
import { checkLength } from "./check-length.ts";

export const PASSWORD_SALT_BYTES = 16;

export interface Argon2idCost {
  /** How often it goes over the memory; at least 1. */
  readonly passes: number;
  /** KiB of memory that each guess takes; at least 8. */
  readonly memoryKib: number;
}

/** About 0.1 s and 64 MiB, once a start: RFC 9106 §4's second choice, with one lane in place of four. */
export const PASSWORD_COST: Argon2idCost = { passes: 3, memoryKib: 65_536 };

const KEY_BYTES = 32;

/**
 * The 32-byte key of a password, worked out beside this thread; password and salt may be wiped as soon as the promise is there.
 * @param salt - 16 bytes, random, kept beside what the key protects
 * @throws RangeError for another salt; Error where there is not enough memory
 */
export async function passwordKey(password: Uint8Array, salt: Uint8Array, cost: Argon2idCost = PASSWORD_COST): Promise<Uint8Array> {
  checkLength("salt", salt, PASSWORD_SALT_BYTES);
  const key = new Uint8Array(KEY_BYTES);
  const kept = password.slice();
  try {
    await sodium.crypto_pwhash_async(key, kept, salt.slice(), cost.passes, cost.memoryKib * 1_024, sodium.crypto_pwhash_ALG_ARGON2ID13);
  } finally {
    kept.fill(0);
  }
  return key;
}

/** argon2id in this thread, with a length of output (16 bytes or more) that the caller chooses. */
export function argon2id(password: Uint8Array, salt: Uint8Array, length: number, cost: Argon2idCost): Uint8Array {
  checkLength("salt", salt, PASSWORD_SALT_BYTES);
  const output = new Uint8Array(length);
  sodium.crypto_pwhash(output, password, salt, cost.passes, cost.memoryKib * 1_024, sodium.crypto_pwhash_ALG_ARGON2ID13);
  return output;
}
