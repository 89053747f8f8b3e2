/**
 * The promises of the README in channels of 5 to 200 members, of whom up to three in ten lie: faults first, then calm, then the
 * checkers of promises 1 to 7.
 */
import { describe, expect, it } from "vitest";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { FAULTS, type FaultName, runGathering } from "../../../src/sim/channels/index.ts";
import { type ChannelRun, commandOf, main } from "../../../src/sim/run-channel.ts";

const SMALL_SEEDS = 200;
const STORM_MS = 60_000;

/** Five to twelve members; every second channel has liars, every fourth an owner who removes somebody. */
function smallRun(seed: number): ChannelRun {
  return { seed, members: 5 + (seed % 8), stormMs: STORM_MS, lying: seed % 2 === 0 ? 0.3 : 0, owned: seed % 4 === 1 };
}

/** @returns what went wrong in it, and how often */
function keep(run: ChannelRun): ReadonlyMap<FaultName, number> {
  const { breaches, faults } = runGathering({ ...run, crypto: sodiumCrypto });
  for (const [promise, lines] of breaches) expect(lines, `promise ${promise} is broken; repeat with: ${commandOf(run)}`).toEqual([]);
  return faults;
}

describe("a channel keeps promises 1 to 7", () => {
  it(`in ${SMALL_SEEDS} seeds of few members`, { timeout: 120_000 }, () => {
    const times = new Map<FaultName, number>();
    for (let seed = 1; seed <= SMALL_SEEDS; seed++)
      for (const [fault, count] of keep(smallRun(seed))) times.set(fault, (times.get(fault) ?? 0) + count);
    for (const fault of FAULTS) expect(times.get(fault), fault).toBeGreaterThan(SMALL_SEEDS);
  });

  it.each<[number, number, number]>([
    [64, 0.3, 6_000],
    [65, 0.1, 8_000],
    [100, 0, 6_000],
    [200, 0.05, 2_000],
  ])("with %i members, of whom a share of %d lies", { timeout: 60_000 }, (members, lying, stormMs) => {
    keep({ seed: members, members, stormMs, lying, owned: false });
  });

  it("and a run is the same each time", () => {
    const print = (lines: string[]) => (line: string) => void lines.push(line);
    const [one, other]: [string[], string[]] = [[], []];
    expect(main(["--seed", "7", "--lying", "0.3", "--trace"], print(one))).toBe(0);
    main(["--seed", "7", "--lying", "0.3", "--trace"], print(other));
    expect(one).toEqual(other);
    expect(main(["--lying", "0.5"], print([]))).toBe(2);
  });
});
