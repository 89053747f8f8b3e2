/** The node's certificate: a self-signed X.509 of its Ed25519 key, with a nick that nobody has vouched for. PROTOCOL.md §3. */
import { X509Certificate } from "node:crypto";
import type { Ed25519KeyPair } from "../crypto/index.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { bitString, context, objectIdentifier, octetString, positiveInteger, sequence, setOf, TRUE, time, utf8String } from "./der.ts";

const YEARS = 10;
/** Letters of the nick that fit a common name, which may not be empty (RFC 5280, ub-common-name). */
const COMMON_NAME_MAX = 64;
const NO_NICK = "ptpchat";
const SERIAL_BYTES = 16;

/** The version number 2 stands for version 3, the one with extensions. */
const VERSION_3 = context(0, positiveInteger(Uint8Array.of(2)));
/** id-Ed25519, without parameters (RFC 8410 §3). */
const ED25519 = sequence(objectIdentifier(1, 3, 101, 112));
/** id-at-commonName. */
const COMMON_NAME = objectIdentifier(2, 5, 4, 3);
/** id-ce-keyUsage, critical: digitalSignature, which is the first of its bits (RFC 5280 §4.2.1.3). */
const FOR_SIGNATURES = sequence(objectIdentifier(2, 5, 29, 15), TRUE, octetString(bitString(Uint8Array.of(0x80), 7)));

/** What a certificate says besides the key. */
export interface CertificateFacts {
  /** SERIAL_BYTES, positive and without leading zeros. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly commonName: string;
}

/**
 * Makes the certificate of a key.
 * @param nick - becomes the common name, cut to 64 letters; `ptpchat` where it is empty
 * @returns DER
 */
export function makeCertificate(keyPair: Ed25519KeyPair, nick: string): Uint8Array {
  return signedCertificate(keyPair, { serialNumber: serialNumber(), ...validity(new Date()), commonName: commonName(nick) });
}

/** The same from given facts (RFC 5280 §4.1). */
export function signedCertificate(
  keyPair: Ed25519KeyPair,
  { serialNumber, notBefore, notAfter, commonName }: CertificateFacts,
): Uint8Array {
  const name = sequence(setOf(sequence(COMMON_NAME, utf8String(commonName))));
  const publicKey = sequence(ED25519, bitString(keyPair.publicKey));
  const toSign = sequence(
    VERSION_3,
    positiveInteger(serialNumber),
    ED25519,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    context(3, sequence(FOR_SIGNATURES)),
  );
  return new Uint8Array(sequence(toSign, ED25519, bitString(sodiumCrypto.ed25519Sign(toSign, keyPair))));
}

/** True when `der` is a certificate of this key, signed by it. */
export function certifies(der: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    const { x } = certificate.publicKey.export({ format: "jwk" });
    return x === Buffer.from(publicKey).toString("base64url") && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

/** From the day's beginning, so that a peer whose clock is a little behind does not see a certificate of tomorrow. */
function validity(now: Date): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  const notAfter = new Date(Date.UTC(now.getUTCFullYear() + YEARS, now.getUTCMonth(), now.getUTCDate()));
  return { notBefore, notAfter };
}

/** A positive number without leading zeros, as DER wants it. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function commonName(nick: string): string {
  return [...nick.toWellFormed()].slice(0, COMMON_NAME_MAX).join("") || NO_NICK;
}
