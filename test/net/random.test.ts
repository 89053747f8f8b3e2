import { describe, expect, test } from "vitest";
import { randomBytes } from "../../src/net/index.ts";

describe("random bytes", () => {
  test("come in the length that is asked for", () => {
    for (const length of [0, 1, 16, 32, 8_192, 8_193, 100_000]) expect(randomBytes(length)).toHaveLength(length);
  });

  test("are never handed out twice, whatever lengths are asked for", () => {
    const seen = new Set<string>();
    for (let turn = 0; turn < 5_000; turn++) seen.add(Buffer.from(randomBytes(16 + (turn % 7))).toString("hex"));
    expect(seen.size).toBe(5_000);
    expect([...seen].filter((bytes) => bytes.includes("0".repeat(16)))).toEqual([]);
  });

  test("are the caller's own: changing them changes no others", () => {
    const first = randomBytes(16);
    const copy = first.slice();
    randomBytes(16).fill(0);
    expect(first).toEqual(copy);
  });
});
