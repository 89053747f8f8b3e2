/** What an ack reports. PROTOCOL.md §12.4. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AckRanges } from "../../../src/core/session/ack-ranges.ts";
import { Acknowledgements } from "../../../src/core/session/acknowledgements.ts";
import { NEVER } from "../../../src/core/time.ts";
import { recordsOf } from "../../wire/payload.ts";

function rangesOf(ranges: AckRanges): [number, number][] {
  return Array.from({ length: ranges.count }, (_, index) => [ranges.lows[index] as number, ranges.highs[index] as number]);
}

function rangesWith(...counters: readonly number[]): AckRanges {
  const ranges = new AckRanges();
  for (const counter of counters) ranges.add(counter);
  return ranges;
}

describe("the ranges of an ack", () => {
  test("grow together as gaps are filled", () => {
    expect(rangesOf(rangesWith(0, 1, 2))).toEqual([[0, 2]]);
    expect(rangesOf(rangesWith(0, 2))).toEqual([
      [2, 2],
      [0, 0],
    ]);
    expect(rangesOf(rangesWith(0, 2, 1))).toEqual([[0, 2]]);
    expect(rangesOf(rangesWith(9, 5, 7, 6))).toEqual([
      [9, 9],
      [5, 7],
    ]);
    expect(rangesOf(rangesWith(9, 5, 4, 6))).toEqual([
      [9, 9],
      [4, 6],
    ]);
  });

  test("say whether a counter is the next one", () => {
    const ranges = new AckRanges();
    expect(ranges.add(0)).toBe(false);
    expect(ranges.add(1)).toBe(false);
    expect(ranges.add(3)).toBe(true);
    expect(ranges.add(4)).toBe(false);
    expect(ranges.add(2)).toBe(true);
    expect(ranges.add(5)).toBe(false);
    expect(new AckRanges().add(1)).toBe(true);
  });

  test("are the set of counters, in whatever order these come", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { maxLength: 30 }), (counters) => {
        const covered = rangesOf(rangesWith(...counters)).flatMap(([low, high]) =>
          Array.from({ length: high - low + 1 }, (_, up) => low + up),
        );
        expect(covered.sort((a, b) => a - b)).toEqual([...counters].sort((a, b) => a - b));
      }),
    );
  });

  test("keep a gap between any two, newest first, and are at most 32", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(400), { maxLength: 200 }), (counters) => {
        const ranges = rangesOf(rangesWith(...counters));
        expect(ranges.length).toBeLessThanOrEqual(32);
        for (const [index, [low, high]] of ranges.entries()) {
          expect(low).toBeLessThanOrEqual(high);
          const below = ranges[index + 1];
          if (below !== undefined) expect(below[1]).toBeLessThan(low - 1);
        }
      }),
    );
  });

  test("one too many pushes out the oldest", () => {
    const every = Array.from({ length: 33 }, (_, index) => 2 * index);
    expect(rangesOf(rangesWith(...every))).toHaveLength(32);
    expect(rangesOf(rangesWith(...every)).at(-1)).toEqual([2, 2]);
    expect(rangesOf(rangesWith(...every.toReversed())).at(-1)).toEqual([2, 2]);
  });

  test("are left out after eight reports in which they did not change; the newest stays", () => {
    const ranges = rangesWith(0, 1, 3, 5);
    for (let report = 0; report < 7; report++) ranges.reported(3);
    ranges.add(2);
    expect(rangesOf(ranges)).toEqual([
      [5, 5],
      [0, 3],
    ]);
    for (let report = 0; report < 7; report++) ranges.reported(2);
    expect(ranges.count).toBe(2);
    ranges.reported(2);
    expect(rangesOf(ranges)).toEqual([[5, 5]]);
    for (let report = 0; report < 20; report++) ranges.reported(1);
    expect(rangesOf(ranges)).toEqual([[5, 5]]);
  });

  test("that were not reported for want of room are not counted", () => {
    const ranges = rangesWith(0, 2, 4);
    for (let report = 0; report < 8; report++) ranges.reported(2);
    expect(rangesOf(ranges)).toEqual([
      [4, 4],
      [0, 0],
    ]);
  });
});

describe("an ack is due", () => {
  /** @returns when it is due after these frames; `-` marks one that wants none */
  const dueAfter = (...frames: readonly (readonly [counter: number, at: number, mark?: "-"])[]) => {
    const acks = new Acknowledgements();
    for (const [counter, at, mark] of frames) acks.note(counter, true, mark !== "-", at, 5);
    return acks.dueAt;
  };

  test("never for frames that want none", () => {
    expect(dueAfter([0, 10, "-"], [1, 11, "-"], [5, 12, "-"])).toBe(NEVER);
  });

  test("5 ms after the first frame that wants one", () => {
    expect(dueAfter([0, 10])).toBe(15);
    expect(dueAfter([0, 10, "-"], [1, 12], [2, 13])).toBe(17);
  });

  test("at once with the tenth", () => {
    const frames = Array.from({ length: 9 }, (_, index) => [index, 100 + index / 10] as const);
    expect(dueAfter(...frames)).toBe(105);
    expect(dueAfter(...frames, [9, 101])).toBe(101);
  });

  test("at once when a counter is missing before it, or it fills a gap", () => {
    expect(dueAfter([0, 10], [2, 11])).toBe(11);
    expect(dueAfter([0, 10, "-"], [2, 11, "-"], [1, 12])).toBe(12);
    expect(dueAfter([1, 10])).toBe(10);
  });

  test("no more once it was written", () => {
    const acks = new Acknowledgements();
    acks.note(0, true, true, 10, 5);
    expect(acks.owed).toBe(true);
    acks.write(new Uint8Array(64), 0, 64, 12);
    expect(acks.owed).toBe(false);
    expect(acks.dueAt).toBe(NEVER);
  });

  test("and says when the newest counter came", () => {
    const acks = new Acknowledgements();
    acks.note(7, true, true, 10, 5);
    acks.note(5, false, true, 14, 5);
    const into = new Uint8Array(64);
    const end = acks.write(into, 0, 64, 14.5);
    expect(recordsOf(into.subarray(0, end))).toEqual([
      {
        type: "ack",
        largest: 7,
        delayMs: 4.5,
        ranges: [
          [7, 7],
          [5, 5],
        ],
      },
    ]);
  });

  test("is written with as many ranges as there is room for, or not at all", () => {
    const acks = new Acknowledgements();
    for (const counter of [0, 2, 4, 6]) acks.note(counter, true, true, 0, 5);
    expect(acks.write(new Uint8Array(64), 0, 16, 0)).toBe(0);
    expect(acks.owed).toBe(true);
    const into = new Uint8Array(64);
    const end = acks.write(into, 0, 25, 0);
    expect(recordsOf(into.subarray(0, end))).toMatchObject([
      {
        ranges: [
          [6, 6],
          [4, 4],
        ],
      },
    ]);
  });
});
