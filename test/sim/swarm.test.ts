import { describe, expect, it } from "vitest";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { runSwarm, type SwarmKind } from "../../src/sim/index.ts";

const NODES = 6;

/** The command that repeats a seed, for the message of a failure. */
function repeat(seed: number, kind: SwarmKind, nodes: number, faults: number): string {
  return `node src/sim/run.ts --seed ${seed} --kind ${kind} --nodes ${nodes} --faults ${faults} --trace`;
}

describe("a swarm behind all kinds of NATs", () => {
  it.each<[SwarmKind, number]>([
    ["bare", 50],
    ["full", 50],
  ])("of %s nodes keeps every promise through faults and calm, in %i seeds", { timeout: 120_000 }, (kind, seeds) => {
    let delivered = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = runSwarm({ seed, kind, nodes: NODES, crypto: sodiumCrypto });
      expect(outcome.violations, repeat(seed, kind, NODES, 20)).toEqual([]);
      delivered += outcome.delivered;
    }
    expect(delivered).toBeGreaterThan(seeds * (NODES - 1)); // the posts of the calm, and some of the storm's
  });

  it.each([
    [3, 16, "told a relay in the clear what to pass on, while its session with the relay had no path"],
    [13, NODES, "did not say a text again while it carried something for others"],
    [225, NODES, "told a post in the clear to a node whose handshake was lost, and by the log"],
    [393, NODES, "spoke in the clear over a hole that was to prove whose it is"],
    [475, NODES, "listed itself as a member, under a name that its NAT had given it"],
    [576, NODES, "asked a place whose it is three times and never again"],
    [633, NODES, "told a post in the clear behind a relay that had not said yet what is there"],
  ])("keeps every promise in seed %i of %i nodes, which once %s", (seed, nodes) => {
    expect(runSwarm({ seed, kind: "full", nodes, crypto: sodiumCrypto }).violations, repeat(seed, "full", nodes, 20)).toEqual([]);
  });

  it("delivers everything where nothing goes wrong", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const outcome = runSwarm({ seed, kind: "full", nodes: 8, faultsMs: 0, crypto: sodiumCrypto });
      expect(outcome.violations, repeat(seed, "full", 8, 0)).toEqual([]);
      expect(outcome.delivered).toBe(7);
    }
  });
});
