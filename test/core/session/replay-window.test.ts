/** The replay window. PROTOCOL.md §12.1; RFC 6479. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReplayWindow } from "../../../src/core/session/replay-window.ts";

function windowWith(...counters: readonly number[]): ReplayWindow {
  const window = new ReplayWindow();
  for (const counter of counters) window.mark(counter);
  return window;
}

describe("the replay window", () => {
  test("takes every counter once", () => {
    const window = windowWith(0, 5, 3);
    for (const seen of [0, 3, 5]) expect(window.mayAccept(seen), String(seen)).toBe(false);
    for (const fresh of [1, 2, 4, 6]) expect(window.mayAccept(fresh), String(fresh)).toBe(true);
  });

  test("reaches back 2,047 counters from the newest, and no further", () => {
    const window = windowWith(10_000);
    expect(window.mayAccept(10_000 - 2_047)).toBe(true);
    expect(window.mayAccept(10_000 - 2_048)).toBe(false);
    window.mark(10_000 - 2_047);
    expect(window.mayAccept(10_000 - 2_047)).toBe(false);
  });

  test("a counter at its edge falls out with the next one", () => {
    const window = windowWith(2_047);
    expect(window.mayAccept(0)).toBe(true);
    window.mark(2_048);
    expect(window.mayAccept(0)).toBe(false);
    expect(window.mayAccept(1)).toBe(true);
  });

  test.each([1, 31, 32, 33, 2_046, 2_047, 2_048, 2_049, 4_096, 2 ** 32, 2 ** 40])(
    "forgets nothing and invents nothing over a jump of %i",
    (jump) => {
      const window = windowWith(0, 1, 7, 7 + jump);
      for (let back = 0; back <= 2_048; back++) {
        const counter = 7 + jump - back;
        const known = counter === 7 + jump || [0, 1, 7].includes(counter);
        expect(window.mayAccept(counter), String(counter)).toBe(counter >= 0 && back < 2_048 && !known);
      }
    },
  );

  test("looking changes nothing: a forged counter shuts nobody out", () => {
    const window = windowWith(0);
    expect(window.mayAccept(2 ** 47)).toBe(true);
    expect(window.mayAccept(1)).toBe(true);
    expect(window.newest).toBe(0);
  });

  test("ends at 2^48", () => {
    expect(windowWith().mayAccept(2 ** 48 - 1)).toBe(true);
    expect(windowWith().mayAccept(2 ** 48)).toBe(false);
    expect(windowWith().mayAccept(2 ** 53)).toBe(false);
    expect(windowWith(2 ** 48 - 1).mayAccept(2 ** 48 - 2)).toBe(true);
  });

  test("is a set of the newest counters, in whatever order they come", () => {
    const steps = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: -2_060, max: 2_060 }), fc.integer({ min: -3_000, max: 200_000 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(fc.nat(2 ** 40), steps, (first, moves) => {
        const window = windowWith(first);
        const seen = new Set([first]);
        let newest = first;
        for (const move of moves) {
          const counter = Math.max(0, newest + move);
          const expected = counter > newest - 2_048 && !seen.has(counter);
          expect(window.mayAccept(counter)).toBe(expected);
          if (!expected) continue;
          window.mark(counter);
          seen.add(counter);
          newest = Math.max(newest, counter);
          expect(window.newest).toBe(newest);
        }
      }),
    );
  });
});
