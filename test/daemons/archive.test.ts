/** Export, verify-archive and import as commands of real nodes. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";

vi.setConfig({ testTimeout: 60_000 });

let scratch: string;
const nodes: Node[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ptpchat-test-"));
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
  await rm(scratch, { recursive: true, force: true });
});

async function started(): Promise<Node> {
  const node = await Node.start({ listen: "127.0.0.1:0", words: [] });
  nodes.push(node);
  return node;
}

test("a channel goes into a file and out of it again, and what was changed on the way is told by its line", async () => {
  const [a, b] = [await started(), await started()];
  await a.ask("join", "lobby");
  for (const text of ["good morning", "two\nlines", "*not* _markup_ \u001b[2J"]) await a.ask("send", "lobby", text);
  const file = join(scratch, "lobby.jsonl");
  expect(await a.ask("export", "lobby", "-o", file)).toEqual([{ file, format: "jsonl", messages: 3 }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await readdir(scratch), "nothing else is left beside it").toEqual(["lobby.jsonl"]);

  const again = await a.run("export", "lobby", "-o", file);
  expect(again).toMatchObject({ code: 1, errors: expect.stringContaining("--force") });
  const before = readFileSync(file, "utf8");
  await a.ask("export", "lobby", "-o", file, "--force");
  expect(readFileSync(file, "utf8").split("\n").slice(1)).toEqual(before.split("\n").slice(1));

  const [report] = await b.ask("verify-archive", file);
  expect(report).toMatchObject({ valid: true, channel: "#lobby", events: 3, authors: 1, logs: 1, missing: 0, faults: [] });
  expect(await b.ask("import", file)).toMatchObject([{ channel: "#lobby", imported: 3, held: 0, texts: 0, refused: {}, faults: [] }]);
  expect((await b.ask("tail", "lobby")).map(({ text }) => text)).toEqual(["good morning", "two\nlines", "*not* _markup_ \u001b[2J"]);

  const forged = join(scratch, "forged.jsonl");
  writeFileSync(forged, before.replace("good morning", "good night"));
  const checked = await b.run("verify-archive", forged);
  expect(checked).toMatchObject({ code: 1 });
  const imported = await b.run("import", forged, "--json");
  expect(imported).toMatchObject({
    code: 1,
    lines: [{ imported: 0, held: 2, refused: { "bad-signature": 1 }, faults: [{ line: 2, fault: "bad-signature" }] }],
  });

  expect(await b.run("export", "nowhere", "-o", join(scratch, "none"))).toMatchObject({ code: 1 });
  expect(existsSync(join(scratch, "none"))).toBe(false);
  expect(await b.run("verify-archive", join(scratch, "none"), "--json")).toMatchObject({
    code: 1,
    errors: expect.stringContaining("file-unreadable"),
  });
});

test("verify-archive needs neither a node nor a home", async () => {
  const node = await started();
  await node.ask("join", "lobby");
  await node.ask("send", "lobby", "hello");
  const file = join(scratch, "lobby.jsonl");
  await node.ask("export", "lobby", "-o", file);
  nodes.splice(0);
  await node.stop();
  expect(await node.run("verify-archive", file, "--json")).toMatchObject({ code: 0, lines: [{ valid: true, events: 1 }] });
  expect(existsSync(node.home)).toBe(false);
});
