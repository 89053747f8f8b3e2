/** How values look in rows: ids, GUIDs and signatures as bytes, yes and no as 1 and 0, times as whole numbers. */
import type { ChannelHash, Detail, Event, HybridTime, StoredEvent, Timestamp } from "../core/index.ts";
// From its file and not over core's door: the writer's thread needs this number and not the whole core.
import { US_PER_MS } from "../core/log/hlc.ts";
import type { EventId, Guid, InstanceId, NodeId, Signature } from "../wire/index.ts";

/** An entry of the history. */
export interface EntryRow {
  seq: number;
  id: Buffer;
  channel: Buffer;
  author: string;
  own: number;
  kind: string;
  hlc: number;
  body: string;
  verified: number;
}

/** A signed event. */
export interface SignedRow {
  id: Buffer;
  channel: ChannelHash;
  author: NodeId;
  inst: InstanceId;
  log_seq: number;
  prev: Buffer | null;
  deps: Buffer | null;
  hlc: number;
  kind: string;
  body: string;
  details: string | null;
  sig: Buffer | null;
}

export function entryOf(row: EntryRow): StoredEvent {
  return {
    id: idOf(row.id),
    channelId: guidOf(row.channel),
    author: row.author,
    own: row.own === 1,
    kind: row.kind,
    at: Math.floor(row.hlc / US_PER_MS),
    body: row.body,
    verified: row.verified === 1,
  };
}

export function eventOf(row: SignedRow): Event {
  return {
    id: idOf(row.id) as EventId,
    channel: row.channel,
    author: row.author,
    inst: row.inst,
    seq: row.log_seq,
    prev: row.prev === null ? null : (idOf(row.prev) as EventId),
    deps: row.deps === null ? [] : depsOf(row.deps),
    hlc: row.hlc,
    kind: row.kind,
    text: row.body,
    details: row.details === null ? [] : (JSON.parse(row.details) as Detail[]),
    sig: row.sig === null ? null : (row.sig.toString("base64url") as Signature),
  };
}

/** The microsecond at which what is dated by the millisecond stands. */
export function hlcOf(at: Timestamp): HybridTime {
  return at * US_PER_MS;
}

export function idOf(bytes: Buffer): string {
  return bytes.toString("hex");
}

export function idBytes(id: string): Buffer {
  return Buffer.from(id, "hex");
}

/** Hex digits of one event id. */
const ID_DIGITS = 64;

function depsOf(bytes: Buffer): EventId[] {
  const digits = idOf(bytes);
  return Array.from({ length: digits.length / ID_DIGITS }, (_, at) => digits.slice(ID_DIGITS * at, ID_DIGITS * (at + 1)) as EventId);
}

export function depsBytes(deps: readonly EventId[]): Buffer | null {
  return deps.length === 0 ? null : idBytes(deps.join(""));
}

export function detailsText(details: readonly Detail[]): string | null {
  return details.length === 0 ? null : JSON.stringify(details);
}

export function signatureBytes(signature: Signature | null): Buffer | null {
  return signature === null ? null : Buffer.from(signature, "base64url");
}

export function guidBytes(guid: Guid): Buffer {
  return Buffer.from(guid.replaceAll("-", ""), "hex");
}

export function guidOf(bytes: Buffer): Guid {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
