/** Heads: how far each log goes, and the digest by which two nodes see whether they hold the same. PROTOCOL.md §13.10. */
import type { Crypto } from "../../crypto/index.ts";
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { ChannelHash } from "./event.ts";
import type { Head, Hole } from "./log.ts";
import { PREFIX, signedBytes, writeU64 } from "./signing.ts";
import { fromHex, writeBase32, writeHex } from "./text-form.ts";

/** A log, by its two names. */
export interface LogName {
  readonly author: NodeId;
  readonly inst: InstanceId;
}

/** The last event of a branch, and the log that it is of. */
export interface LogHead extends LogName, Head {}

/** What is missing of a log. */
export interface LogHole extends LogName, Hole {}

/** The last event of a log that counts, where a revoke ends it; seq 0 and no id when none does. */
export interface Cut {
  readonly seq: number;
  readonly id: EventId | null;
}

/** The key made last: events of one log come together, and a new string would be hashed anew at each look into a map. */
let last = { author: "", inst: "", key: "" };

export function keyOf({ author, inst }: LogName): string {
  if (author !== last.author || inst !== last.inst) last = { author, inst, key: `${author} ${inst}` };
  return last.key;
}

/** By author, instance, seq and id; the order of the text forms is that of the bytes. */
export function compareHeads(a: LogHead, b: LogHead): number {
  return compare(a.author, b.author) || compare(a.inst, b.inst) || a.seq - b.seq || compare(a.id, b.id);
}

const HEAD_BYTES = 80;

/** The digest of heads in the order of {@link compareHeads}: 64 hex digits. Time is no part of it, the id covers it. */
export function digestOf(crypto: Crypto, channel: ChannelHash, heads: readonly LogHead[]): string {
  const bytes = new Uint8Array(HEAD_BYTES * heads.length);
  for (const [at, { author, inst, seq, id }] of heads.entries()) {
    writeBase32(author, bytes, HEAD_BYTES * at);
    writeHex(inst, bytes, HEAD_BYTES * at + 32);
    writeU64(seq, bytes, HEAD_BYTES * at + 40);
    writeHex(id, bytes, HEAD_BYTES * at + 48);
  }
  return crypto.sha256Hex(signedBytes(PREFIX.heads, [fromHex(channel), bytes]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
