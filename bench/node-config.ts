/** A node with a key and certificate of its own, made at run time, that keeps nothing. */
import { makeCertificate } from "../src/app/certificate.ts";
import { CertificateReader } from "../src/app/certificate-reader.ts";
import type { NodeConfig } from "../src/core/index.ts";
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { randomBytes, wallEpoch } from "../src/net/index.ts";
import type { Endpoint } from "../src/wire/index.ts";

const SEED_BYTES = 32;

/** @param peers - whom it calls by itself */
export async function newConfig(peers: readonly Endpoint[] = []): Promise<NodeConfig> {
  const seed = randomBytes(SEED_BYTES);
  const signingKey = sodiumCrypto.ed25519KeyPair(seed);
  return {
    publicKey: signingKey.publicKey,
    signingKey,
    certificate: await makeCertificate(seed, signingKey.publicKey, "bench"),
    certificates: new CertificateReader(),
    peers,
    compatNodeId: false,
    rendezvous: false,
    epoch: wallEpoch(),
    restored: { channels: [], members: [], recent: [] },
    crypto: sodiumCrypto,
    random: randomBytes,
  };
}
