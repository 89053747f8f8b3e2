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
import { LoneSurrogate, pick } from "./pick.ts";
import type { Body, Verb } from "./verb.ts";
import { verbs } from "./verbs/index.ts";

export type VerbName = keyof typeof verbs;
type Declared = typeof verbs;

/** One decoded message; `body` holds only declared fields. */
export type Message = { [Name in VerbName]: { readonly verb: Name; readonly body: Body<Declared[Name]> } }[VerbName];
export type BodyOf<Name extends VerbName> = Body<Declared[Name]>;

/** Why a datagram was not a message. Stable: they are shown by `status` and listed in cli.md. */
export type DecodeReason =
  | "empty"
  | "oversize"
  | "not-ours"
  | "no-session"
  | "not-utf8"
  | "not-json"
  | "not-an-object"
  | "too-deep"
  | "no-verb"
  | "unknown-verb"
  | "bad-data"
  | "lone-surrogate"
  | "nested-relay";

export type Decoded = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: DecodeReason };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
const byName: ReadonlyMap<string, Verb> = new Map(Object.entries(verbs));

export const VERB_NAMES = Object.keys(verbs) as readonly VerbName[];

/** Reads one datagram of the bare plane. */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length === 0) return refused("empty");
  if (bytes.length > DATAGRAM_READ_MAX) return refused("oversize");
  const plane = planeOf(bytes);
  if (plane !== "bare") return refused(plane === "session" ? "no-session" : "not-ours");
  if (depthOf(bytes) > DEPTH_MAX) return refused("too-deep");
  const text = attempt(() => utf8.decode(bytes));
  if (text === undefined) return refused("not-utf8");
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
  if (!isObject(data) || !declared.check.Check(data)) return refused("bad-data");
  try {
    const body = pick(declared.schema, data);
    if (declared.name === "RELAY" && (body as BodyOf<"RELAY">).message.msg_type === "RELAY") return refused("nested-relay");
    return { ok: true, message: { verb: declared.name, body } as Message };
  } catch (error) {
    if (error instanceof LoneSurrogate) return refused("lone-surrogate");
    throw error;
  }
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
  return encoder.encode(ascii ? escapeNonAscii(text) : text);
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

/** The deepest nesting, counted over the raw bytes so that a deep message is never built. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(reason: DecodeReason): Decoded {
  return { ok: false, reason };
}
