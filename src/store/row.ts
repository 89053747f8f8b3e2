/** How values look in rows: ids and GUIDs as 16 bytes, yes and no as 1 and 0, times as whole milliseconds. */
import type { StoredEvent } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";

export interface EventRow {
  id: Buffer;
  channel: Buffer;
  author: string;
  own: number;
  kind: string;
  at: number;
  body: string;
  verified: number;
}

export function eventOf(row: EventRow): StoredEvent {
  return {
    id: idOf(row.id),
    channelId: guidOf(row.channel),
    author: row.author,
    own: row.own === 1,
    kind: row.kind,
    at: row.at,
    body: row.body,
    verified: row.verified === 1,
  };
}

export function idOf(bytes: Buffer): string {
  return bytes.toString("hex");
}

export function idBytes(id: string): Buffer {
  return Buffer.from(id, "hex");
}

export function guidBytes(guid: Guid): Buffer {
  return Buffer.from(guid.replaceAll("-", ""), "hex");
}

export function guidOf(bytes: Buffer): Guid {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
