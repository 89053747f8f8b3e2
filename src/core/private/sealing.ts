/**
 * What is said, sealed: the kind, the text and the details of an event within one of the kind `sealed`. PROTOCOL.md §19.2, §19.3.
 *
 *   plaintext = length u32 | list of kind, text, name and value of each detail (§13.4) | zeros
 */
import type { Crypto } from "../../crypto/index.ts";
import { isWord, type NodeId } from "../../wire/index.ts";
import type { ChannelHash, Detail, Event } from "../log/event.ts";
import { EVENT_BYTES_MAX, TEXT_BYTES_MAX } from "../log/limits.ts";
import type { Words } from "../log/own-log.ts";
import { listBytes, PREFIX, readU32, signedBytes, writeU32 } from "../log/signing.ts";
import { detailOf, wholeNumber } from "../log/statement.ts";
import { fromBase32, fromHex, toBase64url, utf8Length } from "../log/text-form.ts";
import { type Chain, commitmentOf, KEY_BYTES, messageKey, SALT_BYTES } from "./chain.ts";
import { EPOCH_EVENTS_READ, PAD_LONG, PAD_SHORT, PAD_SHORT_MAX } from "./limits.ts";
import { bytesIn } from "./text.ts";

/** The kind of an event that hides another. */
export const SEALED = "sealed";

/** Kinds that are never sealed: who may read is decided by them, or keys travel in them. */
const PLAIN: ReadonlySet<string> = new Set(["genesis", "grant", "revoke", "leave", "invite", "prekey", "key"]);

export function isPlainKind(kind: string): boolean {
  return PLAIN.has(kind);
}

/** Whose key seals, and which. */
export interface EpochName {
  readonly channel: ChannelHash;
  readonly author: NodeId;
  /** The author's clock when it began, in microseconds since 1970: it rises, and does not come again after an old backup. */
  readonly epoch: number;
}

/** What a sealed event says of its key, and the ciphertext. */
export interface Sealing {
  readonly epoch: number;
  /** Its place in the epoch, from 0. */
  readonly n: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** 32 bytes: see {@link commitmentOf}. */
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** What is said of words that are sealed, and the message key that opens it. */
export interface SealedWords {
  readonly sealed: Words;
  readonly key: Uint8Array;
}

const ZERO_NONCE = new Uint8Array(12);
const LENGTH_BYTES = 4;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Why words cannot be said: what a receiver would not take. */
export function faultInWords({ kind, text, details }: Words): "bad-name" | "bad-text" | "too-long" | null {
  if (!isWord(kind) || details.some(([name]) => !isWord(name))) return "bad-name";
  if (!text.isWellFormed() || details.some(([, value]) => !value.isWellFormed())) return "bad-text";
  return utf8Length(text) > TEXT_BYTES_MAX ? "too-long" : null;
}

/**
 * The sealed form of words that have no fault.
 * @param n - a place that no other event of this epoch has
 * @param salt - 16 random bytes
 */
export function sealWords(crypto: Crypto, name: EpochName, chain: Chain, n: number, salt: Uint8Array, words: Words): SealedWords {
  const chainKey = chain.at(n);
  if (chainKey === null) throw new RangeError("an epoch ends long before its keys do");
  const key = messageKey(crypto, chainKey, salt);
  const ciphertext = crypto.aeadSeal(key, ZERO_NONCE, bindingOf(name, n, salt), padded(words));
  const details: Detail[] = [
    ["epoch", `${name.epoch}`],
    ["n", `${n}`],
    ["salt", toBase64url(salt)],
    ["kc", toBase64url(commitmentOf(crypto, key))],
    ["c", toBase64url(ciphertext)],
  ];
  return { sealed: { kind: SEALED, text: "", details }, key };
}

/** What a sealed event says of itself; null when it is malformed, and then nobody can open it. */
export function sealingOf(event: Pick<Event, "kind" | "text" | "details">): Sealing | null {
  if (event.kind !== SEALED || event.text !== "") return null;
  const epoch = wholeNumber(detailOf(event, "epoch") ?? "");
  const n = wholeNumber(detailOf(event, "n") ?? "");
  const salt = bytesIn(detailOf(event, "salt"), SALT_BYTES);
  const commitment = bytesIn(detailOf(event, "kc"), KEY_BYTES);
  const ciphertext = bytesIn(detailOf(event, "c"));
  if (epoch === null || epoch === 0 || n === null || n >= EPOCH_EVENTS_READ) return null;
  return salt === null || commitment === null || ciphertext === null ? null : { epoch, n, salt, commitment, ciphertext };
}

/** `wrong-key`: this is not the key that the author has signed for. `malformed`: it is, and what it hides is no event. */
export type OpenFault = "wrong-key" | "malformed";

export function openSealing(crypto: Crypto, name: EpochName, chain: Chain, sealing: Sealing): Words | OpenFault {
  const key = keyAt(crypto, chain, sealing);
  return key === null ? "malformed" : openWith(crypto, name, key, sealing);
}

/** The message key at an event's place in a chain; null beyond what an epoch may have. */
export function keyAt(crypto: Crypto, chain: Chain, { n, salt }: Pick<Sealing, "n" | "salt">): Uint8Array | null {
  const chainKey = chain.at(n);
  return chainKey === null ? null : messageKey(crypto, chainKey, salt);
}

/** Opens a sealed event by its message key alone, whoever gave that: the author has signed which one it is. */
export function openWith(crypto: Crypto, name: EpochName, key: Uint8Array, sealing: Sealing): Words | OpenFault {
  const { n, salt, commitment, ciphertext } = sealing;
  if (!crypto.equal(commitmentOf(crypto, key), commitment)) return "wrong-key";
  const plain = crypto.aeadOpen(key, ZERO_NONCE, bindingOf(name, n, salt), ciphertext);
  return (plain === null ? null : wordsIn(plain)) ?? "malformed";
}

/** The header that the ciphertext belongs to. All else of the event is bound by its signature. */
function bindingOf({ channel, author, epoch }: EpochName, n: number, salt: Uint8Array): Uint8Array {
  return signedBytes(PREFIX.sealed, [fromHex(channel), fromBase32(author), epoch, n, salt]);
}

function padded({ kind, text, details }: Words): Uint8Array {
  const list = listBytes([kind, text, ...details.flat()]);
  const bytes = new Uint8Array(paddedLength(LENGTH_BYTES + list.length));
  writeU32(list.length, bytes, 0);
  bytes.set(list, LENGTH_BYTES);
  return bytes;
}

function paddedLength(length: number): number {
  const step = length <= PAD_SHORT_MAX ? PAD_SHORT : PAD_LONG;
  return Math.ceil(length / step) * step;
}

/** The words in a plaintext; null for what no node of ours would have sealed. */
function wordsIn(plain: Uint8Array): Words | null {
  if (plain.length < LENGTH_BYTES || plain.length > EVENT_BYTES_MAX) return null;
  const end = LENGTH_BYTES + readU32(plain, 0);
  if (paddedLength(end) !== plain.length || plain.subarray(end).some((byte) => byte !== 0)) return null;
  const values = textsIn(plain.subarray(LENGTH_BYTES, end));
  if (values === null || values.length < 2 || values.length % 2 !== 0) return null;
  const [kind, text, ...rest] = values as [string, string, ...string[]];
  const details = Array.from({ length: rest.length / 2 }, (_, at) => [rest[2 * at], rest[2 * at + 1]] as [string, string]);
  const words = { kind, text, details };
  return faultInWords(words) !== null || isPlainKind(kind) || kind === SEALED ? null : words;
}

function textsIn(list: Uint8Array): string[] | null {
  const texts: string[] = [];
  for (let at = 0; at < list.length; ) {
    const from = at + LENGTH_BYTES;
    if (from > list.length) return null;
    const end = from + readU32(list, at);
    if (end > list.length) return null;
    try {
      texts.push(decoder.decode(list.subarray(from, end)));
    } catch {
      return null; // no UTF-8
    }
    at = end;
  }
  return texts;
}
