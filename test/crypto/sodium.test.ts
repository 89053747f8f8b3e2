import { createHmac, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sodiumCrypto as crypto, randomBytes } from "../../src/crypto/sodium/index.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface HmacCase {
  name: string;
  key: string;
  data: string;
  mac: string;
}
interface HkdfCase {
  name: string;
  input: string;
  salt: string;
  info: string;
  length: number;
  output: string;
}
interface SignedCase {
  name: string;
  signature: string;
  message: string;
  publicKey: string;
}

const ed25519 = vectors<{ valid: (SignedCase & { seed: string })[]; refused: SignedCase[] }>("ed25519");
const edges = vectors<{ cases: (SignedCase & { valid: boolean })[] }>("ed25519-edge").cases;

describe("SHA-256", () => {
  test.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ])("of %j is as in FIPS 180-4", (text, hash) => {
    expect(toHex(crypto.sha256(new TextEncoder().encode(text)))).toBe(hash);
    expect(crypto.sha256Hex(new TextEncoder().encode(text))).toBe(hash);
  });

  test("gives plain bytes of their own, not a view of a shared pool", () => {
    for (const bytes of [crypto.sha256(new Uint8Array(1)), crypto.hmacSha256(new Uint8Array(1), new Uint8Array(1))]) {
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes.buffer.byteLength).toBe(32);
    }
  });
});

describe("HMAC and HKDF over SHA-256", () => {
  test.each(vectors<{ cases: HmacCase[] }>("hmac-sha256").cases)("HMAC gives what $name says", ({ key, data, mac }) => {
    expect(toHex(crypto.hmacSha256(fromHex(key), fromHex(data))).slice(0, mac.length)).toBe(mac);
  });

  test.each(vectors<{ cases: HkdfCase[] }>("hkdf-sha256").cases)("HKDF gives what $name says", ({ input, salt, info, length, output }) => {
    expect(toHex(crypto.hkdfSha256(fromHex(input), fromHex(salt), fromHex(info), length))).toBe(output);
  });

  test("both give what Node's own give, whatever the lengths", () => {
    const bytes = fc.uint8Array({ maxLength: 150 });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 200 }), (input, salt, info, length) => {
        expect(toHex(crypto.hmacSha256(salt, input))).toBe(createHmac("sha256", salt).update(input).digest("hex"));
        expect(toHex(crypto.hkdfSha256(input, salt, info, length))).toBe(
          toHex(new Uint8Array(hkdfSync("sha256", input, salt, info, length))),
        );
      }),
    );
  });

  test("HKDF gives 8,160 bytes at most", () => {
    const empty = new Uint8Array(0);
    expect(crypto.hkdfSha256(empty, empty, empty, 8_160).length).toBe(8_160);
    expect(() => crypto.hkdfSha256(empty, empty, empty, 8_161)).toThrow();
  });
});

describe("Ed25519", () => {
  test.each(ed25519.valid)("$name: key, signature and verdict", ({ seed, publicKey, message, signature }) => {
    const key = crypto.ed25519KeyPair(fromHex(seed));
    expect(toHex(key.publicKey)).toBe(publicKey);
    expect(toHex(key.secretKey)).toBe(seed + publicKey);
    expect(toHex(crypto.ed25519Sign(fromHex(message), key))).toBe(signature);
    expect(crypto.ed25519Verify(fromHex(signature), fromHex(message), fromHex(publicKey))).toBe(true);
  });

  test.each(ed25519.refused)("refuses $name", ({ signature, message, publicKey }) => {
    expect(crypto.ed25519Verify(fromHex(signature), fromHex(message), fromHex(publicKey))).toBe(false);
  });

  test.each(edges)("at the edge, $name: $valid", ({ signature, message, publicKey, valid }) => {
    expect(crypto.ed25519Verify(fromHex(signature), fromHex(message), fromHex(publicKey))).toBe(valid);
  });

  // R = S*B - h*A holds for every message when A and R are the identity and S is 0.
  test("refuses the identity as public key with R the identity and S zero, which would sign everything", () => {
    const identity = `01${"00".repeat(31)}`;
    for (const message of ["", "72", "af82"]) {
      expect(crypto.ed25519Verify(fromHex(identity + "00".repeat(32)), fromHex(message), fromHex(identity))).toBe(false);
    }
  });

  test("a seed of another length than 32 bytes is the caller's mistake", () => {
    expect(() => crypto.ed25519KeyPair(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe("equal", () => {
  test("compares content, and other lengths are never equal", () => {
    expect(crypto.equal(fromHex("0102"), fromHex("0102"))).toBe(true);
    expect(crypto.equal(fromHex("0102"), fromHex("0103"))).toBe(false);
    expect(crypto.equal(fromHex("0102"), fromHex("010200"))).toBe(false);
    expect(crypto.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});

describe("randomBytes", () => {
  test("gives the length that was asked for, and never the same twice", () => {
    expect(randomBytes(0).length).toBe(0);
    const drawn = Array.from({ length: 100 }, () => toHex(randomBytes(32)));
    expect(new Set(drawn).size).toBe(100);
    expect(drawn.every((hex) => hex.length === 64)).toBe(true);
  });
});
