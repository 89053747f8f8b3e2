/**
 * The body of an ack: which counters were received, newest first. PROTOCOL.md §12.4.
 *
 *   largest u64 | delay u16 | run | gap run | gap run ...        at most 32 runs
 *
 * `run` is how many counters below the newest of a range were received without a gap, `gap` how many below it were not,
 * less one. Both are numbers of one, two or four bytes, by their first two bits (as in RFC 9000 §16):
 *
 *   00xxxxxx                            0 to 63
 *   01xxxxxx xxxxxxxx                   0 to 16,383
 *   10xxxxxx xxxxxxxx xxxxxxxx xxxxxxxx 0 to 1,073,741,823
 */
import { ACK_RANGES_MAX, COUNTER_MAX } from "./limits.ts";
import { ACK, RECORD_HEAD, u16At, u32At, writeU16, writeU32 } from "./record.ts";

/** One unit of `delay`, in ms. */
export const ACK_DELAY_UNIT_MS = 0.125;
const DELAY_MAX = 0xffff;
/** Bytes before the first run. */
const FIXED = 10;
const SHORT_MAX = 0x3f;
const MIDDLE_MAX = 0x3fff;
/** A longer run is cut: what lies so far back was settled long ago. */
const LONG_MAX = 0x3fff_ffff;
/** Bytes of a record with one range, and of each further range, at most. */
const FIRST_RANGE_BYTES = RECORD_HEAD + FIXED + 4;
const RANGE_BYTES = 8;

/** An ack that was read: ranges of counters, newest first. One object serves ack after ack. */
export class AckRecord {
  largest = 0;
  delayMs = 0;
  count = 0;
  readonly lows = new Float64Array(ACK_RANGES_MAX);
  readonly highs = new Float64Array(ACK_RANGES_MAX);

  /** Reads the body from `start` to `end`; false when it is none: cut, too many ranges, or counters that there are not. */
  read(payload: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    if (end < start + FIXED + 1) return false;
    this.largest = u32At(payload, start) * 0x1_0000_0000 + u32At(payload, start + 4);
    if (this.largest >= COUNTER_MAX) return false;
    this.delayMs = u16At(payload, start + 8) * ACK_DELAY_UNIT_MS;
    let at = start + FIXED;
    let high = this.largest;
    for (;;) {
      const low = high - numberAt(payload, at);
      at += numberBytes(payload, at);
      if (at > end || !(low >= 0) || this.count === ACK_RANGES_MAX) return false;
      this.lows[this.count] = low;
      this.highs[this.count++] = high;
      if (at === end) return true;
      high = low - numberAt(payload, at) - 2;
      at += numberBytes(payload, at);
      if (at >= end) return false;
    }
  }
}

/** Ranges of which an ack surely fits into so many bytes; 0 where none does. */
export function rangesWithin(bytes: number): number {
  return bytes < FIRST_RANGE_BYTES ? 0 : Math.min(ACK_RANGES_MAX, 1 + Math.floor((bytes - FIRST_RANGE_BYTES) / RANGE_BYTES));
}

/**
 * Writes a record with the `count` newest ranges.
 * @param ranges - newest first, with a gap between any two
 * @param delayMs - since the newest counter was received
 * @returns where it ends
 */
export function writeAck(
  into: Uint8Array,
  at: number,
  ranges: { readonly lows: ArrayLike<number>; readonly highs: ArrayLike<number> },
  count: number,
  delayMs: number,
): number {
  const start = at + RECORD_HEAD;
  const largest = ranges.highs[0] as number;
  writeU32(into, start, Math.floor(largest / 0x1_0000_0000));
  writeU32(into, start + 4, largest);
  writeU16(into, start + 8, Math.min(DELAY_MAX, Math.round(delayMs / ACK_DELAY_UNIT_MS)));
  let low = Math.max(ranges.lows[0] as number, largest - LONG_MAX);
  let to = writeNumber(into, start + FIXED, largest - low);
  for (let index = 1; index < count; index++) {
    const high = ranges.highs[index] as number;
    const gap = low - high - 2;
    if (gap > LONG_MAX) break;
    low = Math.max(ranges.lows[index] as number, high - LONG_MAX);
    to = writeNumber(into, to, gap);
    to = writeNumber(into, to, high - low);
  }
  into[at] = ACK;
  writeU16(into, at + 1, to - start);
  return to;
}

function writeNumber(into: Uint8Array, at: number, value: number): number {
  if (value <= SHORT_MAX) {
    into[at] = value;
    return at + 1;
  }
  if (value <= MIDDLE_MAX) {
    writeU16(into, at, value | 0x4000);
    return at + 2;
  }
  writeU32(into, at, value | 0x8000_0000);
  return at + 4;
}

/** NaN where no number begins, and for a number that is cut. */
function numberAt(bytes: Uint8Array, at: number): number {
  switch ((bytes[at] as number) >>> 6) {
    case 0:
      return bytes[at] as number;
    case 1:
      return u16At(bytes, at) & MIDDLE_MAX;
    case 2:
      return u32At(bytes, at) & LONG_MAX;
    default:
      return Number.NaN;
  }
}

/** Past the end of the bytes it reads as one: the caller sees that the number was cut. */
function numberBytes(bytes: Uint8Array, at: number): number {
  return 1 << ((bytes[at] as number) >>> 6);
}
