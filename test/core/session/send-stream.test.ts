/** The sending half of a stream: what goes when, what goes again, and where its numbers end. PROTOCOL.md §12.3. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Flight } from "../../../src/core/session/flight.ts";
import { SendStream } from "../../../src/core/session/send-stream.ts";
import { reserveOf, splitOf } from "../../../src/core/session/split.ts";
import { type RecordVector, recordsOf } from "../../wire/payload.ts";

const LONGEST = 1_131;
const QUEUE = 8_388_608;
const WINDOW = 1_000_000;

/** A stream and its flight: every write is a frame, named by its place. */
class Desk {
  readonly stream: SendStream;
  readonly flight = new Flight();
  readonly #into = new Uint8Array(1_171);
  #counter = 0;

  constructor({ queue = QUEUE, window = WINDOW, firstSeq = 0 } = {}) {
    this.stream = new SendStream(0, queue, window, firstSeq);
  }

  push(...lengths: readonly number[]): boolean[] {
    return lengths.map((length) => this.stream.push(new TextEncoder().encode("x".repeat(length))));
  }

  frame(longest = LONGEST, end = longest): RecordVector[] {
    const to = this.stream.write(this.#into, 0, end, longest, this.flight);
    if (to > 0) this.flight.sent(this.#counter++, to, 0);
    expect(to).toBeLessThanOrEqual(end);
    return recordsOf(this.#into.subarray(0, to));
  }

  frames(longest = LONGEST): RecordVector[][] {
    const frames: RecordVector[][] = [];
    for (let records = this.frame(longest); records.length > 0 && frames.length < 20_000; records = this.frame(longest))
      frames.push(records);
    return frames;
  }

  acked(place: number): void {
    this.flight.acked(place, [this.stream]);
  }

  lost(place: number): void {
    this.flight.lost(place, [this.stream]);
  }
}

const seqsOf = (records: readonly RecordVector[]) => records.map((record) => ("seq" in record ? record.seq : null));
const partsOf = (records: readonly RecordVector[]) =>
  records.map((record) => (record.type === "fragment" ? [record.index, record.of] : null));

describe("cutting a message", () => {
  test.each([
    [1_120, 1_131, { size: 560, of: 2 }],
    [1_119, 1_131, { size: 1_119, of: 1 }],
    [3_000, 1_131, { size: 1_000, of: 3 }],
    [1_048_576, 1_131, { size: 1_118, of: 938 }],
    [1_048_576, 660, { size: 648, of: 1_619 }],
    [1_048_576, 524, { size: 512, of: 2_048 }],
    [1_048_576, 523, null],
    [10, 16, { size: 4, of: 3 }],
    [1, 12, null],
  ])("of %i bytes into records of %i", (bytes, longest, expected) => {
    expect(splitOf(bytes, longest)).toEqual(expected);
  });

  test("leaves no part empty, none longer than fits, and sets hardly more aside than the message", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_048_576 }), fc.integer({ min: 13, max: 1_200 }), (bytes, longest) => {
        const split = splitOf(bytes, longest);
        if (split === null) return;
        const { size, of } = split;
        expect(of).toBeLessThanOrEqual(2_048);
        expect(size + 12).toBeLessThanOrEqual(longest);
        expect((of - 1) * size).toBeLessThan(bytes);
        expect(of * size).toBeGreaterThanOrEqual(bytes);
        expect(reserveOf(split)).toBeLessThanOrEqual(Math.min(bytes + of - 1, 1_048_576));
      }),
      { numRuns: 2_000 },
    );
  });

  test("smaller than before means more fragments than before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_048_576 }),
        fc.integer({ min: 13, max: 1_200 }),
        fc.integer({ min: 13, max: 1_200 }),
        (bytes, a, b) => {
          const before = splitOf(bytes, Math.max(a, b));
          const after = splitOf(bytes, Math.min(a, b));
          if (before === null || after === null || before.size + 12 <= Math.min(a, b)) return;
          expect(after.of).toBeGreaterThan(before.of);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("a sending stream", () => {
  test("sends in order, and what was lost before what is new", () => {
    const desk = new Desk();
    desk.push(500, 500, 500, 500, 500, 500);
    expect(seqsOf(desk.frame())).toEqual([0, 1]);
    expect(seqsOf(desk.frame())).toEqual([2, 3]);
    desk.lost(0);
    expect(seqsOf(desk.frame())).toEqual([0, 1]);
    expect(seqsOf(desk.frame())).toEqual([4, 5]);
    expect(desk.stream.repeated).toBe(2);
  });

  test("does not send again what arrived in the meantime", () => {
    const desk = new Desk();
    desk.push(500, 500, 500);
    desk.frame();
    desk.lost(0);
    desk.acked(0); // it came late
    expect(seqsOf(desk.frame())).toEqual([2]);
    expect(desk.stream.repeated).toBe(0);
  });

  test("sends again once, however often a frame is given back", () => {
    const desk = new Desk();
    desk.push(500);
    desk.frame();
    expect(desk.flight.repeat(0, [desk.stream])).toBe(1);
    expect(desk.flight.repeat(0, [desk.stream])).toBe(0);
    desk.lost(0);
    expect(seqsOf(desk.frame())).toEqual([0]);
    expect(desk.frame()).toEqual([]);
  });

  test("does not send a third copy when the first is lost after a probe sent the second", () => {
    const desk = new Desk();
    desk.push(500);
    desk.frame();
    desk.flight.repeat(0, [desk.stream]);
    expect(seqsOf(desk.frame())).toEqual([0]);
    desk.lost(0);
    expect(desk.frame()).toEqual([]);
    desk.lost(1);
    expect(seqsOf(desk.frame())).toEqual([0]);
  });

  test("repeats a fragment, not its frame and not its message", () => {
    const desk = new Desk();
    desk.push(5_000, 100);
    expect(desk.frames().map(partsOf)).toEqual([[[0, 5]], [[1, 5]], [[2, 5]], [[3, 5]], [[4, 5], null]]);
    desk.lost(1);
    desk.lost(4);
    expect(desk.frames().map(partsOf)).toEqual([[[1, 5]], [[4, 5], null]]);
    for (const place of [0, 2, 3, 5]) desk.acked(place);
    expect(desk.stream.unackedBytes).toBe(5_100);
    desk.acked(6);
    expect(desk.stream.unackedBytes).toBe(0);
  });

  test("fills a frame with the parts of several messages", () => {
    const desk = new Desk();
    desk.push(1_125, 1_125);
    expect(partsOf(desk.frame(LONGEST, 1_171))).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  test("cuts a lost message anew when frames have become smaller", () => {
    const desk = new Desk();
    desk.push(1_000, 5_000);
    desk.frames();
    desk.lost(0);
    desk.lost(3);
    const again = desk.frames(600);
    expect(again.map(partsOf)).toEqual([[[0, 2]], [[1, 2]], ...Array.from({ length: 9 }, (_, index) => [[index, 9]])]);
    desk.acked(1); // of the old fragments
    desk.acked(2);
    expect(desk.stream.unackedBytes).toBe(6_000);
    for (let place = 6; place < 6 + again.length; place++) desk.acked(place);
    expect(desk.stream.unackedBytes).toBe(0);
  });

  test("does not take the loss of an old fragment for one of the new ones", () => {
    const desk = new Desk();
    desk.push(5_000);
    desk.frames();
    desk.lost(0);
    expect(desk.frames(600)).toHaveLength(9);
    for (const place of [1, 2, 3, 4]) desk.lost(place);
    expect(desk.frames(600)).toEqual([]);
  });

  test("still sends a message larger than the window when others were cut anew before", () => {
    const desk = new Desk({ window: 10_000 });
    desk.push(1_001, 20_000);
    desk.frame();
    desk.lost(0);
    desk.frames(600);
    desk.acked(1);
    desk.acked(2);
    expect(desk.frames().length).toBeGreaterThan(10);
  });

  test("cuts a half sent message anew when frames have become smaller", () => {
    const desk = new Desk();
    desk.push(5_000, 100);
    desk.frame();
    const rest = desk.frames(600);
    expect(rest.flat().filter(({ type }) => type === "fragment")).toHaveLength(9);
    expect(seqsOf(rest.flat()).at(-1)).toBe(1);
    expect(desk.stream.queuedBytes).toBe(0);
    for (let place = 0; place <= rest.length; place++) desk.acked(place);
    expect(desk.stream.unackedBytes).toBe(0);
  });

  test("takes a whole message's ack for all of it, though it was cut anew since", () => {
    const desk = new Desk();
    desk.push(1_000);
    desk.frame();
    desk.lost(0);
    desk.frame(600);
    desk.acked(0);
    expect(desk.stream.unackedBytes).toBe(0);
    expect(desk.frame(600)).toEqual([]);
  });

  test("keeps the window in bytes, and a larger message goes alone", () => {
    const desk = new Desk({ window: 10_000 });
    desk.push(...new Array<number>(20).fill(1_000), 50_000, 1_000);
    expect(desk.frames()).toHaveLength(10);
    expect(desk.stream.ready).toBe(false);
    desk.acked(1);
    expect(desk.stream.ready).toBe(false);
    desk.acked(0);
    expect(desk.frames()).toHaveLength(2);
    for (let place = 2; place < 12; place++) desk.acked(place);
    expect(desk.frames()).toHaveLength(8);
    for (let place = 12; place < 20; place++) desk.acked(place);
    expect(seqsOf(desk.frames().flat())).toEqual(new Array(45).fill(20));
  });

  test("keeps the window in messages", () => {
    const desk = new Desk();
    desk.push(...new Array<number>(5_000).fill(1));
    expect(desk.frames().flat()).toHaveLength(4_096);
    desk.acked(0);
    expect(desk.frames().flat().length).toBeGreaterThan(0);
  });

  test("takes the last number, and none after", () => {
    const desk = new Desk({ firstSeq: 2 ** 32 - 2 });
    expect(desk.push(10, 10, 10)).toEqual([true, true, false]);
    expect(seqsOf(desk.frame())).toEqual([2 ** 32 - 2, 2 ** 32 - 1]);
    desk.lost(0);
    expect(seqsOf(desk.frame())).toEqual([2 ** 32 - 2, 2 ** 32 - 1]);
    desk.acked(1);
    expect(desk.stream.unackedBytes).toBe(0);
    expect(desk.push(10)).toEqual([false]);
  });

  test("is worn 2^28 numbers before its last", () => {
    const desk = new Desk({ firstSeq: 2 ** 32 - 2 ** 28 - 1 });
    expect(desk.stream.isWorn).toBe(false);
    desk.push(1);
    expect(desk.stream.isWorn).toBe(true);
  });

  test("whatever is lost, late, repeated or cut anew: in the end all is acknowledged, and nothing is left over", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("push" as const),
        bytes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9_000 })),
      }),
      fc.record({ kind: fc.constant("frame" as const), longest: fc.constantFrom(200, 600, LONGEST) }),
      fc.record({ kind: fc.constantFrom("acked" as const, "lost" as const, "repeat" as const), place: fc.nat(60) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const desk = new Desk({ window: 20_000 });
        for (const each of steps) {
          if (each.kind === "push") desk.push(each.bytes);
          else if (each.kind === "frame") desk.frame(each.longest);
          else if (each.place < desk.flight.tail) {
            if (each.kind === "acked") desk.acked(each.place);
            else if (desk.flight.isOut(each.place)) {
              if (each.kind === "lost") desk.lost(each.place);
              else desk.flight.repeat(each.place, [desk.stream]);
            }
          }
        }
        for (let round = 0; round < 400 && desk.stream.queuedBytes + desk.stream.unackedBytes > 0; round++) {
          desk.frames(200);
          for (let place = 0; place < desk.flight.tail; place++) if (desk.flight.isOut(place)) desk.acked(place);
        }
        expect(desk.stream.queuedBytes).toBe(0);
        expect(desk.stream.unackedBytes).toBe(0);
        expect(desk.frame(200)).toEqual([]);
        expect(desk.stream.ready).toBe(false);
        expect(desk.flight.isEmpty).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
