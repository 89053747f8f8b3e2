/** Whether a certificate is fit to be this node's own, before others refuse it. PROTOCOL.md §3.8. */
import { X509Certificate } from "node:crypto";
import { CERTIFICATE_BYTES_MAX, type CertificateFacts } from "../core/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { ApiError } from "./api.ts";
import { type CertificateReader, factsOf } from "./certificate-reader.ts";
import type { NodeIdentity } from "./identity.ts";

/**
 * What a node's own certificate says, to those whom it will meet.
 * @param caFile - where the pinned CAs come from, for the words
 * @throws ApiError `certificate-refused` with reason `not-certified` when a CA is pinned and did not sign it, or `expired`
 */
export function ownFacts({ certificate, facts }: NodeIdentity, reader: CertificateReader, caFile: string): CertificateFacts {
  if (!reader.pinned) return facts;
  const certified = reader.read(certificate);
  if (certified?.issued !== "ca")
    throw refused(
      `no CA of ${caFile} has signed this node's certificate: let it sign the request that "ptpchat id --csr" prints, then take in the answer with "ptpchat id --install FILE"`,
      "not-certified",
    );
  checkNotOver(certified);
  return certified;
}

/**
 * The certificate in a file, to be this node's own from now on.
 * @param bytes - PEM or DER
 * @param publicKey - the node's, 32 bytes
 * @returns DER
 * @throws ApiError `certificate-refused` with reason `damaged`, `wrong-key`, `too-long` or `expired`
 */
export function installable(bytes: Uint8Array, publicKey: Uint8Array): { certificate: Uint8Array; facts: CertificateFacts } {
  const certificate = derOf(bytes);
  const facts = certificate && factsOf(certificate, []);
  if (certificate === null || facts === null)
    throw refused("that is no certificate of an Ed25519 key, or it is damaged: give the file that the CA made, in PEM or DER", "damaged");
  if (!sodiumCrypto.equal(facts.publicKey, publicKey))
    throw refused(
      `that certificate is of another key than this node's: was another request signed? "ptpchat id --csr" prints the one`,
      "wrong-key",
    );
  if (certificate.length > CERTIFICATE_BYTES_MAX)
    throw refused(
      `that certificate has ${certificate.length} bytes, and no node takes more than ${CERTIFICATE_BYTES_MAX}: let the CA use short names and few extensions`,
      "too-long",
    );
  checkNotOver(facts);
  return { certificate, facts };
}

function derOf(bytes: Uint8Array): Uint8Array | null {
  try {
    return new Uint8Array(new X509Certificate(bytes).raw);
  } catch {
    return null;
  }
}

function checkNotOver({ notAfter }: CertificateFacts): void {
  if (Date.now() <= notAfter) return;
  throw refused(`the certificate was valid until ${day(notAfter)} only: let the CA sign another, or set this machine's clock`, "expired");
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function refused(message: string, reason: string): ApiError {
  return new ApiError("certificate-refused", message, reason);
}
