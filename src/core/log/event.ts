/**
 * One event: an entry of an author's log in a channel. What is signed are the values, not any text that carries them
 * (PROTOCOL.md §13.4):
 *
 *   "ptpchat/1 ev" | channel 32 | author 32 | inst 8 | seq u64 | prev 32 or 0 | deps 32 each | hlc u64 | kind | text
 *   | name, value of each detail in turn
 *
 * The id is the SHA-256 of these bytes. Whether an event is kept and passed on depends on nothing else than this
 * frame; what its kind and details mean decides only what it does. So a node that does not know a kind, or knows a
 * later meaning of it, keeps the same logs as all others.
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";
import { DEPS_MAX, DETAILS_MAX, type EventId, type InstanceId, isWord, type NodeId, type Signature, WHOLE_MAX } from "../../wire/index.ts";
import type { HybridTime } from "./hlc.ts";
import { EVENT_BYTES_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { PREFIX, writeU32, writeU64 } from "./signing.ts";
import { fromBase32, fromBase64url, toBase64url, utf8Length, writeBase32, writeHex } from "./text-form.ts";

declare const channelHashBrand: unique symbol;
/** The 32 bytes that name a channel, of which its GUID shows 16: 64 hex digits in lower case. */
export type ChannelHash = string & { readonly [channelHashBrand]: true };

/** What belongs to the kind of an event; names may repeat. */
export type Detail = readonly [name: string, value: string];

/** What the author says, before it has an id. */
export interface EventContent {
  /** Of a genesis, which names its channel itself: ignored. */
  readonly channel: ChannelHash;
  readonly author: NodeId;
  /** Tells apart the logs of one author: a restored backup goes on in a new one. */
  readonly inst: InstanceId;
  /** From 1. */
  readonly seq: number;
  /** The event with the `seq` before, null for the first. */
  readonly prev: EventId | null;
  /** Heads of other logs that the author had seen and not named since its last event; at most `DEPS_MAX`. */
  readonly deps: readonly EventId[];
  readonly hlc: HybridTime;
  readonly kind: string;
  readonly text: string;
  readonly details: readonly Detail[];
}

export interface Event extends EventContent {
  readonly id: EventId;
  /** Null when a later event of the log carries one, which covers this too. */
  readonly sig: Signature | null;
}

/** What people see of an event that hides another: its content is no more what its id and signature are of. */
export function asSeen(event: Event, seen: Pick<EventContent, "kind" | "text" | "details"> | null): Event {
  return seen === null ? event : { ...event, kind: seen.kind, text: seen.text, details: seen.details };
}

/** Why something is no event. */
export type EventFault =
  | "bad-chain" // a first event with a predecessor, or another without, or a genesis that is not the first
  | "bad-text" // half a character, in the text or a detail
  | "bad-name" // a kind or the name of a detail that is no word
  | "bad-number" // seq or hlc out of range
  | "too-long"; // text, details or all of it

/** The event with its id; or why it cannot be one. */
export function eventOf(crypto: Crypto, content: EventContent, sig: Signature | null): Event | EventFault {
  const fault = faultIn(content);
  if (fault !== null) return fault;
  const bytes = writeEvent(content);
  if (bytes === null) return "too-long";
  const id = crypto.sha256Hex(bytes) as EventId;
  const channel = content.kind === GENESIS ? (id as string as ChannelHash) : content.channel;
  return {
    id,
    channel,
    author: content.author,
    inst: content.inst,
    seq: content.seq,
    prev: content.prev,
    deps: content.deps,
    hlc: content.hlc,
    kind: content.kind,
    text: content.text,
    details: content.details,
    sig,
  };
}

/** The kind of the one event that makes a channel: the channel's hash is its id. */
export const GENESIS = "genesis";

/** The same event with its author's signature, which covers all events before it in that log. */
export function signEvent(crypto: Crypto, event: Event, key: Ed25519KeyPair): Event {
  return { ...event, sig: toBase64url(crypto.ed25519Sign(signedEventBytes(event), key)) as Signature };
}

/** True when the event carries a signature and its author made it. */
export function isSignedByAuthor(crypto: Crypto, event: Event): boolean {
  if (event.sig === null) return false;
  return crypto.ed25519Verify(fromBase64url(event.sig), signedEventBytes(event), fromBase32(event.author));
}

/** The bytes that are signed and hashed; good until the next call. */
export function signedEventBytes(event: EventContent): Uint8Array {
  const bytes = writeEvent(event);
  if (bytes === null) throw new RangeError("an event that was made fits");
  return bytes;
}

/** How many bytes are signed of an event. */
export function signedSize({ kind, prev, deps, text, details }: Event): number {
  let bytes = FRAME_BYTES + (kind === GENESIS ? 0 : 32) + (prev === null ? 0 : 32) + 32 * deps.length + kind.length + utf8Length(text);
  for (const [name, value] of details) bytes += 8 + name.length + utf8Length(value);
  return bytes;
}

function faultIn(content: EventContent): EventFault | null {
  const { seq, prev, kind, details } = content;
  if (!isCount(seq) || !isCount(content.hlc)) return "bad-number";
  if ((seq === 1) !== (prev === null) || (kind === GENESIS && seq !== 1)) return "bad-chain";
  if (!isWord(kind)) return "bad-name";
  if (content.deps.length > DEPS_MAX || details.length > DETAILS_MAX) return "too-long";
  if (!content.text.isWellFormed()) return "bad-text";
  for (const [name, value] of details) {
    if (!isWord(name)) return "bad-name";
    if (!value.isWellFormed()) return "bad-text";
  }
  return null;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= WHOLE_MAX;
}

// ---- the signed bytes ----

const encoder = new TextEncoder();
const prefix = encoder.encode(PREFIX.event);
/** The lengths of ten values, and the values that are always there and always as long: prefix, author, instance, seq, time. */
const FRAME_BYTES = 10 * 4 + prefix.length + 32 + 8 + 8 + 8;
/** Three bytes for each UTF-16 unit of the longest text and details let in, and the rest of an event. */
const scratch = new Uint8Array(3 * (TEXT_BYTES_MAX + EVENT_BYTES_MAX) + 8 * DETAILS_MAX + 1_024);

/** The signed bytes, in `scratch`; null when they are too many. */
function writeEvent(event: EventContent): Uint8Array | null {
  if (event.text.length > TEXT_BYTES_MAX || unitsOf(event.details) > EVENT_BYTES_MAX) return null;
  let at = writeBytes(prefix, 0);
  at = event.kind === GENESIS ? writeLength(0, at) : writeDigits(event.channel, at);
  writeBase32(event.author, scratch, writeLength(32, at));
  at = writeDigits(event.inst, at + 36);
  at = writeNumber(event.seq, at);
  at = event.prev === null ? writeLength(0, at) : writeDigits(event.prev, at);
  at = writeLength(32 * event.deps.length, at);
  for (const id of event.deps) {
    writeHex(id, scratch, at);
    at += 32;
  }
  at = writeNumber(event.hlc, at);
  at = writeText(event.kind, at);
  const textAt = at + 4;
  at = writeText(event.text, at);
  if (at - textAt > TEXT_BYTES_MAX) return null;
  for (const [name, value] of event.details) at = writeText(value, writeText(name, at));
  return at > EVENT_BYTES_MAX ? null : scratch.subarray(0, at);
}

function unitsOf(details: readonly Detail[]): number {
  let units = 0;
  for (const [name, value] of details) units += name.length + value.length;
  return units;
}

// Each writes one value with its length before it, and says where the next begins.

function writeLength(length: number, at: number): number {
  writeU32(length, scratch, at);
  return at + 4;
}

function writeBytes(bytes: Uint8Array, at: number): number {
  scratch.set(bytes, writeLength(bytes.length, at));
  return at + 4 + bytes.length;
}

function writeDigits(hex: string, at: number): number {
  writeHex(hex, scratch, writeLength(hex.length >> 1, at));
  return at + 4 + (hex.length >> 1);
}

function writeNumber(value: number, at: number): number {
  writeU64(value, scratch, writeLength(8, at));
  return at + 12;
}

function writeText(text: string, at: number): number {
  const length = writeAscii(text, at + 4) ?? encoder.encodeInto(text, scratch.subarray(at + 4)).written;
  writeU32(length, scratch, at);
  return at + 4 + length;
}

/** Up to here a loop is quicker than the encoder's call. */
const SHORT_UNITS = 64;

/** Writes a short text of ASCII alone; null for any other. */
function writeAscii(text: string, at: number): number | null {
  if (text.length > SHORT_UNITS) return null;
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    if (code >= 0x80) return null;
    scratch[at + unit] = code;
  }
  return text.length;
}
