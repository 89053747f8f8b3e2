/**
 * How mailboxes and what is in them are called. All of it follows from keys that are there, so nothing has to be kept or told
 * twice. PROTOCOL.md §22.1.
 */
import type { Crypto, Ed25519KeyPair, X25519KeyPair } from "../../crypto/index.ts";
import { type Guid, guidFrom, type NodeId } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import { PREFIX, signedBytes } from "../log/signing.ts";
import { fromBase32, fromHex, toHex } from "../log/text-form.ts";

/** A place in the mailboxes of one owner, for what is said in one channel. */
export interface Slot {
  readonly channel: ChannelHash;
  /** 64 hex digits: what a mailbox knows of it. */
  readonly id: string;
  /** 64 hex digits, of which `id` is the hash: who has it may leave something there. The members of the channel do. */
  readonly pass: string;
  /** What is left there is sealed to it. */
  readonly key: X25519KeyPair;
}

const SEED_BYTES = 32;
const PASS_BYTES = 32;
const SLOT_WORDS = new TextEncoder().encode("ptpchat/1 slot");

/** The GUID under which the mailbox of a node is spoken of. */
export function boxOf(crypto: Crypto, owner: NodeId): Guid {
  return guidFrom(crypto.sha256(signedBytes(PREFIX.mailbox, [fromBase32(owner)])));
}

/** Our own slot for a channel. @param key - our identity */
export function slotOf(crypto: Crypto, key: Ed25519KeyPair, channel: ChannelHash): Slot {
  const bytes = crypto.hkdfSha256(key.secretKey.subarray(0, SEED_BYTES), fromHex(channel), SLOT_WORDS, PASS_BYTES + 32);
  const pass = toHex(bytes.subarray(0, PASS_BYTES));
  return { channel, id: slotIdOf(crypto, pass), pass, key: crypto.x25519KeyPair(bytes.slice(PASS_BYTES)) };
}

/** What a mailbox knows a slot by. */
export function slotIdOf(crypto: Crypto, pass: string): string {
  return crypto.sha256Hex(signedBytes(PREFIX.slot, [fromHex(pass)]));
}
