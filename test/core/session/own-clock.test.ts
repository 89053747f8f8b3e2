/** Whose clock is wrong: the middle one of the others tells. PROTOCOL.md §13.5. */
import { describe, expect, test } from "vitest";
import { behindOthers } from "../../../src/core/session/own-clock.ts";
import { type Host, World } from "../world.ts";
import { full } from "./full.ts";

const HOUR = 3_600_000;

test.each([
  [[], null],
  [[HOUR], null],
  [[HOUR, HOUR], HOUR],
  [[HOUR, 0], 0],
  [[-HOUR, HOUR, 5], 5],
  [[HOUR, HOUR + 1, -HOUR, HOUR + 2], HOUR],
])("others that are ahead by %j say that we are behind by %j", (ahead, behind) => {
  expect(behindOthers(ahead)).toBe(behind);
});

describe("a node whose clock is an hour behind", () => {
  const told = (host: Host) =>
    host.saw("own-clock").map(({ wrong, behindMs, peers }) => [wrong, Math.round(Math.abs(behindMs) / HOUR), peers]);
  const at = (n: number) => `203.0.113.${n}:7667` as never;

  test("is told so once, when two others agree, and when it is right again", () => {
    const world = new World();
    const others = [2, 3, 4].map((n) => full(world, at(n), n));
    const epoch = 1_790_000_000_000; // as the fake wire has it
    const late = full(world, at(1), 1, { epoch: epoch - HOUR, peers: [at(2)] });
    world.run(1_500);
    expect(told(late)).toEqual([]);
    for (const n of [3, 4]) {
      late.command({ kind: "connect", ref: n, to: at(n), via: null });
      world.run(1_500);
    }
    expect(told(late)).toEqual([[true, 1, 2]]);
    for (const other of others) expect(told(other)).toEqual([]);
    late.step({ kind: "clock", epoch });
    world.run(500);
    expect(told(late)).toEqual([
      [true, 1, 2],
      [false, 0, 3],
    ]);
  });
});
