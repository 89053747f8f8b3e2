/**
 * Chance from a seed: xoshiro128** (Blackman and Vigna), its state filled by splitmix32. Streams that are forked by
 * name do not disturb one another, so a datagram more at one host changes no draw at another.
 */
import type { RandomBytes } from "../crypto/index.ts";

const RANGE = 2 ** 32;

export class Random {
  readonly #state: Uint32Array;

  /** @param seed - any number; its lower 32 bits count */
  constructor(seed: number) {
    this.#state = splitmix(seed >>> 0);
  }

  /** A stream of its own, decided by this one's state and `name`; leaves this stream where it stands. */
  fork(name: string): Random {
    const [a = 0, b = 0] = this.#state;
    return new Random(hashOf(name) ^ a ^ Math.imul(b, 0x9e3779b1));
  }

  /** 32 bits. */
  next(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.next() / RANGE;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.unit() * (to - from);
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** True with the given probability; draws nothing for 0 or 1, so that a quiet link costs no chance. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.unit() < probability;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("nothing to pick from");
    return from[this.below(from.length)] as T;
  }

  readonly bytes: RandomBytes = (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.next();
      for (let byte = 0; byte < 4 && at + byte < length; byte++) bytes[at + byte] = word >>> (8 * byte);
    }
    return bytes;
  };
}

function splitmix(seed: number): Uint32Array {
  let counter = seed;
  return Uint32Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) | 0;
    let z = counter ^ (counter >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  });
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
