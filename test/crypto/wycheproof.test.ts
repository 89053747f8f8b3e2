/** Every case of Wycheproof for what the port computes: what is broken elsewhere, tried here. */
import { describe, expect, test } from "vitest";
import type { Crypto } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface Case {
  readonly tcId: number;
  readonly comment?: string;
  readonly result: "valid" | "acceptable" | "invalid";
}
type Hex<K extends string> = Case & { readonly [key in K]: string };

/** The cases that `behaves` says no to: none, and there are as many cases as the source has. */
function expectAll<C extends Case>(file: string, count: number, behaves: (entry: C) => boolean): void {
  const { cases } = vectors<{ cases: C[] }>(`wycheproof/${file}`);
  expect(cases.length).toBe(count);
  expect(cases.filter((entry) => !behaves(entry)).map(({ tcId, comment }) => `${tcId} ${comment}`)).toEqual([]);
}

describe("Wycheproof", () => {
  test("X25519: every shared secret, and null where it would be zero", () => {
    const zero = "00".repeat(32);
    expectAll<Hex<"private" | "public" | "shared">>("x25519", 518, (entry) => {
      const shared = crypto.x25519(fromHex(entry.private), fromHex(entry.public));
      return entry.shared === zero ? shared === null : shared !== null && toHex(shared) === entry.shared;
    });
  });

  test("ChaCha20-Poly1305: seals what is valid to the same bytes and opens nothing else", () => {
    expectAll<Hex<"key" | "iv" | "aad" | "msg" | "ct" | "tag">>("chacha20-poly1305", 325, (entry) => {
      const [key, nonce, ad, message] = [entry.key, entry.iv, entry.aad, entry.msg].map(fromHex) as Bytes4;
      const opened = crypto.aeadOpen(key, nonce, ad, fromHex(entry.ct + entry.tag));
      if (entry.result === "invalid") return opened === null;
      return opened !== null && toHex(opened) === entry.msg && toHex(crypto.aeadSeal(key, nonce, ad, message)) === entry.ct + entry.tag;
    });
  });

  test("Ed25519: the same verdict on every signature", () => {
    expectAll<Hex<"pk" | "msg" | "sig">>("ed25519", 151, (entry) => {
      const verdict = crypto.ed25519Verify(fromHex(entry.sig), fromHex(entry.msg), fromHex(entry.pk));
      return verdict === (entry.result === "valid");
    });
  });

  test("HMAC-SHA-256: every tag, and none of the modified ones", () => {
    expectAll<Hex<"key" | "msg" | "tag">>("hmac-sha256", 174, (entry) => {
      const tag = toHex(crypto.hmacSha256(fromHex(entry.key), fromHex(entry.msg))).slice(0, entry.tag.length);
      return (tag === entry.tag) === (entry.result === "valid");
    });
  });

  test("HKDF-SHA-256: every output, and a RangeError for what is too long", () => {
    expectAll<Hex<"ikm" | "salt" | "info" | "okm"> & { size: number }>("hkdf-sha256", 86, (entry) => {
      const output = derive(crypto, entry);
      return entry.result === "valid" ? output === entry.okm : output === "RangeError";
    });
  });
});

type Bytes4 = [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function derive(from: Crypto, entry: { ikm: string; salt: string; info: string; size: number }): string {
  try {
    return toHex(from.hkdfSha256(fromHex(entry.ikm), fromHex(entry.salt), fromHex(entry.info), entry.size));
  } catch (error) {
    return (error as Error).name;
  }
}
