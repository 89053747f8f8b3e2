/** Sealing: what goes in comes out, of a length that tells little, for one key and one place alone. PROTOCOL.md §19.3. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Detail } from "../../../src/core/log/event.ts";
import { signedBytes } from "../../../src/core/log/signing.ts";
import { fromBase32, fromBase64url, fromHex, toBase64url } from "../../../src/core/log/text-form.ts";
import { Chain, commitmentOf, messageKey } from "../../../src/core/private/chain.ts";
import { faultInWords, openSealing, sealingOf, sealWords } from "../../../src/core/private/sealing.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import { Author, LOBBY } from "../log/author.ts";
import { collision } from "./collision.ts";

const author = new Author(1);
const NAME = { channel: LOBBY, author: author.id, epoch: 1_795_600_000_000_000 };
const chain = new Chain(crypto, new Uint8Array(32).fill(5));
const SALT = new Uint8Array(16).fill(9);
const post = (text: string) => ({ kind: "post", text, details: [] as Detail[] });

function opened(
  words: Parameters<typeof sealWords>[5],
  change: (details: Detail[]) => Detail[] = (details) => details,
  by = chain,
  name = NAME,
) {
  const { sealed } = sealWords(crypto, NAME, chain, 3, SALT, words);
  const sealing = sealingOf({ ...sealed, details: change([...sealed.details]) });
  return sealing === null ? null : openSealing(crypto, name, by, sealing);
}

const with_ = (name: string, value: string) => (details: Detail[]) =>
  details.map((each): Detail => (each[0] === name ? [name, value] : each));

test("any words come out as they went in, the mark at the beginning of a text included", () => {
  const word = fc
    .stringMatching(/^[a-z0-9-]{1,32}$/)
    .filter((kind) => !["genesis", "grant", "revoke", "leave", "invite", "prekey", "key", "sealed"].includes(kind));
  const text = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(word, text, fc.array(fc.tuple(word, text), { maxLength: 5 }), (kind, said, details) => {
      const words = { kind, text: said, details };
      if (faultInWords(words) === null) expect(opened(words)).toEqual(words);
    }),
  );
  expect(opened(post("\ufeffhello"))).toEqual(post("\ufeffhello"));
});

describe("row 52: lengths", () => {
  test("a ciphertext has the length of a step, whatever is said", () => {
    const lengths = new Set<number>();
    for (let length = 0; length <= 1_200; length++) {
      const { sealed } = sealWords(crypto, NAME, chain, 0, SALT, post("x".repeat(length)));
      lengths.add((sealingOf(sealed)?.ciphertext.length ?? 0) - 16);
    }
    expect([...lengths]).toEqual([64, 128, 192, 256, 512, 768, 1_024, 1_280]);
  });
});

describe("row 22: one ciphertext, two texts", () => {
  test("is authentic under two keys of the cipher, and opens under the committed one alone", () => {
    const [one, other] = [new Chain(crypto, new Uint8Array(32).fill(1)), new Chain(crypto, new Uint8Array(32).fill(2))];
    const keys = [one, other].map((each) => messageKey(crypto, each.at(0) as Uint8Array, SALT)) as [Uint8Array, Uint8Array];
    const ad = signedBytes("ptpchat/1 sealed", [fromHex(NAME.channel), fromBase32(NAME.author), NAME.epoch, 0, SALT]);
    const ciphertext = collision(...keys, ad, 8);
    const nonce = new Uint8Array(12);
    for (const key of keys) expect(crypto.aeadOpen(key, nonce, ad, ciphertext)).toHaveLength(128);
    const sealing = { epoch: NAME.epoch, n: 0, salt: SALT, commitment: commitmentOf(crypto, keys[0]), ciphertext };
    expect(openSealing(crypto, NAME, other, sealing)).toBe("wrong-key");
    expect(openSealing(crypto, NAME, one, sealing)).toBe("malformed"); // its author has sealed no event
  });

  test("a commitment to another key closes an event for everybody", () => {
    const stranger = commitmentOf(crypto, new Uint8Array(32).fill(8));
    expect(opened(post("hello"), with_("kc", toBase64url(stranger)))).toBe("wrong-key");
  });
});

describe("a sealed event does not open", () => {
  test("at another place, with another salt, or under another name", () => {
    expect(opened(post("hello"), with_("n", "4"))).toBe("wrong-key");
    expect(opened(post("hello"), with_("salt", toBase64url(new Uint8Array(16))))).toBe("wrong-key");
    expect(opened(post("hello"), undefined, chain, { ...NAME, epoch: NAME.epoch + 1 })).toBe("malformed");
    expect(opened(post("hello"), undefined, chain, { ...NAME, author: new Author(2).id })).toBe("malformed");
  });

  test("with any byte of its ciphertext changed", () => {
    const { sealed } = sealWords(crypto, NAME, chain, 3, SALT, post("hello"));
    const bytes = fromBase64url(sealed.details.find(([name]) => name === "c")?.[1] ?? "");
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(opened(post("hello"), with_("c", toBase64url(changed)))).toBe("malformed");
    }
  });

  test.each([
    ["epoch", "0"],
    ["epoch", "01"],
    ["n", "128"],
    ["n", "-1"],
    ["salt", "AAAA"],
    ["salt", "!"],
    ["kc", "AAAA"],
    ["c", ""],
    ["c", "A"],
    ["c", "AB=="],
  ])("with %s %j it makes no sense at all", (name, value) => {
    expect(opened(post("hello"), with_(name, value))).toBeNull();
  });

  test("nor with a text of its own, or without one of its details", () => {
    const { sealed } = sealWords(crypto, NAME, chain, 3, SALT, post("hello"));
    expect(sealingOf({ ...sealed, text: "x" })).toBeNull();
    for (const [name] of sealed.details)
      expect(sealingOf({ ...sealed, details: sealed.details.filter(([each]) => each !== name) }), name).toBeNull();
  });

  test.each(["grant", "revoke", "key", "sealed", "genesis"])("when it hides a %s, which is never sealed", (kind) => {
    expect(opened({ kind, text: "", details: [] })).toBe("malformed");
  });
});

test("no two places of an epoch have one key, and no key leads back", () => {
  const keys = Array.from({ length: 128 }, (_, n) => toBase64url(chain.at(n) as Uint8Array));
  expect(new Set(keys).size).toBe(128);
  expect(chain.at(128)).toBeNull();
  expect(toBase64url(new Chain(crypto, chain.at(7) as Uint8Array).at(1) as Uint8Array)).toBe(keys[8]);
});
