/** The certificate's bytes against those of a library that is used nowhere else. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { KeyUsageFlags, KeyUsagesExtension, Name, X509CertificateGenerator } from "@peculiar/x509";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type OwnFacts, signedCertificate } from "../../src/app/certificate.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";

/** PKCS #8 of an Ed25519 key up to the seed itself (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

async function byLibrary(seed: Uint8Array, publicKey: Uint8Array, facts: OwnFacts): Promise<Buffer> {
  const { subtle } = webcrypto;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: Buffer.from(facts.serialNumber).toString("hex"),
      name: new Name([{ CN: [{ utf8String: facts.commonName }] }]),
      notBefore: facts.notBefore,
      notAfter: facts.notAfter,
      signingAlgorithm: { name: "Ed25519" },
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
      keys: {
        privateKey: await subtle.importKey("pkcs8", Buffer.concat([PKCS8_HEAD, seed]), "Ed25519", false, ["sign"]),
        publicKey: await subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", true, ["verify"]),
      },
    },
    webcrypto as unknown as Parameters<typeof X509CertificateGenerator.createSelfSigned>[1],
  );
  return Buffer.from(certificate.rawData);
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const second = (from: string, to: string) =>
  fc
    .date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
    .map((date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000));

test("a certificate is byte for byte what an independent library makes of the same facts", async () => {
  const facts: fc.Arbitrary<OwnFacts> = fc.record({
    serialNumber: bytes(16).map((serial) => Uint8Array.of(0x40 | ((serial[0] ?? 0) & 0x3f), ...serial.subarray(1))),
    notBefore: second("1950-01-01T00:00:00Z", "2100-01-01T00:00:00Z"), // UTCTime until 2049, GeneralizedTime from then on
    notAfter: second("2049-12-30T00:00:00Z", "2050-01-02T00:00:00Z"),
    commonName: fc.string({ unit: "grapheme", minLength: 1, maxLength: 64 }), // lengths in one, two and three bytes
  });
  await fc.assert(
    fc.asyncProperty(bytes(32), facts, async (seed, each) => {
      const keyPair = sodiumCrypto.ed25519KeyPair(seed);
      const made = Buffer.from(signedCertificate(keyPair, each)).toString("hex");
      expect(made).toBe((await byLibrary(seed, keyPair.publicKey, each)).toString("hex"));
    }),
    { numRuns: 300 },
  );
});
