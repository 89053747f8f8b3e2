/** The bytes of signed lists, against vectors that another implementation of the primitives has made. PROTOCOL.md §17.1. */
import { describe, expect, test } from "vitest";
import { fromBase64url } from "../../../src/core/log/text-form.ts";
import { isListSigned, isSound, type NeighbourList, signList } from "../../../src/core/routing/neighbour-list.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import { decode, LIST_EXPIRY_MAX } from "../../../src/wire/index.ts";
import { readVectors } from "../../wire/vector-file.ts";

interface ListVector {
  readonly name: string;
  readonly seed: string;
  readonly text: string;
  readonly signed: string;
}

const vectors = readVectors<ListVector>("neighbour-list");

function listIn(text: string): NeighbourList {
  const decoded = decode(new TextEncoder().encode(text));
  if (!decoded.ok || decoded.message.verb !== "ROUTING" || decoded.message.body.ptp === undefined) throw new Error("no list");
  return decoded.message.body.ptp;
}

describe.each(vectors)("$name", ({ seed, text, signed }) => {
  const key = crypto.ed25519KeyPair(Uint8Array.from(Buffer.from(seed, "hex")));
  const list = listIn(text);

  test("is signed over just these bytes", () => {
    expect(crypto.ed25519Verify(fromBase64url(list.sig), Uint8Array.from(Buffer.from(signed, "hex")), key.publicKey)).toBe(true);
    expect([isListSigned(crypto, list), isSound(list)]).toEqual([true, true]);
  });

  test("is what we would have signed, where it is good as long as ours", () => {
    const own = signList(crypto, key, list.node, list.seq, list.nb);
    expect(own.sig === list.sig).toBe(list.exp === LIST_EXPIRY_MAX);
    expect(isListSigned(crypto, own)).toBe(true);
  });

  test("does not hold once anything in it is another", () => {
    const other = vectors.map((each) => listIn(each.text)).find(({ node }) => node !== list.node)?.node ?? list.node;
    const changes: Partial<NeighbourList>[] = [
      { node: other },
      { seq: list.seq === 0 ? 1 : list.seq - 1 },
      { exp: list.exp === 90 ? 89 : list.exp + 1 },
      { nb: [...list.nb, other] },
      { nb: list.nb.length === 0 ? [other] : list.nb.slice(1) },
    ];
    if (list.nb.length > 1) changes.push({ nb: [...list.nb].reverse() });
    for (const change of changes) expect(isListSigned(crypto, { ...list, ...change }), JSON.stringify(change)).toBe(false);
  });
});

test("a list that names its own node, or one twice, is none", () => {
  const [list, other] = vectors.map(({ text }) => listIn(text)) as [NeighbourList, NeighbourList];
  expect(isSound({ ...list, nb: [list.node] })).toBe(false);
  expect(isSound({ ...list, nb: [other.node, other.node] })).toBe(false);
});
