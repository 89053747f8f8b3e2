/** Real randomness for the core, which asks for a few bytes at a time: a call to the system for each would cost more than the rest of a small message. */
import { randomFillSync } from "node:crypto";

/** Bytes fetched at a time. */
const POOL_BYTES = 8_192;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** Unpredictable bytes. Each is handed out once and not kept. */
export function randomBytes(length: number): Uint8Array {
  if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}
