/** Exact bytes of every verb, against vectors written by hand. PROTOCOL.md §2, §4, §7. */
import { describe, expect, test } from "vitest";
import { DECODE_REASONS, decode, encode, VERB_NAMES } from "../../src/wire/index.ts";
import { bytesOf, readVectors, type Vector } from "./vector-file.ts";

const FILES = ["datagram", ...VERB_NAMES.map((name) => name.toLowerCase())];

/** Reasons that only a datagram too large for a vector file reaches; limits.test.ts has them. */
const ELSEWHERE = ["oversize"];

describe.each(FILES)("%s.json", (file) => {
  const vectors = readVectors(file);

  test.each(vectors)("$name", (vector) => {
    expect(decode(bytesOf(vector))).toEqual(
      vector.decoded === undefined ? { ok: false, reason: vector.reason } : { ok: true, message: vector.decoded },
    );
  });

  test.each(vectors.filter(({ decoded }) => decoded !== undefined))("written: $name", (vector) => {
    const plain = vector.reencoded ?? new TextDecoder().decode(bytesOf(vector));
    expect(written(vector, false)).toBe(plain);
    expect(written(vector, true)).toBe(vector.ascii ?? plain);
  });

  test("text and hex of a vector are the same bytes", () => {
    for (const { text, hex } of vectors) {
      if (text !== undefined && hex !== undefined) expect(Buffer.from(text).toString("hex")).toBe(hex);
    }
  });
});

test("every verb has a vector in hex", () => {
  for (const name of VERB_NAMES) {
    const ofVerb = readVectors(name.toLowerCase()).filter(({ hex, decoded }) => hex !== undefined && decoded?.verb === name);
    expect(ofVerb, name).not.toEqual([]);
  }
});

test("every reason to refuse a datagram has a vector", () => {
  const reached = new Set(FILES.flatMap(readVectors<Vector>).map(({ reason }) => reason));
  expect(DECODE_REASONS.filter((reason) => !reached.has(reason))).toEqual(ELSEWHERE);
});

/** What our encoder writes for a vector; an empty body is left out. */
function written({ decoded }: Vector, ascii: boolean): string {
  if (decoded === undefined) throw new Error("a refused vector has nothing to write");
  const body = Object.keys(decoded.body).length === 0 ? undefined : decoded.body;
  return new TextDecoder().decode(encode(decoded.verb, body, ascii));
}
