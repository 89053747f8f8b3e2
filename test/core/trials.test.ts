/** What a node remembers of what it tried, for `doctor`. */
import { expect, test } from "vitest";
import { TRIALS_MAX } from "../../src/core/limits.ts";
import type { Endpoint } from "../../src/wire/index.ts";
import { connects } from "./said.ts";
import { A, B, full, idOf, pair } from "./session/full.ts";
import { World } from "./world.ts";

test("a handshake that succeeded is shown at its peer, with its way", () => {
  const { world, a, b } = pair();
  expect(a.node?.reach(world.now)).toMatchObject([
    {
      id: idOf(b),
      ways: [{ endpoint: B, path: "direct", via: null, inUse: true, live: true, proven: true, suspect: false }],
      candidates: [],
      trials: [{ kind: "handshake", endpoint: B, outcome: "ok" }],
    },
  ]);
});

test("one that nobody answered is shown by its code, also when nobody is known there any more", () => {
  const world = new World();
  const a = full(world, A, 1);
  a.command(connects(B));
  world.run(60_000);
  expect(a.node?.reach(world.now)).toEqual([]);
  expect(a.node?.vainTrials(world.now)[0]).toMatchObject({ kind: "handshake", endpoint: B, via: null, outcome: "no-answer" });
});

test("a punch that failed names who introduced, and why", () => {
  const { world, a, b } = pair();
  a.command(connects("203.0.113.77:7667", b.endpoint));
  world.run(15_000);
  expect(a.node?.vainTrials(world.now)).toMatchObject([{ kind: "punch", endpoint: "203.0.113.77:7667", via: B, outcome: "via-silent" }]);
});

test("so many are kept", () => {
  const world = new World();
  const a = full(world, A, 1);
  for (let n = 0; n < TRIALS_MAX + 50; n++) a.command(connects(`203.0.113.9:${2_000 + n}` as Endpoint));
  world.run(60_000);
  expect(a.node?.vainTrials(world.now)).toHaveLength(16);
});
