/** Records, byte for byte. PROTOCOL.md §12.2, §12.4. */
import { describe, expect, test } from "vitest";
import {
  ACK,
  AckRecord,
  CHALLENGE,
  CLOSE,
  FRAGMENT,
  HELLO,
  LOOSE,
  MESSAGE,
  PATIENT,
  PAYLOAD_BYTES_MAX,
  RECORD_REASONS,
  RESPONSE,
  RecordTable,
  rangesWithin,
  u16At,
  u32At,
  writeAck,
  writeFragment,
  writeHello,
  writeLoose,
  writeMessage,
  writeOut,
  writePadding,
  writePatient,
} from "../../src/wire/index.ts";
import { bytesOfHex, hexOf, payloadOf, type RecordVector, recordBytes, recordsOf } from "./payload.ts";
import { readVectors } from "./vector-file.ts";

interface PayloadVector {
  readonly name: string;
  readonly hex: string;
  readonly records?: readonly RecordVector[];
  readonly reason?: string;
  /** False where a sender writes the same records otherwise. */
  readonly written?: boolean;
}

const vectors = readVectors<PayloadVector>("records");
const utf8 = new TextEncoder();

/** What the codec makes of a payload: its records, or the reason to refuse it. */
function read(payload: Uint8Array): RecordVector[] | string {
  const table = new RecordTable();
  const reason = table.read(payload);
  if (reason !== null) return reason;
  const records: RecordVector[] = [];
  for (let index = 0; index < table.count; index++) {
    const record = recordAt(payload, table.types[index] as number, table.starts[index] as number, table.ends[index] as number);
    if (record === null) return "bad-ack";
    records.push(record);
  }
  return records;
}

function recordAt(payload: Uint8Array, type: number, start: number, end: number): RecordVector | null {
  const text = (from: number) => new TextDecoder().decode(payload.subarray(from, end));
  switch (type) {
    case MESSAGE:
      return { type: "message", stream: payload[start] as number, seq: u32At(payload, start + 1), text: text(start + 5) };
    case FRAGMENT:
      return {
        type: "fragment",
        stream: payload[start] as number,
        seq: u32At(payload, start + 1),
        index: u16At(payload, start + 5),
        of: u16At(payload, start + 7),
        text: text(start + 9),
      };
    case ACK: {
      const ack = new AckRecord();
      if (!ack.read(payload, start, end)) return null;
      const ranges = Array.from({ length: ack.count }, (_, index) => [ack.lows[index] as number, ack.highs[index] as number] as const);
      return { type: "ack", largest: ack.largest, delayMs: ack.delayMs, ranges };
    }
    case CHALLENGE:
      return { type: "challenge", data: hexOf(payload.subarray(start, end)) };
    case RESPONSE:
      return { type: "response", data: hexOf(payload.subarray(start, end)) };
    case HELLO:
      return { type: "hello" };
    case LOOSE:
      return { type: "loose", text: text(start) };
    case PATIENT:
      return { type: "patient" };
    default:
      expect(type).toBe(CLOSE);
      return { type: "close", reason: payload[start] as number };
  }
}

/** What the codec writes for records. */
function written(records: readonly RecordVector[]): Uint8Array {
  const into = new Uint8Array(PAYLOAD_BYTES_MAX);
  return into.subarray(
    0,
    records.reduce((at, record) => writeRecord(into, at, record), 0),
  );
}

function writeRecord(into: Uint8Array, at: number, record: RecordVector): number {
  switch (record.type) {
    case "message":
      return writeMessage(into, at, record.stream, record.seq, utf8.encode(record.text));
    case "fragment":
      return writeFragment(into, at, record.stream, record.seq, record.index, record.of, utf8.encode(record.text));
    case "ack": {
      const lows = record.ranges.map(([low]) => low);
      const highs = record.ranges.map(([, high]) => high);
      return writeAck(into, at, { lows, highs }, lows.length, record.delayMs);
    }
    case "hello":
      return writeHello(into, at);
    case "patient":
      return writePatient(into, at);
    case "loose":
      return writeLoose(into, at, utf8.encode(record.text));
    case "close":
      return writeOut(into, at, record);
    default:
      return writeOut(into, at, { type: record.type, data: bytesOfHex(record.data) });
  }
}

describe("a payload", () => {
  test.each(vectors)("$name", ({ hex, records, reason }) => {
    expect(read(bytesOfHex(hex))).toEqual(records ?? reason);
  });

  test.each(vectors.filter(({ records, written: isWritten }) => records !== undefined && isWritten !== false))(
    "is written: $name",
    ({ hex, records = [] }) => {
      expect(hexOf(written(records))).toBe(hex.replaceAll(" ", ""));
    },
  );

  test.each(vectors.filter(({ records }) => records !== undefined))(
    "the tests' own reader and writer agree: $name",
    ({ hex, records = [] }) => {
      expect(recordsOf(bytesOfHex(hex))).toEqual(records);
      expect(recordsOf(payloadOf(...records))).toEqual(records);
    },
  );

  test("every reason has its vector", () => {
    const reasons = new Set(vectors.map(({ reason }) => reason));
    for (const reason of RECORD_REASONS) if (reason !== "frame-too-long") expect(reasons).toContain(reason);
  });

  test("of 1,171 bytes is read, of 1,172 refused", () => {
    expect(PAYLOAD_BYTES_MAX).toBe(1_171);
    expect(read(recordBytes(0, new Uint8Array(1_168)))).toEqual([]);
    expect(read(recordBytes(0, new Uint8Array(1_169)))).toBe("frame-too-long");
  });

  test("of nothing but the shortest records is read", () => {
    const hellos = Array.from({ length: 390 }, () => ({ type: "hello" as const }));
    expect(read(Uint8Array.of(...payloadOf(...hellos), 0))).toEqual(hellos);
  });

  test("that lies within a larger buffer is read within its bounds", () => {
    const buffer = bytesOfHex("060000 070002 7b7d 060000");
    expect(read(buffer.subarray(3, 8))).toEqual([{ type: "loose", text: "{}" }]);
  });
});

describe("padding", () => {
  const padded = (bytes: number, limit = PAYLOAD_BYTES_MAX) => {
    const into = new Uint8Array(PAYLOAD_BYTES_MAX).fill(0xee);
    const end = writePadding(into, bytes, limit);
    return into.subarray(0, end);
  };

  test.each([
    [0, 0],
    [1, 64],
    [61, 64],
    [62, 64],
    [63, 64],
    [64, 64],
    [65, 128],
    [200, 256],
    [256, 256],
    [257, 512],
    [1_024, 1_024],
    [1_025, 1_171],
    [1_171, 1_171],
  ])("takes %i bytes to %i", (bytes, expected) => {
    expect(padded(bytes)).toHaveLength(expected);
  });

  test("ends at the limit", () => {
    expect(padded(520, 600)).toHaveLength(600);
    expect(padded(600, 600)).toHaveLength(600);
  });

  test.each([
    [64 - 3, "000000"],
    [64 - 5, "0000020000"],
    [64 - 2, "0000"],
    [64 - 1, "00"],
  ])("behind %i bytes it is %s", (bytes, hex) => {
    expect(hexOf(padded(bytes).subarray(bytes))).toBe(hex);
  });

  test("leaves nothing of what lay there before", () => {
    expect(padded(300).subarray(303)).toEqual(new Uint8Array(512 - 303));
  });
});

describe("an ack", () => {
  test("is written with the newest ranges", () => {
    const into = new Uint8Array(64);
    const end = writeAck(into, 0, { lows: [9, 5, 0], highs: [9, 6, 2] }, 2, 0);
    expect(recordsOf(into.subarray(0, end))).toEqual([
      {
        type: "ack",
        largest: 9,
        delayMs: 0,
        ranges: [
          [9, 9],
          [5, 6],
        ],
      },
    ]);
  });

  test("fits into what rangesWithin was told, whatever the ranges are", () => {
    for (let bytes = 0; bytes <= PAYLOAD_BYTES_MAX; bytes++) {
      const count = rangesWithin(bytes);
      const highs = Array.from({ length: count }, (_, index) => 2 ** 40 - index * 2 ** 31);
      const lows = highs.map((high) => high - 2 ** 30 + 1);
      if (count > 0) expect(writeAck(new Uint8Array(2_000), 0, { lows, highs }, count, 0)).toBeLessThanOrEqual(bytes);
    }
    expect(rangesWithin(16)).toBe(0);
    expect(rangesWithin(PAYLOAD_BYTES_MAX)).toBe(32);
  });

  test("of a run longer than its form can say names the newest part of it", () => {
    const into = new Uint8Array(64);
    const end = writeAck(into, 0, { lows: [0], highs: [2 ** 40] }, 1, 0);
    expect(recordsOf(into.subarray(0, end))).toEqual([
      { type: "ack", largest: 2 ** 40, delayMs: 0, ranges: [[2 ** 40 - (2 ** 30 - 1), 2 ** 40]] },
    ]);
  });

  test("says no more delay than 65,535 units", () => {
    const into = new Uint8Array(64);
    const end = writeAck(into, 0, { lows: [0], highs: [0] }, 1, 60_000);
    expect(recordsOf(into.subarray(0, end))).toMatchObject([{ delayMs: 8_191.875 }]);
  });
});
