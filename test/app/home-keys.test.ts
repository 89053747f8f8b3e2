/** What a user does to the keys of a home on which no node runs. */
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { certificateRequest, changePassphrase, installCertificate, type PassphraseChange } from "../../src/app/home-keys.ts";
import { KEY_FILE, loadOrMakeIdentity } from "../../src/app/identity.ts";
import { type PassphraseSource, passphraseSource } from "../../src/app/passphrase.ts";
import { derOf, hasOpenssl, makeAuthority, makeKey, makeRequest, makeSelfSigned, openssl } from "./openssl.ts";
import { directory, running } from "./running.ts";

const [FIRST, SECOND] = ["correct horse battery staple", "wrong horse, better stable"];
const NOBODY: PassphraseSource = { configured: false, get: () => Promise.reject(new Error("nobody should be asked")) };

const typed = (passphrase: string): PassphraseSource => ({ configured: false, get: async () => passphrase });

function change(next: string | null, old?: string): PassphraseChange {
  return { old: old === undefined ? NOBODY.get : async () => old, next: async () => next };
}

async function homeWithKeys(nick = "ada") {
  const home = directory();
  return { home, file: join(home, KEY_FILE), identity: await loadOrMakeIdentity(home, nick) };
}

describe("the passphrase", () => {
  test("is set, changed and taken away, and the identity stays", async () => {
    const { home, identity } = await homeWithKeys();
    expect(await changePassphrase(home, change(FIRST))).toBe("passphrase");
    expect(await loadOrMakeIdentity(home, "", typed(FIRST))).toEqual({ ...identity, protection: "passphrase" });
    expect(await changePassphrase(home, change(SECOND, FIRST))).toBe("passphrase");
    await expect(loadOrMakeIdentity(home, "", typed(FIRST))).rejects.toMatchObject({ code: "passphrase-wrong" });
    expect(await loadOrMakeIdentity(home, "", typed(SECOND))).toEqual({ ...identity, protection: "passphrase" });
    expect(await changePassphrase(home, change(null, SECOND))).toBe("os-user");
    expect(await loadOrMakeIdentity(home, "", NOBODY)).toEqual(identity);
  });

  test("is not changed when the old one is wrong, and the new one is not asked for", async () => {
    const { home, file } = await homeWithKeys();
    await changePassphrase(home, change(FIRST));
    const before = readFileSync(file);
    const asked = { old: async () => SECOND, next: () => Promise.reject(new Error("asked for the new one")) };
    await expect(changePassphrase(home, asked)).rejects.toMatchObject({ code: "passphrase-wrong" });
    expect(readFileSync(file)).toEqual(before);
  });

  test.each([
    ["shorter", "1234567"],
    ["empty", ""],
    ["longer", "x".repeat(1_025)],
  ])("is not set to one that is %s than may be", async (_what, next) => {
    const { home, file } = await homeWithKeys();
    const before = readFileSync(file);
    await expect(changePassphrase(home, change(next))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("a passphrase has at"),
    });
    expect(readFileSync(file)).toEqual(before);
  });

  test("is not set while a node runs on the home, and the words say so", async () => {
    const home = directory();
    const node = await running({ home });
    await expect(changePassphrase(home, change(FIRST))).rejects.toMatchObject({
      code: "home-in-use",
      message: expect.stringContaining("ptpchat stop"),
    });
    await node.stop();
    expect(await changePassphrase(home, change(FIRST))).toBe("passphrase");
  });

  test("is not set where there are no keys, and nothing is made there", async () => {
    const home = directory();
    await expect(changePassphrase(home, change(FIRST))).rejects.toMatchObject({ code: "no-keys" });
    await expect(changePassphrase(join(home, "nowhere"), change(FIRST))).rejects.toMatchObject({ code: "no-keys" });
    expect(readdirSync(home)).toEqual([]);
  });

  test("is not set on damaged keys, which would hide the damage", async () => {
    const { home, file } = await homeWithKeys();
    const { checksum: _, ...fields } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...fields, identity_seed: Buffer.alloc(32).toString("base64") }));
    await expect(changePassphrase(home, change(FIRST))).rejects.toMatchObject({ code: "key-damaged" });
  });

  test("is the old one or the new one when the process is killed at any call of the write", { timeout: 120_000 }, async () => {
    const writer = join(import.meta.dirname, "killed-writer.ts");
    let call = 0;
    for (let killed = true; killed; call++) {
      const { home, identity } = await homeWithKeys();
      const child = spawnSync(process.execPath, [writer, home, FIRST, String(call)], { encoding: "utf8" });
      killed = child.signal === "SIGKILL";
      if (!killed) expect([child.status, child.stderr]).toEqual([0, ""]);
      const found = await loadOrMakeIdentity(home, "", typed(FIRST));
      expect({ ...found, protection: "" }).toEqual({ ...identity, protection: "" });
      if (!killed) expect(found.protection).toBe("passphrase");
      await changePassphrase(home, found.protection === "passphrase" ? change(null, FIRST) : change(null)); // no lock is left behind
    }
    expect(call).toBeGreaterThan(9);
  });
});

describe.skipIf(!hasOpenssl)("the request for a certificate", () => {
  test("is one that openssl reads and verifies, of the node's key and with its name", async () => {
    const { home, identity } = await homeWithKeys("Grüße 🌻");
    const request = await certificateRequest(home, NOBODY);
    const text = openssl(["req", "-verify", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"], request).toString();
    expect(text).toMatch(/Subject: ?CN ?= ?Grüße 🌻/);
    expect(text.replace(/[\s:]/g, "")).toContain(Buffer.from(identity.keyPair.publicKey).toString("hex"));
  });

  test("is made of protected keys when the passphrase is given, and of new ones where there are none", async () => {
    const { home } = await homeWithKeys();
    const open = await certificateRequest(home, NOBODY);
    await changePassphrase(home, change(FIRST));
    expect(await certificateRequest(home, typed(FIRST))).toBe(open); // Ed25519 signs the same alike
    await expect(certificateRequest(home, typed(SECOND))).rejects.toMatchObject({ code: "passphrase-wrong" });
    await expect(certificateRequest(home, passphraseSource(undefined, undefined, {}))).rejects.toMatchObject({ code: "passphrase-needed" });
    const empty = join(directory(), "new");
    const request = await certificateRequest(empty, NOBODY);
    expect(openssl(["req", "-verify", "-noout", "-subject"], request).toString()).toContain("ptpchat");
    expect(await certificateRequest(empty, NOBODY)).toBe(request);
  });

  test("is made while a node runs", async () => {
    const home = directory();
    await running({ home });
    expect(await certificateRequest(home, NOBODY)).toContain("BEGIN CERTIFICATE REQUEST");
  });
});

describe.skipIf(!hasOpenssl)("a certificate that came back", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test.each(["ed25519", "p256"] as const)("from a CA with a key of %s is taken in, as PEM and as DER", async (kind) => {
    const { home, identity } = await homeWithKeys();
    const signed = makeAuthority(kind).sign(await certificateRequest(home, NOBODY));
    for (const form of [bytes(signed), derOf(signed)]) {
      expect(await installCertificate(home, form)).toMatchObject({
        nick: "ada",
        notAfter: Date.parse(new X509Certificate(signed).validTo),
      });
      const found = await loadOrMakeIdentity(home, "");
      expect(found.nodeId).toBe(identity.nodeId);
      expect(found.certificate).toEqual(derOf(signed));
      expect(found.facts.issued).toBe("foreign");
    }
  });

  test("goes into protected keys without their passphrase, which still opens them", async () => {
    const { home } = await homeWithKeys();
    const signed = makeAuthority().sign(await certificateRequest(home, NOBODY));
    await changePassphrase(home, change(FIRST));
    await installCertificate(home, bytes(signed));
    expect((await loadOrMakeIdentity(home, "", typed(FIRST))).certificate).toEqual(derOf(signed));
  });

  test.each<[string, (request: string) => string | Uint8Array, string]>([
    ["is of another key", () => makeAuthority().sign(makeRequest(makeKey("ed25519"))), "wrong-key"],
    ["is of a key of another kind", () => makeSelfSigned(makeKey("p256")), "damaged"],
    ["is over", (request) => makeAuthority().sign(request, { days: -1 }), "expired"],
    [
      "is damaged",
      (request) =>
        makeAuthority()
          .sign(request)
          .replace(/[A-Z]{4}\n/, "AAAA\n")
          .slice(0, 300),
      "damaged",
    ],
    [
      "is longer than may be",
      (request) => makeAuthority("ed25519", { name: "x".repeat(60), organisation: "y".repeat(600) }).sign(request),
      "too-long",
    ],
    ["is the request itself", (request) => request, "damaged"],
    ["is empty", () => "", "damaged"],
    ["is something else", () => new Uint8Array(5_000).fill(0x30), "damaged"],
  ])("is refused when it %s, and nothing is changed", async (_what, make, reason) => {
    const { home, file } = await homeWithKeys();
    const before = readFileSync(file);
    const made = make(await certificateRequest(home, NOBODY));
    await expect(installCertificate(home, typeof made === "string" ? bytes(made) : made)).rejects.toMatchObject({
      code: "certificate-refused",
      reason,
    });
    expect(readFileSync(file)).toEqual(before);
  });

  test("is refused while a node runs, and where there are no keys", async () => {
    const home = directory();
    await running({ home });
    await expect(installCertificate(home, bytes("x"))).rejects.toMatchObject({ code: "home-in-use" });
    await expect(installCertificate(directory(), bytes("x"))).rejects.toMatchObject({ code: "no-keys" });
  });
});

test("a key file that was read only is as it was", async () => {
  const { home, file } = await homeWithKeys();
  const before = readFileSync(file);
  await certificateRequest(home, NOBODY);
  expect(readFileSync(file)).toEqual(before);
  expect(existsSync(`${file}.new`)).toBe(false);
});
