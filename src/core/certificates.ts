/** What the core asks of certificates: it knows no X.509 and is handed a reader at birth. PROTOCOL.md §3.8. */
import type { Timestamp } from "./time.ts";

/** Longest certificate that a node takes, in bytes of DER: twice a self-signed one, and room for the name of a CA. */
export const CERTIFICATE_BYTES_MAX = 600;

export interface CertificateFacts {
  /** The certified Ed25519 key, 32 bytes. That its holder sent the certificate is for a signature of his to prove. */
  readonly publicKey: Uint8Array;
  /** The common name: text from a stranger that nobody has vouched for; empty where there is none. */
  readonly nick: string;
  readonly notBefore: Timestamp;
  readonly notAfter: Timestamp;
  /**
   * Who signed it: its own key, a CA that the operator pinned, or somebody whose signature cannot be checked here. For a
   * `ca` the dates are those in which certificate and CA are both valid.
   */
  readonly issued: "self" | "ca" | "foreign";
}

/** Reads certificates for the node; sees DER from strangers, and never throws. */
export interface Certificates {
  /**
   * @returns null when it is no certificate of an Ed25519 key, when a signature that can be checked (its own, or that of a
   *   pinned CA) is false, or when it is longer than {@link CERTIFICATE_BYTES_MAX}. Whether it is valid today is for the
   *   caller to judge.
   */
  read(der: Uint8Array): CertificateFacts | null;
  /** True when only nodes get in that a pinned CA has certified. */
  readonly pinned: boolean;
}
