/**
 * The proof that a joiner holds an invite: made for one channel, one joiner and one handshake, so that whoever is shown it can show it
 * to nobody else. PROTOCOL.md §20.3.
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";
import type { NodeId, Signature } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import { PREFIX, type SignedValue, sign, verify } from "../log/signing.ts";
import { fromBase32, fromBase64url, fromHex, toBase64url } from "../log/text-form.ts";

/** What a proof is good for. */
export interface ProofOf {
  readonly channel: ChannelHash;
  readonly joiner: NodeId;
  /** The handshake's hash, 32 bytes: of the session between the joiner and whoever is shown the proof. */
  readonly hash: Uint8Array;
}

export function prove(crypto: Crypto, key: Ed25519KeyPair, of: ProofOf): Signature {
  return toBase64url(sign(crypto, key, PREFIX.join, valuesOf(of))) as Signature;
}

/** @param key - the public half of the invite */
export function isProof(crypto: Crypto, proof: Signature, key: NodeId, of: ProofOf): boolean {
  return verify(crypto, fromBase64url(proof), fromBase32(key), PREFIX.join, valuesOf(of));
}

function valuesOf({ channel, joiner, hash }: ProofOf): SignedValue[] {
  return [fromHex(channel), fromBase32(joiner), hash];
}
