/**
 * Rows 4 and 5: floods of handshakes, and cookies in the wrong hands. Under load a node asks for a cookie before it computes
 * or remembers anything; a cookie is good for one way and one key, for a minute or two. Honest nodes get in all the while.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANSWERS_MAX, COOKIE_MS, HANDSHAKES_FREE_PER_NETWORK, HANDSHAKES_FREE_PER_SECOND } from "../../../../src/core/limits.ts";
import { type Endpoint, encode } from "../../../../src/wire/index.ts";
import { HELLO, join, posts, relay } from "../../said.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full, idOf } from "../full.ts";
import { ATTACKER, lonely, sessionsOf, spoof, talking } from "./attack.ts";
import { type First, Forger, laterBytes, laterIn, type Opening } from "./forger.ts";

/** As many forged first messages, each from an address of its own, as make the node demand cookies. */
function exhaust(world: World, node: Host): void {
  const forger = new Forger(90);
  for (let n = 0; n <= HANDSHAKES_FREE_PER_SECOND; n++)
    node.step({ kind: "datagram", socket: 0, from: `198.18.${n}.${world.now & 255}:4000` as Endpoint, bytes: forger.begin().bytes() });
}

/** What the node answers to one first message, while it is exhausted. */
function ask(world: World, node: Host, from: Endpoint, bytes: Uint8Array): "cookie" | "answer" | "nothing" {
  exhaust(world, node);
  const since = world.sent.length;
  node.step({ kind: "datagram", socket: 0, from, bytes });
  const later = world.sent.slice(since).flatMap(({ to, bytes }) => (to === from ? [laterIn(bytes)] : []))[0];
  if (later == null) return "nothing";
  return later.retry === undefined ? "answer" : "cookie";
}

/** The cookie that the node demands for this first message from there. */
function cookieOf(world: World, node: Host, from: Endpoint, opening: Opening): string {
  exhaust(world, node);
  const since = world.sent.length;
  node.step({ kind: "datagram", socket: 0, from, bytes: opening.bytes() });
  const cookies = world.sent.slice(since).flatMap(({ to, bytes }) => (to === from ? [laterIn(bytes)?.retry] : []));
  expect(cookies[0]).toMatch(/^[0-9a-f]{24}$/);
  return cookies[0] as string;
}

describe("a cookie", () => {
  test("is good where it was given, for the key that it was given for", () => {
    const { world, node } = lonely();
    const opening = new Forger(5).begin();
    const cookie = cookieOf(world, node, ATTACKER, opening);
    expect(ask(world, node, ATTACKER, opening.bytes(cookie))).toBe("answer");
  });

  test.each([
    ["another port", "192.0.2.66:6667"],
    ["another address", "192.0.2.67:6666"],
    ["an address of version 6", "[2001:db8::66]:6666"],
  ])("is not good at %s", (_name, elsewhere) => {
    const { world, node } = lonely();
    const opening = new Forger(5).begin();
    const cookie = cookieOf(world, node, ATTACKER, opening);
    expect(ask(world, node, elsewhere as Endpoint, opening.bytes(cookie))).toBe("cookie");
  });

  test("is not good for another key", () => {
    const { world, node } = lonely();
    const cookie = cookieOf(world, node, ATTACKER, new Forger(5).begin());
    expect(ask(world, node, ATTACKER, new Forger(6).begin().bytes(cookie))).toBe("cookie");
  });

  test("is good for one to two minutes", () => {
    const { world, node } = lonely();
    for (const [afterMs, verdict] of [
      [COOKIE_MS - 1, "answer"],
      [2 * COOKIE_MS + 1, "cookie"],
      [10 * COOKIE_MS, "cookie"],
    ] as const) {
      const opening = new Forger(afterMs).begin();
      const cookie = cookieOf(world, node, ATTACKER, opening);
      world.run(afterMs);
      expect(ask(world, node, ATTACKER, opening.bytes(cookie))).toBe(verdict);
    }
  });

  test("of one run of the node is not good for the next", () => {
    const first = lonely();
    const opening = new Forger(5).begin();
    const cookie = cookieOf(first.world, first.node, ATTACKER, opening);
    const world = new World();
    world.random = 77;
    const node = full(world, A, 1);
    expect(ask(world, node, ATTACKER, opening.bytes(cookie))).toBe("cookie");
  });

  test("that a relay was given in somebody's name is not good at that one's own address", () => {
    const { world, node } = lonely();
    const relays = world.bare("203.0.113.60:4000");
    world.rhythm(relays, A);
    world.run(2_000);
    const opening = new Forger(5).begin();
    exhaust(world, node);
    const inner = JSON.parse(new TextDecoder().decode(opening.bytes())) as object;
    relays.send(A, relay(A, inner, ATTACKER));
    world.run(20);
    const carried = relays.inbox.map(({ text }) => /"retry":"([0-9a-f]{24})"/.exec(text)?.[1]).find((each) => each !== undefined);
    if (carried === undefined) throw new Error("no cookie came over the relay");
    expect(ask(world, node, ATTACKER, opening.bytes(carried))).toBe("cookie");
  });

  test("of CHANNEL is none for a handshake, nor the other way round", () => {
    const { world, node } = lonely();
    const host = world.bare(ATTACKER);
    host.send(A, HELLO);
    host.send(A, join({ ptp: { pad: "x".repeat(600) } }));
    world.run(50);
    const given = host.got("CHANNEL")[0]?.ptp?.cookie as string;
    expect(given).toMatch(/^[0-9a-f]{24}$/);
    const opening = new Forger(5).begin();
    expect(ask(world, node, ATTACKER, opening.bytes(given))).toBe("cookie");
    const demanded = cookieOf(world, node, ATTACKER, opening);
    host.send(A, join({ ptp: { cookie: demanded } }));
    world.run(50);
    expect(node.node?.peers(world.now).find((peer) => peer.id === ATTACKER)?.proven).toBe(false);
  });

  test("is not good with any letter changed, nor cut, nor made up", () => {
    const { world, node } = lonely();
    const opening = new Forger(5).begin();
    const cookie = cookieOf(world, node, ATTACKER, opening);
    const wrong = [...cookie].map((digit, at) => `${cookie.slice(0, at)}${digit === "0" ? "1" : "0"}${cookie.slice(at + 1)}`);
    for (const each of [
      ...wrong,
      cookie.slice(1),
      `${cookie}0`,
      cookie.toUpperCase() === cookie ? "" : cookie.toUpperCase(),
      "",
      "0".repeat(24),
      "\u0000".repeat(24),
    ]) {
      expect(ask(world, node, ATTACKER, opening.bytes(each)), each).toBe("cookie");
      world.run(1);
    }
  });

  test("is good for one place and one key alone, whatever both are", () => {
    const { world, node } = lonely();
    const openings = Array.from({ length: 12 }, (_, n) => new Forger(200 + n).begin());
    const places = Array.from({ length: 12 }, (_, n) => `192.0.2.${n}:${6_000 + (n % 3)}` as Endpoint);
    const index = fc.nat(11);
    fc.assert(
      fc.property(index, index, index, index, (place, opening, otherPlace, otherOpening) => {
        const cookie = cookieOf(world, node, places[place] as Endpoint, openings[opening] as Opening);
        world.run(1_100); // the address has its free answers again; the flood has not
        const same = place === otherPlace && opening === otherOpening;
        const verdict = ask(world, node, places[otherPlace] as Endpoint, (openings[otherOpening] as Opening).bytes(cookie));
        world.run(31_000); // what was answered is forgotten
        expect(verdict).toBe(same ? "answer" : "cookie");
      }),
      { numRuns: 60 },
    );
  });
});

describe("a flood of forged first messages", () => {
  /** `perSecond` of them for `seconds`, each from another address. */
  function flood(world: World, node: Host, perSecond: number, seconds: number): void {
    const forger = new Forger(90);
    const first = forger.begin().first;
    for (let n = 0; n < perSecond * seconds; n++) {
      const from = `198.${18 + (n & 1)}.${(n >> 1) & 255}.${(n >> 9) & 255}:4000` as Endpoint;
      node.step({ kind: "datagram", socket: 0, from, bytes: encode("GETCERTIFICATE", { ptp: { ...first, i: n, n: keyOf(n) } }) });
      if (n % (perSecond / 100) === 0) world.run(10);
    }
  }

  /** A different key each time, without the price of making one. */
  function keyOf(n: number): string {
    const bytes = new Uint8Array(32).fill(7);
    new DataView(bytes.buffer).setUint32(0, n);
    return Buffer.from(bytes).toString("base64");
  }

  test("costs few answers: those that are free, and for all others a cookie's demand", () => {
    const { world, node } = lonely();
    flood(world, node, 5_000, 3);
    const answers = world.sent.filter(({ bytes }) => laterIn(bytes)?.n !== undefined).length;
    expect(answers).toBeLessThanOrEqual(HANDSHAKES_FREE_PER_SECOND * 4.1);
    expect(node.dropped("handshake-cookie")).toBe(5_000 * 3 - answers);
  });

  test("does not disturb those who talk, and an honest node is met within a second", () => {
    const { world, a, b } = talking();
    const c = full(world, "203.0.113.3:7667", 3);
    world.later(1_000, () => c.command({ kind: "connect", ref: 1, to: A, via: null }));
    world.later(1_500, () => a.command(posts(1, "through it all")));
    flood(world, a, 5_000, 2);
    expect(b.posts()).toEqual(["through it all"]);
    expect(sessionsOf(c)).toEqual([idOf(a)]);
  });

  test("from one address leaves the others' free answers alone", () => {
    const { world, node } = lonely();
    const forger = new Forger(90);
    for (let n = 0; n < 500; n++) node.step({ kind: "datagram", socket: 0, from: ATTACKER, bytes: forger.begin().bytes() });
    const answers = world.sent.filter(({ to, bytes }) => to === ATTACKER && laterIn(bytes)?.n !== undefined);
    expect(answers.length).toBe(HANDSHAKES_FREE_PER_NETWORK);
    const honest = full(world, B, 2, { peers: [A] });
    world.run(100);
    expect(world.sent.filter(({ to, bytes }) => to === B && laterIn(bytes)?.retry !== undefined)).toEqual([]);
    expect(sessionsOf(honest)).toEqual([idOf(node)]);
  });

  test("with a cookie each, from one address that receives them, keeps no honest node out", () => {
    const { world, node } = lonely();
    const openings = Array.from({ length: 3_000 }, (_, n) => ({ ...new Forger(90).begin().first, i: n, n: keyOf(n) }) satisfies First);
    const demanded = new Map<number, string>();
    for (const first of openings) {
      const since = world.sent.length;
      node.step({ kind: "datagram", socket: 0, from: ATTACKER, bytes: encode("GETCERTIFICATE", { ptp: first }) });
      for (const { to, bytes } of world.sent.slice(since)) {
        const later = to === ATTACKER ? laterIn(bytes) : null;
        if (later?.retry !== undefined) demanded.set(later.to ?? 0, later.retry);
      }
    }
    expect(demanded.size).toBeGreaterThan(2_900);
    world.run(1_000);
    let honest: Host | null = null;
    for (let n = 0; n < openings.length; n++) {
      const first = openings[n] as First;
      node.step({
        kind: "datagram",
        socket: 0,
        from: ATTACKER,
        bytes: encode("GETCERTIFICATE", { ptp: { ...first, c: demanded.get(n) } }),
      });
      if (n % 30 === 0) world.run(10);
      if (n === 1_500) honest = full(world, B, 2, { peers: [A] });
    }
    expect(honest === null ? [] : sessionsOf(honest)).toEqual([idOf(node)]);
    expect(node.dropped("handshake-busy")).toBeGreaterThan(2_000);
    expect(ANSWERS_MAX).toBeGreaterThan(1_000);
  });

  test("whose answers come back as garbage wastes nothing but its own handshake", () => {
    const { world, node } = lonely();
    const host = world.bare(ATTACKER);
    const opening = new Forger(5).begin();
    host.send(A, opening.bytes());
    world.run(20);
    const seen = host.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null);
    if (seen == null) throw new Error("no answer");
    for (let n = 0; n < 2_000; n++)
      spoof(world, ATTACKER, A, laterBytes({ v: 1, to: seen.remoteIndex, n: keyOf(n).repeat(6).replaceAll("=", "A") }));
    world.run(20);
    expect(node.dropped("bad-handshake")).toBe(2_000);
    const { third } = opening.finish(seen.remoteIndex);
    host.send(A, laterBytes(third));
    world.run(20);
    expect(sessionsOf(node)).toHaveLength(1);
  });
});
