/** The checkers of the promises are checked themselves: each finds at least five bugs that are planted for it. */
import { describe, expect, it } from "vitest";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { runGathering } from "../../../src/sim/channels/index.ts";
import { PLANTED_BUGS, type PlantedBug, planted } from "./planted-bugs.ts";

const SEEDS = 12;
const BUGS_EACH = 5;
const PROMISES = [1, 2, 3, 4, 5, 6, 7];

/** The promises that a bug was found to break, after as few seeds as need be. */
function brokenBy(bug: PlantedBug): Set<number> {
  const broken = new Set<number>();
  const { lying = 0, owned = false } = bug;
  for (let seed = 1; seed <= SEEDS && !bug.breaks.every((promise) => broken.has(promise)); seed++) {
    const { breaches } = runGathering({ seed, members: 7, stormMs: 60_000, lying, owned, crypto: sodiumCrypto, makeMember: planted(bug) });
    for (const [promise, lines] of breaches) if (lines.length > 0) broken.add(promise);
  }
  return broken;
}

describe("the checkers find that", () => {
  it.each(PLANTED_BUGS.map((bug) => [bug.what, bug.breaks.join(", "), bug] as const))(
    "%s (promise %s)",
    { timeout: 60_000 },
    (_what, _breaks, bug) => {
      expect([...brokenBy(bug)]).toEqual(expect.arrayContaining([...bug.breaks]));
    },
  );

  it.each(PROMISES)("and for promise %i at least five are planted", (promise) => {
    expect(PLANTED_BUGS.filter(({ breaks }) => breaks.includes(promise)).length).toBeGreaterThanOrEqual(BUGS_EACH);
  });
});
