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

  test("take no more room, however often one is set", () => {
    const timers = new Timers<string>();
    for (let now = 0; now < 1_000; now++) {
      timers.set("soon", now + 1);
      timers.set("soon", now + 5);
      expect(timers.next).toBe(now + 5);
    }
    expect(timers.size).toBe(1);
    timers.clear("soon");
    expect(timers.size).toBe(0);
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
