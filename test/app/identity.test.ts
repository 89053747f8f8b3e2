import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { makeCertificate } from "../../src/app/certificate.ts";
import { KEY_FILE, loadOrMakeIdentity, type NodeIdentity, STORE_FILE } from "../../src/app/identity.ts";
import { type KeyFile, keyFileText, readKeyFile } from "../../src/app/key-file.ts";
import { CERTIFICATE_BYTES_MAX } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";

/** The path of a home that does not exist yet. */
function newHome(): string {
  const path = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "share", "ptpchat");
}

async function made(nick = "alice"): Promise<{ home: string; file: string; identity: NodeIdentity }> {
  const home = newHome();
  const identity = await loadOrMakeIdentity(home, nick);
  return { home, file: join(home, KEY_FILE), identity };
}

const fieldsOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
/** The key file with other fields, and without a checksum, as the first version wrote it. */
function rewrite(file: string, fields: Record<string, unknown>): void {
  const { checksum: _, ...others } = fieldsOf(file);
  writeFileSync(file, JSON.stringify({ ...others, ...fields }));
}
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("a first start", () => {
  test("makes a key, and names the node by it", async () => {
    const { identity } = await made();
    expect(identity.nodeId).toBe(base32(identity.keyPair.publicKey));
    expect(identity.nodeId).toHaveLength(52);
    const message = new TextEncoder().encode("hello");
    const signature = sodiumCrypto.ed25519Sign(message, identity.keyPair);
    expect(sodiumCrypto.ed25519Verify(signature, message, identity.keyPair.publicKey)).toBe(true);
  });

  test("makes home and key file for this user alone, and leaves nothing else behind", async () => {
    const { home, file } = await made();
    expect(modeOf(home)).toBe("700");
    expect(modeOf(file)).toBe("600");
    expect(readdirSync(home)).toEqual([KEY_FILE]);
  });

  test("says in the file its version and how it is protected", async () => {
    const { file, identity } = await made();
    const { version, protection, identity_seed, store_key, certificate } = fieldsOf(file);
    expect([version, protection]).toEqual([1, "os-user"]);
    expect(Buffer.from(String(identity_seed), "base64")).toEqual(Buffer.from(identity.keyPair.secretKey.subarray(0, 32)));
    expect(Buffer.from(String(store_key), "base64")).toEqual(Buffer.from(identity.storeKey));
    expect(Buffer.from(String(certificate), "base64")).toEqual(Buffer.from(identity.certificate));
  });

  test("makes another identity in another home", async () => {
    const [a, b] = [(await made()).identity, (await made()).identity];
    expect(a.nodeId).not.toBe(b.nodeId);
    expect(a.storeKey).not.toEqual(b.storeKey);
  });

  test("is not hindered by the half of a file that a crash left", async () => {
    const home = newHome();
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, `${KEY_FILE}.new`), '{"version":1,"identity_', { mode: 0o644 });
    await loadOrMakeIdentity(home, "alice");
    expect(readdirSync(home)).toEqual([KEY_FILE]);
    expect(modeOf(join(home, KEY_FILE))).toBe("600");
  });
});

describe("a later start", () => {
  test("gives the same identity, whatever the nick, and does not write the file", async () => {
    const { home, file, identity } = await made();
    const before = readFileSync(file);
    expect(await loadOrMakeIdentity(home, "somebody else")).toEqual(identity);
    expect(readFileSync(file)).toEqual(before);
  });

  test("gives the identity also beside a store", async () => {
    const { home, identity } = await made();
    writeFileSync(join(home, STORE_FILE), "a store");
    expect((await loadOrMakeIdentity(home, "alice")).nodeId).toBe(identity.nodeId);
  });

  test("takes the key file back from others who could read it", async () => {
    const { home, file } = await made();
    chmodSync(file, 0o644);
    await loadOrMakeIdentity(home, "alice");
    expect(modeOf(file)).toBe("600");
  });
});

describe("a certificate of the node's own making is renewed, with the same key and name", () => {
  /** Puts a certificate into the key file that was made `days` before today, of another length perhaps. */
  async function aged(home: string, { days = 0, nick = "alice" }): Promise<void> {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - days * 86_400_000 });
    const file = (await readKeyFile(join(home, KEY_FILE))) as KeyFile & { protection: "os-user" };
    const certificate = makeCertificate(sodiumCrypto.ed25519KeyPair(file.seed), nick);
    vi.useRealTimers();
    writeFileSync(join(home, KEY_FILE), keyFileText({ ...file, certificate }));
  }

  test.each([
    ["nine years and a month", 3_320],
    ["fifty years, as by a clock that stood at its beginning", 20_000],
  ])("when it is %s old", async (_what, days) => {
    const { home, identity } = await made();
    await aged(home, { days });
    const { facts, nodeId, certificate } = await loadOrMakeIdentity(home, "another nick");
    expect([nodeId, facts.nick]).toEqual([identity.nodeId, "alice"]);
    expect(facts.notAfter).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
    expect((await loadOrMakeIdentity(home, "")).certificate).toEqual(certificate);
  });

  test("and is left alone while it has years to go", async () => {
    const { home, file } = await made();
    await aged(home, { days: 3_000 });
    const before = readFileSync(file);
    await loadOrMakeIdentity(home, "");
    expect(readFileSync(file)).toEqual(before);
  });
});

describe("a key file that does not read is refused with words, and stays as it is", () => {
  async function refused(home: string, code: string, reason: string | null, words: RegExp): Promise<void> {
    const file = join(home, KEY_FILE);
    const before = readFileSync(file, "utf8");
    await expect(loadOrMakeIdentity(home, "alice")).rejects.toMatchObject({
      name: "ApiError",
      code,
      reason,
      message: expect.stringMatching(words),
    });
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(home)).toEqual([KEY_FILE]);
  }

  test.each([
    ["empty", ""],
    ["cut off", '{"version":1,"protection":"os-user","identity_seed":"AAAA'],
    ["no object", "null"],
    ["a list", "[]"],
    ["of no version", '{"protection":"os-user"}'],
    ["without keys", '{"version":1,"protection":"os-user"}'],
  ])("when it is %s", async (_what, text) => {
    const { home, file } = await made();
    writeFileSync(file, text);
    await refused(home, "key-damaged", null, /put back a copy/);
  });

  test("when its certificate is unreadable", async () => {
    const { home, file } = await made();
    rewrite(file, { certificate: "AAAA" });
    await refused(home, "key-damaged", null, /do not belong together/);
  });

  test("when one bit of the seed has changed", async () => {
    const { home, file, identity } = await made();
    const seed = Buffer.from(identity.keyPair.secretKey.subarray(0, 32));
    seed[5] = (seed[5] ?? 0) ^ 1;
    rewrite(file, { identity_seed: seed.toString("base64") });
    await refused(home, "key-damaged", null, /do not belong together/);
  });

  test("when the certificate is that of another key", async () => {
    const { home, file } = await made();
    const other = await made();
    rewrite(file, { certificate: fieldsOf(other.file).certificate });
    await refused(home, "key-damaged", null, /do not belong together/);
  });

  test.each(["store_key", "identity_seed", "certificate"])("when one bit of its %s has changed", async (field) => {
    const { home, file } = await made();
    const fields = fieldsOf(file);
    const bytes = Buffer.from(String(fields[field]), "base64");
    bytes[20] = (bytes[20] ?? 0) ^ 4;
    writeFileSync(file, JSON.stringify({ ...fields, [field]: bytes.toString("base64") }));
    await refused(home, "key-damaged", null, /checksum/);
  });

  test("when the certificate was changed after it was signed", async () => {
    const { home, file, identity } = await made();
    const forged = Buffer.from(identity.certificate);
    forged.set(Buffer.from("mallo"), forged.lastIndexOf("alice"));
    forged.set(Buffer.from("mallo"), forged.indexOf("alice"));
    rewrite(file, { certificate: forged.toString("base64") });
    await refused(home, "key-damaged", null, /do not belong together/);
  });

  test("when the store key is too short", async () => {
    const { home, file } = await made();
    rewrite(file, { store_key: "AAAA" });
    await refused(home, "key-damaged", null, /wrong length/);
  });

  test("when a later version wrote it", async () => {
    const { home, file } = await made();
    rewrite(file, { version: 2 });
    await refused(home, "key-damaged", "too-new", /update ptpchat/);
  });

  test("when it is protected in a way that is not known yet", async () => {
    const { home, file } = await made();
    rewrite(file, { protection: "security-chip" });
    await refused(home, "key-damaged", "protection", /protected in a way/);
  });
});

describe("a home that cannot be used is refused with words", () => {
  test("when there is a store and no key file: no new identity is made", async () => {
    const home = newHome();
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, STORE_FILE), "a store");
    await expect(loadOrMakeIdentity(home, "alice")).rejects.toMatchObject({
      code: "key-damaged",
      reason: "missing",
      message: expect.stringContaining("put back a copy"),
    });
    expect(readdirSync(home)).toEqual([STORE_FILE]);
  });

  test("when it is a file", async () => {
    const home = newHome();
    mkdirSync(join(home, ".."), { recursive: true });
    writeFileSync(home, "");
    await expect(loadOrMakeIdentity(home, "alice")).rejects.toMatchObject({
      code: "home-unreadable",
      message: expect.stringContaining("--home"),
    });
  });

  test("when its key file is a directory", async () => {
    const home = newHome();
    mkdirSync(join(home, KEY_FILE), { recursive: true });
    await expect(loadOrMakeIdentity(home, "alice")).rejects.toMatchObject({ code: "home-unreadable", reason: "EISDIR" });
  });
});

describe("the certificate", () => {
  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

  test("is of the node's key, signed by it, for ten years from today", async () => {
    const { identity } = await made();
    const certificate = new X509Certificate(identity.certificate);
    expect(certificate.publicKey.export({ format: "jwk" }).x).toBe(Buffer.from(identity.keyPair.publicKey).toString("base64url"));
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    expect(from.getTime()).toBeLessThanOrEqual(Date.now());
    expect(to.getUTCFullYear() - from.getUTCFullYear()).toBe(10);
  });

  test("is short enough for everybody to take, whatever the nick", async () => {
    for (const letter of ["x", "ü", "🌻"])
      expect((await made(letter.repeat(200))).identity.certificate.length).toBeLessThan(CERTIFICATE_BYTES_MAX);
  });

  test.each([
    ["alice", "alice"],
    ["#beef", "#beef"],
    ['Grüße, O=x + "y" \\z', 'Grüße, O=x + "y" \\z'],
    ["", "ptpchat"],
    ["🌻".repeat(70), "🌻".repeat(32)],
    ["x".repeat(70), "x".repeat(64)],
  ])("shows the nick %j as common name", async (nick, name) => {
    const { identity } = await made(nick);
    expect(new X509Certificate(identity.certificate).toLegacyObject().subject.CN).toBe(name);
  });

  test.skipIf(!hasOpenssl)("is read and verified by openssl", async () => {
    const { home, identity } = await made();
    const text = spawnSync("openssl", ["x509", "-inform", "der", "-text", "-noout"], { input: identity.certificate, encoding: "utf8" });
    expect(text.stderr).toBe("");
    expect(text.stdout).toMatch(/Subject: CN ?= ?alice/);
    expect(text.stdout).toMatch(/Signature Algorithm: ED25519/i);
    expect(text.stdout.replace(/[\s:]/g, "")).toContain(Buffer.from(identity.keyPair.publicKey).toString("hex"));
    const pem = join(home, "certificate.pem");
    writeFileSync(pem, new X509Certificate(identity.certificate).toString());
    expect(spawnSync("openssl", ["verify", "-CAfile", pem, pem], { encoding: "utf8" }).stdout).toContain("OK");
  });
});
