import { describe, expect, it } from "vitest";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { runSwarm } from "../../src/sim/index.ts";

const SEEDS = 50;
const NODES = 6;

/** The command that repeats a seed, for the message of a failure. */
function repeat(seed: number, nodes: number, faults: number): string {
  return `node src/sim/run.ts --seed ${seed} --nodes ${nodes} --faults ${faults} --trace`;
}

describe("a swarm behind all kinds of NATs", () => {
  it(`keeps every promise through faults and calm, in ${SEEDS} seeds`, { timeout: 60_000 }, () => {
    let delivered = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = runSwarm({ seed, nodes: NODES, crypto: sodiumCrypto });
      expect(outcome.violations, repeat(seed, NODES, 20)).toEqual([]);
      delivered += outcome.delivered;
    }
    expect(delivered).toBeGreaterThan(SEEDS * (NODES - 1)); // the posts of the calm, and some of the storm's
  });

  it("delivers everything where nothing goes wrong", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const outcome = runSwarm({ seed, nodes: 8, faultsMs: 0, crypto: sodiumCrypto });
      expect(outcome.violations, repeat(seed, 8, 0)).toEqual([]);
      expect(outcome.delivered).toBe(7);
    }
  });
});
