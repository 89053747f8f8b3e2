/** One ciphertext that ChaCha20-Poly1305 opens under two keys: the cipher commits to none (row 22). RFC 8439 §2.5. */
import { createCipheriv } from "node:crypto";

const P = 2n ** 130n - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
const BLOCK = 16;

const little = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);

function littleBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

/** r and s of the one-time key that Poly1305 gets with a nonce of zeros. */
function oneTimeKey(key: Uint8Array): { r: bigint; s: bigint } {
  const cipher = createCipheriv("chacha20", key, new Uint8Array(16)); // counter 0, nonce 0
  const stream = cipher.update(new Uint8Array(32));
  return { r: little(stream.subarray(0, 16)) & CLAMP, s: little(stream.subarray(16)) };
}

/** The blocks that the tag is over, as numbers: additional data, ciphertext, both lengths. All full blocks. */
function numbers(ad: Uint8Array, ciphertext: Uint8Array): bigint[] {
  const padded = new Uint8Array(Math.ceil(ad.length / BLOCK) * BLOCK);
  padded.set(ad);
  const lengths = new Uint8Array(BLOCK);
  lengths.set(littleBytes(BigInt(ad.length), 8));
  lengths.set(littleBytes(BigInt(ciphertext.length), 8), 8);
  const whole = [...padded, ...ciphertext, ...lengths];
  return Array.from(
    { length: whole.length / BLOCK },
    (_, at) => little(Uint8Array.from(whole.slice(BLOCK * at, BLOCK * (at + 1)))) + (1n << 128n),
  );
}

const power = (base: bigint, exponent: bigint): bigint => {
  let [result, factor] = [1n, base % P];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
};

const hash = (blocks: readonly bigint[], r: bigint) => blocks.reduce((sum, block) => ((sum + block) * r) % P, 0n);

/** A ciphertext of `blocks` blocks, with its tag, that is authentic under both keys with a nonce of zeros. */
export function collision(one: Uint8Array, other: Uint8Array, ad: Uint8Array, blocks: number): Uint8Array {
  const [a, b] = [oneTimeKey(one), oneTimeKey(other)];
  for (let attempt = 0; ; attempt++) {
    const ciphertext = Uint8Array.from({ length: BLOCK * blocks }, (_, at) => (at < 8 ? (attempt >> (8 * (at % 4))) & 255 : 7 * at) & 255);
    ciphertext.fill(0, -BLOCK); // the block to be found
    const all = numbers(ad, ciphertext);
    all[all.length - 2] = 1n << 128n;
    // hash_a + x·a² + s_a = hash_b + x·b² + s_b, both modulo 2^128 at the end: solved modulo P, and tried until the tags agree.
    const difference = (hash(all, b.r) + b.s - hash(all, a.r) - a.s) % P;
    const factor = (a.r * a.r - b.r * b.r) % P;
    const x = ((((difference + P) % P) * power((factor + P) % P, P - 2n)) % P) + 0n;
    if (x >= 1n << 128n) continue;
    const solved = all.with(-2, x + (1n << 128n));
    const tag = (key: { r: bigint; s: bigint }) => (hash(solved, key.r) + key.s) % (1n << 128n);
    if (tag(a) !== tag(b)) continue;
    ciphertext.set(littleBytes(x, BLOCK), BLOCK * (blocks - 1));
    return Uint8Array.from([...ciphertext, ...littleBytes(tag(a), BLOCK)]);
  }
}
