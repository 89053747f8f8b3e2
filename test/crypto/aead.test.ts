import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AEAD_TAG_BYTES } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { fromHex, toHex } from "./vectors.ts";

const key = new Uint8Array(32).fill(7);
const ad = fromHex("f80000000100000000000000");
const text = new TextEncoder().encode("hello");
const bytes = fc.uint8Array({ maxLength: 80 });

describe("sealing with a counter", () => {
  // Noise §12.3: 32 bits of zeros, then the counter in little endian.
  test.each([
    [0, "000000000000000000000000"],
    [1, "000000000100000000000000"],
    [2 ** 32 - 1, "00000000ffffffff00000000"],
    [2 ** 32, "000000000000000001000000"],
    [2 ** 48, "000000000000000000000100"],
    [Number.MAX_SAFE_INTEGER, "00000000ffffffffffff1f00"],
  ])("uses, for counter %d, the nonce %s", (counter, nonce) => {
    const sealed = crypto.aeadSeal(key, fromHex(nonce), ad, text);
    expect(toHex(crypto.seal(key, counter, ad, text))).toBe(toHex(sealed));
    expect(crypto.open(key, counter, ad, sealed)).toEqual(text);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%d is no counter: nothing is sealed, nothing opens", (counter) => {
    expect(() => crypto.seal(key, counter, ad, text)).toThrow(RangeError);
    expect(crypto.open(key, counter, ad, crypto.seal(key, 0, ad, text))).toBeNull();
  });

  test("opens what was sealed, whatever the text and the data beside it", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), bytes, bytes, (counter, beside, plaintext) => {
        const sealed = crypto.seal(key, counter, beside, plaintext);
        expect(sealed.length).toBe(plaintext.length + AEAD_TAG_BYTES);
        expect(crypto.open(key, counter, beside, sealed)).toEqual(plaintext);
      }),
    );
  });

  test("opens nothing under another key, counter or data beside it", () => {
    const sealed = crypto.seal(key, 5, ad, text);
    expect(crypto.open(new Uint8Array(32).fill(8), 5, ad, sealed)).toBeNull();
    expect(crypto.open(key, 6, ad, sealed)).toBeNull();
    expect(crypto.open(key, 5, ad.subarray(1), sealed)).toBeNull();
    expect(crypto.open(key, 5, ad, sealed)).toEqual(text);
  });

  test("opens nothing that was cut, and nothing with a flipped bit", () => {
    const sealed = crypto.seal(key, 5, ad, text);
    for (let length = 0; length < sealed.length; length++) expect(crypto.open(key, 5, ad, sealed.subarray(0, length))).toBeNull();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = sealed.slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(crypto.open(key, 5, ad, forged)).toBeNull();
    }
  });

  test("a key of another length is the caller's mistake", () => {
    const short = new Uint8Array(31);
    expect(() => crypto.seal(short, 0, ad, text)).toThrow(RangeError);
    expect(() => crypto.open(short, 0, ad, crypto.seal(key, 0, ad, text))).toThrow(RangeError);
    expect(() => crypto.aeadSeal(short, new Uint8Array(12), ad, text)).toThrow(RangeError);
    expect(() => crypto.aeadOpen(short, new Uint8Array(12), ad, new Uint8Array(16))).toThrow(RangeError);
  });
});

describe("sealing into a buffer", () => {
  test("writes what seal gives, and nothing around it", () => {
    const frame = new Uint8Array(60).fill(0xee);
    crypto.sealInto(frame.subarray(13, 13 + text.length + AEAD_TAG_BYTES), key, 9, ad, text);
    expect(toHex(frame)).toBe("ee".repeat(13) + toHex(crypto.seal(key, 9, ad, text)) + "ee".repeat(26));
  });

  test("works in place, both ways", () => {
    const frame = new Uint8Array(text.length + AEAD_TAG_BYTES);
    const start = frame.subarray(0, text.length);
    start.set(text);
    crypto.sealInto(frame, key, 9, ad, start);
    expect(toHex(frame)).toBe(toHex(crypto.seal(key, 9, ad, text)));
    expect(crypto.openInto(start, key, 9, ad, frame)).toBe(true);
    expect(start).toEqual(text);
  });

  test("opening leaves zeros behind a wrong tag, and the buffer alone where there is none", () => {
    const sealed = crypto.seal(key, 9, ad, text);
    const out = new Uint8Array(text.length).fill(0xee);
    expect(crypto.openInto(out, key, 9, ad, sealed.subarray(0, 15))).toBe(false);
    expect(toHex(out)).toBe("ee".repeat(text.length));
    expect(crypto.openInto(out, key, 8, ad, sealed)).toBe(false);
    expect(toHex(out)).toBe("00".repeat(text.length));
  });

  test("a buffer of another length is the caller's mistake", () => {
    const sealed = crypto.seal(key, 0, ad, text);
    expect(() => crypto.sealInto(new Uint8Array(text.length + 15), key, 0, ad, text)).toThrow(RangeError);
    expect(() => crypto.sealInto(new Uint8Array(text.length + 17), key, 0, ad, text)).toThrow(RangeError);
    expect(() => crypto.openInto(new Uint8Array(text.length + 1), key, 0, ad, sealed)).toThrow(RangeError);
  });
});

describe("sealing with a nonce", () => {
  test("a nonce of another length opens nothing, and seals nothing", () => {
    for (const length of [0, 8, 11, 13, 24]) {
      expect(crypto.aeadOpen(key, new Uint8Array(length), ad, new Uint8Array(21))).toBeNull();
      expect(() => crypto.aeadSeal(key, new Uint8Array(length), ad, text)).toThrow(RangeError);
    }
  });

  test("opens nothing shorter than a tag", () => {
    for (let length = 0; length <= 16; length++) {
      expect(crypto.aeadOpen(key, new Uint8Array(12), ad, new Uint8Array(length))).toBeNull();
    }
  });
});
