import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Timers } from "../../src/core/timers.ts";

describe("timers", () => {
  test("come one at a time, the earliest first, and only when due", () => {
    const timers = new Timers<string>();
    timers.set("b", 20);
    timers.set("a", 10);
    expect(timers.next).toBe(10);
    expect(timers.take(9)).toBeUndefined();
    expect(timers.take(30)).toBe("a");
    expect(timers.take(30)).toBe("b");
    expect(timers.take(30)).toBeUndefined();
    expect(timers.next).toBe(Number.POSITIVE_INFINITY);
  });

  test("set later, earlier or cleared do as they were told last", () => {
    const timers = new Timers<string>();
    timers.set("later", 10);
    timers.set("later", 50);
    timers.set("earlier", 50);
    timers.set("earlier", 5);
    timers.set("cleared", 1);
    timers.clear("cleared");
    expect(timers.take(49)).toBe("earlier");
    expect(timers.take(49)).toBeUndefined();
    expect(timers.take(50)).toBe("later");
    expect(timers.take(1_000)).toBeUndefined();
  });

  test("cleared and set again without end, as a busy conversation does, leave nothing behind", () => {
    const timers = new Timers<string>();
    timers.set("other", 1);
    for (let now = 0; now < 5_000; now++) {
      timers.clear("busy");
      timers.set("busy", now + 500);
      if (now % 3 === 0) expect(timers.take(now)).toBe(now === 3 ? "other" : undefined);
    }
    expect(timers.size).toBe(1);
  });

  test("do what a plain map of instants does, whatever is set and cleared", () => {
    const act = fc.record({ kind: fc.constantFrom("set", "clear", "take"), name: fc.nat(6), at: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        const timers = new Timers<number>();
        const plain = new Map<number, number>();
        let now = 0;
        for (const { kind, name, at } of acts) {
          if (kind === "set") {
            timers.set(name, now + at);
            plain.set(name, now + at);
          } else if (kind === "clear") {
            timers.clear(name);
            plain.delete(name);
          } else {
            now += at;
            const least = Math.min(...plain.values());
            expect(timers.next).toBe(least);
            const taken = timers.take(now);
            if (taken === undefined) expect(least).toBeGreaterThan(now);
            else {
              expect(plain.get(taken)).toBe(least);
              plain.delete(taken);
            }
          }
        }
      }),
    );
  });
});
