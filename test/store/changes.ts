/** Changes to keep, short to write. */
import type { Change, ChannelHash, Event, LogRow, StoredContact, StoredEvent, StoredNick } from "../../src/core/index.ts";
import type { Endpoint, EventId, Guid, InstanceId, NodeId, Signature } from "../../src/wire/index.ts";

export const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
export const GARDEN = "a3d1e8cd-1035-8efa-9f5a-05fab4001167" as Guid;
export const ALICE = "192.0.2.1:4000" as Endpoint;
export const BOB = "[2001:db8::2]:4000" as Endpoint;
export const KEY = Uint8Array.from({ length: 32 }, (_, at) => at + 1);

/** The event number `n`: its id, and what the other fields are unless given. */
export function event(n: number, fields: Partial<StoredEvent> = {}): StoredEvent {
  const id = n.toString(16).padStart(32, "0");
  return { id, channelId: LOBBY, author: ALICE, own: false, kind: "post", at: 1_000 + n, body: `text ${n}`, verified: false, ...fields };
}

export function post(n: number, fields: Partial<StoredEvent> = {}): Change {
  return { kind: "event", event: event(n, fields) };
}

export function posts(from: number, to: number): Change[] {
  return Array.from({ length: to - from + 1 }, (_, at) => post(from + at));
}

export function channel(id: Guid, name: string, joinedAt: number): Change {
  return { kind: "channel", channel: { id, name, mode: "bare", joinedAt } };
}

export function member(channelId: Guid, endpoint: Endpoint, heardAt: number): Change {
  return { kind: "member", member: { channelId, endpoint, heardAt } };
}

/** The contact number `n`. */
export function contact(n: number, fields: Partial<StoredContact> = {}): StoredContact {
  return { nodeId: `${n.toString().padStart(51, "0")}0`, name: `contact-${n}`, addedAt: 1_000 + n, verifiedAt: null, ...fields };
}

/** What the node number `n` calls itself. */
export function nick(n: number, fields: Partial<StoredNick> = {}): StoredNick {
  return { nodeId: `${n.toString().padStart(51, "0")}0`, nick: `nick-${n}`, at: 1_000 + n, ...fields };
}

export function key(from: Endpoint, cipher: string, text: string, at: number): Change {
  return { kind: "key", key: { channelId: LOBBY, from, cipher, key: text, at } };
}

// ---- signed ones ----

/** The hashes that stand behind two channels. */
export const LOBBY_HASH = `69f4d03089190abf${"e2".repeat(24)}` as ChannelHash;
export const GARDEN_HASH = `a3d1e8cd10350efa${"1f".repeat(24)}` as ChannelHash;
/** A log, by its two names. */
export const ADA = { author: `${"A".repeat(51)}0` as NodeId, inst: "00000000000000a1" as InstanceId };
export const BEN = { author: `${"B".repeat(51)}G` as NodeId, inst: "00000000000000b1" as InstanceId };

/** Microseconds since 1970 at which signed events begin. */
export const NOON = 1_795_600_000_000_000;

export function hexId(n: number): EventId {
  return n.toString(16).padStart(64, "0") as EventId;
}

/** The event number `n` of Ada's log, as far as other fields are not given; its id is its number too. */
export function signedEvent(n: number, fields: Partial<Event> = {}): Event {
  const seq = fields.seq ?? n;
  const prev = seq === 1 ? null : hexId(n - 1);
  const place = { id: hexId(n), channel: LOBBY_HASH, ...ADA, seq, prev, deps: [], hlc: NOON + 1_000_000 * n };
  return { ...place, kind: "post", text: `text ${n}`, details: [], sig: null, ...fields };
}

export function signed(event: Event, branch = 0, own = false): Change {
  return { kind: "signed", channelId: event.channel === GARDEN_HASH ? GARDEN : LOBBY, own, event, branch };
}

/** Events `from` to `to` of one branch of Ada's log. */
export function signedRun(from: number, to: number, branch = 0): Change[] {
  return Array.from({ length: to - from + 1 }, (_, at) => signed(signedEvent(from + at), branch));
}

export const SIGNATURE = `${"s".repeat(85)}Q` as Signature;

/** The row of a log that holds the events 1 to `high` without a hole. */
export function logRow(high: number, name = ADA): LogRow {
  const ends = { low: 1, lowId: hexId(1), lowPrev: null, lowHlc: NOON, high, highId: hexId(high), highHlc: NOON + high };
  return { ...name, floor: 1, branches: [[0, { root: null, stretches: [ends] }]] };
}
