/** Private channels through the door: what stands in the history, in a search and in an archive, and what of it others can read. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importArchive } from "../../src/app/import-archive.ts";
import type { RunningNode } from "../../src/app/index.ts";
import { verifyArchive } from "../../src/app/verify-archive.ts";
import { directory, next, running } from "./running.ts";

const TEXT = "the moonstone is in the clock";

/** A node with a private channel in which it said something, and changed it. */
async function attic(node: RunningNode): Promise<{ channel: string; link: string; id: string }> {
  const { name, link } = await node.create({ name: "attic", private: true });
  const channel = `#${name}`;
  const { id } = await node.send({ channel, text: "the moonstone" });
  await node.edit({ id, text: TEXT });
  await node.react({ id, text: "👀" });
  return { channel, link, id };
}

/** What `ptpchat export` writes of a channel. */
async function exported(node: RunningNode, channel: string) {
  const { head, entries } = await node.archive({ channel });
  const path = join(directory(), "archive.jsonl");
  const lines = [head, ...entries.map(({ message }) => message), { end: true, messages: entries.length }];
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return { head, entries, path };
}

test("what was said is there as anywhere: with its edits and reactions, found by its words, also after a restart", async () => {
  const home = directory();
  const first = await running({ home });
  const { channel } = await attic(first);
  await first.stop();
  const node = await running({ home });
  expect(await node.channels()).toMatchObject([{ mode: "private", others: "none", role: "owner" }]);
  const seen = { text: TEXT, edited: true, reactions: [{ text: "👀" }] };
  expect(await node.history({ channel })).toMatchObject([seen]);
  await expect.poll(() => node.search({ words: "moonstone clock" }), { timeout: 20_000 }).toMatchObject([{ entry: seen }]);
  await node.send({ channel, text: "and after the restart" });
  expect(await node.history({ channel })).toMatchObject([seen, { text: "and after the restart" }]);
});

test("no file of a home has any of it to read, while the node runs and after", async () => {
  const home = directory();
  const node = await running({ home });
  await attic(node);
  const found = () =>
    readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes("moonstone"));
  expect(found()).toEqual([]);
  await node.stop();
  expect(readdirSync(home)).toContain("store.db");
  expect(found()).toEqual([]);
});

test("an archive has what was opened beside what was signed, and proves the latter; who has no key learns that something is there", async () => {
  const node = await running();
  const { channel, link } = await attic(node);
  const { head, entries, path } = await exported(node, channel);
  expect(head).toMatchObject({ mode: "private", channel });
  const sealed = entries.filter(({ message }) => message.opened !== undefined);
  expect(sealed.map(({ message }) => message.opened)).toMatchObject([{ kind: "post" }, { kind: "edit", text: TEXT }, { kind: "reaction" }]);
  expect(JSON.stringify(entries.map(({ message }) => message.msg_data))).not.toContain("moonstone");
  expect(await verifyArchive(path)).toMatchObject({ events: entries.length, faultCount: 0, missing: 0 });

  const stranger = await running();
  await importArchive(path, stranger);
  expect(await stranger.history({ channel: `#${link}` }).catch(() => [])).toEqual([]);
  const again = await exported(stranger, `#${link}`);
  expect(again.entries.filter(({ message }) => message.opened === null)).toHaveLength(3);
  expect(JSON.stringify(again.entries)).not.toContain("moonstone");
});

test("a talk is begun by speaking to somebody who is known, and is called by the user's name for him", async () => {
  const [a, b] = [await running(), await running()];
  await a.addContact({ node: b.nodeId, name: "bob" });
  await expect(a.history({ channel: "@bob" })).rejects.toMatchObject({ code: "no-such-channel" });
  await a.send({ channel: "@bob", text: "are you there?" });
  expect(await a.history({ channel: "@BOB" })).toMatchObject([{ text: "are you there?", channel: "@bob" }]);
  expect(await a.channels()).toMatchObject([{ name: "@bob", mode: "dm", pair: b.nodeId, owner: null, link: null }]);
  await expect(a.send({ channel: "@nobody", text: "x" })).rejects.toMatchObject({ code: "no-such-contact" });
  await expect(a.join({ channel: `@${a.nodeId}` })).rejects.toMatchObject({ code: expect.stringMatching(/usage|no-such-contact/) });
  await expect(b.accept({ node: a.nodeId })).rejects.toMatchObject({ code: "no-such-request" });
  expect(await b.requests()).toEqual([]);
});

test("who wanted to talk is listed after a restart under the name that it had, and is taken up by it", async () => {
  const home = directory();
  const before = await running({ home });
  const ada = await running({ name: "ada", peers: [before.udp] });
  const asked = next(before, "request");
  await expect.poll(async () => (await ada.status()).sessions, { timeout: 20_000 }).toBe(1);
  const [known] = await ada.peers();
  await ada.send({ channel: `@${known?.name}`, text: "you do not know me" });
  await asked;
  const [request] = await before.requests();
  expect(request).toMatchObject({ nodeId: ada.nodeId, name: expect.stringMatching(/^ada~/) });
  await ada.stop();
  await before.join({ channel: "#lobby" }); // by then what was given to the disk before it is there too
  await before.stop();
  const node = await running({ home });
  expect(await node.requests()).toEqual([request]);
  expect(await node.accept({ node: request?.name ?? "" })).toMatchObject({ name: `@${request?.name}` });
  expect(await node.requests()).toEqual([]);
});
