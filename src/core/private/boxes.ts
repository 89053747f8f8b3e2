/**
 * Sender keys on their way to members: an event of the kind `key` with a box for each, sealed to the prekey that the member published. It reaches who is
 * away by being brought like any other event. PROTOCOL.md §19.4.
 */
import { type Crypto, openFrom, type RandomBytes, sealTo, type X25519KeyPair } from "../../crypto/index.ts";
import { type NodeId, parseNodeId } from "../../wire/index.ts";
import type { Detail, Event } from "../log/event.ts";
import type { Words } from "../log/own-log.ts";
import { PREFIX, signedBytes } from "../log/signing.ts";
import { detailOf, wholeNumber } from "../log/statement.ts";
import { fromBase32, fromHex, toBase64url } from "../log/text-form.ts";
import { KEY_BYTES } from "./chain.ts";
import { BOXES_MAX, OWN_BOXES_TRIED } from "./limits.ts";
import type { Prekey } from "./prekeys.ts";
import type { EpochName } from "./sealing.ts";
import { bytesIn } from "./text.ts";

export const KEY = "key";
/** An ephemeral key, and the sealed one with its tag. */
const BOX_BYTES = 80;
const NOTHING = new Uint8Array(0);

export interface Recipient {
  readonly node: NodeId;
  readonly prekey: Prekey;
}

/** What to write so that all these have the key; nobody is in it whose prekey is no point of the curve. */
export function keyWords(crypto: Crypto, random: RandomBytes, name: EpochName, key: Uint8Array, to: readonly Recipient[]): Words[] {
  const boxes = to.flatMap((recipient) => boxFor(crypto, random, name, key, recipient) ?? []);
  const events: Words[] = [];
  for (let from = 0; from < boxes.length; from += BOXES_MAX)
    events.push({ kind: KEY, text: "", details: [["epoch", `${name.epoch}`], ...boxes.slice(from, from + BOXES_MAX)] });
  return events;
}

function boxFor(crypto: Crypto, random: RandomBytes, name: EpochName, key: Uint8Array, { node, prekey }: Recipient): Detail[] | null {
  const ephemeral = crypto.x25519KeyPair(random(KEY_BYTES));
  const sealed = sealTo(crypto, prekey.publicKey, infoOf(name, node, prekey.id), NOTHING, key, ephemeral);
  if (sealed === null) return null;
  const box = new Uint8Array(BOX_BYTES);
  box.set(sealed.enc);
  box.set(sealed.ciphertext, sealed.enc.length);
  return [["box", `${node} ${prekey.id} ${toBase64url(box)}`]];
}

/** The epoch that a `key` event is about; null when it makes no sense. */
export function epochIn(event: Pick<Event, "kind" | "details">): number | null {
  const epoch = event.kind === KEY ? wholeNumber(detailOf(event, "epoch") ?? "") : null;
  return epoch === 0 ? null : epoch;
}

/** Those for whom an event has a box. */
export function recipientsIn(event: Pick<Event, "details">): NodeId[] {
  return boxesIn(event).map(({ node }) => node);
}

/**
 * The key that an event has for us.
 * @param pairOf - our prekey of an id
 * @returns null where it has none, or none that we can open
 */
export function openBox(
  crypto: Crypto,
  name: EpochName,
  event: Pick<Event, "details">,
  self: NodeId,
  pairOf: (id: string) => X25519KeyPair | null,
): Uint8Array | null {
  const own = boxesIn(event).filter(({ node }) => node === self);
  for (const { prekey, box } of own.slice(0, OWN_BOXES_TRIED)) {
    const pair = pairOf(prekey);
    const key =
      pair === null
        ? null
        : openFrom(crypto, pair, box.subarray(0, KEY_BYTES), infoOf(name, self, prekey), NOTHING, box.subarray(KEY_BYTES));
    if (key?.length === KEY_BYTES) return key;
  }
  return null;
}

function boxesIn({ details }: Pick<Event, "details">): { readonly node: NodeId; readonly prekey: string; readonly box: Uint8Array }[] {
  return details.flatMap(([name, value]) => {
    const [first = "", prekey = "", last = "", ...more] = name === "box" ? value.split(" ") : [];
    const node = parseNodeId(first);
    const box = bytesIn(last, BOX_BYTES);
    return node === null || box === null || more.length > 0 ? [] : [{ node, prekey, box }];
  });
}

function infoOf({ channel, author, epoch }: EpochName, to: NodeId, prekey: string): Uint8Array {
  return signedBytes(PREFIX.box, [fromHex(channel), fromBase32(author), fromBase32(to), epoch, prekey]);
}
