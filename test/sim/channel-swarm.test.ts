/** Channels of whole nodes: seeds, and bugs planted around the real core that the checkers of the promises must find. */
import { describe, expect, it } from "vitest";
import { type Change, Node, type NodeConfig, type Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { runChannelSwarm } from "../../src/sim/channel-swarm/index.ts";
import { Bent } from "./bent.ts";

describe("channels of whole nodes", () => {
  // In 714 somebody is looked at who has left a channel of which it lacks something.
  it.each(Array.from({ length: 8 }, (_, at) => [5 + at, at + 1]).concat([[24, 1]], [[6, 714]]))(
    "%i nodes keep every promise through faults and calm, in seed %i",
    { timeout: 60_000 },
    (nodes, seed) => {
      const outcome = runChannelSwarm({ seed, nodes, crypto: sodiumCrypto });
      expect(outcome.violations, `node src/sim/run.ts --kind channels --seed ${seed} --nodes ${nodes} --trace`).toEqual([]);
      expect(outcome.delivered).toBe(outcome.saved);
      expect(outcome.saved).toBeGreaterThan(nodes);
    },
  );
});

/** Every so many go wrong. */
const SELDOM = 6;

/** True for one id in SELDOM, the same ones at every node. */
function isUnlucky(id: string): boolean {
  return Number.parseInt(id.slice(0, 8), 16) % SELDOM === 0;
}

const changed = (changes: readonly Change[], change: (each: Change) => Change[]) => changes.flatMap(change);

const BUGS: readonly [what: string, change: (output: Output) => Output[], breach: RegExp][] = [
  [
    "who keeps nothing of others and says that it did",
    (output) =>
      output.kind === "save"
        ? [{ ...output, changes: changed(output.changes, (each) => (each.kind === "signed" && isUnlucky(each.event.id) ? [] : [each])) }]
        : [output],
    /promise [1236]/,
  ],
  [
    "who tells of a text twice",
    (output) => (output.kind === "event" && output.event.type === "post" && !output.event.own ? [output, output] : [output]),
    /promise 4: .* was told of .* twice/,
  ],
  [
    "who counts one too many",
    (output) =>
      output.kind === "event" && output.event.type === "post-state"
        ? [{ kind: "event", event: { ...output.event, acked: output.event.acked + 9 } }]
        : [output],
    /promise 2: .* was told that/,
  ],
  [
    "who keeps other words than were written",
    (output) =>
      output.kind === "save"
        ? [
            {
              ...output,
              changes: changed(output.changes, (each) =>
                each.kind === "signed" && isUnlucky(each.event.id) ? [{ ...each, event: { ...each.event, text: "other words" } }] : [each],
              ),
            },
          ]
        : [output],
    /promise 7/,
  ],
  [
    "who accuses others",
    (output) =>
      output.kind === "event" && output.event.type === "post" && !output.event.own
        ? [
            output,
            {
              kind: "event",
              event: { type: "log-finding", channelId: output.event.channelId, author: output.event.author, finding: "fork" },
            },
          ]
        : [output],
    /promise 7: .* accuses/,
  ],
];

class Silent extends Node {
  override missing() {
    return [];
  }
}

describe("a bug planted in every node of a swarm is found", () => {
  it("who say of nothing that it is missing", () => {
    const makeNode = (config: NodeConfig) => new Silent(config);
    const outcome = runChannelSwarm({ seed: 4, nodes: 6, faultsMs: 15_000, crypto: sodiumCrypto, makeNode, settleMs: 15_000 });
    expect(outcome.violations.join("\n")).toMatch(/promise 7: .* does not say so/);
  });

  it.each(BUGS)("%s", (_what, change, breach) => {
    const makeNode = (config: NodeConfig) => new Bent(config, change);
    const outcome = runChannelSwarm({ seed: 2, nodes: 6, faultsMs: 5_000, crypto: sodiumCrypto, makeNode, settleMs: 15_000 });
    expect(outcome.violations.join("\n")).toMatch(breach);
  });
});
