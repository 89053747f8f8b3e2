/**
 * The outside of a session's datagram: which session it belongs to, and its counter. PROTOCOL.md §11.4.
 *
 *   F8 | index u32 | counter u64 | sealed payload and its tag
 *   0    1           5             13
 *
 * Numbers are big endian. The 13 bytes before the payload are authenticated with it.
 */
import { COUNTER_MAX } from "./limits.ts";

const FRAME_BYTE = 0xf8;
export const FRAME_HEAD_BYTES = 13;
export const TAG_BYTES = 16;
export interface FrameHead {
  /** The receiver's name for the session and its keys. */
  readonly index: number;
  readonly counter: number;
}

export function writeFrameHead(frame: Uint8Array, index: number, counter: number): void {
  frame[0] = FRAME_BYTE;
  writeU32(frame, 1, index);
  writeU32(frame, 5, Math.floor(counter / 2 ** 32));
  writeU32(frame, 9, counter >>> 0);
}

/** True for a datagram that can only be a frame. */
export function isFrame(bytes: Uint8Array): boolean {
  return bytes[0] === FRAME_BYTE;
}

/** @returns null where the datagram is too short to hold anything, or its counter lies beyond {@link COUNTER_MAX} */
export function readFrameHead(bytes: Uint8Array): FrameHead | null {
  if (bytes.length < FRAME_HEAD_BYTES + TAG_BYTES) return null;
  const counter = readU32(bytes, 5) * 2 ** 32 + readU32(bytes, 9);
  return counter > COUNTER_MAX ? null : { index: readU32(bytes, 1), counter };
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
