import { describe, expect, test } from "vitest";
import { INDEX_LATE_MS, INDEX_PAUSE_MS, IndexPace } from "../../src/store/index-pace.ts";

describe("the search index", () => {
  test("goes on at once while nothing is written", () => {
    const pace = new IndexPace();
    expect(pace.look(0)).toEqual({ mayStep: true, nextMs: 0 });
  });

  test("waits for a pause of the writes, which may be the first after 20 ms", () => {
    const pace = new IndexPace();
    pace.noteWrite(0);
    expect(pace.look(20)).toEqual({ mayStep: false, nextMs: INDEX_PAUSE_MS });
    expect(pace.look(40)).toEqual({ mayStep: true, nextMs: 0 });
  });

  test("waits 5 s at most: then it takes a step between writes, until it has all", () => {
    const pace = new IndexPace();
    let now = 0;
    const steps: number[] = [];
    for (; now < 2 * INDEX_LATE_MS; now += 20) {
      pace.noteWrite(now);
      if (pace.look(now + 10).mayStep) steps.push(now);
    }
    expect(steps[0]).toBe(INDEX_LATE_MS);
    expect(steps).toHaveLength(INDEX_LATE_MS / 20);
    pace.noteComplete();
    pace.noteWrite(now);
    expect(pace.look(now + 10).mayStep).toBe(false);
  });
});
