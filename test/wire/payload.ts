/** Payloads of frames, written and read apart from src/wire: what the tests hold the codec against. PROTOCOL.md §12.2. */

/** A record as test/vectors/records.json has it. Bytes are hex; `text` stands for its bytes in UTF-8. */
export type RecordVector =
  | { readonly type: "message"; readonly stream: number; readonly seq: number; readonly text: string }
  | {
      readonly type: "fragment";
      readonly stream: number;
      readonly seq: number;
      readonly index: number;
      readonly of: number;
      readonly text: string;
    }
  /** `ranges` are pairs from low to high, newest first. */
  | { readonly type: "ack"; readonly largest: number; readonly delayMs: number; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly type: "challenge" | "response"; readonly data: string }
  | { readonly type: "hello" }
  | { readonly type: "patient" }
  | { readonly type: "loose"; readonly text: string }
  | { readonly type: "close"; readonly reason: number };

const NAMES = ["padding", "message", "ack", "challenge", "response", "fragment", "hello", "loose", "close", "patient"] as const;

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** One payload of these records, unpadded. */
export function payloadOf(...records: readonly RecordVector[]): Uint8Array {
  return Uint8Array.from(records.flatMap((record) => [...recordBytes(NAMES.indexOf(record.type), bodyOf(record))]));
}

export function recordBytes(type: number, body: Uint8Array): Uint8Array {
  return Uint8Array.of(type, body.length >> 8, body.length & 0xff, ...body);
}

function bodyOf(record: RecordVector): Uint8Array {
  switch (record.type) {
    case "message":
      return joined(Uint8Array.of(record.stream), number(record.seq, 4), utf8(record.text));
    case "fragment":
      return joined(Uint8Array.of(record.stream), number(record.seq, 4), number(record.index, 2), number(record.of, 2), utf8(record.text));
    case "ack":
      return ackBody(record.largest, record.delayMs, record.ranges);
    case "hello":
    case "patient":
      return new Uint8Array(0);
    case "loose":
      return utf8(record.text);
    case "close":
      return Uint8Array.of(record.reason);
    default:
      return bytesOfHex(record.data);
  }
}

function ackBody(largest: number, delayMs: number, ranges: readonly (readonly [number, number])[]): Uint8Array {
  const parts = [number(largest, 8), number(delayMs * 8, 2)];
  for (const [index, [low, high]] of ranges.entries()) {
    const above = ranges[index - 1];
    if (above !== undefined) parts.push(variable(above[0] - high - 2));
    parts.push(variable(high - low));
  }
  return joined(...parts);
}

/** RFC 9000 §16, without its longest form. */
function variable(value: number): Uint8Array {
  if (value < 2 ** 6) return number(value, 1);
  return value < 2 ** 14 ? number(value + 2 ** 14, 2) : number(value + 2 ** 31, 4);
}

function number(value: number, bytes: number): Uint8Array {
  return bytesOfHex(value.toString(16).padStart(2 * bytes, "0"));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The records of a payload that is known to be well made, padding left out. */
export function recordsOf(payload: Uint8Array): RecordVector[] {
  const records: RecordVector[] = [];
  for (let rest = Buffer.from(payload); rest.length >= 3; ) {
    const name = NAMES[rest[0] as number] ?? "padding";
    const length = rest.readUInt16BE(1);
    if (name !== "padding") records.push(recordOf(name, rest.subarray(3, 3 + length)));
    rest = rest.subarray(3 + length);
  }
  return records;
}

function recordOf(type: RecordVector["type"], body: Buffer): RecordVector {
  switch (type) {
    case "message":
      return { type, stream: body.readUInt8(0), seq: body.readUInt32BE(1), text: body.toString("utf8", 5) };
    case "fragment":
      return {
        type,
        stream: body.readUInt8(0),
        seq: body.readUInt32BE(1),
        index: body.readUInt16BE(5),
        of: body.readUInt16BE(7),
        text: body.toString("utf8", 9),
      };
    case "ack":
      return ackOf(body);
    case "hello":
    case "patient":
      return { type };
    case "loose":
      return { type, text: body.toString("utf8") };
    case "close":
      return { type, reason: body.readUInt8(0) };
    default:
      return { type, data: body.toString("hex") };
  }
}

function ackOf(body: Buffer): RecordVector {
  const largest = Number(body.readBigUInt64BE(0));
  const ranges: [number, number][] = [];
  let high = largest;
  for (let at = 10; at < body.length; ) {
    const [run, behindRun] = variableAt(body, at);
    ranges.push([high - run, high]);
    if (behindRun >= body.length) break;
    const [gap, behindGap] = variableAt(body, behindRun);
    high = high - run - gap - 2;
    at = behindGap;
  }
  return { type: "ack", largest, delayMs: body.readUInt16BE(8) / 8, ranges };
}

function variableAt(body: Buffer, at: number): [value: number, end: number] {
  const bytes = 2 ** ((body[at] as number) >> 6);
  return [body.readUIntBE(at, bytes) % 2 ** (8 * bytes - 2), at + bytes];
}
