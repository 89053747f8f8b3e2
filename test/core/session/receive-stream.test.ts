/** The receiving half of a stream: order, fragments, and what it keeps at most. PROTOCOL.md §12.3. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReceiveBudget } from "../../../src/core/session/receive-budget.ts";
import { ReceiveStream } from "../../../src/core/session/receive-stream.ts";
import type { ReceivedMessage } from "../../../src/core/session/received.ts";

const MIB = 1_048_576;

class Desk {
  readonly budget: ReceiveBudget;
  readonly stream: ReceiveStream;
  readonly out: ReceivedMessage[] = [];

  constructor(most = 4 * MIB) {
    this.budget = new ReceiveBudget(most);
    this.stream = new ReceiveStream(1, this.budget);
  }

  /** The message lies within a payload, as it does in a frame. */
  message(seq: number, text: string): boolean {
    const payload = new TextEncoder().encode(`##${text}##`);
    return this.stream.takeMessage(seq, payload, 2, payload.length - 2, this.out);
  }

  part(seq: number, index: number, of: number, text: string): boolean {
    const payload = new TextEncoder().encode(`##${text}##`);
    return this.stream.takeFragment(seq, index, of, payload, 2, payload.length - 2, this.out);
  }

  get texts(): string[] {
    return this.out.map(({ bytes }) => new TextDecoder().decode(bytes));
  }
}

describe("a receiving stream", () => {
  test("hands messages on in order and once", () => {
    const desk = new Desk();
    for (const seq of [1, 3, 1, 0, 0, 2, 3]) expect(desk.message(seq, `${seq}`)).toBe(true);
    expect(desk.texts).toEqual(["0", "1", "2", "3"]);
    expect(desk.budget.used).toBe(0);
  });

  test("keeps a copy of what waits, not the payload it came in", () => {
    const desk = new Desk();
    const payload = new TextEncoder().encode("late");
    desk.stream.takeMessage(1, payload, 0, 4, desk.out);
    payload.fill(0x21);
    desk.message(0, "first");
    expect(desk.texts).toEqual(["first", "late"]);
  });

  test("takes numbers up to 4,095 ahead of its turn, and none further", () => {
    const desk = new Desk();
    expect(desk.message(4_095, "x")).toBe(true);
    expect(desk.message(4_096, "x")).toBe(false);
    expect(desk.part(4_096, 0, 2, "x")).toBe(false);
    expect(desk.message(2 ** 32 - 1, "x")).toBe(false);
    desk.message(0, "x");
    expect(desk.message(4_096, "x")).toBe(true);
  });

  test("refuses what there is no room for, and takes it when there is", () => {
    const desk = new Desk(10);
    expect(desk.message(1, "123456")).toBe(true);
    expect(desk.message(2, "12345")).toBe(false);
    expect(desk.message(0, "a message in its turn needs no room")).toBe(true);
    expect(desk.budget.used).toBe(0);
    expect(desk.message(3, "12345")).toBe(true);
    expect(desk.message(2, "12345")).toBe(true);
    expect(desk.out).toHaveLength(4);
  });
});

describe("fragments", () => {
  test.each([
    ["in order", [0, 1, 2]],
    ["backwards", [2, 1, 0]],
    ["the last first", [2, 0, 1]],
    ["twice", [0, 0, 2, 2, 1]],
  ])("make up a message: %s", (_, order) => {
    const desk = new Desk();
    const parts = ["abcd", "efgh", "i"];
    for (const index of order) expect(desk.part(0, index, 3, parts[index] as string)).toBe(true);
    expect(desk.texts).toEqual(["abcdefghi"]);
    expect(desk.budget.used).toBe(0);
    expect(desk.part(0, 0, 3, "abcd")).toBe(true);
    expect(desk.texts).toHaveLength(1);
  });

  test("of one are a whole message", () => {
    const desk = new Desk();
    desk.part(0, 0, 1, "all");
    expect(desk.texts).toEqual(["all"]);
  });

  test("wait for the messages before them", () => {
    const desk = new Desk();
    for (const [index, text] of ["ab", "cd"].entries()) desk.part(1, index, 2, text);
    expect(desk.texts).toEqual([]);
    expect(desk.budget.used).toBe(4);
    desk.message(0, "first");
    expect(desk.texts).toEqual(["first", "abcd"]);
    expect(desk.budget.used).toBe(0);
  });

  test("set aside what the message takes at most, from the first that tells", () => {
    const desk = new Desk();
    desk.part(0, 4, 5, "e");
    expect(desk.budget.used).toBe(1);
    desk.part(0, 0, 5, "aaa");
    expect(desk.budget.used).toBe(15);
    desk.part(1, 0, 2_048, "a".repeat(512));
    expect(desk.budget.used).toBe(15 + MIB);
  });

  test("begin anew with a larger number of them, and old ones are passed over", () => {
    const desk = new Desk();
    desk.part(0, 0, 2, "OLD!");
    desk.part(0, 0, 3, "abc");
    expect(desk.budget.used).toBe(9);
    expect(desk.part(0, 1, 2, "OLD!")).toBe(true);
    desk.part(0, 1, 3, "def");
    desk.part(0, 2, 3, "gh");
    expect(desk.texts).toEqual(["abcdefgh"]);
    expect(desk.budget.used).toBe(0);
  });

  test("give way to the whole message", () => {
    const desk = new Desk();
    desk.part(1, 0, 2, "ab");
    desk.part(2, 1, 2, "d");
    desk.message(1, "whole");
    desk.message(2, "whole too");
    expect(desk.budget.used).toBe(5 + 9);
    desk.part(0, 0, 2, "x");
    desk.message(0, "first");
    expect(desk.texts).toEqual(["first", "whole", "whole too"]);
    expect(desk.budget.used).toBe(0);
  });

  test("that do not go together are refused, and harm nothing", () => {
    const desk = new Desk();
    expect(desk.part(0, 0, 3, "abcd")).toBe(true);
    expect(desk.part(0, 1, 3, "abc")).toBe(false);
    expect(desk.part(0, 1, 3, "abcde")).toBe(false);
    expect(desk.part(0, 2, 3, "abcde")).toBe(false);
    expect(desk.part(0, 1, 3, "efgh")).toBe(true);
    expect(desk.part(0, 2, 3, "ij")).toBe(true);
    expect(desk.texts).toEqual(["abcdefghij"]);
  });

  test("of a message beyond 1 MiB are refused", () => {
    const desk = new Desk();
    expect(desk.part(0, 0, 2_048, "a".repeat(513))).toBe(false);
    expect(desk.budget.used).toBe(0);
    expect(desk.part(1, 0, 2_048, "a".repeat(512))).toBe(true);
    expect(desk.part(1, 2_047, 2_048, "a".repeat(512))).toBe(true);
    expect(desk.part(2, 0, 1_025, "a".repeat(1_024))).toBe(false);
    expect(desk.part(3, 0, 1_024, "a".repeat(1_024))).toBe(true);
  });

  test("whose last one was too long when it came first wait for a better one", () => {
    const desk = new Desk();
    desk.part(0, 1, 2, "too long");
    desk.part(0, 0, 2, "abc");
    expect(desk.texts).toEqual([]);
    expect(desk.budget.used).toBe(6);
    desk.part(0, 1, 2, "de");
    expect(desk.texts).toEqual(["abcde"]);
    expect(desk.budget.used).toBe(0);
  });

  test("are refused where there is no room, and the message can still come", () => {
    const desk = new Desk(100);
    expect(desk.part(1, 0, 2, "a".repeat(40))).toBe(true);
    expect(desk.part(0, 0, 2, "b".repeat(40))).toBe(false);
    expect(desk.message(0, "b".repeat(80))).toBe(true);
    desk.part(1, 1, 2, "a");
    expect(desk.out).toHaveLength(2);
    expect(desk.budget.used).toBe(0);
  });
});

test("whatever comes, no more is kept than allowed, and what is handed on is in order", () => {
  const most = 5_000;
  const piece = fc.record({
    seq: fc.oneof(fc.nat(6), fc.nat(5_000), fc.nat(2 ** 32 - 1)),
    index: fc.nat(8),
    of: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(100, 2_048)),
    bytes: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      const desk = new Desk(most);
      for (const { seq, index, of, bytes } of pieces) {
        if (of === 0) desk.message(seq, `${seq}:`.padEnd(bytes, "."));
        else if (index < of) desk.part(seq, index, of, index === 0 ? `${seq}:`.padEnd(bytes, ".") : ".".repeat(bytes));
        expect(desk.budget.used).toBeLessThanOrEqual(most);
        expect(desk.budget.used).toBeGreaterThanOrEqual(0);
      }
      expect(desk.texts.map((text) => Number.parseInt(text, 10)).filter(Number.isFinite)).toEqual(
        desk.texts.flatMap((text, seq) => (Number.isFinite(Number.parseInt(text, 10)) ? [seq] : [])),
      );
    }),
    { numRuns: 500 },
  );
});
