/**
 * Names that are bytes, in the one text form that each has on the wire, in the store and on the screen. Equal names are
 * equal strings, so a spelling that another writer might choose is refused and not repaired. PROTOCOL.md §13.2.
 */
import type { Format } from "./format.ts";

declare const nodeIdBrand: unique symbol;
/** An Ed25519 public key: 52 digits of Crockford base32, capitals, the four spare bits zero. */
export type NodeId = string & { readonly [nodeIdBrand]: true };

declare const eventIdBrand: unique symbol;
/** The SHA-256 of an event: 64 hex digits in lower case. */
export type EventId = string & { readonly [eventIdBrand]: true };

declare const instanceIdBrand: unique symbol;
/** Eight random bytes: 16 hex digits in lower case. */
export type InstanceId = string & { readonly [instanceIdBrand]: true };

declare const signatureBrand: unique symbol;
/** 64 bytes: 86 characters of base64url (RFC 4648 §5), no filling, the four spare bits zero. */
export type Signature = string & { readonly [signatureBrand]: true };

const NO_DIGIT = 255;
const BASE32 = tableOf("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
const HEX = tableOf("0123456789abcdef");
const BASE64URL = tableOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const WORD = tableOf("abcdefghijklmnopqrstuvwxyz0123456789-");

export function parseNodeId(text: string): NodeId | null {
  return fits(text, BASE32, 52, 16) ? (text as NodeId) : null;
}

export function parseEventId(text: string): EventId | null {
  return fits(text, HEX, 64, 1) ? (text as EventId) : null;
}

export function parseInstanceId(text: string): InstanceId | null {
  return fits(text, HEX, 16, 1) ? (text as InstanceId) : null;
}

export function parseSignature(text: string): Signature | null {
  return fits(text, BASE64URL, 86, 16) ? (text as Signature) : null;
}

/** UTF-16 units of a {@link word}. */
export const WORD_MAX = 32;

/** A name for something that programs tell apart: 1 to 32 of a-z, 0-9 and `-`. */
export function isWord(text: string): boolean {
  return text.length > 0 && text.length <= WORD_MAX && fits(text, WORD, text.length, 1);
}

export const nodeId: Format<NodeId> = { name: "node id", read: parseNodeId };
export const eventId: Format<EventId> = { name: "event id", read: parseEventId };
/** The public half of a key that is no node's. */
export const inviteKey: Format<NodeId> = { name: "Ed25519 public key", read: parseNodeId };
/** A hash that names no event. */
export const digest: Format = { name: "digest", read: parseEventId };
export const instanceId: Format<InstanceId> = { name: "instance id", read: parseInstanceId };
export const signature: Format<Signature> = { name: "signature", read: parseSignature };
/** An X25519 public key: 43 characters of base64url, the two spare bits zero. */
export const publicKey: Format = { name: "public key", read: (text) => (fits(text, BASE64URL, 43, 4) ? text : null) };
/** 16 random bytes: 22 characters of base64url, the four spare bits zero. */
export const nonce: Format = { name: "nonce", read: (text) => (fits(text, BASE64URL, 22, 16) ? text : null) };
export const word: Format = { name: "word", read: (text) => (isWord(text) ? text : null) };

/** True for `length` digits of `table`, the last of them a multiple of `step`: what its spare bits leave. */
function fits(text: string, table: Uint8Array, length: number, step: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at++) if ((table[text.charCodeAt(at)] ?? NO_DIGIT) === NO_DIGIT) return false;
  return (table[text.charCodeAt(length - 1)] as number) % step === 0;
}

function tableOf(digits: string): Uint8Array {
  const table = new Uint8Array(128).fill(NO_DIGIT);
  for (let at = 0; at < digits.length; at++) table[digits.charCodeAt(at)] = at;
  return table;
}
