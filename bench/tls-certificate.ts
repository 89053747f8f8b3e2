/** A key and a self-signed certificate for a TLS server, made at run time. */
import { createPrivateKey } from "node:crypto";
import { makeCertificate } from "../src/app/certificate.ts";
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { randomBytes } from "../src/net/index.ts";

/** PKCS #8 of an Ed25519 key up to the seed itself (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const PEM_LINE = 64;

/** Both in PEM. */
export function selfSigned(): { key: string; cert: string } {
  const seed = randomBytes(32);
  const keyPair = sodiumCrypto.ed25519KeyPair(seed);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  const der = Buffer.from(makeCertificate(keyPair, "bench")).toString("base64");
  const lines = der.match(new RegExp(`.{1,${PEM_LINE}}`, "g")) ?? [];
  return {
    key: key.export({ format: "pem", type: "pkcs8" }).toString(),
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
  };
}
