/** The frame of events against vectors of another program's making, and against tampering. PROTOCOL.md §13. */
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dmHash, openHash } from "../../../src/core/log/channel-hash.ts";
import {
  type ChannelHash,
  type Event,
  eventOf,
  isSignedByAuthor,
  signEvent,
  signedEventBytes,
  signedSize,
} from "../../../src/core/log/event.ts";
import { channelGuid, eventBody, readEvent } from "../../../src/core/log/event-message.ts";
import { compareHeads, digestOf, type LogHead } from "../../../src/core/log/heads.ts";
import { BATCH_BYTES_MAX, BATCH_MAX, EVENT_BYTES_MAX, TEXT_BYTES_MAX } from "../../../src/core/log/limits.ts";
import { PREFIX, type Prefix, sign, signedBytes, verify } from "../../../src/core/log/signing.ts";
import { fromBase32, fromBase64url, fromHex, toBase64url, toHex } from "../../../src/core/log/text-form.ts";
import { base32 } from "../../../src/crypto/index.ts";
import { type BodyOf, DETAILS_MAX, decode, encode, type NodeId, parseSignature } from "../../../src/wire/index.ts";
import { vectors } from "../../crypto/vectors.ts";
import { messageOf } from "../../wire/arbitrary.ts";
import { Author, crypto, LOBBY, made, NOON } from "./author.ts";

interface EventVector {
  readonly name: string;
  readonly seed: string;
  readonly channel: ChannelHash;
  readonly message: string;
  readonly signed: string;
  readonly id: string;
  readonly sig: string;
}
interface RefusedVector {
  readonly name: string;
  readonly channel: ChannelHash | null;
  readonly message: string;
  readonly reason: string;
}

interface Vectors {
  readonly events: readonly EventVector[];
  readonly refused: readonly RefusedVector[];
  readonly dm: readonly { readonly nodes: readonly [NodeId, NodeId]; readonly channel: string }[];
  readonly digests: readonly { readonly channel: ChannelHash; readonly heads: readonly LogHead[]; readonly digest: string }[];
}

const { events, refused, dm, digests } = vectors<Vectors>("event");

/** What a receiver that knows `channel` makes of a datagram: the event, or a reason. */
function received(bytes: Uint8Array, channel: ChannelHash | null): Event | string {
  const decoded = decode(bytes);
  if (!decoded.ok) return decoded.reason;
  return decoded.message.verb === "MESSAGE" ? readEvent(crypto, decoded.message.body, channel) : "another verb";
}

function datagram(event: Event): Uint8Array {
  return encode("MESSAGE", eventBody(event, channelGuid(event.channel)));
}

function eventIn(vector: { message: string; channel: ChannelHash | null }): Event {
  const event = received(new TextEncoder().encode(vector.message), vector.channel);
  if (typeof event === "string") throw new Error(event);
  return event;
}

describe("event.json", () => {
  test.each(events)("$name", (vector) => {
    const event = eventIn(vector);
    expect(toHex(signedEventBytes(event))).toBe(vector.signed);
    expect(signedSize(event)).toBe(vector.signed.length / 2);
    expect(event.id).toBe(vector.id);
    expect(event.channel).toBe(vector.channel);
    expect(isSignedByAuthor(crypto, { ...event, sig: parseSignature(vector.sig) })).toBe(true);
  });

  test.each(events)("signed anew: $name", (vector) => {
    const key = crypto.ed25519KeyPair(fromHex(vector.seed));
    expect(signEvent(crypto, eventIn(vector), key).sig).toBe(vector.sig);
    expect(ed25519.verify(fromBase64url(vector.sig), fromHex(vector.signed), key.publicKey)).toBe(true);
  });

  test.each(events)("written anew: $name", (vector) => {
    expect(new TextDecoder().decode(datagram(eventIn(vector)))).toBe(vector.message);
  });

  test.each(refused)("refused: $name", ({ message, channel, reason }) => {
    expect(received(new TextEncoder().encode(message), channel)).toBe(reason);
  });
});

describe("hashes", () => {
  test.each(dm)("name the channel of $nodes", ({ nodes: [a, b], channel }) => {
    expect(dmHash(crypto, a, b)).toBe(channel);
  });

  test("name an open channel as its GUID does", () => {
    expect(openHash(crypto, "lobby")).toBe(LOBBY);
    expect(channelGuid(LOBBY)).toBe("69f4d030-8919-8abf-a2be-9c3b4f5a4c98");
  });

  test.each(digests)("make the digest $digest of heads, whose order is that of their bytes", ({ channel, heads, digest }) => {
    expect(digestOf(crypto, channel, heads)).toBe(digest);
    expect([...heads].reverse().sort(compareHeads)).toEqual(heads);
  });
});

describe("a tampered event", () => {
  const valid = events.filter(({ message }) => message.includes('"sig"')).map((vector) => ({ ...vector, event: eventIn(vector) }));

  /** True when a receiver would take `bytes` for a proved event. */
  function isProved(bytes: Uint8Array, channel: ChannelHash): Event | null {
    const event = received(bytes, channel);
    return typeof event !== "string" && isSignedByAuthor(crypto, event) ? event : null;
  }

  test.each(valid)("with any bit of it turned is refused, or says the same: $name", ({ message, channel, event }) => {
    const bytes = new TextEncoder().encode(message);
    expect(isProved(bytes, channel)).toEqual(event);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice();
        changed[at] = (changed[at] as number) ^ (1 << bit);
        const proved = isProved(changed, channel);
        if (proved !== null) expect(proved).toEqual(event); // a GUID's digit in the other case
      }
    }
  });

  test.each(valid)("with any byte of what is signed changed has another id and no valid signature: $name", ({ signed, sig, seed, id }) => {
    const bytes = fromHex(signed);
    const { publicKey } = crypto.ed25519KeyPair(fromHex(seed));
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(toHex(crypto.sha256(changed))).not.toBe(id);
      expect(crypto.ed25519Verify(fromBase64url(sig), changed, publicKey)).toBe(false);
    }
  });

  test("is refused whichever value is exchanged for another's", () => {
    const author = new Author(1);
    author.post("first");
    const event = author.write({ text: "a text", deps: [made({ ...author.post("x") }).id], details: [["reply", "1:ab"]] });
    const other = new Author(2);
    const changes: Partial<Event>[] = [
      { channel: "0".repeat(64) as ChannelHash },
      { author: other.id },
      { inst: other.inst },
      { seq: event.seq + 1 },
      { prev: event.id },
      { deps: [] },
      { deps: [event.deps[0] as Event["id"], event.id] },
      { hlc: event.hlc + 1 },
      { kind: "edit" },
      { text: "another text" },
      { details: [] },
      { details: [["reply", "1:ac"]] },
      {
        details: [
          ["reply", "1:ab"],
          ["", ""],
        ],
      },
    ];
    expect(isSignedByAuthor(crypto, event)).toBe(true);
    for (const change of changes) expect(isSignedByAuthor(crypto, { ...event, ...change }), JSON.stringify(change)).toBe(false);
  });

  test.each([
    ["a second text", '"message":"hello"', '"message":"hello","message":"hullo"'],
    ["a second seq", '"seq":1', '"seq":1,"seq":2,"prev":"'.concat("0".repeat(64), '"')],
    ["half a character", '"message":"hello"', '"message":"hello\\ud800"'],
    ["an empty character", '"message":"hello"', '"message":"hello\\u0000"'],
    ["another form of the same letters", '"message":"grüße"', '"message":"gru\u0308ße"'],
    ["details that were not there", '"kind":"post"', '"kind":"post","details":[["x",""]]'],
  ])("is not proved with %s", (_, from, to) => {
    for (const text of ["hello", "grüße"]) {
      const datagramText = new TextDecoder().decode(datagram(new Author(1).post(text)));
      if (!datagramText.includes(from)) continue;
      expect(isProved(new TextEncoder().encode(datagramText), LOBBY)).not.toBeNull();
      expect(isProved(new TextEncoder().encode(datagramText.replace(from, to)), LOBBY)).toBeNull();
    }
  });

  test("is the same to every reader whatever else its JSON holds", () => {
    const event = new Author(1).post("hello");
    const text = new TextDecoder().decode(datagram(event));
    const more = text.replace('"seq":1', '"seq":7,"__proto__":{"kind":"odd"},"constructor":1,"seq":1');
    expect(isProved(new TextEncoder().encode(more), LOBBY)).toEqual(event);
  });

  test("says what is signed: a value cannot move into the next", () => {
    const author = new Author(1);
    const words = (kind: string, text: string) =>
      signedEventBytes({ ...author.draft(), seq: 1, prev: null, kind, text, details: [] }).slice();
    expect(words("post", "er")).not.toEqual(words("poster", ""));
    const details = (...list: [string, string][]) =>
      signedEventBytes({ ...author.draft(), seq: 1, prev: null, text: "", details: list }).slice();
    expect(details(["a", "b"], ["c", "d"])).not.toEqual(details(["a", "bc"], ["", "d"]));
  });
});

describe("one signature for each kind of thing", () => {
  const key = crypto.ed25519KeyPair(new Uint8Array(32).fill(7));
  const prefixes = Object.values(PREFIX);
  const values = [new Uint8Array(32).fill(1), "text", 42];

  test("no two kinds begin alike", () => {
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  test("a signature of one kind is none of any other", () => {
    for (const of of prefixes) {
      const signature = sign(crypto, key, of, values);
      for (const as of prefixes) expect(verify(crypto, signature, key.publicKey, as, values), `${of} as ${as}`).toBe(of === as);
    }
  });

  test("nor does a prefix that is longer than another come out as that one with other values", () => {
    for (const a of prefixes) {
      for (const b of prefixes) {
        const cut = signedBytes(a, [b.slice(a.length)]);
        if (a !== b) expect(toHex(signedBytes(b, [])), `${a} ${b}`).not.toBe(toHex(cut));
      }
    }
  });

  test("nor do bytes that begin with the words themselves, as a link key's", () => {
    for (const prefix of prefixes) expect(signedBytes(prefix, values)[0]).toBe(0); // the length of the words, never a letter
  });

  test("an event's signature is that of its kind", () => {
    const event = new Author(3).post("hello");
    const [, ...rest] = valuesIn(signedEventBytes(event));
    const signature = fromBase64url(event.sig ?? "");
    for (const prefix of prefixes) {
      expect(verify(crypto, signature, fromBase32(event.author), prefix, rest)).toBe(prefix === PREFIX.event);
    }
  });

  /** The values in signed bytes, as another program would cut them. */
  function valuesIn(bytes: Uint8Array): Uint8Array[] {
    const found: Uint8Array[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const length = view.getUint32(at);
      found.push(bytes.slice(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return found;
  }

  test("any list of values gives bytes of its own", () => {
    const value = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.string({ maxLength: 3 }), fc.nat());
    const list = fc.array(value, { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom<Prefix>(...prefixes), list, (prefix, parts) => {
        const raw = parts.map((part) => valuesIn(signedBytes(PREFIX.event, [part]))[1] as Uint8Array);
        expect(valuesIn(signedBytes(prefix, parts))).toEqual([new TextEncoder().encode(prefix), ...raw]);
      }),
    );
  });
});

describe("the bounds of an event", () => {
  const author = new Author(4);
  const first = author.draft();
  const isEvent = (change: Partial<Event>) => typeof eventOf(crypto, { ...first, ...change }, null) !== "string";

  test("a text has 16 KiB of UTF-8 at most", () => {
    expect(isEvent({ text: "x".repeat(TEXT_BYTES_MAX) })).toBe(true);
    expect(isEvent({ text: "x".repeat(TEXT_BYTES_MAX + 1) })).toBe(false);
    expect(isEvent({ text: "ü".repeat(TEXT_BYTES_MAX / 2) })).toBe(true);
    expect(isEvent({ text: "ü".repeat(TEXT_BYTES_MAX / 2 + 1) })).toBe(false);
    expect(isEvent({ text: "日".repeat(TEXT_BYTES_MAX) })).toBe(false);
  });

  test("all of it has 32 KiB at most", () => {
    const empty = signedEventBytes({ ...first, details: [["x", ""]] }).length;
    expect(isEvent({ details: [["x", "y".repeat(EVENT_BYTES_MAX - empty)]] })).toBe(true);
    expect(isEvent({ details: [["x", "y".repeat(EVENT_BYTES_MAX - empty + 1)]] })).toBe(false);
    expect(isEvent({ details: [["x", "日".repeat(EVENT_BYTES_MAX)]] })).toBe(false);
  });

  test("the longest event travels in one message and comes back", () => {
    const event = author.sign(made({ ...first, text: "\u0000".repeat(TEXT_BYTES_MAX), details: [["x", "日".repeat(5_300)]] }));
    const { msg_data } = JSON.parse(new TextDecoder().decode(datagram(event))) as { msg_data: unknown };
    expect(readEvent(crypto, msg_data as never, LOBBY)).toEqual(event);
  });

  test("512 details, eight deps, words for names", () => {
    expect(isEvent({ details: Array.from({ length: DETAILS_MAX }, () => ["x", ""] as const) })).toBe(true);
    expect(isEvent({ details: Array.from({ length: DETAILS_MAX + 1 }, () => ["x", ""] as const) })).toBe(false);
    expect(isEvent({ deps: Array.from({ length: 9 }, () => first.id) })).toBe(false);
    expect(isEvent({ kind: "" })).toBe(false);
    expect(isEvent({ kind: "x".repeat(33) })).toBe(false);
    expect(isEvent({ details: [["", ""]] })).toBe(false);
  });

  test("half a character has no UTF-8, so nobody can sign it", () => {
    expect(isEvent({ text: "\ud800" })).toBe(false);
    expect(isEvent({ details: [["x", "\udc00"]] })).toBe(false);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])("neither seq nor hlc is %d", (value) => {
    expect(isEvent({ seq: value })).toBe(false);
    expect(isEvent({ hlc: value })).toBe(false);
  });

  test("a batch is never larger than what a receiver keeps waiting", () => {
    expect(BATCH_BYTES_MAX).toBeGreaterThanOrEqual(EVENT_BYTES_MAX);
    expect(BATCH_MAX).toBeGreaterThan(1);
  });
});

describe("what a node does not know of", () => {
  test("comes out as it went in, byte for byte, whatever it is", () => {
    const author = new Author(5);
    const name = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
    const text = fc.string({ unit: "binary", maxLength: 40 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(name, text, fc.array(fc.tuple(name, text), { maxLength: 8 }), (kind, said, details) => {
        fc.pre(kind !== "genesis");
        const event = author.sign(made({ ...author.draft(), kind, text: said, details }));
        const passedOn = received(datagram(event), LOBBY);
        expect(passedOn).toEqual(event);
        expect(isSignedByAuthor(crypto, passedOn as Event)).toBe(true);
        expect(toHex(signedEventBytes(passedOn as Event))).toBe(toHex(signedEventBytes(event)));
      }),
    );
  });

  test("a key of a later protocol in ptp is no part of the event", () => {
    const event = new Author(6).post("hello");
    const text = new TextDecoder().decode(datagram(event)).replace('"ptp":{', '"ptp":{"hops":[1,{"a":null}],');
    expect(received(new TextEncoder().encode(text), LOBBY)).toEqual(event);
  });
});

test("whatever MESSAGE comes, it is an event or a reason, and what is an event goes out as it came", () => {
  fc.assert(
    fc.property(messageOf("MESSAGE"), ({ body }) => {
      const event = readEvent(crypto, body as BodyOf<"MESSAGE">, LOBBY);
      if (typeof event === "string") return;
      expect(received(datagram(event), LOBBY)).toEqual(event);
    }),
    { numRuns: 2_000 },
  );
});

describe("the text forms", () => {
  test("give back the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
        expect(fromBase32(base32(bytes))).toEqual(bytes);
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      }),
    );
  });
});

test("one signature covers a batch: the others carry none, and are proved by their hashes alone", () => {
  const batch = new Author(7).batch(5, { hlc: NOON });
  expect(batch.map(({ sig }) => sig !== null)).toEqual([false, false, false, false, true]);
  expect(isSignedByAuthor(crypto, batch[4] as Event)).toBe(true);
  for (let at = 1; at < batch.length; at++) expect(batch[at]?.prev).toBe(batch[at - 1]?.id);
});
