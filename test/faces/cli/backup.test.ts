/** `ptpchat backup`, `ptpchat restore` and `ptpchat lock`, in words and as JSON. */
import { expect, test } from "vitest";
import { FakeNode, STATUS } from "../fake-node.ts";
import { run } from "./captured.ts";

const FILES = ["--passphrase-file", "/run/keys", "--backup-passphrase-file", "/run/backup"];

test("backup names the file, asks for both passphrases, and says what is in it", async () => {
  const { code, out, keys } = await run(["backup", "ada.backup", ...FILES]);
  expect({ code, asked: keys.calls }).toEqual({ code: 0, asked: [["backup", "ada.backup", false, "/run/keys", "of /run/backup"]] });
  expect(out).toContain("2.5 MB");
  expect(out).toContain("ptpchat restore");
});

test("restore says who is there again, from when, and that only one of the two may run", async () => {
  const { code, out, keys } = await run(["restore", "ada.backup", ...FILES], { running: false });
  expect({ code, asked: keys.calls }).toEqual({ code: 0, asked: [["restore", "ada.backup", "/run/keys", "of /run/backup"]] });
  expect(out).toContain("2026-11-27 04:05 UTC");
  expect(out).toContain("2 channels, 1 contact");
  expect(out).toContain("Run only one");
});

test("both have their fields in JSON", async () => {
  const made = await run(["backup", "ada.backup", "--json", ...FILES]);
  expect(JSON.parse(made.out)).toMatchObject({ file: "ada.backup", store_bytes: 2_500_000 });
  const back = await run(["restore", "ada.backup", "--json", ...FILES]);
  expect(JSON.parse(back.out)).toMatchObject({ home: "/home/ada", made_at: 1_795_752_300_000, channels: 2, contacts: 1 });
});

test("lock ends the node where its keys are under a passphrase, and is refused where they are not", async () => {
  const open = await run(["lock"], { node: new FakeNode({ status: async () => ({ ...STATUS, keyProtection: "os-user" }) }) });
  expect(open.code).toBe(1);
  expect(open.err).toContain("ptpchat passphrase");
  expect(open.node.calls.map(({ method }) => method)).not.toContain("stop");
  const node = new FakeNode({ status: async () => ({ ...STATUS, keyProtection: "passphrase" }) });
  const shut = await run(["lock", "--json"], { node });
  expect({ code: shut.code, out: JSON.parse(shut.out) }).toEqual({ code: 0, out: { locked: true } });
  expect(node.calls.map(({ method }) => method)).toContain("stop");
});
