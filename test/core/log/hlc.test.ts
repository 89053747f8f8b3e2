import { describe, expect, test } from "vitest";
import { compareOrder, HybridClock, isAhead, US_PER_MS } from "../../../src/core/log/hlc.ts";
import { AHEAD_MAX_MS } from "../../../src/core/log/limits.ts";
import type { EventId } from "../../../src/wire/index.ts";
import { NOON } from "./author.ts";

const WALL = NOON / US_PER_MS;
const YEAR_2099 = 4_070_908_800_000 * US_PER_MS;

describe("the hybrid clock", () => {
  test("shows the wall's time in microseconds", () => {
    expect(new HybridClock().next(WALL)).toBe(NOON);
  });

  test("never shows a time twice nor goes back, even when the wall does", () => {
    const clock = new HybridClock();
    const times = [WALL, WALL, WALL - 50_000, WALL + 1, WALL].map((wall) => clock.next(wall));
    expect(times).toEqual([NOON, NOON + 1, NOON + 2, NOON + 1_000, NOON + 1_001]);
  });

  test("runs on into the next millisecond in a burst of more than a thousand", () => {
    const clock = new HybridClock();
    let last = 0;
    for (let count = 0; count < 2_500; count++) {
      const next = clock.next(WALL);
      expect(next).toBeGreaterThan(last);
      last = next;
    }
    expect(last).toBe(NOON + 2_499);
  });

  test("is later than all that it heard", () => {
    const clock = new HybridClock();
    expect(clock.hear(NOON + 30_000_000, WALL)).toBe(true);
    expect(clock.next(WALL)).toBe(NOON + 30_000_001);
  });

  test("is not dragged along by a clock that is more than 60 s ahead", () => {
    const clock = new HybridClock();
    const edge = NOON + AHEAD_MAX_MS * US_PER_MS;
    expect(clock.hear(YEAR_2099, WALL)).toBe(false);
    expect(clock.hear(edge + 1, WALL)).toBe(false);
    expect(clock.next(WALL)).toBe(NOON);
    expect(clock.hear(edge, WALL)).toBe(true);
    expect(clock.next(WALL)).toBe(edge + 1);
  });

  test("starts anew after our own wall clock was far ahead", () => {
    const clock = new HybridClock();
    clock.next(YEAR_2099 / US_PER_MS);
    expect(clock.next(WALL)).toBe(NOON);
    expect(clock.next(WALL)).toBe(NOON + 1);
  });

  test("takes an event once the wall has come near it", () => {
    expect(isAhead(YEAR_2099, WALL)).toBe(true);
    expect(isAhead(YEAR_2099, YEAR_2099 / US_PER_MS - AHEAD_MAX_MS)).toBe(false);
  });
});

test("events are ordered by time, then by id", () => {
  const at = (hlc: number, digit: string) => ({ hlc, id: digit.repeat(64) as EventId });
  const sorted = [at(1, "b"), at(2, "0"), at(1, "a"), at(1, "a")].sort(compareOrder);
  expect(sorted.map(({ hlc, id }) => `${hlc}${id[0]}`)).toEqual(["1a", "1a", "1b", "20"]);
});
