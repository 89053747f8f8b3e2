/** A home goes into one file and comes out of it as another, whatever the file met on the way. PROTOCOL.md §23. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { backupHome } from "../../src/app/backup/make.ts";
import { restoreHome } from "../../src/app/backup/restore.ts";
import { createNode, type NamedEvent, type RunningNode } from "../../src/app/index.ts";
import type { PassphraseSource } from "../../src/app/passphrase.ts";
import { directory, pairIn, running } from "./running.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const LOBBY = { channel: "#lobby" };
const PATIENCE = { timeout: 20_000, interval: 50 };
const WORDS = "seven words that nobody guesses";

const said = (words: string): PassphraseSource => ({ configured: true, get: async () => words });
const nobody: PassphraseSource = { configured: false, get: () => Promise.reject(new Error("nobody is to be asked")) };

function backup(home: string, to: string, words = WORDS) {
  return backupHome({ home, to, over: false, keys: nobody, passphrase: said(words) });
}

function restore(from: string, home: string, words = WORDS) {
  return restoreHome({ home, from, passphrase: said(words), keys: nobody });
}

async function texts(node: RunningNode): Promise<string[]> {
  return (await node.history({ ...LOBBY, most: 100 })).map(({ text }) => text).sort();
}

describe("a node that moves by a backup", () => {
  test("is the same one elsewhere, with contacts and history, hears what it said since, and goes on in a new log", async () => {
    const [home, file, second] = [directory(), join(directory(), "ada.backup"), join(directory(), "second")];
    const ada = await running({ home, name: "ada" });
    const ben = await running({ home: directory(), peers: [ada.udp] });
    await pairIn("#lobby", ada, ben);
    await ada.addContact({ node: ben.nodeId, name: "ben" });
    await ada.send({ ...LOBBY, text: "before", wait: "delivered" });
    const made = await backup(home, file);
    expect(made.nodeId).toBe(ada.nodeId);
    await ada.send({ ...LOBBY, text: "since", wait: "delivered" });
    await ada.stop();

    const report = await restore(file, second);
    expect(report).toMatchObject({ nodeId: ada.nodeId, channels: 1, contacts: 1, home: second });
    const found = new Set<string>();
    const again = await running({ home: second, peers: [ben.udp] });
    for (const node of [again, ben])
      node.subscribe((event: NamedEvent) => {
        if (event.type === "log-finding") found.add(event.finding);
      });
    expect(again.nodeId).toBe(ada.nodeId);
    expect((await again.contacts()).map(({ name }) => name)).toEqual(["ben"]);
    expect(await texts(again)).toContain("before");
    await vi.waitFor(async () => expect(await texts(again)).toContain("since"), PATIENCE);
    await vi.waitFor(async () => expect((await again.members(LOBBY)).some(({ state }) => state === "live")).toBe(true), PATIENCE);
    await again.send({ ...LOBBY, text: "after", wait: "delivered" });
    await vi.waitFor(async () => expect(await texts(ben)).toEqual(["after", "before", "since"]), PATIENCE);
    expect([...found]).toEqual([]);
  });

  test("keeps the passphrase of its keys, which the backup's does not open", async () => {
    const [home, file] = [directory(), join(directory(), "ada.backup")];
    const keys = join(directory(), "passphrase");
    writeFileSync(keys, "the passphrase of the keys\n");
    const ada = await createNode({ home, listen: "127.0.0.1:0", lan: false, passphraseFile: keys });
    await ada.stop();
    await expect(backup(home, file)).rejects.toThrow("nobody is to be asked");
    await expect(
      backupHome({ home, to: file, over: false, keys: said("another passphrase"), passphrase: said(WORDS) }),
    ).rejects.toMatchObject({
      code: "passphrase-wrong",
    });
    expect(existsSync(file)).toBe(false);
    await backupHome({ home, to: file, over: false, keys: said("the passphrase of the keys"), passphrase: said(WORDS) });
    const second = join(directory(), "second");
    await expect(restoreHome({ home: second, from: file, passphrase: said(WORDS), keys: said(WORDS) })).rejects.toMatchObject({
      code: "passphrase-wrong",
    });
    expect(readdirSync(second).filter((name) => /key|store/.test(name))).toEqual([]);
    const back = await restoreHome({ home: second, from: file, passphrase: said(WORDS), keys: said("the passphrase of the keys") });
    expect(back.nodeId).toBe(ada.nodeId);
  });
});

describe("a backup", () => {
  let file: string;
  let bytes: Buffer;
  let home: string;

  beforeAll(async () => {
    const { mkdtempSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const dir = mkdtempSync(join(tmpdir(), "ptpchat-backup-"));
    home = join(dir, "home");
    file = join(dir, "ada.backup");
    const ada = await createNode({ home, listen: "127.0.0.1:0", name: "ada", lan: false });
    await ada.join(LOBBY);
    for (let n = 0; n < 40; n++) await ada.send({ ...LOBBY, text: `a text that nobody else is to read ${n} `.repeat(40) });
    await ada.stop();
    await backup(home, file);
    bytes = readFileSync(file);
  });

  afterAll(async () => {
    const { rmSync } = await import("node:fs");
    rmSync(join(file, ".."), { recursive: true, force: true });
  });

  test("shows nothing of what is in it, is for this user alone, and nothing is left beside it", () => {
    expect(bytes.length).toBeGreaterThan(3 * 65_536);
    for (const secret of ["a text that nobody", "identity_seed", "SQLite"]) expect(bytes.includes(secret), secret).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, "..")).sort()).toEqual(["ada.backup", "home"]);
  });

  test("does not open under another passphrase, and the home stays empty", async () => {
    const second = join(directory(), "second");
    await expect(restore(file, second, "seven words that somebody guessed")).rejects.toMatchObject({ code: "passphrase-wrong" });
    expect(readdirSync(second).filter((name) => /key|store/.test(name))).toEqual([]);
  });

  test("that was cut anywhere is refused, and the home stays empty", async () => {
    const second = join(directory(), "second");
    const cut = join(directory(), "cut");
    for (const at of [0, 10, 40, 60, 68, 69, 69 + 65_553, 69 + 2 * 65_553, bytes.length - 1]) {
      writeFileSync(cut, bytes);
      truncateSync(cut, at);
      await expect(restore(cut, second), `${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(backup-unreadable|passphrase-wrong)$/),
      });
      expect(readdirSync(second).filter((name) => /key|store/.test(name))).toEqual([]);
    }
  });

  test("of which a byte was changed is refused, wherever it lies, and so is one with something behind its end", async () => {
    const second = join(directory(), "second");
    const changed = join(directory(), "changed");
    for (const at of [3, 20, 24, 27, 45, 60, 100, 69 + 65_553 + 5, bytes.length - 1]) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] as number) ^ 1;
      writeFileSync(changed, other);
      await expect(restore(changed, second), `${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(backup-unreadable|passphrase-wrong)$/),
      });
    }
    writeFileSync(changed, Buffer.concat([bytes, Buffer.from("more")]));
    await expect(restore(changed, second)).rejects.toMatchObject({ code: "backup-unreadable" });
    writeFileSync(changed, "a letter to my aunt, which is longer than the head of a backup would be");
    await expect(restore(changed, second)).rejects.toMatchObject({ code: "backup-unreadable", reason: "no-backup" });
    writeFileSync(changed, Buffer.concat([Buffer.from("ptpchat/2 backup\n"), bytes.subarray(17)]));
    await expect(restore(changed, second)).rejects.toMatchObject({ code: "backup-unreadable", reason: "too-new" });
    expect(readdirSync(second).filter((name) => /key|store/.test(name))).toEqual([]);
  });

  test("is never restored over somebody, and never written over a file unasked", async () => {
    const before = readFileSync(join(home, "key.json"), "utf8");
    await expect(restore(file, home)).rejects.toMatchObject({ code: "file-exists" });
    expect(readFileSync(join(home, "key.json"), "utf8")).toBe(before);
    await expect(backup(home, file)).rejects.toMatchObject({ code: "file-exists" });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test("needs a passphrase that protects, and somebody to back up", async () => {
    const other = join(directory(), "other");
    await expect(backup(home, other, "short")).rejects.toMatchObject({ code: "usage" });
    await expect(backup(directory(), other)).rejects.toMatchObject({ code: "no-keys" });
    expect(existsSync(other)).toBe(false);
  });
});
