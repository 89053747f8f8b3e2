/**
 * Checks changes before they are kept. They come from our own core, so a wrong one is a mistake of ours; it must be named
 * here and must not reach SQLite, whose columns take what its binding makes of a value.
 */
import type { Change } from "../core/index.ts";
import { isGuid } from "../wire/index.ts";
import { StoreError } from "./fault.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const yesNo: Check = (value) => typeof value === "boolean";
const time: Check = (value) => typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
const guid: Check = (value) => typeof value === "string" && isGuid(value);
const timeOrNull: Check = (value) => value === null || time(value);
const nodeId: Check = (value) => typeof value === "string" && /^[0-9A-HJKMNP-TV-Z]{52}$/.test(value);
const eventId: Check = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);

type Checks = Readonly<Record<string, Check>>;

const EVENT: Checks = { id: eventId, channelId: guid, author: text, own: yesNo, kind: text, at: time, body: text, verified: yesNo };
const CHANNEL: Checks = { id: guid, name: text, mode: (value) => value === "bare", joinedAt: time };
const MEMBER: Checks = { channelId: guid, endpoint: text, heardAt: time };
const KEY: Checks = { channelId: guid, from: text, cipher: text, key: text, at: time };
const CONTACT: Checks = { nodeId, name: text, addedAt: time, verifiedAt: timeOrNull };
const NICK: Checks = { nodeId, nick: text, at: time };
const CHANNEL_LEFT: Checks = { channelId: guid };
const MEMBER_GONE: Checks = { channelId: guid, endpoint: text };
const CONTACT_GONE: Checks = { nodeId };

/** @throws StoreError `bad-value`, naming the field and never its content */
export function checkBatch(batch: readonly Change[]): void {
  for (const change of batch) checkChange(change);
}

function checkChange(change: Change): void {
  const [value, checks] = partsOf(change);
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const name in checks) {
    if (checks[name]?.(fields[name]) !== true) throw new StoreError("bad-value", `${change.kind}.${name} is not a value that can be kept`);
  }
}

function partsOf(change: Change): readonly [value: object | null | undefined, checks: Checks] {
  switch (change.kind) {
    case "event":
      return [change.event, EVENT];
    case "channel":
      return [change.channel, CHANNEL];
    case "channel-left":
      return [change, CHANNEL_LEFT];
    case "member":
      return [change.member, MEMBER];
    case "member-gone":
      return [change, MEMBER_GONE];
    case "key":
      return [change.key, KEY];
    case "contact":
      return [change.contact, CONTACT];
    case "contact-gone":
      return [change, CONTACT_GONE];
    case "nick":
      return [change.nick, NICK];
    default:
      throw new StoreError("bad-value", "a change of unknown kind cannot be kept");
  }
}
