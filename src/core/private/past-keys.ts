/**
 * Keys of single messages, for a member that was given to read what was said before it came: what it asks a member for, and what that one answers. Who
 * answers proves nothing by it; the author has signed which key opens an event. PROTOCOL.md §19.6.
 *
 *   answer, sealed: for each event that was asked for, in that order: state u8 | message key, or zeros
 */
import { type Crypto, type Ed25519KeyPair, openFrom, type RandomBytes, sealTo, type X25519KeyPair } from "../../crypto/index.ts";
import type { EventId, InstanceId, NodeId, Signature } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import { type HybridTime, isAhead, US_PER_MS } from "../log/hlc.ts";
import { PREFIX, type SignedValue, sign, signedBytes, verify } from "../log/signing.ts";
import { fromBase32, fromBase64url, fromHex, toBase64url } from "../log/text-form.ts";
import type { Timestamp } from "../time.ts";
import { KEY_BYTES } from "./chain.ts";
import { HISTORY_MS, PAST_KEYS_MAX } from "./limits.ts";
import type { Ends } from "./repair.ts";
import { bytesIn } from "./text.ts";

/** Sealed events of one log that lie one above the other, named by the last. */
export interface PastRange {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly from: number;
  readonly to: number;
  readonly id: EventId;
}

/** What `ptp` of a GETKEY says that asks for message keys. */
export interface PastQuestion {
  readonly past: readonly PastRange[];
  /** A public key for this one answer, base64url. */
  readonly otk: string;
  /** Names the question, base64url. */
  readonly nonce: string;
  readonly sig: Signature;
}

/** What `ptp` of a KEY says that holds message keys; they stand in `key`, sealed. */
export interface PastAnswer {
  readonly count: number;
  readonly nonce: string;
  readonly sig: Signature;
}

/** Of one event: its key, or why there is none. */
export type PastKey = Uint8Array | "not-here" | "deleted";

const NOT_HERE = 0;
const GIVEN = 1;
const DELETED = 2;
const SLOT_BYTES = 1 + KEY_BYTES;
const NONCE_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** True while who was given to read what was said before may ask for it. @param given - when, null for never */
export function isPastOpen(given: HybridTime | null, wall: Timestamp): boolean {
  return given !== null && !isAhead(given, wall) && wall - given / US_PER_MS < HISTORY_MS;
}

/** A question, where all of it is there and it asks for no more than it may. */
export function pastQuestionIn({ past, otk, nonce, sig }: Partial<PastQuestion>): PastQuestion | null {
  if (past === undefined || otk === undefined || nonce === undefined || sig === undefined) return null;
  const count = countIn(past);
  return count === null || count > PAST_KEYS_MAX ? null : { past, otk, nonce, sig };
}

export function pastAnswerIn({ count, nonce, sig }: Partial<PastAnswer>): PastAnswer | null {
  return count === undefined || nonce === undefined || sig === undefined ? null : { count, nonce, sig };
}

/** Events in all ranges together; null where one is none, or there are none. */
function countIn(past: readonly PastRange[]): number | null {
  if (past.length === 0 || past.some(({ from, to }) => from > to)) return null;
  return past.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

export function askPast(
  crypto: Crypto,
  signer: Ed25519KeyPair,
  channel: ChannelHash,
  ends: Ends,
  past: readonly PastRange[],
  otk: Uint8Array,
  tag: Uint8Array,
): PastQuestion {
  const sig = toBase64url(sign(crypto, signer, PREFIX.pastRequest, questionValues(channel, ends, otk, tag, past))) as Signature;
  return { past, otk: toBase64url(otk), nonce: toBase64url(tag), sig };
}

function questionValues(channel: ChannelHash, ends: Ends, otk: Uint8Array, nonce: Uint8Array, past: readonly PastRange[]): SignedValue[] {
  const ranges = past.flatMap(({ author, inst, from, to, id }) => [fromBase32(author), fromHex(inst), from, to, fromHex(id)]);
  return [...endValues(channel, ends), otk, nonce, ...ranges];
}

function endValues(channel: ChannelHash, { asker, answerer }: Ends): SignedValue[] {
  return [fromHex(channel), fromBase32(asker), fromBase32(answerer)];
}

/** The one-time key of a question that its asker has signed; null for any other, from which nothing follows. */
export function pastOtkOf(crypto: Crypto, channel: ChannelHash, ends: Ends, { past, otk, nonce, sig }: PastQuestion): Uint8Array | null {
  const [key, tag] = [bytesIn(otk, KEY_BYTES), bytesIn(nonce, NONCE_BYTES)];
  if (key === null || tag === null) return null;
  const values = questionValues(channel, ends, key, tag, past);
  return verify(crypto, fromBase64url(sig), fromBase32(ends.asker), PREFIX.pastRequest, values) ? key : null;
}

/** The answer to a question; null when its one-time key is no point of the curve. @param otk - as {@link pastOtkOf} gave it */
export function answerPast(
  crypto: Crypto,
  random: RandomBytes,
  signer: Ed25519KeyPair,
  channel: ChannelHash,
  ends: Ends,
  { nonce }: PastQuestion,
  otk: Uint8Array,
  keys: readonly PastKey[],
): (PastAnswer & { readonly key: string }) | null {
  const tag = fromBase64url(nonce);
  const sealed = sealTo(crypto, otk, boxInfo(channel, ends, tag), NOTHING, slotsOf(keys), crypto.x25519KeyPair(random(KEY_BYTES)));
  if (sealed === null) return null;
  const box = new Uint8Array([...sealed.enc, ...sealed.ciphertext]);
  const values = [...endValues(channel, ends), tag, box];
  const sig = toBase64url(sign(crypto, signer, PREFIX.pastAnswer, values)) as Signature;
  return { count: keys.length, nonce, sig, key: toBase64url(box) };
}

/**
 * What an answer holds; what the keys are worth, the events tell.
 * @param pair - of the one-time key @param count - of the events that were asked for
 * @returns null where it is not that of the answerer to this question
 */
export function openPast(
  crypto: Crypto,
  channel: ChannelHash,
  ends: Ends,
  pair: X25519KeyPair,
  count: number,
  { nonce, sig }: PastAnswer,
  box: string,
): PastKey[] | null {
  const bytes = bytesIn(box);
  const tag = bytesIn(nonce, NONCE_BYTES);
  if (bytes === null || tag === null) return null;
  const values = [...endValues(channel, ends), tag, bytes];
  if (!verify(crypto, fromBase64url(sig), fromBase32(ends.answerer), PREFIX.pastAnswer, values)) return null;
  const info = boxInfo(channel, ends, tag);
  const slots = openFrom(crypto, pair, bytes.subarray(0, KEY_BYTES), info, NOTHING, bytes.subarray(KEY_BYTES));
  return slots === null || slots.length !== count * SLOT_BYTES ? null : keysIn(slots);
}

function boxInfo(channel: ChannelHash, ends: Ends, nonce: Uint8Array): Uint8Array {
  return signedBytes(PREFIX.pastBox, [...endValues(channel, ends), nonce]);
}

function slotsOf(keys: readonly PastKey[]): Uint8Array {
  const slots = new Uint8Array(keys.length * SLOT_BYTES);
  for (const [n, key] of keys.entries()) {
    slots[n * SLOT_BYTES] = typeof key !== "string" ? GIVEN : key === "deleted" ? DELETED : NOT_HERE;
    if (typeof key !== "string") slots.set(key, n * SLOT_BYTES + 1);
  }
  return slots;
}

/** A state of a later time says as much as that the key is not here. */
function keysIn(slots: Uint8Array): PastKey[] {
  return Array.from({ length: slots.length / SLOT_BYTES }, (_, n) => {
    const [state, key] = [slots[n * SLOT_BYTES], slots.slice(n * SLOT_BYTES + 1, (n + 1) * SLOT_BYTES)];
    return state === GIVEN ? key : state === DELETED ? "deleted" : "not-here";
  });
}
