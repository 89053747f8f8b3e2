import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openFrom, sealTo } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface Published {
  info: string;
  pkEm: string;
  skEm: string;
  pkRm: string;
  skRm: string;
  key: string;
  encryptions: { sequence: number; pt: string; aad: string; nonce: string; ct: string }[];
}

const text = (words: string) => new TextEncoder().encode(words);
const pairOf = (fill: number) => crypto.x25519KeyPair(new Uint8Array(32).fill(fill));
const recipient = pairOf(1);

function sealed() {
  const message = sealTo(crypto, recipient.publicKey, text("info"), text("ad"), text("plaintext"), pairOf(2));
  if (message === null) throw new Error("not sealed");
  return message;
}

describe("HPKE against RFC 9180 A.2.1", () => {
  const published = vectors<Published>("hpke-base");
  const ephemeral = crypto.x25519KeyPair(fromHex(published.skEm));
  const holder = crypto.x25519KeyPair(fromHex(published.skRm));

  test("the keys are those of the secrets", () => {
    expect(toHex(ephemeral.publicKey)).toBe(published.pkEm);
    expect(toHex(holder.publicKey)).toBe(published.pkRm);
  });

  test("the first message is sealed to the same bytes, and opens", () => {
    const [first] = published.encryptions;
    if (first === undefined) throw new Error("no vector");
    const [info, ad, plaintext] = [published.info, first.aad, first.pt].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array];
    const message = sealTo(crypto, holder.publicKey, info, ad, plaintext, ephemeral);
    expect(toHex(message?.enc ?? text(""))).toBe(published.pkEm);
    expect(toHex(message?.ciphertext ?? text(""))).toBe(first.ct);
    expect(openFrom(crypto, holder, fromHex(published.pkEm), info, ad, fromHex(first.ct))).toEqual(plaintext);
  });

  test.each(published.encryptions)("its key seals message $sequence to the same bytes", ({ nonce, aad, pt, ct }) => {
    expect(toHex(crypto.aeadSeal(fromHex(published.key), fromHex(nonce), fromHex(aad), fromHex(pt)))).toBe(ct);
  });
});

describe("HPKE against another implementation", () => {
  const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() });
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const bytes = fc.uint8Array({ maxLength: 100 });
  const plain = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

  test("what we seal, it opens", async () => {
    await fc.assert(
      fc.asyncProperty(secret, secret, bytes, bytes, bytes, async (theirs, once, info, ad, plaintext) => {
        const holder = crypto.x25519KeyPair(theirs);
        const message = sealTo(crypto, holder.publicKey, info, ad, plaintext, crypto.x25519KeyPair(once));
        if (message === null) throw new Error("not sealed");
        const recipientKey = await suite.kem.importKey("raw", plain(theirs), false);
        const opened = await suite.open({ recipientKey, enc: plain(message.enc), info: plain(info) }, plain(message.ciphertext), plain(ad));
        expect(new Uint8Array(opened)).toEqual(plaintext);
      }),
      { numRuns: 25 },
    );
  });

  test("what it seals, we open", async () => {
    await fc.assert(
      fc.asyncProperty(secret, bytes, bytes, bytes, async (ours, info, ad, plaintext) => {
        const holder = crypto.x25519KeyPair(ours);
        const recipientPublicKey = await suite.kem.importKey("raw", plain(holder.publicKey), true);
        const { enc, ct } = await suite.seal({ recipientPublicKey, info: plain(info) }, plain(plaintext), plain(ad));
        expect(openFrom(crypto, holder, new Uint8Array(enc), info, ad, new Uint8Array(ct))).toEqual(plaintext);
      }),
      { numRuns: 25 },
    );
  });
});

describe("HPKE", () => {
  test("opens for nobody else, for no other purpose, and with nothing changed beside it", () => {
    const { enc, ciphertext } = sealed();
    expect(openFrom(crypto, pairOf(3), enc, text("info"), text("ad"), ciphertext)).toBeNull();
    expect(openFrom(crypto, recipient, enc, text("other"), text("ad"), ciphertext)).toBeNull();
    expect(openFrom(crypto, recipient, enc, text("info"), text("other"), ciphertext)).toBeNull();
    expect(openFrom(crypto, recipient, pairOf(4).publicKey, text("info"), text("ad"), ciphertext)).toBeNull();
    expect(openFrom(crypto, recipient, enc, text("info"), text("ad"), ciphertext)).toEqual(text("plaintext"));
  });

  test("opens nothing with a flipped bit, the highest bit of enc included", () => {
    const { enc, ciphertext } = sealed();
    const whole = Uint8Array.of(...enc, ...ciphertext);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const forged = whole.slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openFrom(crypto, recipient, forged.slice(0, 32), text("info"), text("ad"), forged.slice(32))).toBeNull();
    }
  });

  test("opens nothing of a wrong length, and never throws", () => {
    const { enc, ciphertext } = sealed();
    for (const length of [0, 1, 31, 33]) {
      expect(openFrom(crypto, recipient, new Uint8Array(length).fill(9), text("info"), text("ad"), ciphertext)).toBeNull();
    }
    for (let length = 0; length < ciphertext.length; length++) {
      expect(openFrom(crypto, recipient, enc, text("info"), text("ad"), ciphertext.subarray(0, length))).toBeNull();
    }
  });

  test("a recipient's key that is a point of small order, or no 32 bytes, is refused", () => {
    for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), new Uint8Array(31).fill(9)]) {
      expect(sealTo(crypto, key, text("info"), text("ad"), text("plaintext"), pairOf(2))).toBeNull();
    }
  });

  test("an enc of small order is refused, even where everything behind it fits", () => {
    // Whoever sends such an enc knows the shared secret: all zero.
    const lax = { ...crypto, x25519: () => new Uint8Array(32) };
    const point = { ...pairOf(2), publicKey: new Uint8Array(32) };
    const forged = sealTo(lax, recipient.publicKey, text("info"), text("ad"), text("plaintext"), point);
    if (forged === null) throw new Error("not sealed");
    const { enc, ciphertext } = forged;
    expect(openFrom(lax, recipient, enc, text("info"), text("ad"), ciphertext)).toEqual(text("plaintext"));
    expect(openFrom(crypto, recipient, enc, text("info"), text("ad"), ciphertext)).toBeNull();
  });

  test("each ephemeral key gives another ciphertext of the same text", () => {
    const all = [2, 3, 4].map((fill) => sealTo(crypto, recipient.publicKey, text("info"), text("ad"), text("plaintext"), pairOf(fill)));
    expect(new Set(all.map((message) => toHex(message?.ciphertext ?? text("")))).size).toBe(3);
  });
});
