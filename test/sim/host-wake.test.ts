import { expect, test } from "vitest";
import { type Input, type Instant, NEVER, Node, type NodeConfig, type Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { Simulator } from "../../src/sim/index.ts";

/** Later than a whole millisecond by less than what is left of it once the host's start is added. */
const WAKE_AT: Instant = 25_314.000000000004;

/** Wants to be woken once. */
class Sleeper extends Node {
  readonly woken: Instant[] = [];

  constructor(config: NodeConfig) {
    super(config);
    this.wakeAt = WAKE_AT;
  }

  override step(now: Instant, input: Input): Output[] {
    if (input.kind !== "wake") return [];
    this.woken.push(now);
    this.wakeAt = NEVER;
    return [];
  }
}

test("a node is woken once, and not before its time, however the sum of two instants is rounded", () => {
  const sleepers: Sleeper[] = [];
  const makeNode = (config: NodeConfig) => {
    const sleeper = new Sleeper(config);
    sleepers.push(sleeper);
    return sleeper;
  };
  const simulator = new Simulator({ seed: 1, crypto: sodiumCrypto, makeNode });
  const host = simulator.add({ name: "A" });
  simulator.run(30_001);
  host.start();
  simulator.run(60_000);
  expect(sleepers.flatMap(({ woken }) => woken)).toHaveLength(1);
  expect(sleepers[0]?.woken[0]).toBeGreaterThanOrEqual(WAKE_AT);
  expect(30_001 + WAKE_AT).toBe(30_001 + 25_314); // or this shows nothing
});
