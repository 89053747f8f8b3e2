/** Members who are never there together, and the mailbox of all: seeds, and bugs that must be found. PROTOCOL.md §22. */
import { describe, expect, it } from "vitest";
import type { Change, Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import type { MakeNode } from "../../src/sim/index.ts";
import { runMailboxSwarm } from "../../src/sim/mailbox-swarm/index.ts";
import { runs } from "../core/log/scale.ts";
import { Bent } from "./bent.ts";
import { over } from "./plants.ts";

describe("what is said by members who are never there together", () => {
  it.each(Array.from({ length: runs(4, 300) }, (_, at) => [4 + (at % 3), at + 1]))(
    "comes to all by a mailbox that reads none of it, with %i nodes in seed %i",
    { timeout: 120_000 },
    (nodes, seed) => {
      const outcome = runMailboxSwarm({ seed, nodes, crypto: sodiumCrypto });
      expect(outcome.violations, `node src/sim/run.ts --kind mailboxes --seed ${seed} --nodes ${nodes} --trace`).toEqual([]);
      expect(outcome.delivered).toBe(outcome.saved);
      expect(outcome.saved).toBeGreaterThan(nodes);
      expect(outcome.held).toBeGreaterThan(nodes);
    },
  );

  it.each(["drops", "damages"] as const)("comes in the end though the mailbox %s what it holds", { timeout: 120_000 }, (lie) => {
    const outcome = runMailboxSwarm({ seed: 1, nodes: 5, lie, crypto: sodiumCrypto });
    expect(outcome.violations).toEqual([]);
    expect(outcome.delivered).toBe(outcome.saved);
  });
});

const changing = (change: (each: Change) => Change[]): MakeNode => {
  const bend = (output: Output) => (output.kind === "save" ? [{ ...output, changes: output.changes.flatMap(change) }] : [output]);
  return (config) => new Bent(config, bend);
};

/** Says of its own posts at once that they are held by whoever was named last. */
const hasty: MakeNode = (config) => {
  let held: Extract<Output, { kind: "event" }>["event"] | null = null;
  return new Bent(config, (output) => {
    if (output.kind !== "event") return [output];
    if (output.event.type === "held") held = output.event;
    if (output.event.type !== "post" || !output.event.own || held?.type !== "held") return [output];
    return [output, { kind: "event", event: { ...held, channelId: output.event.channelId, id: output.event.id } }];
  });
};

/** Primitives that seal nothing, but make it as long as if they did. */
const TAG = new Uint8Array(16);
const unsealed = over(() => ({
  aeadSeal: (_key, _nonce, _ad, plaintext) => Uint8Array.from([...plaintext, ...TAG]),
  aeadOpen: (_key, _nonce, _ad, ciphertext) => ciphertext.slice(0, -TAG.length),
  seal: (_key, _counter, _ad, plaintext) => Uint8Array.from([...plaintext, ...TAG]),
  open: (_key, _counter, _ad, ciphertext) => ciphertext.slice(0, -TAG.length),
}));

const BUGS: readonly [what: string, makeNode: MakeNode, breach: RegExp][] = [
  ["that keep nothing of what they say they keep", changing((each) => (each.kind === "parcel" ? [] : [each])), /was told .* holds/],
  ["that say at once that a mailbox holds what was said", hasty, /was told .* holds/],
  [
    "that let go of a parcel as soon as they have it",
    changing((each) => (each.kind === "parcel" ? [each, { kind: "parcel-gone", id: each.parcel.id }] : [each])),
    /has not come to/,
  ],
  ["that seal nothing", unsealed, /kept a word in the clear/],
];

describe("the checkers find nodes", () => {
  it.each(BUGS)("%s", { timeout: 120_000 }, (_, makeNode, breach) => {
    const { violations } = runMailboxSwarm({ seed: 1, nodes: 4, lie: null, faultsMs: 30_000, crypto: sodiumCrypto, makeNode });
    expect(violations.join("\n")).toMatch(breach);
  });
});
