/** How values look in rows: ids, GUIDs and signatures as bytes, yes and no as 1 and 0, times as whole numbers. */
import type {
  ChannelHash,
  ClosedPlace,
  Detail,
  Event,
  HybridTime,
  Low,
  Reference,
  StoredEntry,
  StoredEvent,
  Timestamp,
} from "../core/index.ts";
// From their files and not over core's door: the writer's thread needs these and not the whole core.
import { asSeen } from "../core/log/event.ts";
import { US_PER_MS } from "../core/log/hlc.ts";
import { isEffect, referenceIn } from "../core/log/kind.ts";
import type { EventId, Guid, InstanceId, NodeId, Signature } from "../wire/index.ts";

/** The columns of a signed event, of `event` and `log`. */
export const SIGNED = `event.id, log.channel, log.author, log.inst, event.log_seq, event.prev, event.deps, event.hlc, event.kind, event.body,
  event.details, event.sig, event.signed`;

/** True for an entry that people see: `isShown` of core, and in the words in which the index `event_shown` is found. */
export const SHOWN = `event.kind NOT IN (
  'genesis', 'edit', 'delete', 'reaction', 'nick', 'topic', 'grant', 'revoke', 'leave', 'invite', 'prekey', 'key'
) AND (event.kind = 'post' OR event.body <> '')`;

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

/** Where a signed event lies, and the one before it. */
export interface LinkRow {
  author: NodeId;
  inst: InstanceId;
  seq: number;
  id: Buffer;
  prev: Buffer | null;
  hlc: number;
}

export function linkOf({ author, inst, seq, id, prev, hlc }: LinkRow): Low & ClosedPlace {
  return { author, inst, seq, id: idOf(id) as EventId, prev: prev === null ? null : (idOf(prev) as EventId), hlc };
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
  /** What was signed, where kind, body and details are something else. */
  signed: string | null;
}

/** An entry of the history, with all of it where it is signed; then `author` and `channel` are those of its log. */
export interface WholeRow extends Omit<SignedRow, "author" | "channel"> {
  channel: ChannelHash | null;
  author: NodeId | null;
  guid: Buffer;
  name: string;
  own: number;
  verified: number;
}

/** Bytes of an id that the index `event_id` holds. */
export const KEY_BYTES = 8;

export function wholeEntryOf(row: WholeRow): StoredEntry {
  const { id, guid, name: author, own, kind, hlc, body, verified, channel } = row;
  const seen = {
    id: idOf(id),
    channelId: guidOf(guid),
    author,
    own: own === 1,
    kind,
    at: Math.floor(hlc / US_PER_MS),
    body,
    verified: verified === 1,
  };
  return channel === null ? seen : { ...seen, signed: seenEventOf(row as WholeRow & SignedRow) };
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

/** An event as it was signed. */
export function eventOf(row: SignedRow): Event {
  const event = seenEventOf(row);
  if (row.signed === null) return event;
  const [kind, text, details] = JSON.parse(row.signed) as [string, string, Detail[]];
  return asSeen(event, { kind, text, details });
}

/** What was signed, as it is kept beside what people see. */
export function outerText({ kind, text, details }: Event): string {
  return JSON.stringify([kind, text, details]);
}

/** An event as people see it. */
export function seenEventOf(row: SignedRow): Event {
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

/** What an edit, a delete or a reaction is about; null for all else, and for one that means nothing. */
export function targetBytes(event: Pick<Event, "kind" | "details" | "hlc">): Buffer | null {
  const target = isEffect(event) ? referenceIn(event, "target") : null;
  return target === null ? null : referenceBytes(target);
}

/** The time in 8 bytes, highest first, and the id. */
export function referenceBytes({ hlc, id }: Reference): Buffer {
  const bytes = Buffer.alloc(8 + id.length / 2);
  bytes.writeBigUInt64BE(BigInt(hlc));
  bytes.write(id, 8, "hex");
  return bytes;
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
