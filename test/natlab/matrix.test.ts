/** Ten pairs of the NAT matrix, real nodes on each; `npm run natlab` runs them all and says how long each took. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BEHAVIOURS, behaviourOf, possible } from "./behaviours.ts";
import { type Lab, laboratory } from "./lab.ts";
import { inLanes } from "./lanes.ts";
import { type Met, meet } from "./meeting.ts";
import { MATRIX, type Pair, pairsOf } from "./pairs.ts";
import { isDirect } from "./report.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

/** One of each kind of meeting. A minute of one CPU: two laboratories at a time. */
const TEN: readonly Pair[] = [
  ["public", "symmetric"],
  ["firewall", "port-restricted"],
  ["full-cone", "symmetric-sequential"],
  ["restricted-cone", "linux-random"],
  ["port-restricted", "linux"],
  ["linux", "cgnat"],
  ["apdm-eif", "cgnat-symmetric"],
  ["symmetric", "linux-random"],
  ["one-nat-hairpin"],
  ["one-cgnat"],
].flatMap((names) => pairsOf(names).slice(0, 1));
const LANES = 2;

laboratory("A and B behind two NATs, introduced by S", () => {
  const labs = new Set<Lab>();
  let runs: ReadonlyMap<Pair, Promise<Met>>;

  beforeAll(() => {
    runs = inLanes(TEN, LANES, (pair) => meet(pair, { onLab: (lab) => labs.add(lab) }));
  });

  afterAll(async () => {
    await Promise.allSettled([...labs].map((lab) => lab.down())); // where a test was given up; else they are down
  });

  test.each(TEN)("$a and $b: each has the other's text; $possible", async (pair) => {
    const met = await runs.get(pair);
    expect(met).toMatchObject({ attached: true, bothMs: expect.any(Number), paths: [expect.any(String), expect.any(String)] });
    const isRelayed = !isDirect(pair.possible);
    expect([met?.paths.map((path) => path === "relay"), met?.notes]).toEqual([[isRelayed, isRelayed], met?.notes]); // the notes are for whoever reads the failure
  });
});

test("the laboratory says of 52 of the 91 pairs that they can be punched in the plain way", () => {
  const plain = MATRIX.filter((pair) => pair.possible === "plain");
  expect([BEHAVIOURS.length, MATRIX.length, plain.length]).toEqual([13, 91, 52]);
  expect(possible(behaviourOf("symmetric"), behaviourOf("linux"))).toBe("birthday");
  expect(possible(behaviourOf("symmetric-sequential"), behaviourOf("symmetric-sequential"))).toBe("prediction");
});
