/** The commands about identity: id, verify, contact, passphrase. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { BOB, contact, FakeKeys, FakeNode, SAFETY_NUMBER, STATUS } from "../fake-node.ts";
import { run } from "./captured.ts";

const json = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function file(content: string): string {
  const dir = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, "file");
  writeFileSync(path, content);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("id", () => {
  test("shows who the node is, who vouches for it, and how its keys are kept", async () => {
    const { out } = await run(["id"]);
    for (const words of ["node-id", "signed by the node itself, until 2036-05-01", "NOT under a passphrase", "BEGIN CERTIFICATE"])
      expect(out).toContain(words);
    expect(json((await run(["id", "--json"])).out)).toMatchObject([
      { node_id: "node-id", issued: "self", not_after: Date.UTC(2036, 4, 1), key_protection: "os-user" },
    ]);
  });

  test("shows its id as a QR code, coloured only in a terminal", async () => {
    vi.stubEnv("NO_COLOR", "");
    vi.stubEnv("TERM", "xterm");
    const plain = await run(["id", "--qr"]);
    expect(plain.out).toContain("█");
    expect(plain.out).not.toContain("\u001b");
    expect(plain.out).not.toContain("BEGIN CERTIFICATE");
    expect((await run(["id", "--qr"], { terminal: true })).out).toContain("\u001b[97;40m");
  });

  test("prints a request for a certificate, whether or not a node runs", async () => {
    for (const running of [true, false]) {
      const { code, out, keys, node } = await run(["id", "--csr", "--passphrase-file", "/run/secret"], { running });
      expect({ code, calls: node.calls }).toEqual({ code: 0, calls: [] });
      expect(out).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]*-----END CERTIFICATE REQUEST-----\n$/);
      expect(keys.calls).toEqual([["request", "of /run/secret"]]);
    }
    const typed = await run(["id", "--csr", "--json"], { terminal: true, stdin: "typed one\r" });
    expect(json(typed.out)).toMatchObject([{ request: expect.stringContaining("BEGIN") }]);
    expect(typed.keys.calls).toEqual([["request", "typed one"]]);
  });

  test("takes in the certificate of a file, and says until when it is good", async () => {
    const path = file("the certificate");
    const { code, out, keys } = await run(["id", "--install", path]);
    expect({ code, calls: keys.calls }).toEqual({ code: 0, calls: [["install", "the certificate"]] });
    expect(out).toContain("valid from 2026-05-01 until 2027-05-01");
    expect(json((await run(["id", "--install", path, "--json"])).out)).toEqual([
      { installed: true, name: "ada", not_before: Date.UTC(2026, 4, 1), not_after: Date.UTC(2027, 4, 1) },
    ]);
  });

  test("says what is wrong with a file that cannot be read", async () => {
    const { code, err, keys } = await run(["id", "--install", "/nowhere/cert.pem"]);
    expect({ code, calls: keys.calls }).toEqual({ code: 1, calls: [] });
    expect(err).toContain("/nowhere/cert.pem");
  });

  test.each([[["--csr", "--qr"]], [["--csr", "--install", "x"]], [["--qr", "--install", "x"]]])("refuses %j together", async (options) => {
    expect(await run(["id", ...options])).toMatchObject({ code: 2, err: expect.stringContaining("exclude each other") });
  });
});

describe("verify", () => {
  test("shows the safety number in lines to read out, and what to do with it", async () => {
    const { out, err, node } = await run(["verify", "@bob"]);
    expect(node.asked("verify")).toEqual([{ node: "@bob" }]);
    const groups = SAFETY_NUMBER.split(" ");
    for (const at of [0, 4, 8]) expect(out).toContain(groups.slice(at, at + 4).join(" "));
    expect(out).toMatch(/verified +no/);
    expect(err).toContain("ptpchat verify @bob --confirm");
  });

  test("tells how to make a contact of a node that is none", async () => {
    const verification = { nodeId: BOB, name: null, safetyNumber: SAFETY_NUMBER, verifiedAt: null, verifiedBy: null };
    const { out, err } = await run(["verify", BOB], { node: new FakeNode({ verify: async () => verification }) });
    expect(out).toMatch(/contact +no/);
    expect(err).toContain(`ptpchat contact add ${BOB} NAME`);
  });

  test("marks the contact as verified when it is told to", async () => {
    const { out, err, node } = await run(["verify", "@bob", "--confirm"]);
    expect(node.asked("verify")).toEqual([{ node: "@bob", confirm: true }]);
    expect(out).toMatch(/verified +on 2023-11-14 by the safety number/);
    expect(err).toBe("");
  });

  test("shows the number as a QR code too", async () => {
    const { out } = await run(["verify", "@bob", "--qr"]);
    expect(out).toContain("█");
    expect(out).toContain(SAFETY_NUMBER.split(" ")[0]);
  });
});

describe("contact", () => {
  test.each<[string[], string, unknown]>([
    [["add", BOB, "bob"], "addContact", { node: BOB, name: "bob" }],
    [["remove", "@bob"], "removeContact", { name: "@bob" }],
  ])("%j is done by the node", async (words, method, request) => {
    const { code, out, node } = await run(["contact", ...words]);
    expect(code).toBe(0);
    expect(out).toContain("@");
    expect(node.asked(method as "addContact")).toEqual([request]);
    expect(json((await run(["contact", ...words, "--json"])).out)).toMatchObject([{ node_id: BOB, added_at: 1_700_000_000_000 }]);
  });

  test("list shows them by name, harmlessly", async () => {
    const contacts = ["zoe", "ada\u202e", "bob"].map((name, addedAt) =>
      contact({ name, addedAt, ...(addedAt === 2 ? { verifiedAt: Date.UTC(2026, 4, 1), verifiedBy: "code", policy: "relay" } : {}) }),
    );
    const { out } = await run(["contact", "list"], { node: new FakeNode({ contacts: async () => contacts }) });
    expect(
      out
        .split("\n")
        .slice(1, -1)
        .filter((line) => !line.startsWith(" "))
        .map((line) => line.split(/ +/)[0]),
    ).toEqual(["@ada<U+202E>", "@bob", "@zoe"]);
    expect(out).toMatch(/@bob +2026-05-01 code +relay$/m);
    expect(json((await run(["contact", "list", "--json"])).out)).toEqual([
      { node_id: BOB, name: "bob", added_at: 1_700_000_000_000, verified_at: null, verified_by: null, policy: "direct" },
    ]);
    expect(await run(["contact", "list"], { node: new FakeNode({ contacts: async () => [] }) })).toMatchObject({
      out: "",
      err: expect.stringContaining("contact add"),
    });
  });

  test.each([
    [["ad", BOB, "bob"], "Did you mean add?"],
    [["add", BOB], "NODE and NAME"],
    [["list", "x"], "no more words"],
    [["remove"], "NAME"],
    [["toString"], 'has no "toString"'],
    [[], "wants add|list|remove"],
  ])("%j is wrong usage", async (words, said) => {
    const { code, err, node } = await run(["contact", ...words]);
    expect({ code, calls: node.calls }).toEqual({ code: 2, calls: [] });
    expect(err).toContain(said);
  });

  test("names are completed where a node is taken", async () => {
    const offered = async (...words: string[]) => (await run(["__complete", "--", ...words])).out;
    for (const words of [
      ["verify", ""],
      ["verify", "@b"],
      ["contact", "remove", ""],
    ])
      expect(await offered(...words)).toBe("@bob\n");
    expect(await offered("contact", "")).toBe("add\nlist\npolicy\nremove\n");
  });
});

describe("passphrase", () => {
  const terminal = true;

  test("asks for the old one and twice for the new one, and shows none of them", async () => {
    const { code, out, err, keys, rawModes } = await run(["passphrase"], { terminal, stdin: "old secret\rnew secret\rnew secret\r" });
    expect({ code, calls: keys.calls }).toEqual({ code: 0, calls: [["change", "old secret", "new secret"]] });
    expect(out).toContain("under the new passphrase");
    expect(err).toBe("Passphrase: \nNew passphrase: \nThe same again: \n");
    expect(rawModes).toEqual([true, false, true, false, true, false]);
  });

  test("does not ask for an old one where there is none", async () => {
    const keys = Object.assign(new FakeKeys(), { protection: "os-user" });
    const { err } = await run(["passphrase"], { keys, terminal, stdin: "new secret\rnew secret\r" });
    expect(err).toBe("New passphrase: \nThe same again: \n");
    expect(keys.calls).toEqual([["change", null, "new secret"]]);
  });

  test("changes nothing when the two new ones differ", async () => {
    const { code, err, keys } = await run(["passphrase"], { terminal, stdin: "old secret\rnew secret\rnew sceret\r" });
    expect({ code, calls: keys.calls }).toEqual({ code: 2, calls: [] });
    expect(err).toContain("nothing was changed");
  });

  test("is taken away with --remove, and says what that means", async () => {
    const { code, out, keys } = await run(["passphrase", "--remove"], { terminal, stdin: "old secret\r" });
    expect({ code, calls: keys.calls }).toEqual({ code: 0, calls: [["change", "old secret", null]] });
    expect(out).toContain("not under a passphrase any more");
  });

  test("takes both from files, for scripts", async () => {
    const { code, out, keys } = await run(["passphrase", "--passphrase-file", "/old", "--new-passphrase-file", "/new", "--json"]);
    expect({ code, calls: keys.calls }).toEqual({ code: 0, calls: [["change", "of /old", "of /new"]] });
    expect(json(out)).toEqual([{ key_protection: "passphrase" }]);
    expect((await run(["passphrase", "--remove", "--new-passphrase-file", "/new"])).code).toBe(2);
  });

  test("is not asked for where there is no terminal, nor taken as a word", async () => {
    expect(await run(["passphrase"], { stdin: "old secret\n" })).toMatchObject({ code: 1, err: expect.stringContaining("no terminal") });
    expect((await run(["passphrase", "new secret"], { terminal })).code).toBe(2);
  });
});

describe("start", () => {
  test("hands on where the passphrase and the CAs are", async () => {
    const node = new FakeNode({}, true);
    const ended = run(["start", "--passphrase-file", "/run/secret", "--ca", "/etc/ca.pem"], { node });
    await expect.poll(() => node.asked("status").length).toBe(1);
    node.end();
    const { started, err } = await ended;
    expect(started).toMatchObject([{ passphraseFile: "/run/secret", caFile: "/etc/ca.pem" }]);
    expect(err, "whoever names a passphrase takes the keys for protected").toContain("warning: /run/secret was not used");
  });

  test("does not warn when the passphrase was used", async () => {
    const node = new FakeNode({ status: async () => ({ ...STATUS, keyProtection: "passphrase" }) }, true);
    const ended = run(["start", "--passphrase-file", "/run/secret"], { node });
    await expect.poll(() => node.asked("status").length).toBe(1);
    node.end();
    expect((await ended).err).not.toContain("warning");
  });
});
