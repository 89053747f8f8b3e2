/**
 * Row 17: frames at random, 50,000 a second, at a node with sessions: of any index, of the right one, of right counters. They
 * change nothing: what the node says and does is to the byte what it would have said and done without them.
 */
import { describe, expect, test } from "vitest";
import { type Endpoint, isFrame, readFrameHead } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { joins, posts } from "../../said.ts";
import { World } from "../../world.ts";
import { A, B, type Pair, pair } from "../full.ts";
import { deedsOf } from "./attack.ts";

const PER_SECOND = 50_000;
const SECONDS = 3;
/** How often the attacker sends a handful. */
const GAP_MS = 5;

type Make = (chance: Chance, seen: Uint8Array) => Uint8Array;

const KINDS: Record<string, Make> = {
  "of any index": (chance) => Uint8Array.of(0xf8, ...chance.bytes(60)),
  "of the session's index": (chance, seen) => Uint8Array.of(...seen.subarray(0, 5), 0, 0, 0, 0, 0, 0, ...chance.bytes(60)),
  "of its index and the next counters": (chance, seen) => Uint8Array.of(...seen.subarray(0, 12), chance.below(256), ...chance.bytes(80)),
  "of its index and the largest counters": (chance, seen) => Uint8Array.of(...seen.subarray(0, 5), 0, 0, ...chance.bytes(70)),
  "that were sent before, with one bit changed": (chance, seen) => {
    const bytes = seen.slice();
    const at = chance.below(bytes.length - 5) + 5;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
    return bytes;
  },
  "that are too short": (chance) => Uint8Array.of(0xf8, ...chance.bytes(chance.below(28))),
};

/** A and B talk for SECONDS, and B is sent frames beside. */
function played(make: Make | null): { met: Pair; flood: number } {
  const met = pair(new World());
  const { world, a, b } = met;
  for (const host of [a, b]) host.command(joins());
  world.run(300);
  const chance = new Chance(5);
  const seen = world.sent.filter(({ to, bytes }) => to === B && isFrame(bytes)).at(-1)?.bytes ?? new Uint8Array(0);
  expect(readFrameHead(seen)).not.toBeNull();
  let flood = 0;
  for (let ms = 0; ms < SECONDS * 1_000; ms += GAP_MS) {
    if (ms % 250 === 0) {
      a.command(posts(ms + 1, `a ${ms}`));
      b.command(posts(100_000 + ms, `b ${ms}`));
    }
    for (let n = 0; make !== null && n < (PER_SECOND * GAP_MS) / 1_000; n++, flood++) {
      const from = chance.below(2) === 0 ? A : (`198.18.${chance.below(256)}.${chance.below(256)}:4000` as Endpoint);
      b.step({ kind: "datagram", socket: 0, from, bytes: make(chance, seen) });
    }
    world.run(GAP_MS);
  }
  world.run(5_000);
  return { met, flood };
}

describe("frames at random", () => {
  const undisturbed = played(null).met;

  test.each(Object.entries(KINDS))(
    "%s change nothing",
    (_name, make) => {
      const { met, flood } = played(make);
      const { world, a, b } = met;
      const counters = b.node?.counters();
      const dropped = Object.entries(counters?.dropped ?? {}).reduce((sum, [, times]) => sum + times, 0);
      expect(dropped).toBeGreaterThanOrEqual(flood);
      for (const [host, twin] of [
        [a, undisturbed.a],
        [b, undisturbed.b],
      ] as const)
        expect(deedsOf(world, host)).toEqual(deedsOf(undisturbed.world, twin));
      expect(b.posts()).toEqual(undisturbed.b.posts());
      expect(b.posts().length).toBe(12);
    },
    60_000,
  );
});
