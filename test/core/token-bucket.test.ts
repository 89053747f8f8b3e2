import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../src/core/token-bucket.ts";

describe("a token bucket", () => {
  test("gives its burst at once, then so much a second", () => {
    const bucket = new TokenBucket(100, 10, 0);
    expect(bucket.take(100, 0)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(10, 999)).toBe(false);
    expect(bucket.take(10, 1_000)).toBe(true);
  });

  test("gives whole or not at all", () => {
    const bucket = new TokenBucket(100, 10, 0);
    expect(bucket.take(101, 0)).toBe(false);
    expect(bucket.take(100, 0)).toBe(true);
  });

  test("never saves up more than its burst", () => {
    const bucket = new TokenBucket(100, 10, 0);
    expect(bucket.holds(100, 1_000_000)).toBe(true);
    expect(bucket.take(101, 2_000_000)).toBe(false);
  });

  test("over any span gives at most its burst and what came in meanwhile", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ gap: fc.nat(500), amount: fc.nat(60) }), { maxLength: 100 }), (takes) => {
        const bucket = new TokenBucket(100, 50, 0);
        let now = 0;
        let given = 0;
        for (const { gap, amount } of takes) {
          now += gap;
          if (bucket.take(amount, now)) given += amount;
          expect(given).toBeLessThanOrEqual(100 + (now * 50) / 1_000 + 1e-6);
        }
      }),
    );
  });
});
