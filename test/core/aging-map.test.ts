import { describe, expect, test } from "vitest";
import { AgingMap } from "../../src/core/aging-map.ts";
import { SeenSet } from "../../src/core/seen-set.ts";

describe("an aging map", () => {
  test("never holds more than its bound, and always the half that was set last", () => {
    const map = new AgingMap<number, string>(10);
    for (let n = 0; n < 1_000; n++) {
      map.set(n, `${n}`);
      expect(map.size).toBeLessThanOrEqual(10);
      for (let back = 0; back < 5 && back <= n; back++) expect(map.get(n - back)).toBe(`${n - back}`);
    }
    expect(map.get(0)).toBeUndefined();
  });

  test("gives the newest value of a key", () => {
    const map = new AgingMap<string, number>(10);
    map.set("a", 1);
    map.age();
    map.set("a", 2);
    expect(map.get("a")).toBe(2);
    map.age();
    map.age();
    expect(map.get("a")).toBeUndefined();
  });
});

describe("the seen set", () => {
  test.each([0, 1_000, 3_999, 4_000, 7_500])("that began at %i notes a name for 4 s from its first sighting", (start) => {
    const seen = new SeenSet();
    seen.note("another", 0);
    expect(seen.note("a", start)).toBe(false);
    seen.note("b", start + 2_000); // makes it look at its age
    expect(seen.note("a", start + 3_999)).toBe(true);
    expect(seen.note("a", start + 4_000)).toBe(false);
    expect(seen.note("a", start + 7_999)).toBe(true);
  });
});
