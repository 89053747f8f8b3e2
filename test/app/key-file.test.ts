/** The key file under a passphrase. What is not protected is tested with the identity. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KEY_FILE, loadOrMakeIdentity, type NodeIdentity } from "../../src/app/identity.ts";
import { type KeyFile, keyFileText, readKeyFile, seal, unseal } from "../../src/app/key-file.ts";
import type { PassphraseSource } from "../../src/app/passphrase.ts";
import { directory } from "./running.ts";

const PASSPHRASE = "correct horse battery staple";
/** What a guess costs in these tests: little, since nobody guesses. */
const CHEAP = { memoryKib: 64, passes: 1 };

const typed = (passphrase: string): PassphraseSource => ({ configured: false, get: async () => passphrase });

/** A home whose keys are under PASSPHRASE. */
async function protectedHome(): Promise<{ home: string; file: string; identity: NodeIdentity }> {
  const home = directory();
  const file = join(home, KEY_FILE);
  const identity = await loadOrMakeIdentity(home, "ada");
  const plain = (await readKeyFile(file)) as KeyFile & { protection: "os-user" };
  writeFileSync(file, keyFileText(await seal(plain, PASSPHRASE, plain.certificate, CHEAP)));
  return { home, file, identity };
}

const fieldsOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

describe("a key file under a passphrase", () => {
  test("gives the identity to whoever knows it", async () => {
    const { home, identity } = await protectedHome();
    expect(await loadOrMakeIdentity(home, "", typed(PASSPHRASE))).toEqual({ ...identity, protection: "passphrase" });
  });

  test("is made at a first start for which a passphrase was configured", async () => {
    const home = directory();
    const configured = { ...typed(PASSPHRASE), configured: true };
    const made = await loadOrMakeIdentity(home, "ada", configured);
    expect(made.protection).toBe("passphrase");
    expect(fieldsOf(join(home, KEY_FILE))).toMatchObject({ version: 1, protection: "passphrase", memory_kib: 65_536, passes: 3 });
    expect(await loadOrMakeIdentity(home, "", configured)).toEqual(made);
  });

  test("holds neither seed nor store key in any form, and a salt of its own each time", async () => {
    const { file, identity } = await protectedHome();
    const text = readFileSync(file, "latin1");
    for (const secret of [identity.keyPair.secretKey.subarray(0, 32), identity.storeKey])
      for (const form of ["base64", "hex", "latin1"] as const) expect(text).not.toContain(Buffer.from(secret).toString(form).slice(0, 20));
    const again = (await protectedHome()).file;
    for (const field of ["salt", "nonce", "sealed"]) expect(fieldsOf(again)[field]).not.toBe(fieldsOf(file)[field]);
  });

  test("takes the same letters, however they are composed", async () => {
    const secrets = { seed: new Uint8Array(32).fill(1), storeKey: new Uint8Array(32).fill(2) };
    const sealed = await seal(secrets, "gr\u00fcne Wiese", new Uint8Array(), CHEAP);
    expect(await unseal(sealed, "gru\u0308ne Wiese")).toEqual(secrets);
    expect(await unseal(sealed, "Gr\u00fcne Wiese")).toBeNull();
  });

  test("stays closed to another passphrase, says so, and is not touched", async () => {
    const { home, file } = await protectedHome();
    const before = readFileSync(file);
    for (const wrong of ["", `${PASSPHRASE} `, PASSPHRASE.toUpperCase()]) {
      await expect(loadOrMakeIdentity(home, "", typed(wrong))).rejects.toMatchObject({
        code: "passphrase-wrong",
        message: expect.stringContaining("nothing was changed"),
      });
    }
    expect(readFileSync(file)).toEqual(before);
  });

  test("says what to do when nobody can be asked", async () => {
    const { home } = await protectedHome();
    await expect(loadOrMakeIdentity(home, "")).rejects.toMatchObject({
      code: "passphrase-needed",
      message: expect.stringContaining("--passphrase-file"),
    });
  });

  test("is not asked about when the keys are open", async () => {
    const home = directory();
    await loadOrMakeIdentity(home, "ada");
    const nobody = { configured: false, get: () => Promise.reject(new Error("asked")) };
    expect((await loadOrMakeIdentity(home, "", nobody)).protection).toBe("os-user");
  });
});

describe("a damaged one is told from a wrong passphrase", () => {
  test("whichever of its characters has changed", async () => {
    const { home, file } = await protectedHome();
    const text = readFileSync(file, "utf8");
    for (let at = 0; at < text.length; at += 7) {
      const changed = text[at] === "x" ? "y" : "x";
      writeFileSync(file, text.slice(0, at) + changed + text.slice(at + 1));
      const error: unknown = await loadOrMakeIdentity(home, "", typed(PASSPHRASE)).catch((thrown: unknown) => thrown);
      // White space between the fields is nobody's: then the file reads as before.
      if (error instanceof Error) expect([at, error]).toEqual([at, expect.objectContaining({ code: "key-damaged" })]);
      else expect(/\s/.test(text[at] ?? "")).toBe(true);
    }
  });

  test.each([0, 1, 100, 300])("when it was cut off after %i bytes", async (length) => {
    const { home, file } = await protectedHome();
    writeFileSync(file, readFileSync(file).subarray(0, length));
    await expect(loadOrMakeIdentity(home, "", typed(PASSPHRASE))).rejects.toMatchObject({
      code: "key-damaged",
      reason: null,
      message: expect.stringContaining("put back a copy"),
    });
  });

  test("when the certificate in it is that of another node", async () => {
    const [{ home, file }, other] = [await protectedHome(), await protectedHome()];
    const [own, stranger] = [await readKeyFile(file), await readKeyFile(other.file)];
    writeFileSync(file, keyFileText({ ...(own as KeyFile), certificate: (stranger as KeyFile).certificate }));
    await expect(loadOrMakeIdentity(home, "", typed(PASSPHRASE))).rejects.toThrow("do not belong together");
  });
});

test.each([
  ["memory", { memoryKib: 2_000_000, passes: 1 }],
  ["time", { memoryKib: 64, passes: 1_000 }],
])("one that asks for more %s than is given is from a later version, and is not tried", async (_what, cost) => {
  const { home, file } = await protectedHome();
  writeFileSync(file, keyFileText({ ...((await readKeyFile(file)) as KeyFile & { protection: "passphrase" }), cost }));
  await expect(loadOrMakeIdentity(home, "", typed(PASSPHRASE))).rejects.toMatchObject({ code: "key-damaged", reason: "protection" });
});
