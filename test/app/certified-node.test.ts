/** Nodes that pin a CA, made by the openssl program, from their first request on. */

import { X509Certificate } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { certificateRequest, installCertificate } from "../../src/app/home-keys.ts";
import { passphraseSource } from "../../src/app/passphrase.ts";
import { type Authority, hasOpenssl, makeAuthority } from "./openssl.ts";
import { directory, running } from "./running.ts";

const NOBODY = passphraseSource(undefined, undefined, {});

/** A home whose certificate the CA has signed. */
async function certifiedHome(authority: Authority, days = 5): Promise<string> {
  const home = directory();
  const signed = authority.sign(await certificateRequest(home, NOBODY), { days });
  await installCertificate(home, new TextEncoder().encode(signed));
  return home;
}

describe.skipIf(!hasOpenssl)("a node that pins a CA", () => {
  test.each(["ed25519", "p256"] as const)("starts with a certificate that a CA with a key of %s has signed, and shows it", async (kind) => {
    const authority = makeAuthority(kind);
    const node = await running({ home: await certifiedHome(authority), caFile: authority.file });
    const { issued, notAfter, certificate } = await node.id();
    expect(issued).toBe("ca");
    expect(notAfter).toBe(Date.parse(new X509Certificate(certificate).validTo));
    expect(new X509Certificate(certificate).verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
  });

  test("does not start with a certificate of its own making, and says what to do", async () => {
    const options = { home: directory(), caFile: makeAuthority().file };
    await expect(running(options)).rejects.toMatchObject({
      code: "certificate-refused",
      reason: "not-certified",
      message: expect.stringMatching(/ptpchat id --csr.*ptpchat id --install/),
    });
    await expect(running({ home: options.home })).resolves.toBeDefined(); // nothing is held, and without the CA it goes on
  });

  test("does not start with the certificate of another CA, also one of the same name", async () => {
    const [ours, theirs, impostor] = [makeAuthority(), makeAuthority("p256", { name: "Other CA" }), makeAuthority()];
    for (const other of [theirs, impostor]) {
      const home = await certifiedHome(other);
      await expect(running({ home, caFile: ours.file })).rejects.toMatchObject({ code: "certificate-refused", reason: "not-certified" });
    }
  });

  test("does not start once its CA is over", async () => {
    const brief = makeAuthority("ed25519", { days: -1 });
    await expect(running({ home: await certifiedHome(brief), caFile: brief.file })).rejects.toMatchObject({
      code: "ca-refused",
      reason: "expired",
    });
  });

  test("does not start once its own certificate is over, and says until when it was", async () => {
    const authority = makeAuthority("p256", { days: 50 });
    const home = await certifiedHome(authority, 5);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 86_400_000 });
    onTestFinished(() => void vi.useRealTimers());
    await expect(running({ home, caFile: authority.file })).rejects.toMatchObject({
      code: "certificate-refused",
      reason: "expired",
      message: expect.stringMatching(/until \d{4}-\d\d-\d\d only/),
    });
  });

  test("does not start when the CA cannot be read, before anything is made", async () => {
    await expect(running({ home: directory(), caFile: "/nowhere/ca.pem" })).rejects.toMatchObject({ code: "ca-refused", reason: "ENOENT" });
  });
});

test.skipIf(!hasOpenssl)("without a CA pinned, a certificate that some CA signed is as good as any, and is shown as foreign", async () => {
  const node = await running({ home: await certifiedHome(makeAuthority()) });
  expect((await node.id()).issued).toBe("foreign");
});

test("a node says how its keys are kept", async () => {
  expect(await (await running()).id()).toMatchObject({ keyProtection: "memory", issued: "self" });
  const node = await running({ home: directory() });
  expect([(await node.id()).keyProtection, (await node.status()).keyProtection]).toEqual(["os-user", "os-user"]);
});
