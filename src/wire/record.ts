/**
 * Records: what the payload of a session's frame holds. PROTOCOL.md §12.2.
 *
 *   type u8 | length u16 | body       numbers are big-endian
 *
 *   0 padding       any bytes; at the end of a payload also cut to its first one or two bytes
 *   1 message       stream u8 | seq u32 | message
 *   2 ack           largest u64 | delay u16 | ranges (ack.ts)
 *   3 challenge     8 bytes
 *   4 response      8 bytes
 *   5 fragment      stream u8 | seq u32 | index u16 | of u16 | part of a message
 *   6 hello         nothing
 *   7 loose         message
 *   8 close         reason u8
 *   9 patient       nothing
 *
 * Records are written where they will lie, and read as places within the payload: nothing is copied on the way.
 */
import { FRAGMENTS_MAX, PAYLOAD_BYTES_MAX } from "./limits.ts";

export const PADDING = 0;
export const MESSAGE = 1;
export const ACK = 2;
export const CHALLENGE = 3;
export const RESPONSE = 4;
export const FRAGMENT = 5;
export const HELLO = 6;
export const LOOSE = 7;
export const CLOSE = 8;
export const PATIENT = 9;

/** Bytes of a record before its body. */
export const RECORD_HEAD = 3;
/** Bytes of a message's record before the message. */
export const MESSAGE_HEAD = RECORD_HEAD + 5;
/** Bytes of a fragment's record before the part. */
export const FRAGMENT_HEAD = RECORD_HEAD + 9;
/** Bytes of a challenge or a response. */
export const CHALLENGE_BYTES = 8;
/** Streams are numbered below. */
export const STREAMS = 3;

/** Records that a payload can hold. */
const RECORDS_MAX = Math.ceil(PAYLOAD_BYTES_MAX / RECORD_HEAD);

/** Payloads are filled up to a step, small ones to small steps, so that their length tells little. */
const SMALL_STEP = 64;
const SMALL_MAX = 256;
const LARGE_STEP = 256;

/** Why a payload is refused as a whole. Stable: they are shown by `status`. */
export const RECORD_REASONS = ["frame-too-long", "record-cut", "bad-record", "bad-ack"] as const;
export type RecordReason = (typeof RECORD_REASONS)[number];

/** A record that goes over a path of one's choice, in a frame of its own. */
export type OutRecord =
  | { readonly type: "challenge" | "response"; readonly data: Uint8Array }
  | { readonly type: "hello" }
  | { readonly type: "close"; readonly reason: number };

/**
 * Where the records of one payload lie. Padding and records of unknown types are left out. One table serves payload
 * after payload.
 */
export class RecordTable {
  count = 0;
  readonly types = new Uint8Array(RECORDS_MAX);
  /** Where each body begins and ends. */
  readonly starts = new Uint16Array(RECORDS_MAX);
  readonly ends = new Uint16Array(RECORDS_MAX);

  /**
   * Checks the whole payload, so that one that is wrong at its end has no effect at its beginning.
   * @returns null, or the reason to refuse it: `frame-too-long`; `record-cut`, a record that goes on past the end;
   *   `bad-record`, a body of a wrong length or with a number out of its bounds. Acks are checked by `AckRecord`.
   */
  read(payload: Uint8Array): RecordReason | null {
    this.count = 0;
    const length = payload.length;
    if (length > PAYLOAD_BYTES_MAX) return "frame-too-long";
    let at = 0;
    while (at < length) {
      const type = payload[at] as number;
      if (at + RECORD_HEAD > length) return type === PADDING ? null : "record-cut";
      const start = at + RECORD_HEAD;
      const end = start + (((payload[at + 1] as number) << 8) | (payload[at + 2] as number));
      if (end > length) return "record-cut";
      at = end;
      if (type === PADDING || type > PATIENT) continue;
      if (!isWellMade(payload, type, start, end)) return "bad-record";
      const index = this.count++;
      this.types[index] = type;
      this.starts[index] = start;
      this.ends[index] = end;
    }
    return null;
  }
}

function isWellMade(payload: Uint8Array, type: number, start: number, end: number): boolean {
  switch (type) {
    case MESSAGE:
      return end > start + 5 && (payload[start] as number) < STREAMS;
    case FRAGMENT:
      return end > start + 9 && (payload[start] as number) < STREAMS && isPart(u16At(payload, start + 5), u16At(payload, start + 7));
    case CHALLENGE:
    case RESPONSE:
      return end === start + CHALLENGE_BYTES;
    case LOOSE:
    case CLOSE:
      return end > start;
    default:
      return true;
  }
}

function isPart(index: number, of: number): boolean {
  return index < of && of <= FRAGMENTS_MAX;
}

export function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 0x1_0000 + u16At(bytes, at + 2);
}

export function writeU16(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 8;
  into[at + 1] = value;
}

export function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function writeHead(into: Uint8Array, at: number, type: number, length: number): void {
  into[at] = type;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
}

/** Each writer puts one record at `at`, where there must be room for it, and returns where it ends. */
export function writeMessage(into: Uint8Array, at: number, stream: number, seq: number, message: Uint8Array): number {
  writeHead(into, at, MESSAGE, message.length + 5);
  into[at + 3] = stream;
  writeU32(into, at + 4, seq);
  into.set(message, at + MESSAGE_HEAD);
  return at + MESSAGE_HEAD + message.length;
}

export function writeFragment(
  into: Uint8Array,
  at: number,
  stream: number,
  seq: number,
  index: number,
  of: number,
  part: Uint8Array,
): number {
  writeHead(into, at, FRAGMENT, part.length + 9);
  into[at + 3] = stream;
  writeU32(into, at + 4, seq);
  writeU16(into, at + 8, index);
  writeU16(into, at + 10, of);
  into.set(part, at + FRAGMENT_HEAD);
  return at + FRAGMENT_HEAD + part.length;
}

export function writeLoose(into: Uint8Array, at: number, message: Uint8Array): number {
  writeHead(into, at, LOOSE, message.length);
  into.set(message, at + RECORD_HEAD);
  return at + RECORD_HEAD + message.length;
}

export function writeHello(into: Uint8Array, at: number): number {
  writeHead(into, at, HELLO, 0);
  return at + RECORD_HEAD;
}

/** Says that the ack of what is in the frame may wait for company. */
export function writePatient(into: Uint8Array, at: number): number {
  writeHead(into, at, PATIENT, 0);
  return at + RECORD_HEAD;
}

export function writeOut(into: Uint8Array, at: number, record: OutRecord): number {
  switch (record.type) {
    case "hello":
      return writeHello(into, at);
    case "close":
      writeHead(into, at, CLOSE, 1);
      into[at + RECORD_HEAD] = record.reason;
      return at + RECORD_HEAD + 1;
    default:
      writeHead(into, at, record.type === "challenge" ? CHALLENGE : RESPONSE, CHALLENGE_BYTES);
      into.set(record.data, at + RECORD_HEAD);
      return at + RECORD_HEAD + CHALLENGE_BYTES;
  }
}

/**
 * Fills a payload of `at` bytes up to its next step, or up to `limit`. The filling is zeros: what lay there before may
 * be another session's.
 */
export function writePadding(into: Uint8Array, at: number, limit: number): number {
  const step = at <= SMALL_MAX ? SMALL_STEP : LARGE_STEP;
  const end = Math.min(Math.ceil(at / step) * step, limit);
  if (end <= at) return at;
  into.fill(0, at, end);
  if (end - at >= RECORD_HEAD) writeU16(into, at + 1, end - at - RECORD_HEAD);
  return end;
}
