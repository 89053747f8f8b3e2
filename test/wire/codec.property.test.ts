/** What holds for every message and for every datagram, whoever made it. PROTOCOL.md §2, §4. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DECODE_REASONS, type Decoded, decode, encode, VERB_NAMES, wellFormed } from "../../src/wire/index.ts";
import { datagram, message, messageOf, mutatedDatagram, spoiltDatagram } from "./arbitrary.ts";

const jsonStart = fc.constantFrom("{", " ", '{"msg_type":', '{"msg_type":"HELLO","msg_data":', "\ufeff{");
const junk = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.tuple(jsonStart, fc.uint8Array({ maxLength: 300 })).map(([start, rest]) => Uint8Array.of(...new TextEncoder().encode(start), ...rest)),
  fc
    .tuple(jsonStart, fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0ae1-. \n') }))
    .map(([start, rest]) => new TextEncoder().encode(start + rest)),
);
const anything = fc.oneof(datagram, mutatedDatagram, spoiltDatagram, junk);

const written = (decoded: Decoded & { ok: true }) => encode(decoded.message.verb, decoded.message.body);

describe.each(VERB_NAMES)("%s", (verb) => {
  test("what is written is read as the same, in UTF-8 and in ASCII", () => {
    fc.assert(
      fc.property(messageOf(verb), fc.boolean(), (sent, ascii) => {
        expect(decode(encode(sent.verb, sent.body, ascii))).toEqual({ ok: true, message: sent });
      }),
      { numRuns: 200 },
    );
  });
});

test("any datagram gives a message or a known reason, and never throws", () => {
  const reasons: readonly string[] = DECODE_REASONS;
  fc.assert(
    fc.property(anything, (bytes) => {
      const decoded = decode(bytes);
      if (decoded.ok) expect(VERB_NAMES).toContain(decoded.message.verb);
      else expect(reasons).toContain(decoded.reason);
    }),
    { numRuns: 4_000 },
  );
});

test("what was read and is written again is read as the same", () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      const decoded = decode(bytes);
      if (!decoded.ok) return;
      const again = decode(written(decoded));
      if (!again.ok) expect.fail(`read once, then refused: ${again.reason}`);
      // Compared as written, since a number carried by a RELAY may be one that JSON cannot write: 1e999 becomes null.
      expect(written(again)).toEqual(written(decoded));
    }),
    { numRuns: 4_000 },
  );
});

test("the inputs of these tests reach accepted messages and most reasons", () => {
  const seen = new Set(fc.sample(anything, { numRuns: 4_000, seed: 1 }).map((bytes) => outcome(decode(bytes))));
  for (const reached of ["message", "not-ours", "not-json", "not-utf8", "bad-data", "unknown-verb", "no-verb", "lone-surrogate"])
    expect(seen).toContain(reached);
});

test("decoded bodies hold no half character outside of what a RELAY carries", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        message.map(({ verb, body }) => encode(verb, body)),
        spoiltDatagram,
        mutatedDatagram,
      ),
      (bytes) => {
        const decoded = decode(bytes);
        if (!decoded.ok || decoded.message.verb === "RELAY") return;
        for (const text of textsOf(decoded.message.body)) expect(wellFormed(text)).toBe(text);
      },
    ),
    { numRuns: 2_000 },
  );
});

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function outcome(decoded: Decoded): string {
  return decoded.ok ? "message" : decoded.reason;
}
