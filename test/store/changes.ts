/** Changes to keep, short to write. */
import type { Change, StoredContact, StoredEvent, StoredNick } from "../../src/core/index.ts";
import type { Endpoint, Guid } from "../../src/wire/index.ts";

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
