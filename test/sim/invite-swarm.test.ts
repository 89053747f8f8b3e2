/** Guests who come in by invites through faults: seeds, and bugs that must be found. PROTOCOL.md §20. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { InviteBook } from "../../src/core/log/invite.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { runInviteSwarm } from "../../src/sim/invite-swarm/index.ts";
import { runs } from "../core/log/scale.ts";
import { dumbAt } from "./plants.ts";

describe("by invites", () => {
  it.each(Array.from({ length: runs(3, 300) }, (_, at) => [8 + (at % 3), at + 1]))(
    "those come in whom they are for, and nobody else, with %i nodes in seed %i",
    { timeout: 120_000 },
    (nodes, seed) => {
      const outcome = runInviteSwarm({ seed, nodes, crypto: sodiumCrypto });
      expect(outcome.violations, `node src/sim/run.ts --kind invites --seed ${seed} --nodes ${nodes} --trace`).toEqual([]);
      expect(outcome.delivered).toBeGreaterThan(1);
    },
  );
});

/** A set that has always room. */
class Endless<Value> extends Set<Value> {
  override get size(): number {
    return 0;
  }
}

const { all, guests } = InviteBook.prototype;

const BUGS: readonly [what: string, plant: () => void, breach: RegExp][] = [
  [
    "who let in by an invite that was ended",
    () => vi.spyOn(InviteBook.prototype, "isEnded").mockReturnValue(false),
    /"ended", which is over/,
  ],
  [
    "who let in by an invite that has run out",
    () =>
      vi.spyOn(InviteBook.prototype, "all").mockImplementation(function (this: InviteBook) {
        return all.call(this).map((invite) => ({ ...invite, until: Number.POSITIVE_INFINITY }));
      }),
    /"short", which is over/,
  ],
  [
    "who do not count how often an invite is used",
    () =>
      vi.spyOn(InviteBook.prototype, "guests").mockImplementation(function (this: InviteBook, invite, counts) {
        return new Endless(guests.call(this, { ...invite, uses: Number.POSITIVE_INFINITY }, counts));
      }),
    /came in by the invite "single", and 1 should have/,
  ],
];

describe("the checkers find nodes", () => {
  afterEach(() => vi.restoreAllMocks());

  const found = (options: Partial<Parameters<typeof runInviteSwarm>[0]> = {}) =>
    runInviteSwarm({ seed: 1, nodes: 8, faultsMs: 5_000, settleMs: 20_000, crypto: sodiumCrypto, ...options }).violations.join("\n");

  it.each(BUGS)("%s", { timeout: 120_000 }, (_, plant, breach) => {
    plant();
    expect(found()).toMatch(breach);
  });

  it("who never say that somebody is let in", { timeout: 120_000 }, () => {
    expect(found({ makeNode: dumbAt('"admitted"') })).toMatch(/says that .* is out, and the owner does not/);
  });
});
