/** A node with a key and certificate of its own, made at run time, that keeps nothing. */
import { makeCertificate } from "../src/app/certificate.ts";
import { CertificateReader } from "../src/app/certificate-reader.ts";
import { NO_CONTACTS, NOBODY_QUIET, type NodeConfig } from "../src/core/index.ts";
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { randomBytes, wallEpoch } from "../src/net/index.ts";
import { openMemoryStore } from "../src/store/index.ts";
import type { Endpoint } from "../src/wire/index.ts";

const SEED_BYTES = 32;

/** @param peers - whom it calls by itself */
export function newConfig(peers: readonly Endpoint[] = []): NodeConfig {
  const signingKey = sodiumCrypto.ed25519KeyPair(randomBytes(SEED_BYTES));
  const store = openMemoryStore();
  return {
    publicKey: signingKey.publicKey,
    signingKey,
    certificate: makeCertificate(signingKey, "bench"),
    certificates: new CertificateReader(),
    peers,
    compatNodeId: false,
    rendezvous: false,
    epoch: wallEpoch(),
    restored: store.restore(),
    events: store.events,
    quiet: NOBODY_QUIET,
    contacts: NO_CONTACTS,
    crypto: sodiumCrypto,
    random: randomBytes,
  };
}
