/**
 * Row 18: both ends begin at once, and the network, or somebody on it, does its worst with the first datagrams. Every way
 * of losing, delaying, doubling and overtaking them is played; in the end both are in one session, and talk.
 */
import { describe, expect, test } from "vitest";
import { base64, type Endpoint, encode, isFrame } from "../../../../src/wire/index.ts";
import { joins, posts } from "../../said.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full, idOf, plainVerbs } from "../full.ts";
import { sessionsOf, spoof } from "./attack.ts";
import { firstIn, laterIn } from "./forger.ts";

/** What becomes of one datagram. */
const FATES = ["arrives", "lost", "late", "doubled"] as const;
type Fate = (typeof FATES)[number];
const DECIDED = 6;

/** Both call each other. `order` says whose key is the smaller one, by the seed that makes it so. */
function both(random: number): { world: World; a: () => Host; b: () => Host; begin: () => void } {
  const world = new World();
  world.random = random;
  const hosts: Host[] = [];
  return {
    world,
    a: () => hosts[1] as Host,
    b: () => hosts[0] as Host,
    begin: () => {
      hosts.push(full(world, B, 2, { peers: [A] }));
      hosts.push(full(world, A, 1, { peers: [B] }));
    },
  };
}

/** Decides over the first datagrams that are more than HELLO; late ones are overtaken by what is sent within `lateMs`. */
function decide(world: World, fates: readonly Fate[], lateMs: number): void {
  const carry = world.carry.bind(world);
  let n = 0;
  world.carry = (from, to, bytes) => {
    const isHandshake = isFrame(bytes) || firstIn(bytes) !== null || laterIn(bytes) !== null;
    const fate = isHandshake ? (fates[n++] ?? "arrives") : "arrives";
    if (fate === "arrives" || fate === "doubled") carry(from, to, bytes);
    if (fate === "doubled") world.later(7, () => carry(from, to, bytes));
    if (fate === "late") world.later(lateMs, () => carry(from, to, bytes));
  };
}

function fatesOf(number: number): Fate[] {
  return Array.from({ length: DECIDED }, (_, at) => FATES[Math.floor(number / FATES.length ** at) % FATES.length] as Fate);
}

/** Two seeds: with one A has the smaller key, with the other B. */
const SEEDS = [firstSeed((a, b) => a < b), firstSeed((a, b) => a > b)];

function firstSeed(wanted: (a: string, b: string) => boolean): number {
  for (let seed = 1; seed < 100; seed++) {
    const { world, begin } = both(seed);
    begin();
    const keys = world.sent.flatMap(({ from, bytes }) => (firstIn(bytes) === null ? [] : [[from, firstIn(bytes)?.n] as const]));
    const hexOf = (end: Endpoint) => Buffer.from(keys.find(([from]) => from === end)?.[1] ?? "", "base64").toString("hex");
    if (wanted(hexOf(A), hexOf(B))) return seed;
  }
  throw new Error("no such seed");
}

/** Overtaken by the answer, and by the next copy. */
const LATE_MS = [30, 300];

describe.each(SEEDS.map((seed, at) => [seed, LATE_MS[at] as number] as const))("both begin (seed %i, late by %i ms)", (seed, lateMs) => {
  const all = FATES.length ** DECIDED;
  const PARTS = 16;

  test.each(Array.from({ length: PARTS }, (_, part) => part))(
    `every fate of the first ${DECIDED} datagrams ends in one session (part %i of ${PARTS})`,
    (part) => {
      for (let number = part; number < all; number += PARTS) {
        const fates = fatesOf(number);
        const { world, a, b, begin } = both(seed);
        decide(world, fates, lateMs);
        begin();
        world.run(4_000);
        const ups = [a(), b()].map((host) => host.saw("session-up").length);
        if (ups.join() !== "1,1") throw new Error(`${fates.join(", ")}: ${ups.join()} sessions came up`);
        for (const host of [a(), b()]) host.command(joins());
        world.run(200);
        a().command(posts(1, "from a"));
        b().command(posts(2, "from b"));
        world.run(500);
        const shown = [b().posts(), a().posts()].join();
        if (shown !== "from a,from b") throw new Error(`${fates.join(", ")}: they hear ${shown}`);
      }
    },
    120_000,
  );
});

describe("both begin, and somebody forges", () => {
  test("a first message with the smallest of all keys: the handshake under way is not given up for it", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B] });
    const smallest = Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? 9 : 0));
    // The answer is 300 ms away: longer than it takes until the next forged message is answered.
    const carry = world.carry.bind(world);
    world.carry = (from, to, bytes) => {
      if (from === B) world.later(300, () => carry(from, to, bytes));
      else carry(from, to, bytes);
    };
    for (let n = 0; n < 60; n++) {
      a.step({
        kind: "datagram",
        socket: 0,
        from: B,
        bytes: encode("GETCERTIFICATE", {
          ptp: { v: 1, i: n, s: [1], n: base64(Uint8Array.from(smallest, (byte, at) => (at === 30 ? n : byte))) },
        }),
      });
      world.run(50);
    }
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    expect(sessionsOf(b)).toEqual([idOf(a)]);
  });

  test("a node's own first message, sent back to it, is no other's", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B] });
    const own = world.sent.find(({ from, bytes }) => from === A && firstIn(bytes) !== null);
    for (let n = 0; n < 4; n++) spoof(world, B, A, own?.bytes ?? {});
    world.run(1_000);
    expect(a.dropped("handshake-crossed")).toBe(4);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    expect(plainVerbs(world).filter((verb) => verb === "GETCERTIFICATE")).toHaveLength(5);
  });
});
