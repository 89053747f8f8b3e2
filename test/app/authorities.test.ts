import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAuthorities } from "../../src/app/authorities.ts";
import { makeCertificate } from "../../src/app/certificate.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { hasOpenssl, makeAuthority, makeKey } from "./openssl.ts";
import { directory } from "./running.ts";

function file(content: string): string {
  const path = join(directory(), "ca.pem");
  writeFileSync(path, content);
  return path;
}

async function nodesOwn(): Promise<string> {
  const seed = new Uint8Array(32).fill(3);
  return new X509Certificate(makeCertificate(sodiumCrypto.ed25519KeyPair(seed), "ada")).toString();
}

describe.skipIf(!hasOpenssl)("the CAs of a file", () => {
  test("are read, one or several, and whatever stands between them is passed over", async () => {
    const [a, b] = [makeAuthority("ed25519"), makeAuthority("p256", { name: "Other CA" })];
    expect((await readAuthorities(a.file)).map(({ subject }) => subject)).toEqual(["CN=Example CA"]);
    const bundle = file(`our own\r\n${a.pem.replaceAll("\n", "\r\n")}\n${makeKey("ed25519")}\n# and theirs\n${b.pem}`);
    expect((await readAuthorities(bundle)).map(({ subject }) => subject)).toEqual(["CN=Example CA", "CN=Other CA"]);
  });

  test("may be over, as long as one of them is valid", async () => {
    const [over, valid] = [makeAuthority("ed25519", { days: -1 }), makeAuthority()];
    expect(await readAuthorities(file(over.pem + valid.pem))).toHaveLength(2);
  });

  test.each<[string, () => string | Promise<string>, string]>([
    ["none of them is valid today", () => makeAuthority("ed25519", { days: -1 }).pem, "expired"],
    ["one is no CA", () => makeAuthority().pem + makeAuthority("ed25519", { ca: false }).pem, "no-ca"],
    ["one has an RSA key", () => makeAuthority("rsa").pem, "key-kind"],
    ["one is damaged", () => makeAuthority().pem.replace(/\n[^\n]{10}/, "\nAAAAAAAAAA"), "damaged"],
    ["one is a node's", nodesOwn, "no-ca"],
    ["it holds a key only", () => makeKey("ed25519"), "no-certificate"],
    ["it is empty", () => "", "no-certificate"],
    ["it holds more than a handful", () => makeAuthority().pem.repeat(17), "too-many"],
    ["it is far too large", () => " ".repeat(2_000_000), "too-many"],
  ])("are refused when %s", async (_what, content, reason) => {
    const path = file(await content());
    await expect(readAuthorities(path)).rejects.toMatchObject({ code: "ca-refused", reason, message: expect.stringContaining(path) });
  });
});

test("a file that cannot be read is refused with the system's code", async () => {
  const dir = directory();
  mkdirSync(join(dir, "folder"));
  await expect(readAuthorities(join(dir, "nowhere"))).rejects.toMatchObject({ code: "ca-refused", reason: "ENOENT" });
  await expect(readAuthorities(join(dir, "folder"))).rejects.toMatchObject({ code: "ca-refused", reason: "EISDIR" });
});
