/** Promises 1, 2 and 4 of SECURITY.md under `kill -9` of real daemons. Rows 12 and 50 of its table. */
import { expect, test } from "vitest";
import { POINTS } from "./points.ts";
import { killInRounds } from "./rounds.ts";

const ROUNDS = 105;
const LANES = 5;
/** Of seven rounds at each point: at a start it may be over before its turn comes. */
const KILLS_LEAST = 5;

test("what was told as saved or delivered is there once after a kill at any point, and the home opens", { timeout: 180_000 }, async () => {
  const { kills, saved, delivered, faults } = await killInRounds({ rounds: ROUNDS, lanes: LANES, seed: 1 });
  expect(faults).toEqual([]);
  for (const point of POINTS) expect(kills.get(point), point).toBeGreaterThanOrEqual(KILLS_LEAST);
  expect(saved).toBeGreaterThan(ROUNDS);
  expect(delivered).toBeGreaterThan(0);
});
