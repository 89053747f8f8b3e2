/** The node's certificate: a self-signed X.509 of its Ed25519 key, with a nick that nobody has vouched for. PROTOCOL.md §3.7. */
import { randomBytes, webcrypto, X509Certificate } from "node:crypto";

const YEARS = 10;
/** Letters of the nick that fit a common name, which may not be empty (RFC 5280, ub-common-name). */
const COMMON_NAME_MAX = 64;
/** It stands in the certificate twice, as issuer and as subject, and the whole may have 600 bytes. */
const COMMON_NAME_BYTES_MAX = 128;
const NO_NICK = "ptpchat";
const SERIAL_BYTES = 16;
/** PKCS #8 of an Ed25519 key up to the seed itself (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * Makes the certificate of a key.
 * @param seed - 32 bytes, of which the key is made
 * @param publicKey - 32 bytes
 * @param nick - becomes the common name, cut to 64 letters and 128 bytes of UTF-8; `ptpchat` where it is empty
 * @returns DER
 */
export async function makeCertificate(seed: Uint8Array, publicKey: Uint8Array, nick: string): Promise<Uint8Array> {
  // Only a first start needs these, and they take as long to load as all the rest.
  await import("reflect-metadata");
  const { KeyUsageFlags, KeyUsagesExtension, Name, X509CertificateGenerator } = await import("@peculiar/x509");
  const { notBefore, notAfter } = validity(new Date());
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: new Name([{ CN: [{ utf8String: commonName(nick) }] }]), // said to be text: a bare string that begins with # is read as hex
      notBefore,
      notAfter,
      signingAlgorithm: { name: "Ed25519" },
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
      keys: await webKeys(seed, publicKey),
    },
    webcrypto as unknown as Parameters<typeof X509CertificateGenerator.createSelfSigned>[1],
  );
  return new Uint8Array(certificate.rawData);
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
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
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
