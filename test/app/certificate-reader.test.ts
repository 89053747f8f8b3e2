/** Certificates of others, made by the openssl program and damaged by hand. */
import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../src/app/certificate.ts";
import { CertificateReader, factsOf } from "../../src/app/certificate-reader.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { type Authority, derOf, hasOpenssl, makeAuthority, makeKey, makeRequest, makeSelfSigned, publicKeyOf } from "./openssl.ts";

const SEED = new Uint8Array(32).fill(5);
const OWN = sodiumCrypto.ed25519KeyPair(SEED);

function pinnedTo(...authorities: Authority[]): CertificateReader {
  return new CertificateReader(authorities.map(({ pem }) => new X509Certificate(pem)));
}

describe("a certificate that a node made for itself", () => {
  test("is read: its key, nick and dates, and that it vouches for itself", async () => {
    const der = makeCertificate(OWN, "Grüße 🌻");
    const facts = new CertificateReader().read(der);
    expect(facts).toMatchObject({ publicKey: OWN.publicKey, nick: "Grüße 🌻", issued: "self" });
    expect(facts?.notBefore).toBe(Math.floor(Date.now() / 86_400_000) * 86_400_000);
    expect((facts?.notAfter ?? 0) - Date.now()).toBeGreaterThan(9 * 365 * 86_400_000);
  });

  test("is no certificate any more once any bit of it has changed", async () => {
    const der = makeCertificate(OWN, "ada");
    const reader = new CertificateReader();
    for (let bit = 0; bit < der.length * 8; bit++) {
      const changed = Uint8Array.from(der);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // A changed issuer leaves a signature of somebody unknown: that is for the core to refuse.
      const facts = reader.read(changed);
      if (facts !== null) expect([bit, facts.issued]).toEqual([bit, "foreign"]);
    }
  });

  test("is no certificate of a key of small order, which signs everything", async () => {
    const der = makeCertificate(OWN, "ada");
    const identity = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0));
    der.set(identity, Buffer.from(der).indexOf(OWN.publicKey));
    der.set(identity, der.length - 64); // R
    der.fill(0, der.length - 32); // S
    expect(new CertificateReader().read(der)).toBeNull();
  });

  test("is no certificate when it is cut, or when something follows it", async () => {
    const der = makeCertificate(OWN, "ada");
    const reader = new CertificateReader();
    for (let length = 0; length < der.length; length++) expect(reader.read(der.subarray(0, length))).toBeNull();
    expect(reader.read(Uint8Array.from([...der, 0]))).toBeNull();
    expect(reader.read(Uint8Array.from([...der, ...der]))).toBeNull();
  });

  test("is no certificate as PEM", async () => {
    const der = makeCertificate(OWN, "ada");
    expect(new CertificateReader().read(new TextEncoder().encode(new X509Certificate(der).toString()))).toBeNull();
  });
});

test("what is no certificate at all is none, and nothing is thrown", () => {
  const reader = new CertificateReader();
  for (const bytes of [[], [0x30], [0x30, 0x80], [0x30, 0x84, 255, 255, 255, 255], [0x30, 0x03, 0x30, 0x01, 0], Array(600).fill(0x30)])
    expect(reader.read(Uint8Array.from(bytes))).toBeNull();
});

describe.skipIf(!hasOpenssl)("a certificate that openssl made", () => {
  test("is read when it signs itself with an Ed25519 key", () => {
    const key = makeKey("ed25519");
    const facts = new CertificateReader().read(derOf(makeSelfSigned(key, "/O=Example/CN=ada")));
    expect(facts).toMatchObject({ publicKey: publicKeyOf(key), nick: "ada", issued: "self" });
  });

  test("is none of ours when its key is of another kind", () => {
    for (const kind of ["p256", "rsa"] as const) expect(new CertificateReader().read(derOf(makeSelfSigned(makeKey(kind))))).toBeNull();
  });

  test.each(["ed25519", "p256"] as const)("is certified when a pinned CA with a key of %s signed it", (kind) => {
    const [authority, key] = [makeAuthority(kind), makeKey("ed25519")];
    const facts = pinnedTo(authority).read(derOf(authority.sign(makeRequest(key))));
    expect(facts).toMatchObject({ publicKey: publicKeyOf(key), nick: "ada", issued: "ca" });
  });

  test("is certified by any of several pinned CAs, also by one that took over the name of another", () => {
    const [old, renewed, other] = [makeAuthority(), makeAuthority("p256"), makeAuthority("p256", { name: "Other CA" })];
    const reader = pinnedTo(old, renewed, other);
    for (const authority of [old, renewed, other])
      expect(reader.read(derOf(authority.sign(makeRequest(makeKey("ed25519")))))?.issued).toBe("ca");
  });

  test("is foreign when another CA signed it", () => {
    const der = derOf(makeAuthority("p256", { name: "Other CA" }).sign(makeRequest(makeKey("ed25519"))));
    expect(pinnedTo(makeAuthority()).read(der)?.issued).toBe("foreign");
    expect(new CertificateReader().read(der)?.issued).toBe("foreign");
  });

  test("vouches for itself, and for no more, where a CA is pinned", () => {
    expect(pinnedTo(makeAuthority()).read(derOf(makeSelfSigned(makeKey("ed25519"))))?.issued).toBe("self");
  });

  test("is none when it only claims the name of the pinned CA", () => {
    const impostor = makeAuthority("ed25519");
    const facts = pinnedTo(makeAuthority("ed25519")).read(derOf(impostor.sign(makeRequest(makeKey("ed25519")))));
    expect(facts?.issued).not.toBe("ca");
  });

  test.each(["ed25519", "p256"] as const)("is never certified once a bit has changed (CA of %s)", (kind) => {
    const authority = makeAuthority(kind);
    const [reader, der] = [pinnedTo(authority), derOf(authority.sign(makeRequest(makeKey("ed25519"))))];
    for (let bit = 0; bit < der.length * 8; bit++) {
      const changed = Uint8Array.from(der);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect([bit, reader.read(changed)?.issued]).not.toEqual([bit, "ca"]);
    }
  });

  test("is none as PEM, or with something after it, so that one certificate is one text", () => {
    const authority = makeAuthority();
    const pem = authority.sign(makeRequest(makeKey("ed25519")));
    const reader = pinnedTo(authority);
    expect(reader.read(new TextEncoder().encode(pem))).toBeNull();
    expect(reader.read(Uint8Array.from([...derOf(pem), 0]))).toBeNull();
    expect(reader.read(derOf(pem))?.issued).toBe("ca");
  });

  test("is none when it is longer than 600 bytes, however right", () => {
    const authority = makeAuthority("ed25519", { organisation: "y".repeat(600) });
    const der = derOf(authority.sign(makeRequest(makeKey("ed25519"))));
    expect(factsOf(der, [new X509Certificate(authority.pem)])?.issued).toBe("ca");
    expect(pinnedTo(authority).read(der)).toBeNull();
  });

  test("that is over still says so by its dates, and one that outlives its CA ends with it", () => {
    const [authority, brief] = [makeAuthority(), makeAuthority("p256", { days: 2 })];
    const request = makeRequest(makeKey("ed25519"));
    const over = pinnedTo(authority).read(derOf(authority.sign(request, { days: -1 })));
    expect(over?.issued).toBe("ca");
    expect(over?.notAfter).toBeLessThan(Date.now());
    const cut = pinnedTo(brief).read(derOf(brief.sign(request, { days: 50 })));
    expect(cut?.notAfter).toBeLessThanOrEqual(Date.now() + 2 * 86_400_000);
  });
});

describe("verdicts are kept", () => {
  test("so that the same certificate gives the very same facts, and no certificate stays none", async () => {
    const reader = new CertificateReader();
    const der = makeCertificate(OWN, "ada");
    expect(reader.read(Uint8Array.from(der))).toBe(reader.read(der));
    expect([reader.read(Uint8Array.of(1)), reader.read(Uint8Array.of(1))]).toEqual([null, null]);
  });

  test("a bounded number of them: the one asked for longest ago is read anew", async () => {
    const reader = new CertificateReader();
    const [often, once] = [makeCertificate(OWN, "often"), makeCertificate(OWN, "once")];
    const [oftenFacts, onceFacts] = [reader.read(often), reader.read(once)];
    for (let n = 0; n < 1_100; n++) {
      reader.read(Uint8Array.of(n >> 8, n & 255));
      if (n % 500 === 0) reader.read(often);
    }
    expect(reader.read(often)).toBe(oftenFacts);
    expect(reader.read(once)).not.toBe(onceFacts);
    expect(reader.read(once)).toEqual(onceFacts);
  });
});
