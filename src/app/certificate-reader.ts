/**
 * Reads certificates for the core, over Node's X.509. Whatever a stranger sends ends as facts or as null. PROTOCOL.md §3.8.
 *
 * OpenSSL parses; libsodium gives the verdict on a self-signature, because OpenSSL lets a small-order key sign anything.
 */
import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { CERTIFICATE_BYTES_MAX, type CertificateFacts, type Certificates } from "../core/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { NO_NICK } from "./certificate.ts";
import { partsOf } from "./der.ts";

/** Verdicts kept: several times the sessions of a busy node; a flood of others costs as many reads as without it. */
const VERDICTS_MAX = 1_024;
/** The AlgorithmIdentifier of Ed25519 (RFC 8410 §3). */
const ED25519 = Uint8Array.from([0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70]);

export class CertificateReader implements Certificates {
  readonly #authorities: readonly X509Certificate[];
  /** By the hash of the DER, the one asked for longest ago first. */
  readonly #verdicts = new Map<string, CertificateFacts | null>();

  /** @param authorities - the pinned CAs; none when anybody may come in */
  constructor(authorities: readonly X509Certificate[] = []) {
    this.#authorities = authorities;
  }

  get pinned(): boolean {
    return this.#authorities.length > 0;
  }

  read(der: Uint8Array): CertificateFacts | null {
    if (der.length > CERTIFICATE_BYTES_MAX) return null;
    const name = createHash("sha256").update(der).digest("base64");
    const known = this.#verdicts.get(name);
    const verdict = known === undefined ? factsOf(der, this.#authorities) : known;
    this.#verdicts.delete(name);
    this.#verdicts.set(name, verdict);
    if (this.#verdicts.size > VERDICTS_MAX) this.#forgetOldest();
    return verdict;
  }

  #forgetOldest(): void {
    for (const oldest of this.#verdicts.keys()) {
      this.#verdicts.delete(oldest);
      return;
    }
  }
}

/** What a certificate of any length says; null as {@link Certificates.read} has it. Costs a signature check or more each time. */
export function factsOf(der: Uint8Array, authorities: readonly X509Certificate[]): CertificateFacts | null {
  try {
    return judge(new X509Certificate(der), der, authorities);
  } catch {
    return null; // OpenSSL could not read it, or not its key
  }
}

function judge(certificate: X509Certificate, der: Uint8Array, authorities: readonly X509Certificate[]): CertificateFacts | null {
  // It also reads PEM, and DER with something after it: then two texts would be one certificate.
  if (!sodiumCrypto.equal(certificate.raw, der)) return null;
  const publicKey = rawKeyOf(certificate.publicKey);
  if (publicKey === null) return null;
  const facts = { publicKey, nick: nickOf(certificate), notBefore: timeOf(certificate.validFrom), notAfter: timeOf(certificate.validTo) };
  if (Number.isNaN(facts.notBefore) || Number.isNaN(facts.notAfter)) return null;
  // One signature is checked: that of whom the certificate names as its issuer.
  const named = authorities.filter((authority) => certificate.checkIssued(authority));
  const issuer = named.find((authority) => certificate.verify(authority.publicKey));
  if (issuer !== undefined) return { ...facts, ...datesOfBoth(facts, issuer), issued: "ca" };
  if (named.length > 0) return null;
  if (certificate.issuer !== certificate.subject) return { ...facts, issued: "foreign" };
  return signedByItself(der, publicKey) ? { ...facts, issued: "self" } : null;
}

/** The 32 bytes of an Ed25519 key; null for another kind. */
function rawKeyOf(key: KeyObject): Uint8Array | null {
  if (key.asymmetricKeyType !== "ed25519") return null;
  const { x = "" } = key.export({ format: "jwk" });
  return new Uint8Array(Buffer.from(x, "base64url"));
}

function signedByItself(der: Uint8Array, publicKey: Uint8Array): boolean {
  const parts = partsOf(der);
  if (parts === null || !sodiumCrypto.equal(parts.algorithm, ED25519)) return false;
  return sodiumCrypto.ed25519Verify(parts.signature, parts.signed, publicKey);
}

/** The common name, the last one where there are several; empty where it stands for none. */
function nickOf(certificate: X509Certificate): string {
  const name: unknown = certificate.toLegacyObject().subject.CN;
  const last: unknown = Array.isArray(name) ? name.at(-1) : name;
  return typeof last === "string" && last !== NO_NICK ? last : "";
}

function datesOfBoth({ notBefore, notAfter }: Pick<CertificateFacts, "notBefore" | "notAfter">, issuer: X509Certificate) {
  return {
    notBefore: Math.max(notBefore, timeOf(issuer.validFrom)),
    notAfter: Math.min(notAfter, timeOf(issuer.validTo)),
  };
}

/** Milliseconds since 1970 of a date as OpenSSL prints it: `Nov 24 00:00:00 2026 GMT`. */
function timeOf(date: string): number {
  return Date.parse(date);
}
