/**
 * What both ends show each other inside a handshake: who they are, and that this link key is theirs. PROTOCOL.md §11.2.
 *
 *   index u32 | flags u8 | clock u64 | not_after u64 | link_sig 64 | certificate length u16 | certificate
 *
 * Numbers are big endian, times in ms since 1970. Bytes after the certificate are ignored: room for later versions.
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";
import { CERTIFICATE_BYTES_MAX } from "../certificates.ts";
import type { Timestamp } from "../time.ts";

export interface Credentials {
  /** How the other end names this session in its frames. */
  readonly index: number;
  readonly rendezvous: boolean;
  /** The sender's wall clock. */
  readonly clock: Timestamp;
  /** Until when the link key is good. */
  readonly notAfter: Timestamp;
  /** Ed25519 by the key of the certificate over {@link linkStatement}. */
  readonly linkSignature: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
}

const RENDEZVOUS_FLAG = 1;
const SIGNATURE_BYTES = 64;
const FIXED_BYTES = 4 + 1 + 8 + 8 + SIGNATURE_BYTES + 2;
/** Every kind of signed statement begins with words of its own, so that none can pass for another. */
const LINK_WORDS = new TextEncoder().encode("ptpchat/1 link");

export function encodeCredentials(credentials: Credentials): Uint8Array {
  const { certificate } = credentials;
  const bytes = new Uint8Array(FIXED_BYTES + certificate.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, credentials.index);
  view.setUint8(4, credentials.rendezvous ? RENDEZVOUS_FLAG : 0);
  view.setBigUint64(5, BigInt(credentials.clock));
  view.setBigUint64(13, BigInt(credentials.notAfter));
  bytes.set(credentials.linkSignature, 21);
  view.setUint16(FIXED_BYTES - 2, certificate.length);
  bytes.set(certificate, FIXED_BYTES);
  return bytes;
}

/** @returns null for bytes that hold no credentials */
export function decodeCredentials(bytes: Uint8Array): Credentials | null {
  if (bytes.length < FIXED_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(FIXED_BYTES - 2);
  if (length > CERTIFICATE_BYTES_MAX || bytes.length < FIXED_BYTES + length) return null;
  return {
    index: view.getUint32(0),
    rendezvous: (view.getUint8(4) & RENDEZVOUS_FLAG) !== 0,
    clock: Number(view.getBigUint64(5)),
    notAfter: Number(view.getBigUint64(13)),
    linkSignature: bytes.slice(21, 21 + SIGNATURE_BYTES),
    certificate: bytes.slice(FIXED_BYTES, FIXED_BYTES + length),
  };
}

export function signLink(crypto: Crypto, linkKey: Uint8Array, notAfter: Timestamp, by: Ed25519KeyPair): Uint8Array {
  return crypto.ed25519Sign(linkStatement(linkKey, notAfter), by);
}

export function isLinkSigned(crypto: Crypto, shown: Credentials, linkKey: Uint8Array, by: Uint8Array): boolean {
  return crypto.ed25519Verify(shown.linkSignature, linkStatement(linkKey, shown.notAfter), by);
}

/** `ptpchat/1 link`, the X25519 link key (32 bytes), not_after u64. */
function linkStatement(linkKey: Uint8Array, notAfter: Timestamp): Uint8Array {
  const bytes = new Uint8Array(LINK_WORDS.length + linkKey.length + 8);
  bytes.set(LINK_WORDS);
  bytes.set(linkKey, LINK_WORDS.length);
  new DataView(bytes.buffer).setBigUint64(LINK_WORDS.length + linkKey.length, BigInt(notAfter));
  return bytes;
}
