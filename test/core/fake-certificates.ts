/**
 * Certificates for cores under test, without X.509: the DER's stand-in is `cert:`, the raw public key, and the nick in
 * UTF-8. Nothing is signed, so whoever knows a key can write its certificate; what proves a key is not the certificate.
 */
import { CERTIFICATE_BYTES_MAX, type CertificateFacts, type Certificates, type Timestamp } from "../../src/core/index.ts";

const HEAD = new TextEncoder().encode("cert:");
const KEY_END = HEAD.length + 32;

/** The stand-in for the certificate of a key. */
export function fakeCertificate(publicKey: Uint8Array, nick = ""): Uint8Array {
  return Uint8Array.from([...HEAD, ...publicKey, ...new TextEncoder().encode(nick)]);
}

/** Reads {@link fakeCertificate}; what it finds beyond key and nick is for the test to say, also later on. */
export class FakeCertificates implements Certificates {
  pinned = false;
  issued: CertificateFacts["issued"] = "self";
  notBefore: Timestamp = 0;
  notAfter: Timestamp = Date.UTC(9999, 0);

  read(der: Uint8Array): CertificateFacts | null {
    if (der.length > CERTIFICATE_BYTES_MAX || der.length < KEY_END || HEAD.some((byte, at) => der[at] !== byte)) return null;
    const { issued, notBefore, notAfter } = this;
    return { publicKey: der.slice(HEAD.length, KEY_END), nick: new TextDecoder().decode(der.slice(KEY_END)), notBefore, notAfter, issued };
  }
}
