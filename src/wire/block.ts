/**
 * A block of a file as it travels in a session: the one message there that is no JSON. PROTOCOL.md §21.4.
 *
 *   B1 | level u8 | index u32 | root 32 | bytes ...       numbers are big-endian
 *   0    1          2           6         38
 *
 * The first byte can begin no UTF-8, so a node that knows no blocks drops it as `not-ours`.
 */
import { SESSION_MESSAGE_MAX } from "./limits.ts";
import { u32At, writeU32 } from "./record.ts";

export const BLOCK_BYTE = 0xb1;
/** Bytes of the message before those of the block. */
export const BLOCK_HEAD_BYTES = 38;
const ROOT_AT = 6;
/** Levels are below: blocks, lists of blocks, the list of lists. */
export const BLOCK_LEVELS = 3;

/** What one message carries; `bytes` lie in the message. */
export interface BlockMessage {
  readonly level: number;
  readonly index: number;
  /** 64 hex digits. */
  readonly root: string;
  readonly bytes: Uint8Array;
}

export function isBlock(message: Uint8Array): boolean {
  return message[0] === BLOCK_BYTE;
}

/** Null for one that is cut, too long, or of no level. */
export function readBlock(message: Uint8Array): BlockMessage | null {
  if (!isBlock(message) || message.length <= BLOCK_HEAD_BYTES || message.length > SESSION_MESSAGE_MAX) return null;
  const level = message[1] as number;
  if (level >= BLOCK_LEVELS) return null;
  let root = "";
  for (let at = ROOT_AT; at < BLOCK_HEAD_BYTES; at++) root += HEX[message[at] as number];
  return { level, index: u32At(message, 2), root, bytes: message.subarray(BLOCK_HEAD_BYTES) };
}

/**
 * Writes the head in front of a block that lies at `BLOCK_HEAD_BYTES` of `message` already.
 * @param root - 64 hex digits
 */
export function writeBlockHead(message: Uint8Array, level: number, index: number, root: string): void {
  message[0] = BLOCK_BYTE;
  message[1] = level;
  writeU32(message, 2, index);
  for (let at = 0; at < 32; at++) message[ROOT_AT + at] = Number.parseInt(root.slice(2 * at, 2 * at + 2), 16);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
