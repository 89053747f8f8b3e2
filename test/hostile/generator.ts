/**
 * Hostile datagrams, from a seed: all that a stranger can send to hurt a node, most of it wrong, some of it valid and far
 * too much. Each kind has a name, so that a run can say what it played.
 */
import { base64, DATAGRAM_READ_MAX, ENTRIES_READ_MAX, type Endpoint } from "../../src/wire/index.ts";
import type { Chance } from "./chance.ts";

/** The channel that the node under attack is in. */
export const TARGET_CHANNEL = "6f1c2d84-90ab-4cde-8f01-23456789abcd";
/** Addresses that are seen again and again, and so become peers. */
const RESIDENTS = 512;
const CHANNELS = 6_000;

const encoder = new TextEncoder();

type Make = (chance: Chance) => string | Uint8Array;

/** One hostile datagram's content, and the name of its kind. */
export function hostile(chance: Chance): { kind: string; bytes: Uint8Array } {
  const kind = chance.pick(DRAWN);
  const made = (KINDS[kind] as { make: Make }).make(chance);
  return { kind, bytes: typeof made === "string" ? encoder.encode(made) : made };
}

/** Where it claims to come from: often one of the residents, else anywhere in a large range of both families. */
export function spoofed(chance: Chance): Endpoint {
  const draw = chance.below(10);
  if (draw < 5) return resident(chance.below(RESIDENTS));
  if (draw < 9) return `198.${18 + chance.below(2)}.${chance.below(256)}.${chance.below(256)}:${1 + chance.below(65_535)}` as Endpoint;
  return `[2001:db8:${chance.hex(4).replace(/^0{1,3}/, "")}::${1 + chance.below(9)}]:${1 + chance.below(65_535)}` as Endpoint;
}

function resident(n: number): Endpoint {
  return `203.0.${113 + (n >> 8)}.${n & 255}:4000` as Endpoint;
}

const KINDS: Record<string, { weight: number; make: Make }> = {
  empty: { weight: 1, make: () => "" },
  junk: { weight: 5, make: (chance) => chance.bytes(chance.below(300)) },
  "junk that begins like JSON": { weight: 3, make: (chance) => Uint8Array.of(0x7b, ...chance.bytes(chance.below(200))) },
  "a session frame": { weight: 1, make: (chance) => frame(chance, chance.below(200)) },
  "a long session frame": { weight: 0.2, make: (chance) => frame(chance, 1_000 + chance.below(600)) },
  "a first message": { weight: 4, make: (chance) => say("GETCERTIFICATE", { ptp: first(chance) }) },
  "a first message that is wrong": { weight: 3, make: (chance) => say("GETCERTIFICATE", { ptp: wrongFirst(chance) }) },
  "a later message": { weight: 4, make: (chance) => say("CERTIFICATE", { ptp: later(chance) }) },
  "a later message that is wrong": { weight: 2, make: (chance) => say("CERTIFICATE", wrongLater(chance)) },
  "bytes that are no UTF-8": { weight: 1, make: () => Uint8Array.of(...encoder.encode('{"msg_type":"'), 0xc3, 0x28, 0xff) },
  truncated: { weight: 4, make: (chance) => cut(chance, valid(chance)) },
  "bytes flipped": { weight: 4, make: (chance) => flip(chance, encoder.encode(valid(chance))) },
  "nested deeply": { weight: 1, make: (chance) => nested(2 ** (2 + chance.below(13))) },
  "wrong types": { weight: 6, make: (chance) => wrongTypes(chance) },
  "no object": { weight: 1, make: (chance) => ` ${chance.pick(["[]", "null", "7", '"HELLO"', "true"])}` },
  "unknown verb": { weight: 1, make: (chance) => say(chance.pick(["hello", "PING", "", "__proto__", "constructor", "HELLO "]), {}) },
  __proto__: {
    weight: 2,
    make: () =>
      `{"__proto__":{"msg_type":"HELLO"},"msg_type":"MESSAGE","msg_data":{"__proto__":{"channel_id":"${TARGET_CHANNEL}","message":"x"},"constructor":{"prototype":{"polluted":1}}}}`,
  },
  "duplicate keys": {
    weight: 1,
    make: () => `{"msg_type":"ACK","msg_type":"HELLO","msg_data":1,"msg_data":{"node_id":"a","node_id":"b"}}`,
  },
  "lone surrogates": { weight: 2, make: (chance) => surrogates(chance) },
  huge: { weight: 1, make: (chance) => say("MESSAGE", { channel_id: TARGET_CHANNEL, message: "x".repeat(20_000 + chance.below(40_000)) }) },
  oversize: { weight: 1, make: () => say("MESSAGE", { channel_id: TARGET_CHANNEL, message: "x".repeat(DATAGRAM_READ_MAX) }) },
  "a stray ACK": { weight: 5, make: (chance) => (chance.below(2) === 0 ? say("ACK") : say("ACK", { msg_id: chance.hex(32) })) },
  "a long ROUTING": { weight: 1, make: (chance) => routing(chance, ENTRIES_READ_MAX) },
  "a ROUTING of 10,000": { weight: 0.1, make: (chance) => routing(chance, 10_000) },
  CONNECT: { weight: 8, make: (chance) => say("CONNECT", connect(chance)) },
  "RELAY in RELAY": { weight: 2, make: (chance) => relays(chance, 2 + chance.below(4)) },
  RELAY: { weight: 8, make: (chance) => relays(chance, 1) },
  "a valid message": { weight: 50, make: (chance) => valid(chance) },
};

/** Bytes that came or went, and what becomes of them in the hands of somebody who watches: sent again, cut, flipped, or as they are. */
export function spoilt(chance: Chance, seen: Uint8Array): { kind: string; bytes: Uint8Array } {
  switch (chance.below(4)) {
    case 0:
      return { kind: "sent again", bytes: seen };
    case 1:
      return { kind: "sent again, cut", bytes: seen.slice(0, chance.below(seen.length)) };
    default:
      return { kind: "sent again, flipped", bytes: flip(chance, seen.slice()) };
  }
}

/** Kind names, each as often as its weight says. */
const DRAWN: readonly string[] = Object.entries(KINDS).flatMap(([name, { weight }]) =>
  new Array<string>(Math.ceil(weight * 10)).fill(name),
);

const VALID: readonly Make[] = [
  () => say("HELLO"),
  () => say("HELLO"),
  () => say("HELLO"),
  (chance) => say("HELLO", { node_id: chance.hex(32), version: "9" }),
  (chance) => say("JOIN", { channel_id: channel(chance), channel: chance.hex(8), ptp: { pad: "x".repeat(chance.below(1_200)) } }),
  ...new Array<Make>(6).fill((chance) => say("JOIN", { channel_id: channel(chance) })),
  (chance) => say("JOIN", { channel_id: TARGET_CHANNEL, ptp: { cookie: chance.hex(24) } }),
  (chance) => say("CHANNEL", { channel_id: channel(chance), members: entries(chance, chance.below(80)), ptp: { cookie: chance.hex(24) } }),
  (chance) => say("CHANNEL", { channel_id: channel(chance), ptp: { member: false } }),
  (chance) => say("LEAVE", { channel_id: channel(chance) }),
  (chance) => say("MESSAGE", { channel_id: channel(chance), message: chance.hex(chance.below(400)) }),
  (chance) => say("MESSAGE", { channel_id: TARGET_CHANNEL, message: chance.hex(20), msg_id: chance.hex(32) }),
  (chance) => say("GETCERTIFICATE", { msg_id: chance.below(1e9) }),
  (chance) => say("GETCERTIFICATE", { ptp: { pad: "x".repeat(chance.below(1_200)) } }),
  (chance) => say("CERTIFICATE", { certificate: chance.hex(4 * chance.below(400) + 4) }),
  (chance) => say("GETKEY", { channel_id: channel(chance) }),
  (chance) => say("KEY", { channel_id: channel(chance), cipher: "none", key: chance.hex(64) }),
  (chance) => routing(chance, chance.below(40)),
];

function valid(chance: Chance): string {
  return chance.pick(VALID)(chance) as string;
}

function frame(chance: Chance, length: number): Uint8Array {
  return Uint8Array.of(0xf8, ...chance.bytes(length));
}

const INDEX_LIMIT = 2 ** 32;

/** The first message of a handshake, as right as a stranger likes: any 32 bytes are a key. */
function first(chance: Chance): Record<string, unknown> {
  const cookie = chance.below(3) === 0 ? { c: chance.hex(24) } : {};
  const filling = chance.below(4) === 0 ? {} : { pad: "x".repeat(chance.below(1_200)) };
  return {
    v: 1,
    i: chance.below(INDEX_LIMIT),
    s: chance.pick([[1], [1, 2], [2, 1, 3]]),
    n: base64(chance.bytes(32)),
    ...cookie,
    ...filling,
  };
}

function wrongFirst(chance: Chance): Record<string, unknown> {
  const ptp = first(chance);
  switch (chance.below(4)) {
    case 0:
      return { ...ptp, n: base64(new Uint8Array(32)) }; // of small order
    case 1:
      return { ...ptp, n: base64(chance.bytes(1 + chance.below(800))) };
    case 2:
      return { ...ptp, s: [2 + chance.below(9)] };
    default:
      return { ...ptp, [chance.pick(Object.keys(ptp))]: chance.pick(ODD) };
  }
}

/** The second or third message, or a demand for a cookie: for an index that is none, or almost never one. */
function later(chance: Chance): Record<string, unknown> {
  const to = chance.below(INDEX_LIMIT);
  return chance.below(3) === 0 ? { v: 1, to, retry: chance.hex(24) } : { v: 1, to, n: base64(chance.bytes(200 + chance.below(600))) };
}

function wrongLater(chance: Chance): Record<string, unknown> {
  const ptp = later(chance);
  switch (chance.below(3)) {
    case 0:
      return { certificate: base64(chance.bytes(300)), ptp };
    case 1:
      return { ptp: { v: 1 } };
    default:
      return { ptp: { ...ptp, [chance.pick(Object.keys(ptp))]: chance.pick(ODD) } };
  }
}

function say(msg_type: string, msg_data?: unknown): string {
  return JSON.stringify(msg_data === undefined ? { msg_type } : { msg_type, msg_data });
}

function channel(chance: Chance): string {
  if (chance.below(3) === 0) return TARGET_CHANNEL;
  return `00000000-0000-4000-8000-${chance.below(CHANNELS).toString(16).padStart(12, "0")}`;
}

function entries(chance: Chance, count: number): { address: string }[] {
  return Array.from({ length: count }, () => ({ address: spoofed(chance) }));
}

function routing(chance: Chance, count: number): string {
  return say("ROUTING", { nodes: entries(chance, count) });
}

const PLACES = [
  "127.0.0.1:4000",
  "10.0.0.1:4000",
  "224.0.0.1:4000",
  "255.255.255.255:4000",
  "0.0.0.0:4000",
  "169.254.0.1:4000",
  "203.0.113.1:22",
  "[::1]:4000",
  "[fe80::1]:4000",
];

/** All four forms of CONNECT, and places that nobody may be sent to. */
function connect(chance: Chance): object {
  const far = chance.below(3) === 0 ? chance.pick(PLACES) : chance.below(2) === 0 ? resident(chance.below(RESIDENTS)) : spoofed(chance);
  const farIp = far.slice(0, far.lastIndexOf(":")).replace(/[[\]]/g, "");
  const port = 1 + chance.below(65_535);
  switch (chance.below(5)) {
    case 0:
      return { dst: farIp, src: String(port) };
    case 1:
      return { dst: far, src: "198.51.100.1" };
    case 2:
      return { dst: far, src: port };
    case 3:
      return { dst: far, src: `198.51.100.1:${40_000 + chance.below(100)}` };
    default:
      return { dst: farIp, src: String(port), ptp: { far, near: spoofed(chance) } };
  }
}

function relays(chance: Chance, deep: number): string {
  if (deep === 1 && chance.below(4) === 0) return relayedDatagram(chance);
  let message = JSON.parse(chance.below(4) === 0 ? say("CONNECT", connect(chance)) : valid(chance)) as object;
  for (let n = 0; n < deep; n++) {
    const dst = chance.below(2) === 0 ? resident(chance.below(RESIDENTS)) : "198.51.100.1:7667";
    const src = chance.below(3) === 0 ? {} : { src: spoofed(chance) };
    message = { msg_type: "RELAY", msg_data: { dst, ...src, message } };
  }
  return JSON.stringify(message);
}

/** A session's datagram inside a RELAY, or what claims to be one. */
function relayedDatagram(chance: Chance): string {
  const src = chance.below(3) === 0 ? {} : { src: spoofed(chance) };
  return say("RELAY", {
    dst: "198.51.100.1:7667",
    ...src,
    d: base64(chance.below(4) === 0 ? chance.bytes(60) : frame(chance, 30 + chance.below(700))),
  });
}

const ODD: readonly unknown[] = [null, 0, -1, 1e308, true, "", "\u0000", [], {}, [[]], { toString: 1 }, "\ud800"];

/** A valid message with one of its values replaced by something of another type. */
function wrongTypes(chance: Chance): string {
  const head = JSON.parse(valid(chance)) as { msg_type: unknown; msg_data?: Record<string, unknown> };
  const keys = Object.keys(head.msg_data ?? {});
  const which = chance.below(keys.length + 2);
  if (which === keys.length) head.msg_type = chance.pick(ODD);
  else if (which === keys.length + 1 || head.msg_data === undefined) return JSON.stringify({ ...head, msg_data: chance.pick(ODD) });
  else head.msg_data[keys[which] as string] = chance.pick(ODD);
  return JSON.stringify(head);
}

function surrogates(chance: Chance): string {
  const half = chance.pick(["\\ud800", "\\udfff", "\\ud83d", "x\\udc00y"]);
  return chance.below(2) === 0
    ? `{"msg_type":"MESSAGE","msg_data":{"channel_id":"${TARGET_CHANNEL}","message":"${half}"}}`
    : `{"msg_type":"JOIN","msg_data":{"channel_id":"${TARGET_CHANNEL}","ptp":{"cookie":"${half}"}}}`;
}

function nested(depth: number): string {
  return depth % 8 < 4 ? `{"msg_type":${"[".repeat(depth)}${"]".repeat(depth)}}` : '{"msg_data":'.repeat(depth);
}

function cut(chance: Chance, text: string): string {
  return text.slice(0, chance.below(text.length));
}

function flip(chance: Chance, bytes: Uint8Array): Uint8Array {
  for (let n = 0; n <= chance.below(3); n++) bytes[chance.below(bytes.length)] = chance.below(256);
  return bytes;
}
