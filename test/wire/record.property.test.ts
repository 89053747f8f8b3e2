/** What holds for every payload, whoever made it. PROTOCOL.md §12.2, §12.4. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ACK, AckRecord, PAYLOAD_BYTES_MAX, RECORD_REASONS, RecordTable, writeAck } from "../../src/wire/index.ts";
import { payloadOf, type RecordVector, recordBytes, recordsOf } from "./payload.ts";

const text = fc.string({ minLength: 1, maxLength: 40 });
const stream = fc.nat(2);
const seq = fc.nat(0xffff_ffff);
const data = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("hex"));

/** Ranges, newest first, from gaps and runs of the three forms of a number. */
const ranges = fc
  .tuple(
    fc.nat(2 ** 47),
    fc.array(fc.tuple(fc.oneof(fc.nat(63), fc.nat(16_383), fc.nat(2 ** 30 - 1)), fc.oneof(fc.nat(63), fc.nat(2 ** 30 - 1))), {
      minLength: 1,
      maxLength: 32,
    }),
  )
  .map(([largest, steps]) => {
    const list: [number, number][] = [];
    let high = largest;
    for (const [gap, run] of steps) {
      if (high - run < 0) break;
      list.push([high - run, high]);
      high = high - run - gap - 2;
    }
    return list.length === 0 ? [[largest, largest] as [number, number]] : list;
  });

const record: fc.Arbitrary<RecordVector> = fc.oneof(
  fc.record({ type: fc.constant("message" as const), stream, seq, text }),
  fc
    .record({ stream, seq, index: fc.nat(2_046), more: fc.integer({ min: 1, max: 2_048 }), text })
    .map(({ more, ...rest }) => ({ type: "fragment" as const, ...rest, of: Math.min(2_048, rest.index + more) })),
  fc
    .tuple(ranges, fc.nat(0xffff))
    .map(([list, delay]) => ({ type: "ack" as const, largest: list[0]?.[1] ?? 0, delayMs: delay / 8, ranges: list })),
  fc.record({ type: fc.constantFrom("challenge" as const, "response" as const), data }),
  fc.constant({ type: "hello" as const }),
  fc.record({ type: fc.constant("loose" as const), text }),
  fc.record({ type: fc.constant("close" as const), reason: fc.nat(255) }),
);

const payload = fc
  .array(record, { maxLength: 8 })
  .map((records) => payloadOf(...records))
  .filter((bytes) => bytes.length <= PAYLOAD_BYTES_MAX);
const mutated = fc
  .tuple(payload, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat())
  .map(([bytes, changes, cut]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy.subarray(0, copy.length - (cut % (copy.length + 1)));
  });
const junk = fc.oneof(
  fc.uint8Array({ maxLength: PAYLOAD_BYTES_MAX + 50 }),
  fc.array(fc.tuple(fc.nat(10), fc.uint8Array({ maxLength: 30 })), { maxLength: 20 }).map((records) => {
    return Uint8Array.from(records.flatMap(([type, body]) => [...recordBytes(type, body)]));
  }),
);

const table = new RecordTable();
const ack = new AckRecord();

test("any bytes give records within them, or a known reason, and never an exception", () => {
  const reasons: readonly string[] = RECORD_REASONS;
  fc.assert(
    fc.property(fc.oneof(payload, mutated, junk), (bytes) => {
      const reason = table.read(bytes);
      if (reason !== null) expect(reasons).toContain(reason);
      let before = 0;
      for (let index = 0; index < table.count; index++) {
        const start = table.starts[index] as number;
        const end = table.ends[index] as number;
        expect(start).toBeGreaterThanOrEqual(before + 3);
        expect(end).toBeGreaterThanOrEqual(start);
        before = end;
        if (table.types[index] === ACK && ack.read(bytes, start, end)) expectDescending();
      }
      expect(before).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 5_000 },
  );
});

function expectDescending(): void {
  let above = Number.POSITIVE_INFINITY;
  for (let index = 0; index < ack.count; index++) {
    const low = ack.lows[index] as number;
    const high = ack.highs[index] as number;
    expect(high).toBeLessThan(above);
    expect(low).toBeLessThanOrEqual(high);
    above = low;
  }
  expect(above).toBeGreaterThanOrEqual(0);
}

test("well-made records are all found, in their order", () => {
  fc.assert(
    fc.property(payload, (bytes) => {
      expect(table.read(bytes)).toBeNull();
      expect(table.count).toBe(recordsOf(bytes).length);
    }),
    { numRuns: 1_000 },
  );
});

test("an ack is read as it was written", () => {
  fc.assert(
    fc.property(ranges, fc.nat(0xffff), (list, delay) => {
      const into = new Uint8Array(PAYLOAD_BYTES_MAX);
      const lows = list.map(([low]) => low);
      const highs = list.map(([, high]) => high);
      const end = writeAck(into, 0, { lows, highs }, list.length, delay / 8);
      expect(recordsOf(into.subarray(0, end))).toEqual([{ type: "ack", largest: highs[0], delayMs: delay / 8, ranges: list }]);
      expect(ack.read(into, 3, end)).toBe(true);
      expect(Array.from({ length: ack.count }, (_, index) => [ack.lows[index], ack.highs[index]])).toEqual(list);
    }),
    { numRuns: 2_000 },
  );
});
