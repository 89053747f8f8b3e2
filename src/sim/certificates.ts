/** Certificates of simulated nodes: no X.509, only `cert:`, the key, the nick, and spaces up to the length of a real one. */
import type { Certificates } from "../core/index.ts";

const encoder = new TextEncoder();
const HEAD = encoder.encode("cert:");
const KEY_END = HEAD.length + 32;
/** A self-signed X.509 certificate of an Ed25519 key with a short nick. */
const SIZE_BYTES = 245;

export function simCertificate(publicKey: Uint8Array, nick: string): Uint8Array {
  const der = new Uint8Array(SIZE_BYTES).fill(0x20);
  der.set(HEAD);
  der.set(publicKey, HEAD.length);
  der.set(encoder.encode(nick).subarray(0, SIZE_BYTES - KEY_END), KEY_END);
  return der;
}

export const simCertificates: Certificates = {
  pinned: false,
  read(der) {
    if (der.length !== SIZE_BYTES || HEAD.some((byte, at) => der[at] !== byte)) return null;
    const nick = new TextDecoder().decode(der.subarray(KEY_END)).trimEnd();
    return { publicKey: der.slice(HEAD.length, KEY_END), nick, notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER, issued: "self" };
  },
};
