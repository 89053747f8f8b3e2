/**
 * Messages to bytes and back. Decoding checks everything before the core sees it and never throws: what is wrong
 * comes back as the reason to count. PROTOCOL.md §2.
 *
 *   first byte   plane
 *   { SP TAB LF CR, or EF BB BF   bare: one JSON message
 *   F8                            session: an encrypted frame
 *   anything else                 dropped, never answered
 */
import { DATAGRAM_READ_MAX, DEPTH_MAX } from "./limits.ts";
import { isObject, LONE_SURROGATE, MISFIT } from "./reader.ts";
import type { Body, Verb } from "./verb.ts";
import { verbs } from "./verbs/index.ts";

export type VerbName = keyof typeof verbs;
type Declared = typeof verbs;

/** One decoded message; `body` holds only declared fields. */
export type Message = { [Name in VerbName]: { readonly verb: Name; readonly body: Body<Declared[Name]> } }[VerbName];
export type BodyOf<Name extends VerbName> = Body<Declared[Name]>;

/** Why a datagram was not a message. Stable: they are shown by `status` and listed in cli.md. */
export const DECODE_REASONS = [
  "empty",
  "oversize",
  "not-ours",
  "no-session",
  "not-utf8",
  "too-deep",
  "not-json",
  "not-an-object",
  "no-verb",
  "unknown-verb",
  "bad-data",
  "lone-surrogate",
  "nested-relay",
] as const;
export type DecodeReason = (typeof DECODE_REASONS)[number];

export type Decoded = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: DecodeReason };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** Bytes of one slab, from which encoded datagrams are cut: a few of the largest that we send. */
const SLAB_BYTES = 65_536;
let slab = new Uint8Array(SLAB_BYTES);
const byName: ReadonlyMap<string, Verb> = new Map(Object.entries(verbs));

export const VERB_NAMES = Object.keys(verbs) as readonly VerbName[];

/** Reads one datagram of the bare plane, or one message out of a session, which may have `most` bytes. */
export function decode(bytes: Uint8Array, most = DATAGRAM_READ_MAX): Decoded {
  if (bytes.length === 0) return refused("empty");
  if (bytes.length > most) return refused("oversize");
  const plane = planeOf(bytes);
  if (plane !== "bare") return refused(plane === "session" ? "no-session" : "not-ours");
  const text = attempt(() => utf8.decode(bytes));
  if (text === undefined) return refused("not-utf8");
  if (depthOf(text) > DEPTH_MAX) return refused("too-deep");
  const head = attempt(() => JSON.parse(text) as unknown);
  return head === undefined ? refused("not-json") : decodeHead(head);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Reads the head that was parsed from a datagram, or that a RELAY carried. */
export function decodeHead(head: unknown): Decoded {
  if (!isObject(head)) return refused("not-an-object");
  const name = Object.hasOwn(head, "msg_type") ? head.msg_type : undefined;
  if (typeof name !== "string") return refused("no-verb");
  const declared = byName.get(name);
  if (declared === undefined) return refused("unknown-verb");
  return decodeBody(declared, Object.hasOwn(head, "msg_data") ? (head.msg_data ?? null) : null);
}

function decodeBody(declared: Verb, data: unknown): Decoded {
  if (data === null) {
    if (declared.data === "required") return refused("bad-data");
    return { ok: true, message: { verb: declared.name, body: {} } as Message };
  }
  const body = declared.read(data);
  if (body === MISFIT) return refused("bad-data");
  if (body === LONE_SURROGATE) return refused("lone-surrogate");
  const reason = declared.refuse?.(body as never) ?? null;
  if (reason !== null) return refused(reason);
  return { ok: true, message: { verb: declared.name, body } as Message };
}

/**
 * Writes one message of the bare plane: the seed's two head keys and nothing else.
 * @param body - absent where the verb has no data to say; then `msg_data` is left out
 * @param ascii - true for old programs, which read ASCII: everything else goes as `\u` escapes
 */
export function encode<Name extends VerbName>(verb: Name, body?: BodyOf<Name>, ascii = false): Uint8Array {
  return encodeHead(headOf(verb, body), ascii);
}

/** The head of a message as a value, for a RELAY to carry. */
export function headOf<Name extends VerbName>(verb: Name, body?: BodyOf<Name>): { msg_type: Name; msg_data?: unknown } {
  return body === undefined ? { msg_type: verb } : { msg_type: verb, msg_data: body };
}

function encodeHead(head: object, ascii: boolean): Uint8Array {
  const text = JSON.stringify(head);
  return bytesOf(ascii ? escapeNonAscii(text) : text);
}

/** UTF-8, cut from the slab: a buffer of its own costs several times more than filling it. */
function bytesOf(text: string): Uint8Array {
  const most = text.length * 3; // bytes that a UTF-16 unit may need
  if (most > SLAB_BYTES) return encoder.encode(text);
  if (most > slab.length) slab = new Uint8Array(SLAB_BYTES);
  const { written } = encoder.encodeInto(text, slab);
  const bytes = slab.subarray(0, written);
  slab = slab.subarray(written);
  return bytes;
}

function escapeNonAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function planeOf(bytes: Uint8Array): "bare" | "session" | null {
  switch (bytes[0]) {
    case 0x7b: // {
    case 0x20:
    case 0x09:
    case 0x0a:
    case 0x0d:
      return "bare";
    case 0xef: // a byte order mark before the JSON
      return bytes[1] === 0xbb && bytes[2] === 0xbf ? "bare" : null;
    case 0xf8:
      return "session";
    default:
      return null;
  }
}

/** The deepest nesting, counted over the text so that a deep message is never built. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = closingQuote(text, at);
      if (at < 0) break;
    } else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}

/** Where the string that opens at `open` ends: the next quote after an even number of backslashes; -1 where it does not. */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === 0x5c) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return -1;
}

function refused(reason: DecodeReason): Decoded {
  return { ok: false, reason };
}
