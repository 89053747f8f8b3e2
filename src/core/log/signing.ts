/**
 * What is signed: a list of values, each with its length before it, so that no two lists are the same bytes
 * (pre-authentication encoding). The first value says what kind of thing is signed; no signature of one kind can be
 * taken for another's. PROTOCOL.md §13.4.
 *
 *   value = length u32, big-endian | bytes
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";

/** The first value of everything that a node signs, and of what it only hashes or binds to a ciphertext. No two are equal, none changes its meaning. */
export const PREFIX = {
  /** An event (§13.4), by its author. */
  event: "ptpchat/1 ev",
  /** A session's link key, by the node. */
  link: "ptpchat/1 link",
  /** The use of an invitation, by the key in it. */
  join: "ptpchat/1 join",
  /** A list of neighbours, by the node. */
  neighbours: "ptpchat/1 routing",
  /** A question for a sender key, by the asker. */
  keyRequest: "ptpchat/1 getkey",
  /** The answer to it, by whoever gives it. */
  keyAnswer: "ptpchat/1 key",
  /** A question for message keys, by the asker. */
  pastRequest: "ptpchat/1 getpast",
  /** The answer to it, by whoever gives it. */
  pastAnswer: "ptpchat/1 past",
  /** Hashed: the heads of a channel (§13.10). */
  heads: "ptpchat/1 heads",
  /** Hashed: the channel of two nodes (§13.2). */
  dm: "ptpchat/1 dm",
  /** Bound to a sealed text: where it belongs (§19.2). */
  sealed: "ptpchat/1 sealed",
  /** Bound to a box with a sender key: from whom it is, and for whom (§19.4). */
  box: "ptpchat/1 box",
  /** Bound to the box of an answer: to which question it belongs (§19.5). */
  keyBox: "ptpchat/1 key box",
  /** The same of an answer with message keys (§19.6). */
  pastBox: "ptpchat/1 past box",
  /** Hashed: the ids of blocks of a file, or of lists of such (§21.2). */
  blocks: "ptpchat/1 blocks",
  /** Hashed: the mailbox of a node, and the pass of a slot in it (§22.1). */
  mailbox: "ptpchat/1 mailbox",
  slot: "ptpchat/1 slot",
  /** What a parcel is sealed for (§22.2). */
  parcel: "ptpchat/1 parcel",
} as const;

export type Prefix = (typeof PREFIX)[keyof typeof PREFIX];

/** A value: bytes as they are, text in UTF-8, a whole number as eight bytes. */
export type SignedValue = Uint8Array | string | number;

const encoder = new TextEncoder();

/** The bytes to sign or hash: `prefix`, then `values` in their order. */
export function signedBytes(prefix: Prefix, values: readonly SignedValue[]): Uint8Array {
  return listBytes([prefix, ...values]);
}

/** A list of values, for what is neither signed nor hashed by itself. */
export function listBytes(values: readonly SignedValue[]): Uint8Array {
  const parts = values.map(bytesOf);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    writeU32(part.length, bytes, at);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

export function sign(crypto: Crypto, key: Ed25519KeyPair, prefix: Prefix, values: readonly SignedValue[]): Uint8Array {
  return crypto.ed25519Sign(signedBytes(prefix, values), key);
}

export function verify(
  crypto: Crypto,
  signature: Uint8Array,
  publicKey: Uint8Array,
  prefix: Prefix,
  values: readonly SignedValue[],
): boolean {
  return crypto.ed25519Verify(signature, signedBytes(prefix, values), publicKey);
}

export function writeU32(value: number, into: Uint8Array, at: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

export function readU32(from: Uint8Array, at: number): number {
  return (
    (((from[at] as number) << 24) | ((from[at + 1] as number) << 16) | ((from[at + 2] as number) << 8) | (from[at + 3] as number)) >>> 0
  );
}

/** A whole number from 0 to 2^53 - 1 as eight bytes, the highest first. */
export function writeU64(value: number, into: Uint8Array, at: number): void {
  writeU32(Math.floor(value / 2 ** 32), into, at);
  writeU32(value >>> 0, into, at + 4);
}

function bytesOf(value: SignedValue): Uint8Array {
  if (typeof value === "string") return encoder.encode(value);
  if (typeof value !== "number") return value;
  const bytes = new Uint8Array(8);
  writeU64(value, bytes, 0);
  return bytes;
}
