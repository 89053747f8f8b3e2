/** The node's certificate: a self-signed X.509 of its Ed25519 key, with a nick that nobody has vouched for; and the request for one that a CA signs. PROTOCOL.md §3.8. */
import { webcrypto } from "node:crypto";
import type { Ed25519KeyPair } from "../crypto/index.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import {
  bitString,
  context,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  setOf,
  TRUE,
  time,
  utf8String,
} from "./der-writer.ts";

const YEARS = 10;
/** Letters of the nick that fit a common name, which may not be empty (RFC 5280, ub-common-name). */
const COMMON_NAME_MAX = 64;
/** It stands in the certificate twice, as issuer and as subject, and the whole may have 600 bytes. */
const COMMON_NAME_BYTES_MAX = 128;
/** What stands there for no nick. */
export const NO_NICK = "ptpchat";
const SERIAL_BYTES = 16;
/** PKCS #8 of an Ed25519 key up to the seed itself (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** The version number 2 stands for version 3, the one with extensions. */
const VERSION_3 = context(0, positiveInteger(Uint8Array.of(2)));
/** id-Ed25519, without parameters (RFC 8410 §3). */
const ED25519 = sequence(objectIdentifier(1, 3, 101, 112));
/** id-at-commonName. */
const COMMON_NAME = objectIdentifier(2, 5, 4, 3);
/** id-ce-keyUsage, critical: digitalSignature, which is the first of its bits (RFC 5280 §4.2.1.3). */
const FOR_SIGNATURES = sequence(objectIdentifier(2, 5, 29, 15), TRUE, octetString(bitString(Uint8Array.of(0x80), 7)));

/** What a certificate says besides the key. */
export interface OwnFacts {
  /** SERIAL_BYTES, positive and without leading zeros. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly commonName: string;
}

/**
 * Makes the certificate of a key.
 * @param nick - becomes the common name, cut to 64 letters and 128 bytes of UTF-8; `ptpchat` where it is empty
 * @returns DER
 */
export function makeCertificate(keyPair: Ed25519KeyPair, nick: string): Uint8Array {
  return signedCertificate(keyPair, { serialNumber: serialNumber(), ...validity(new Date()), commonName: commonName(nick) });
}

/** The same from given facts (RFC 5280 §4.1). */
export function signedCertificate(keyPair: Ed25519KeyPair, { serialNumber, notBefore, notAfter, commonName }: OwnFacts): Uint8Array {
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

/**
 * Makes a request that a CA signs into a certificate of the key.
 * @param nick - the common name asked for, bounded as in `makeCertificate`
 * @returns PKCS #10 (RFC 2986) in PEM
 */
export async function makeRequest(seed: Uint8Array, publicKey: Uint8Array, nick: string): Promise<string> {
  const { name, keys, signingAlgorithm, crypto, x509 } = await tools(seed, publicKey, nick);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm }, crypto);
  return request.toString("pem");
}

/** What a request is made with. Hardly a start needs it, and it takes as long to load as all the rest. */
async function tools(seed: Uint8Array, publicKey: Uint8Array, nick: string) {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  return {
    x509,
    name: new x509.Name([{ CN: [{ utf8String: commonName(nick) }] }]), // said to be text: a bare string that begins with # is read as hex
    keys: await webKeys(seed, publicKey),
    signingAlgorithm: { name: "Ed25519" },
    crypto: webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  };
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
  let name = "";
  for (const letter of [...nick.toWellFormed()].slice(0, COMMON_NAME_MAX)) {
    if (Buffer.byteLength(name + letter) > COMMON_NAME_BYTES_MAX) break;
    name += letter;
  }
  return name || NO_NICK;
}

async function webKeys(seed: Uint8Array, publicKey: Uint8Array): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = Buffer.concat([PKCS8_HEAD, seed]);
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", true, ["verify"]),
  };
}
