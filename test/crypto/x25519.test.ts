import { describe, expect, test } from "vitest";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { fromHex, toHex } from "./vectors.ts";

// RFC 7748 §6.1. Shared secrets, odd points among them, are in test/vectors/wycheproof/x25519.json.
const alice = crypto.x25519KeyPair(fromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
const bob = crypto.x25519KeyPair(fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));

describe("X25519", () => {
  test("makes the public keys of RFC 7748 6.1", () => {
    expect(toHex(alice.publicKey)).toBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(toHex(bob.publicKey)).toBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  });

  test("both sides come to the shared secret of RFC 7748 6.1", () => {
    const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    expect(toHex(crypto.x25519(alice.secretKey, bob.publicKey) ?? new Uint8Array())).toBe(shared);
    expect(toHex(crypto.x25519(bob.secretKey, alice.publicKey) ?? new Uint8Array())).toBe(shared);
  });

  test("a pair keeps its secret when the bytes it was made of are wiped", () => {
    const secret = alice.secretKey.slice();
    const pair = crypto.x25519KeyPair(secret);
    secret.fill(0);
    expect(pair).toEqual(alice);
  });

  // The points of order 1, 2, 4 and 8, and their other spellings below 2^255.
  test.each([
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])("a point of small order gives null: %s, with the highest bit set as well", (point) => {
    const set = fromHex(point);
    set[31] = (set[31] ?? 0) | 0x80;
    expect(crypto.x25519(alice.secretKey, fromHex(point))).toBeNull();
    expect(crypto.x25519(alice.secretKey, set)).toBeNull();
  });

  test("a public key of another length gives null, a secret of another length is the caller's mistake", () => {
    for (const length of [0, 31, 33, 64]) {
      expect(crypto.x25519(alice.secretKey, new Uint8Array(length).fill(9))).toBeNull();
      expect(() => crypto.x25519(new Uint8Array(length), bob.publicKey)).toThrow(RangeError);
      expect(() => crypto.x25519KeyPair(new Uint8Array(length))).toThrow(RangeError);
    }
  });
});
