/**
 * The number by which two people make sure that nobody stands between them: both devices show the same one exactly when
 * each holds the other's true key. PROTOCOL.md §3.7.
 */
import type { Crypto } from "./port.ts";

const GROUPS = 12;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;
/** Costs whoever searches for keys with a number alike as many hashes for each try; the two who compare, some milliseconds. */
const ROUNDS = 5_200;
const KEY_BYTES = 32;

const encoder = new TextEncoder();

/**
 * The safety number of two nodes, the same whichever comes first.
 *
 * 60 digits are 199 bits. Somebody in the middle shows each side a key of his own, so he may look for any two keys that
 * make the numbers meet: a search in the square root of what there is, 2^99 tries; of half as many digits 2^50, which is
 * within reach.
 * @param a, b - Ed25519 public keys, 32 bytes each
 * @returns 12 groups of 5 decimal digits, a space between them
 * @throws RangeError when a key has another length
 */
export function safetyNumber(crypto: Crypto, a: Uint8Array, b: Uint8Array): string {
  const keys = sorted(a, b);
  let hash = crypto.sha256(joined(encoder.encode("ptpchat/1 safety number\0"), keys));
  for (let round = 1; round < ROUNDS; round++) hash = crypto.sha256(joined(hash, keys));
  const bytes = crypto.hkdfSha256(hash, new Uint8Array(0), encoder.encode("ptpchat/1 safety number digits"), GROUPS * GROUP_BYTES);
  return Array.from({ length: GROUPS }, (_, group) => digits(bytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES))).join(" ");
}

function sorted(a: Uint8Array, b: Uint8Array): Uint8Array {
  for (const key of [a, b]) if (key.length !== KEY_BYTES) throw new RangeError(`a public key has ${KEY_BYTES} bytes, not ${key.length}`);
  return isBefore(b, a) ? joined(b, a) : joined(a, b);
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** 40 bits, big endian, modulo 100,000: no group is noticeably likelier than another. */
function digits(bytes: Uint8Array): string {
  let number = 0;
  for (const byte of bytes) number = number * 256 + byte;
  return String(number % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, "0");
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
