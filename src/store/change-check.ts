/**
 * Checks changes before they are kept. They come from our own core, so a wrong one is a mistake of ours; it must be named
 * here and must not reach SQLite, whose columns take what its binding makes of a value.
 */
import { type Change, QUIETS, VERIFIED_BY } from "../core/index.ts";
import { DEPS_MAX, DETAILS_MAX, isGuid, parseEventId, parseInstanceId, parseNodeId, parseSignature, WHOLE_MAX } from "../wire/index.ts";
import { StoreError } from "./fault.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const yesNo: Check = (value) => typeof value === "boolean";
const time: Check = (value) => typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
const guid: Check = (value) => typeof value === "string" && isGuid(value);
const timeOrNull: Check = (value) => value === null || time(value);
const nodeId: Check = (value) => typeof value === "string" && parseNodeId(value) !== null;
const textId: Check = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
const eventId: Check = (value) => typeof value === "string" && parseEventId(value) !== null;
const eventIdOrNull: Check = (value) => value === null || eventId(value);
const inst: Check = (value) => typeof value === "string" && parseInstanceId(value) !== null;
const instOrNothing: Check = (value) => value === undefined || value === null || inst(value);
const signatureOrNull: Check = (value) => value === null || (typeof value === "string" && parseSignature(value) !== null);
const whole: Check = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= WHOLE_MAX;
const wholeOrNothing: Check = (value) => value === undefined || whole(value);
/** A text that is signed: half a character would come back as another. */
const signedText: Check = (value) => typeof value === "string" && value.isWellFormed();
const deps: Check = (value) => Array.isArray(value) && value.length <= DEPS_MAX && value.every(eventId);
const detail: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(signedText);
const details: Check = (value) => Array.isArray(value) && value.length <= DETAILS_MAX && value.every(detail);

type Checks = Readonly<Record<string, Check>>;

const EVENT: Checks = { id: textId, channelId: guid, author: text, own: yesNo, kind: text, at: time, body: text, verified: yesNo };
const CHANNEL: Checks = {
  id: guid,
  name: text,
  mode: (value) => value === "bare" || value === "open",
  joinedAt: time,
  inst: instOrNothing,
  genesis: (value) => value === undefined || eventId(value),
  pair: (value) => value === undefined || nodeId(value),
};
const seenOrNothing: Check = (value) => {
  if (value === undefined) return true;
  const seen = (value ?? {}) as { kind?: unknown; text?: unknown; details?: unknown };
  return text(seen.kind) && signedText(seen.text) && details(seen.details);
};
const key: Check = (value) => value instanceof Uint8Array && value.length === 32;
const keyOrNothing: Check = (value) => value === undefined || key(value);
const SIGNED: Checks = { channelId: guid, own: yesNo, branch: whole, seen: seenOrNothing, waits: wholeOrNothing, key: keyOrNothing };
const OPENED_IN: Checks = { channelId: guid };
const OPENED: Checks = {
  channel: eventId,
  author: nodeId,
  inst,
  seq: whole,
  id: eventId,
  seen: (value) => value !== undefined && seenOrNothing(value),
  key: (value) => value === null || key(value),
};
const PREKEY: Checks = { channel: eventId, id: text, publicKey: key, secretKey: key, madeAt: time, replacedAt: timeOrNull };
const SENDER_KEY: Checks = { channel: eventId, author: nodeId, epoch: whole, key, at: time };
const KEYS_OLD: Checks = { before: time };
const SIGNED_EVENT: Checks = {
  id: eventId,
  channel: eventId,
  author: nodeId,
  inst,
  seq: whole,
  prev: eventIdOrNull,
  deps,
  hlc: whole,
  kind: text,
  text: signedText,
  details,
  sig: signatureOrNull,
};
const hashOrNull: Check = (value) => value === null || eventId(value);
const guidOrNull: Check = (value) => value === null || guid(value);
const wholeOrNull: Check = (value) => value === null || whole(value);
const quotaOrNull: Check = (value) => {
  if (value === null) return true;
  const { bytes, days } = (value ?? {}) as { bytes?: unknown; days?: unknown };
  return wholeOrNull(bytes) && wholeOrNull(days);
};
const DROP: Checks = { channelId: guid, hash: hashOrNull, upTo: time, cuts: Array.isArray };
const CUT: Checks = { author: nodeId, inst, branch: whole, below: whole };
const QUOTA: Checks = { channelId: guidOrNull, quota: quotaOrNull };
const OF_LOG: Checks = { channel: eventId };
const MOVE: Checks = { author: nodeId, inst, from: whole, to: whole, low: whole, high: whole };
const LOG: Checks = { author: nodeId, inst, floor: whole, branches: Array.isArray };
const MEMBER: Checks = { channelId: guid, endpoint: text, heardAt: time };
const KEY: Checks = { channelId: guid, from: text, cipher: text, key: text, at: time };
const CONTACT: Checks = {
  nodeId,
  name: text,
  addedAt: time,
  verifiedAt: timeOrNull,
  verifiedBy: (value) => value === undefined || VERIFIED_BY.some((each) => each === value),
  path: (value) => value === undefined || value === "relay" || value === "lan",
};
const NICK: Checks = { nodeId, nick: text, at: time, said: wholeOrNothing };
const QUIET: Checks = { nodeId, how: (value) => QUIETS.some((how) => how === value), at: time };
const QUIET_GONE: Checks = { nodeId };
const CHANNEL_LEFT: Checks = { channelId: guid };
const MEMBER_GONE: Checks = { channelId: guid, endpoint: text };
const CONTACT_GONE: Checks = { nodeId };
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const PARCEL: Checks = { id: textId, owner: nodeId, slot: eventId, at: time, parcel: text };
const PARCEL_GONE: Checks = { id: textId };
const PARCELS_EXPIRED: Checks = { before: time };
const MAILBOX_OWNER: Checks = { nodeId, slots: (value) => Array.isArray(value) && value.every(eventId) };
const OWN_MAILBOX: Checks = { nodeId, at: texts, addedAt: time };
const REQUEST: Checks = { node: nodeId, at: time };
const LEFT_MARK: Checks = { channel: eventId, nodeId, inst, seq: whole };

/** @throws StoreError `bad-value`, naming the field and never its content */
export function checkBatch(batch: readonly Change[]): void {
  for (const change of batch) checkChange(change);
}

function checkChange(change: Change): void {
  for (const [value, checks] of partsOf(change)) {
    const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    for (const name in checks) {
      if (checks[name]?.(fields[name]) !== true)
        throw new StoreError("bad-value", `${change.kind}.${name} is not a value that can be kept`);
    }
  }
}

type Part = readonly [value: object | null | undefined, checks: Checks];

function partsOf(change: Change): Part[] {
  switch (change.kind) {
    case "event":
      return [[change.event, EVENT]];
    case "signed":
      return [
        [change, SIGNED],
        [change.event, SIGNED_EVENT],
      ];
    case "opened":
      return [
        [change, OPENED_IN],
        [change.opened, OPENED],
      ];
    case "prekey":
      return [[change.prekey, PREKEY]];
    case "sender-key":
      return [[change.key, SENDER_KEY]];
    case "keys-old":
      return [[change, KEYS_OLD]];
    case "parcel":
      return [[change.parcel, PARCEL]];
    case "parcel-gone":
      return [[change, PARCEL_GONE]];
    case "parcels-expired":
      return [[change, PARCELS_EXPIRED]];
    case "mailbox-owner":
      return [[change.owner, MAILBOX_OWNER]];
    case "own-mailbox":
      return [[change.mailbox, OWN_MAILBOX]];
    case "mailbox-owner-gone":
    case "own-mailbox-gone":
      return [[change, CONTACT_GONE]];
    case "left-mark":
      return [[change.mark, LEFT_MARK]];
    case "request":
      return [[change.request, REQUEST]];
    case "request-gone":
      return [[change, CONTACT_GONE]];
    case "log-move":
      return [
        [change, OF_LOG],
        [change.move, MOVE],
      ];
    case "drop":
      return [[change, DROP], ...change.cuts.map((cut) => [cut, CUT] as const)];
    case "want":
      return [[change, CHANNEL_LEFT]];
    case "quota":
      return [[change, QUOTA]];
    case "log":
      return [
        [change, OF_LOG],
        [change.row, LOG],
      ];
    case "channel":
      return [[change.channel, CHANNEL]];
    case "channel-left":
      return [[change, CHANNEL_LEFT]];
    case "member":
      return [[change.member, MEMBER]];
    case "member-gone":
      return [[change, MEMBER_GONE]];
    case "key":
      return [[change.key, KEY]];
    case "contact":
      return [[change.contact, CONTACT]];
    case "contact-gone":
      return [[change, CONTACT_GONE]];
    case "nick":
      return [[change.nick, NICK]];
    case "quiet":
      return [[change.quiet, QUIET]];
    case "quiet-gone":
      return [[change, QUIET_GONE]];
    default:
      throw new StoreError("bad-value", "a change of unknown kind cannot be kept");
  }
}
