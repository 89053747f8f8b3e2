/**
 * Row 6: somebody on the path rewrites what passes: each field and each byte of every message of a handshake, and each byte
 * of frames. Either there is no session, or one with the right node, under keys that the one in the middle had no part in;
 * never one with a wrong name.
 */
import { describe, expect, test } from "vitest";
import { signLink } from "../../../../src/core/session/credentials.ts";
import { base32 } from "../../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../../src/crypto/sodium/index.ts";
import { base64, encode, fromBase64, isFrame, writeMessage } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { joins, posts } from "../../said.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full, identity, idOf } from "../full.ts";
import { ATTACKER, inTheMiddle, intrude, lonely, sessionsOf, spoof, talking } from "./attack.ts";
import { type First, Forger, firstIn, type Later, laterBytes, laterIn, payloadOf } from "./forger.ts";

/** Which message of the handshake a datagram is. A demand for a cookie answers the same index as message 2. */
type Which = "message 1" | "the cookie's demand" | "message 2" | "message 3";

/** A calls B; everything that is `which` passes through `change`. */
function meet(
  which: Which,
  change: (body: First & Later) => object,
  busy = false,
): { world: World; a: Host; b: Host; end: () => void; changed: () => number } {
  const world = new World();
  const b = full(world, B, 2);
  if (busy) exhaust(world, b);
  let changed = 0;
  const asked = new Set<number | undefined>();
  const end = inTheMiddle(world, (bytes) => {
    const first = firstIn(bytes);
    const later = laterIn(bytes);
    if (first !== null) asked.add(first.i);
    if (first === null && later === null) return [bytes];
    if (nameOf(first, later, asked) !== which) return [bytes];
    changed++;
    return [encodeAs(first === null ? "CERTIFICATE" : "GETCERTIFICATE", change({ ...(first ?? {}), ...(later ?? {}) } as First & Later))];
  });
  const a = full(world, A, 1, { peers: [B] });
  world.run(900);
  return { world, a, b, end, changed: () => changed };
}

function nameOf(first: First | null, later: Later | null, asked: ReadonlySet<number | undefined>): Which {
  if (first !== null) return "message 1";
  if (later?.retry !== undefined) return "the cookie's demand";
  return asked.has(later?.to) ? "message 2" : "message 3";
}

/** B is so busy with strangers that it demands cookies. */
function exhaust(world: World, b: Host): void {
  const forger = new Forger(90);
  for (let n = 0; n < 60; n++) spoof(world, `198.18.${n}.1:4000` as typeof A, b.endpoint, forger.begin().bytes());
  world.run(6);
}

function encodeAs(verb: "GETCERTIFICATE" | "CERTIFICATE", changed: object): Uint8Array {
  const data = "certificate" in changed ? changed : { ptp: changed };
  return new TextEncoder().encode(JSON.stringify({ msg_type: verb, msg_data: data }));
}

/** Whatever there is, is with the right node; and once the one in the middle is gone, there is a session. */
function expectRightNames({ world, a, b, end, changed }: ReturnType<typeof meet>): void {
  expect(changed()).toBeGreaterThan(0);
  for (const each of sessionsOf(a)) expect(each).toBe(idOf(b));
  for (const each of sessionsOf(b)) expect(each).toBe(idOf(a));
  end();
  world.run(15_000);
  expect([sessionsOf(a), sessionsOf(b)]).toEqual([[idOf(b)], [idOf(a)]]);
  for (const host of [a, b]) host.command(joins());
  world.run(200);
  a.command(posts(1, "after all"));
  world.run(500);
  expect(b.posts()).toEqual(["after all"]);
}

function flipped(n: string | undefined, at: number, bit = 1): string {
  const bytes = fromBase64(n ?? "");
  bytes[at] = (bytes[at] ?? 0) ^ bit;
  return base64(bytes);
}

/** Fields that must not matter to who is met: their change leaves the handshake as it is. */
const HARMLESS: [Which, string, (body: First & Later) => object][] = [
  ["message 1", "pad of another length", (body) => ({ ...body, pad: "y".repeat(1_500) })],
  ["message 1", "a cookie that nobody gave", (body) => ({ ...body, c: "0".repeat(24) })],
  ["message 1", "a field that nobody knows", (body) => ({ ...body, x: [1] })],
  ["message 1", "its answer's fields too", (body) => ({ ...body, to: 1, retry: "r" })],
  ["message 2", "a field that nobody knows", (body) => ({ ...body, x: {} })],
  ["message 3", "a field that nobody knows", (body) => ({ ...body, x: null })],
];

/** Fields whose change makes the handshake fail. */
const FATAL: [Which, string, (body: First & Later) => object][] = [
  ["message 1", "v", (body) => ({ ...body, v: 2 })],
  ["message 1", "pad left out, so that the answer would be longer", ({ pad: _, ...body }) => body],
  ["message 1", "v left out", ({ v: _, ...body }) => body],
  ["message 1", "i", (body) => ({ ...body, i: ((body.i ?? 0) + 1) % 2 ** 32 })],
  ["message 1", "i left out", ({ i: _, ...body }) => body],
  ["message 1", "s with one more", (body) => ({ ...body, s: [1, 2] })],
  ["message 1", "s with another first", (body) => ({ ...body, s: [2, 1] })],
  ["message 1", "s with another", (body) => ({ ...body, s: [2] })],
  ["message 1", "s empty", (body) => ({ ...body, s: [] })],
  ["message 1", "n left out", ({ n: _, ...body }) => body],
  ["message 1", "n empty", (body) => ({ ...body, n: "" })],
  ["message 1", "n of zeros", (body) => ({ ...body, n: base64(new Uint8Array(32)) })],
  ["message 1", "n of the attacker's", (body) => ({ ...body, n: new Forger(66).begin().first.n })],
  ["message 1", "n longer", (body) => ({ ...body, n: base64(new Uint8Array(33)) })],
  ["message 2", "v", (body) => ({ ...body, v: 0 })],
  ["message 2", "to", (body) => ({ ...body, to: ((body.to ?? 0) + 1) % 2 ** 32 })],
  ["message 2", "to left out", ({ to: _, ...body }) => body],
  ["message 2", "n left out", ({ n: _, ...body }) => body],
  ["message 2", "n cut", (body) => ({ ...body, n: base64(fromBase64(body.n ?? "").slice(0, -1)) })],
  ["message 2", "n longer", (body) => ({ ...body, n: base64(Uint8Array.of(...fromBase64(body.n ?? ""), 0)) })],
  ["message 2", "n empty", (body) => ({ ...body, n: "" })],
  ["message 2", "a certificate in its place", () => ({ certificate: base64(identity(66).certificate) })],
  ["message 2", "a demand for a cookie in its place", ({ v, to }) => ({ v, to, retry: "0".repeat(24) })],
  ["message 3", "v", (body) => ({ ...body, v: 3 })],
  ["message 3", "to", (body) => ({ ...body, to: ((body.to ?? 0) + 1) % 2 ** 32 })],
  ["message 3", "to left out", ({ to: _, ...body }) => body],
  ["message 3", "n left out", ({ n: _, ...body }) => body],
  ["message 3", "n cut", (body) => ({ ...body, n: base64(fromBase64(body.n ?? "").slice(0, -1)) })],
  ["message 3", "n longer", (body) => ({ ...body, n: base64(Uint8Array.of(...fromBase64(body.n ?? ""), 0)) })],
  ["message 3", "a certificate in its place", () => ({ certificate: base64(identity(66).certificate) })],
];

describe("a field of the handshake that is rewritten", () => {
  test.each(HARMLESS)("%s, %s: the session is as it would have been", (which, _name, change) => {
    const met = meet(which, change);
    expect(sessionsOf(met.a)).toEqual([idOf(met.b)]);
    expect(sessionsOf(met.b)).toEqual([idOf(met.a)]);
    expectRightNames(met);
  });

  test.each(FATAL)("%s, %s: no session is agreed", (which, _name, change) => {
    const met = meet(which, change);
    expect(sessionsOf(met.b)).toEqual([]);
    if (which !== "message 3") expect(sessionsOf(met.a)).toEqual([]);
    expectRightNames(met);
  });

  test.each([
    ["a cookie of the attacker's", (body: First & Later) => ({ ...body, retry: "0".repeat(24) })],
    ["an empty one", (body: First & Later) => ({ ...body, retry: "" })],
    ["another index", (body: First & Later) => ({ ...body, to: (body.to ?? 0) ^ 1 })],
    ["a longer one", (body: First & Later) => ({ ...body, retry: `${body.retry}0` })],
  ])("the cookie's demand, %s: no session while it lasts, and no more than four first messages for it", (_name, change) => {
    const met = meet("the cookie's demand", change, true);
    const asks = met.world.sent.filter(({ from, bytes }) => from === A && firstIn(bytes) !== null);
    expect(asks.length).toBeLessThanOrEqual(3 + 3); // copies of its own, and three cookies at most
    expectRightNames(met);
  });
});

describe("each byte of the handshake", () => {
  const LENGTHS = { "message 1": 32, "message 2": 32 + 48 + 16, "message 3": 48 + 16 };
  const shownBytes = new Forger(1).credentials(0).length;

  test.each(Object.entries(LENGTHS) as ["message 1" | "message 2" | "message 3", number][])(
    "of %s, flipped: no session is agreed, and nobody is met under a wrong name",
    (which, fixed) => {
      const length = which === "message 1" ? fixed : fixed + shownBytes - "forger 1".length + "nick 1".length;
      let flips = 0;
      for (let at = 0; at < length; at++) {
        const met = meet(which, (body) => ({ ...body, n: flipped(body.n, at, 1 << (at % 8)) }));
        // The highest bit of a public key is not part of it, but of what both sides hash.
        expect(sessionsOf(met.b), `byte ${at}`).toEqual([]);
        if (which !== "message 3") expect(sessionsOf(met.a), `byte ${at}`).toEqual([]);
        flips += met.changed();
      }
      expect(flips).toBeGreaterThanOrEqual(length);
    },
    120_000,
  );

  test("of base64 beyond the key: as if nothing were changed, or no session", () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (const letter of letters) {
      const met = meet("message 1", (body) => ({ ...body, n: `${body.n?.slice(0, 42)}${letter}=` }));
      for (const each of sessionsOf(met.a)) expect(each).toBe(idOf(met.b));
      for (const each of sessionsOf(met.b)) expect(each).toBe(idOf(met.a));
      expect(sessionsOf(met.a).length).toBe(sessionsOf(met.b).length);
    }
  });
});

describe("whoever stands in the middle with a key of its own", () => {
  /** The attacker answers A in B's place. */
  function impostor(shape: (forger: Forger) => void = () => {}) {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B] });
    const forger = new Forger(66);
    shape(forger);
    const first = world.sent.map(({ bytes }) => firstIn(bytes)).find((each) => each !== null);
    if (first == null) throw new Error("A has asked nothing");
    world.crash(b);
    spoof(world, B, A, laterBytes(forger.answer(first).second));
    world.run(200);
    return { world, a, b, forger };
  }

  test("is met under that key, and under no other", () => {
    const { world, a, b, forger } = impostor();
    const own = identity(66).publicKey;
    expect(own).toEqual(forger.signingKey.publicKey);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: base32(own), kind: "full" }]);
    expect(sessionsOf(a)).not.toContain(idOf(b));
  });

  test.each<[string, (forger: Forger) => void]>([
    ["another's certificate and its own signature", (forger) => Object.assign(forger, { certificate: identity(2).certificate })],
    [
      "another's certificate and that one's signature of that one's link key",
      (forger) => {
        const honest = new Forger(2);
        const linkSignature = signLink(sodiumCrypto, honest.link.publicKey, honest.notAfter, honest.signingKey);
        Object.assign(forger, { certificate: honest.certificate, linkSignature });
      },
    ],
    [
      "its own certificate, and a link key that another one's key has signed",
      (forger) => Object.assign(forger, { signingKey: new Forger(2).signingKey }),
    ],
    ["a link key that has run out", (forger) => Object.assign(forger, { notAfter: 1_000 })],
    ["a link key that is good for years", (forger) => Object.assign(forger, { notAfter: forger.notAfter + 1e12 })],
    ["no certificate", (forger) => Object.assign(forger, { certificate: new Uint8Array(0) })],
    [
      "the certificate of A itself",
      (forger) => Object.assign(forger, { certificate: identity(1).certificate, signingKey: identity(1).signingKey }),
    ],
  ])("is not let in with %s", (_name, shape) => {
    const { a } = impostor(shape);
    expect(sessionsOf(a)).toEqual([]);
    expect(a.saw("session-refused")).toHaveLength(1);
  });

  test("cannot take over when keys are renewed: the node that is expected is known by then", () => {
    const { world, a, b } = talking();
    for (let n = 1; n <= 23; n++) {
      a.command(posts(n, `text ${n}`));
      world.run(5_000);
    }
    const forger = new Forger(66);
    let answered = 0;
    const end = inTheMiddle(world, (bytes, from) => {
      const first = from === A ? firstIn(bytes) : null;
      if (first === null) return [bytes];
      answered++;
      spoof(world, B, A, laterBytes(forger.answer(first).second));
      return [];
    });
    for (let n = 24; n <= 27; n++) {
      a.command(posts(n, `text ${n}`));
      world.run(5_000);
    }
    expect(answered).toBeGreaterThan(0);
    expect(a.dropped("wrong-node")).toBeGreaterThan(0);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    end();
    a.command(posts(28, "text 28"));
    world.run(1_000);
    expect(b.posts()).toHaveLength(28);
  });

  test("passes everything on unchanged, and is nothing but a wire", () => {
    const world = new World();
    const b = full(world, B, 2);
    inTheMiddle(world, (bytes) => [bytes]);
    const a = full(world, A, 1, { peers: [B] });
    world.run(500);
    expect([sessionsOf(a), sessionsOf(b)]).toEqual([[idOf(b)], [idOf(a)]]);
  });
});

describe("each byte of a frame", () => {
  test("flipped, cut off or added: the frame is dropped, and the true one still counts", () => {
    const { world, a, b } = talking();
    const held: Uint8Array[] = [];
    const end = inTheMiddle(world, (bytes, from) => {
      if (from !== A || !isFrame(bytes)) return [bytes];
      held.push(bytes);
      return [];
    });
    a.command(posts(1, "whole"));
    world.run(1);
    end();
    expect(held.length).toBeGreaterThan(0);
    for (const frame of held) {
      for (let at = 0; at < frame.length; at++) {
        const bytes = frame.slice();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        expectDropped(b, at === 0 ? bytes.fill(0xf9, 0, 1) : bytes, `byte ${at}`);
      }
      for (const length of [0, 1, 12, 13, 28, 29, frame.length - 1]) expectDropped(b, frame.slice(0, length), `cut to ${length}`);
      expectDropped(b, Uint8Array.of(...frame, 0), "one byte more");
      const drops = b.drops.length;
      b.step({ kind: "datagram", socket: 0, from: A, bytes: frame });
      expect(b.drops.length).toBe(drops);
    }
    world.run(10);
    expect(b.posts()).toEqual(["whole"]);
  });

  function expectDropped(host: Host, bytes: Uint8Array, what: string): void {
    const [drops, events] = [host.drops.length, host.events.length];
    host.step({ kind: "datagram", socket: 0, from: A, bytes });
    expect([host.drops.length, host.events.length], what).toEqual([drops + 1, events]);
  }

  test.each([1, 2, 3])("of half of all frames, at random (seed %i): everything still arrives, unchanged and in order", (seed) => {
    const { world, a, b } = talking();
    const chance = new Chance(seed);
    inTheMiddle(world, (bytes) => {
      if (!isFrame(bytes) || chance.below(2) === 0) return [bytes];
      const spoilt = bytes.slice();
      for (let n = 0; n <= chance.below(3); n++) spoilt[chance.below(spoilt.length)] = chance.below(256);
      return [spoilt];
    });
    for (let n = 1; n <= 50; n++) {
      a.command(posts(n, `a ${n}`));
      b.command(posts(100 + n, `b ${n}`));
      world.run(200);
    }
    world.run(60_000);
    expect(b.posts()).toEqual(Array.from({ length: 50 }, (_, n) => `a ${n + 1}`));
    expect(a.posts()).toEqual(Array.from({ length: 50 }, (_, n) => `b ${n + 1}`));
    expect([...a.saw("session-down"), ...b.saw("session-down")]).toEqual([]);
  });
});

test("a handshake message inside a session is no handshake", () => {
  const { world, node } = lonely();
  const keys = intrude(world, world.bare(ATTACKER), node);
  const short = encode("GETCERTIFICATE", { ptp: { ...new Forger(77).begin().first, pad: "" } });
  const since = world.sent.length;
  spoof(world, ATTACKER, A, keys.frame(payloadOf((into, at) => writeMessage(into, at, 0, 0, short))));
  world.run(1_000);
  expect(node.dropped("bad-data")).toBe(1);
  expect(world.sent.slice(since).filter(({ bytes }) => laterIn(bytes) !== null)).toEqual([]);
  expect(node.saw("session-up")).toHaveLength(1);
});
