/** A private channel of whole nodes through faults, a removal during a partition, and a member that loses all its keys: seeds, and bugs that must be found. */
import { describe, expect, it } from "vitest";
import type { Change, Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { runPrivateSwarm } from "../../src/sim/private-swarm/index.ts";
import { runs } from "../core/log/scale.ts";
import { Bent } from "./bent.ts";

const SEEDS = runs(12, 400);

describe("a private channel of whole nodes", () => {
  it.each(Array.from({ length: SEEDS }, (_, at) => [6 + (at % 7), at + 1]))(
    "of %i is read by its members alone, all of it by each of them, in seed %i",
    { timeout: 120_000 },
    (nodes, seed) => {
      const outcome = runPrivateSwarm({ seed, nodes, crypto: sodiumCrypto });
      expect(outcome.violations, `node src/sim/run.ts --kind private --seed ${seed} --nodes ${nodes} --trace`).toEqual([]);
      expect(outcome.delivered).toBe(outcome.saved);
      expect(outcome.saved).toBeGreaterThan(nodes);
    },
  );
});

const changing = (change: (each: Change) => Change[]) => (output: Output) =>
  output.kind === "save" ? [{ ...output, changes: output.changes.flatMap(change) }] : [output];

const BUGS: readonly [what: string, change: (output: Output) => Output[], breach: RegExp][] = [
  [
    "who forget what waits for a key",
    changing((each) => {
      if (each.kind !== "signed" || each.waits === undefined) return [each];
      const { waits: _, ...forgotten } = each;
      return [forgotten];
    }),
    /does not read/,
  ],
  ["who never keep what they have opened late", changing((each) => (each.kind === "opened" ? [] : [each])), /does not read|waits for keys/],
];

describe("the checkers find nodes", () => {
  it.each(BUGS)("%s", { timeout: 120_000 }, (_, change, breach) => {
    const found = [1, 2, 3].flatMap(
      (seed) => runPrivateSwarm({ seed, nodes: 8, crypto: sodiumCrypto, makeNode: (config) => new Bent(config, change) }).violations,
    );
    expect(found.join("\n")).toMatch(breach);
  });
});
