/**
 * Keys that did not come with the events that need them: a member asks others for them, one after the other, and answers those who ask. Who answers proves nothing
 * by it; the author's signature under each event decides (PROTOCOL.md §19.5).
 */
import { type Crypto, type Ed25519KeyPair, openFrom, type RandomBytes, sealTo, type X25519KeyPair } from "../../crypto/index.ts";
import type { NodeId, Signature } from "../../wire/index.ts";
import type { HybridTime } from "../log/hlc.ts";
import { PREFIX, type SignedValue, sign, signedBytes, verify } from "../log/signing.ts";
import { fromBase32, fromBase64url, fromHex, toBase64url } from "../log/text-form.ts";
import type { Instant } from "../time.ts";
import { KEY_BYTES } from "./chain.ts";
import { AWAITED_MAX, KEY_AGAIN_MS, KEY_ANSWER_MS, KEY_ASK_MS, KEYS_ASKED_MAX } from "./limits.ts";
import type { EpochName } from "./sealing.ts";
import type { Awaited } from "./secret-store.ts";
import { bytesIn } from "./text.ts";

/** The cipher that a KEY of ours names. */
export const KEY_CIPHER = "ptpchat/1 hpke";
const NONCE_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** What `ptp` of a GETKEY says. */
export interface KeyQuestion {
  readonly author: NodeId;
  readonly epoch: HybridTime;
  /** A public key for this one answer, base64url. */
  readonly otk: string;
  /** Names the question, base64url. */
  readonly nonce: string;
  readonly sig: Signature;
}

/** What `ptp` of a KEY says; the sealed key stands in `key`. */
export interface KeyAnswer {
  readonly author: NodeId;
  readonly epoch: HybridTime;
  readonly nonce: string;
  readonly sig: Signature;
}

/** A question, where all of it is there. */
export function questionIn({ author, epoch, otk, nonce, sig }: Partial<KeyQuestion>): KeyQuestion | null {
  if (author === undefined || epoch === undefined || otk === undefined || nonce === undefined || sig === undefined) return null;
  return { author, epoch, otk, nonce, sig };
}

/** An answer, where all of it is there. */
export function answerIn({ author, epoch, nonce, sig }: Partial<KeyAnswer>): KeyAnswer | null {
  return author === undefined || epoch === undefined || nonce === undefined || sig === undefined ? null : { author, epoch, nonce, sig };
}

/** Who asks or answers whom: bound to the signature, so that nothing said to one can be said on to another. */
export interface Ends {
  readonly asker: NodeId;
  readonly answerer: NodeId;
}

function questionValues(
  { channel, author, epoch }: EpochName,
  { asker, answerer }: Ends,
  otk: Uint8Array,
  nonce: Uint8Array,
): SignedValue[] {
  return [fromHex(channel), fromBase32(author), epoch, fromBase32(asker), fromBase32(answerer), otk, nonce];
}

/** The one-time key of a question that its asker has signed; null for any other, from which nothing follows. */
export function otkOf(crypto: Crypto, name: EpochName, ends: Ends, { otk, nonce, sig }: KeyQuestion): Uint8Array | null {
  const [key, tag] = [bytesIn(otk, KEY_BYTES), bytesIn(nonce, NONCE_BYTES)];
  if (key === null || tag === null) return null;
  const isGenuine = verify(crypto, fromBase64url(sig), fromBase32(ends.asker), PREFIX.keyRequest, questionValues(name, ends, key, tag));
  return isGenuine ? key : null;
}

/** The answer to a question; null when its one-time key is no point of the curve. @param otk - as {@link otkOf} gave it */
export function answerTo(
  crypto: Crypto,
  random: RandomBytes,
  signer: Ed25519KeyPair,
  name: EpochName,
  ends: Ends,
  { nonce }: KeyQuestion,
  otk: Uint8Array,
  key: Uint8Array,
): (KeyAnswer & { readonly key: string }) | null {
  const tag = fromBase64url(nonce);
  const sealed = sealTo(crypto, otk, boxInfo(name, ends, tag), NOTHING, key, crypto.x25519KeyPair(random(KEY_BYTES)));
  if (sealed === null) return null;
  const box = new Uint8Array([...sealed.enc, ...sealed.ciphertext]);
  const sig = toBase64url(sign(crypto, signer, PREFIX.keyAnswer, answerValues(name, ends, tag, box))) as Signature;
  return { author: name.author, epoch: name.epoch, nonce, sig, key: toBase64url(box) };
}

function answerValues({ channel, author, epoch }: EpochName, { asker, answerer }: Ends, nonce: Uint8Array, box: Uint8Array): SignedValue[] {
  return [fromHex(channel), fromBase32(author), epoch, fromBase32(asker), fromBase32(answerer), nonce, box];
}

function boxInfo({ channel, author, epoch }: EpochName, { asker, answerer }: Ends, nonce: Uint8Array): Uint8Array {
  return signedBytes(PREFIX.keyBox, [fromHex(channel), fromBase32(author), epoch, fromBase32(asker), fromBase32(answerer), nonce]);
}

interface Open {
  readonly name: EpochName;
  readonly to: NodeId;
  readonly pair: X25519KeyPair;
  readonly at: Instant;
}

/** Of one epoch: since when its key is missing, and whom we asked when. */
interface Seeking {
  readonly since: Instant;
  readonly asked: Map<NodeId, Instant>;
}

export class KeySearch {
  readonly #crypto: Crypto;
  readonly #random: RandomBytes;
  readonly #self: NodeId;
  readonly #signer: Ed25519KeyPair;
  readonly #channel: EpochName["channel"];
  #seeking = new Map<string, Seeking>();
  /** By nonce. */
  readonly #open = new Map<string, Open>();
  #missing: readonly Awaited[] = [];

  constructor(crypto: Crypto, random: RandomBytes, self: NodeId, signer: Ed25519KeyPair, channel: EpochName["channel"]) {
    this.#crypto = crypto;
    this.#random = random;
    this.#self = self;
    this.#signer = signer;
    this.#channel = channel;
  }

  /**
   * The questions that are due.
   * @param awaited - the keys that are missing now
   * @param present - members that can be asked
   */
  ask(awaited: readonly Awaited[], present: readonly NodeId[], now: Instant): { readonly to: NodeId; readonly question: KeyQuestion }[] {
    this.#note(awaited, now);
    for (const [nonce, { at }] of this.#open) if (now - at >= KEY_ANSWER_MS) this.#open.delete(nonce);
    const questions: { to: NodeId; question: KeyQuestion }[] = [];
    for (const { author, epoch } of awaited) {
      if (this.#open.size >= KEYS_ASKED_MAX) break;
      const name = { channel: this.#channel, author, epoch };
      const to = this.#whomToAsk(name, present, now);
      if (to !== null) questions.push({ to, question: this.#question(name, to, now) });
    }
    return questions;
  }

  /** For people: how many events of whom wait for keys, and how many members were asked. */
  missing(): { readonly author: NodeId; readonly count: number; readonly asked: number }[] {
    const byAuthor = new Map<NodeId, { count: number; asked: Set<NodeId> }>();
    for (const each of this.#missing) {
      const known = byAuthor.get(each.author) ?? { count: 0, asked: new Set() };
      byAuthor.set(each.author, known);
      known.count += each.count;
      for (const node of this.#seeking.get(keyOf(each))?.asked.keys() ?? []) known.asked.add(node);
    }
    return [...byAuthor].map(([author, { count, asked }]) => ({ author, count, asked: asked.size }));
  }

  /**
   * The key in an answer to an open question of ours; what it is worth, the events tell.
   * @param from - who answered, as its session proves
   */
  open(answer: KeyAnswer, box: string, from: NodeId): { readonly name: EpochName; readonly key: Uint8Array } | null {
    const asked = this.#open.get(answer.nonce);
    const bytes = bytesIn(box);
    if (asked === undefined || bytes === null || asked.to !== from) return null;
    const { name, pair } = asked;
    if (answer.author !== name.author || answer.epoch !== name.epoch) return null;
    const ends = { asker: this.#self, answerer: from };
    const nonce = fromBase64url(answer.nonce);
    const isGenuine = verify(
      this.#crypto,
      fromBase64url(answer.sig),
      fromBase32(from),
      PREFIX.keyAnswer,
      answerValues(name, ends, nonce, bytes),
    );
    if (!isGenuine) return null;
    this.#open.delete(answer.nonce);
    const key = openFrom(this.#crypto, pair, bytes.subarray(0, KEY_BYTES), boxInfo(name, ends, nonce), NOTHING, bytes.subarray(KEY_BYTES));
    return key === null || key.length !== KEY_BYTES ? null : { name, key };
  }

  /** Remembers what is missing, and for how long; whom we asked for the rest is forgotten. */
  #note(awaited: readonly Awaited[], now: Instant): void {
    const seeking = awaited.slice(0, AWAITED_MAX).map((each): [string, Seeking] => {
      return [keyOf(each), this.#seeking.get(keyOf(each)) ?? { since: now, asked: new Map() }];
    });
    this.#seeking = new Map(seeking);
    this.#missing = awaited;
  }

  /** Its author first, who has it for certain; then who was not asked for longest. */
  #whomToAsk(name: EpochName, present: readonly NodeId[], now: Instant): NodeId | null {
    const seeking = this.#seeking.get(keyOf(name));
    if (seeking === undefined || now - seeking.since < KEY_ASK_MS) return null;
    if ([...this.#open.values()].some((open) => keyOf(open.name) === keyOf(name))) return null;
    const able = present.filter((node) => now - (seeking.asked.get(node) ?? Number.NEGATIVE_INFINITY) >= KEY_AGAIN_MS);
    const [first] = able.sort((a, b) => rank(a, name, seeking) - rank(b, name, seeking));
    if (first === undefined) return null;
    seeking.asked.set(first, now);
    return first;
  }

  #question(name: EpochName, to: NodeId, now: Instant): KeyQuestion {
    const pair = this.#crypto.x25519KeyPair(this.#random(KEY_BYTES));
    const tag = this.#random(NONCE_BYTES);
    const nonce = toBase64url(tag);
    this.#open.set(nonce, { name, to, pair, at: now });
    const values = questionValues(name, { asker: this.#self, answerer: to }, pair.publicKey, tag);
    const sig = toBase64url(sign(this.#crypto, this.#signer, PREFIX.keyRequest, values)) as Signature;
    return { author: name.author, epoch: name.epoch, otk: toBase64url(pair.publicKey), nonce, sig };
  }
}

/** Before all others the author, then those who were asked never, then the longest ago. */
function rank(node: NodeId, { author }: EpochName, { asked }: Seeking): number {
  return node === author && !asked.has(node) ? Number.NEGATIVE_INFINITY : (asked.get(node) ?? -1);
}

function keyOf({ author, epoch }: { readonly author: NodeId; readonly epoch: HybridTime }): string {
  return `${author} ${epoch}`;
}
