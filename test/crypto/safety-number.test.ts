import { describe, expect, test } from "vitest";
import { safetyNumber } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { fromHex, vectors } from "./vectors.ts";

interface Case {
  a: string;
  b: string;
  number: string;
}
const { numbers } = vectors<{ numbers: Case[] }>("safety-number");

describe("the safety number", () => {
  test.each(numbers)("of $a and $b is $number, on both sides", ({ a, b, number }) => {
    expect(safetyNumber(crypto, fromHex(a), fromHex(b))).toBe(number);
    expect(safetyNumber(crypto, fromHex(b), fromHex(a))).toBe(number);
  });

  test("is another one when any bit of either key has changed", () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const seen = new Set([safetyNumber(crypto, a, b)]);
    for (let bit = 0; bit < 256; bit += 17) {
      const changed = Uint8Array.from(a);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      seen.add(safetyNumber(crypto, changed, b)).add(safetyNumber(crypto, changed, a));
    }
    expect(seen.size).toBe(1 + 2 * 16);
  });

  test("is refused for what is no key", () => {
    for (const length of [0, 31, 33])
      expect(() => safetyNumber(crypto, new Uint8Array(32), new Uint8Array(length))).toThrow(`32 bytes, not ${length}`);
  });
});
