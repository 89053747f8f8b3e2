/** A private channel of whole nodes through faults, a removal during a partition, and keys or devices that are lost: seeds, and bugs that must be found. */
import { describe, expect, it } from "vitest";
import type { Change, Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import type { MakeNode } from "../../src/sim/index.ts";
import { type PrivateSwarmOptions, runPrivateSwarm } from "../../src/sim/private-swarm/index.ts";
import { runs } from "../core/log/scale.ts";
import { Bent } from "./bent.ts";
import { deafTo, dumbAt } from "./plants.ts";

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

describe("a private channel of which devices are lost", () => {
  it.each(Array.from({ length: runs(4, 300) }, (_, at) => [6 + (at % 3), at + 1]))(
    "of %i is read by its members alone, one of them from an old backup, in seed %i",
    { timeout: 120_000 },
    (nodes, seed) => {
      const outcome = runPrivateSwarm({ seed, nodes, lost: "devices", crypto: sodiumCrypto });
      expect(outcome.violations, `node src/sim/run.ts --kind devices --seed ${seed} --nodes ${nodes} --trace`).toEqual([]);
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

/** All that it seals stands at one place of its epoch. */
const atOnePlace = changing((each) => {
  if (each.kind !== "signed" || each.event.kind !== "sealed") return [each];
  const details = each.event.details.map(([name, value]) => (name === "n" ? ([name, "0"] as const) : ([name, value] as const)));
  return [{ ...each, event: { ...each.event, details } }];
});

const LOSSES: readonly [what: string, makeNode: MakeNode, breach: RegExp][] = [
  ["who do not hear of a removal", deafTo('"revoke"'), /was given \d+ events[\s\S]*said last is sealed to/],
  ["who never ask for a key", dumbAt('"GETKEY"'), /does not read|waits for keys/],
  ["who use a key twice", (config) => new Bent(config, atOnePlace), /sealed with one key/],
];

/** What is found in the first seeds, up to the one that shows it. */
function foundBy(breach: RegExp, options: Omit<PrivateSwarmOptions, "seed" | "crypto">): string {
  const found: string[] = [];
  for (let seed = 1; seed <= 4 && !breach.test(found.join("\n")); seed++)
    found.push(...runPrivateSwarm({ ...options, seed, crypto: sodiumCrypto, settleMs: 60_000 }).violations);
  return found.join("\n");
}

describe("where devices are lost the checkers find nodes", () => {
  it.each(LOSSES)("%s", { timeout: 120_000 }, (_, makeNode, breach) => {
    expect(foundBy(breach, { nodes: 6, lost: "devices", makeNode })).toMatch(breach);
  });
});

describe("the checkers find nodes", () => {
  it.each(BUGS)("%s", { timeout: 120_000 }, (_, change, breach) => {
    expect(foundBy(breach, { nodes: 8, makeNode: (config) => new Bent(config, change) })).toMatch(breach);
  });
});
