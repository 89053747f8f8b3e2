/**
 * A parcel: one event, sealed to the slot of its receiver, so that who keeps it sees a length and nothing else. PROTOCOL.md §22.2.
 *
 *   base64 of: encapsulated key 32 | HPKE (RFC 9180, base mode) of: length u32 | MESSAGE as JSON | zeros, up to a multiple of 256
 *   info: the list (§13.4) of "ptpchat/1 parcel", the owner's key and the channel's hash
 */
import { type Crypto, concat, openFrom, type RandomBytes, sealTo } from "../../crypto/index.ts";
import { type BodyOf, base64, decode, encode, fromBase64, type NodeId, PARCEL_CHARS_MAX } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import { PREFIX, signedBytes, writeU32 } from "../log/signing.ts";
import { fromBase32, fromHex } from "../log/text-form.ts";
import { PARCEL_STEP } from "./limits.ts";
import type { Slot } from "./names.ts";

const ENC_BYTES = 32;
const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

/** For whom, and to which of its keys. */
export interface Addressee {
  readonly owner: NodeId;
  readonly channel: ChannelHash;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Null for an event that is too long, or a key that is none. */
export function sealParcel(
  crypto: Crypto,
  random: RandomBytes,
  { owner, channel, key }: Addressee,
  body: BodyOf<"MESSAGE">,
): string | null {
  const message = encode("MESSAGE", body);
  const plain = new Uint8Array(Math.ceil((LENGTH_BYTES + message.length) / PARCEL_STEP) * PARCEL_STEP);
  writeU32(message.length, plain, 0);
  plain.set(message, LENGTH_BYTES);
  const sealed = sealTo(crypto, key, infoOf(owner, channel), NOTHING, plain, crypto.x25519KeyPair(random(32)));
  const text = sealed === null ? null : base64(concat(sealed.enc, sealed.ciphertext));
  return text === null || text.length > PARCEL_CHARS_MAX ? null : text;
}

/** The MESSAGE in a parcel that was left in a slot of ours; null when it is none, or was not sealed for that slot. */
export function openParcel(crypto: Crypto, self: NodeId, { channel, key }: Slot, parcel: string): BodyOf<"MESSAGE"> | null {
  const bytes = fromBase64(parcel);
  const plain = openFrom(crypto, key, bytes.subarray(0, ENC_BYTES), infoOf(self, channel), NOTHING, bytes.subarray(ENC_BYTES));
  if (plain === null || plain.length < LENGTH_BYTES) return null;
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  if (length > plain.length - LENGTH_BYTES) return null;
  const decoded = decode(plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length), PARCEL_CHARS_MAX);
  return decoded.ok && decoded.message.verb === "MESSAGE" ? decoded.message.body : null;
}

function infoOf(owner: NodeId, channel: ChannelHash): Uint8Array {
  return signedBytes(PREFIX.parcel, [fromBase32(owner), fromHex(channel)]);
}
