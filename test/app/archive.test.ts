/** Archives: a channel taken elsewhere, proved there, and brought back. docs/cli.md "Archives". */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importArchive } from "../../src/app/import-archive.ts";
import type { RunningNode } from "../../src/app/index.ts";
import { verifyArchive } from "../../src/app/verify-archive.ts";
import { channelGuid, type Event, eventBody } from "../../src/core/index.ts";
import { Author, LOBBY as LOBBY_HASH } from "../core/log/author.ts";
import { directory, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };
const LOBBY_ID = channelGuid(LOBBY_HASH);

/** What `ptpchat export` writes of a channel. */
async function exported(node: RunningNode, most = 7): Promise<string[]> {
  let page = await node.archive({ ...LOBBY, most });
  const lines: object[] = [page.head];
  for (;;) {
    lines.push(...page.entries.map(({ message }) => message));
    if (page.next === null) break;
    page = await node.archive({ ...LOBBY, most, after: page.next });
  }
  return [...lines, { end: true, messages: lines.length - 1 }].map((line) => JSON.stringify(line));
}

/** An archive of events, as somebody may have put it together. */
function archiveOf(events: readonly Event[], count = events.length): string[] {
  const head = { ptpchat_archive: 1, channel: "#lobby", channel_id: LOBBY_ID, mode: "open", hash: LOBBY_HASH, by: "x", exported_at: 1 };
  const messages = events.map((event) => ({ msg_type: "MESSAGE", msg_data: eventBody(event, LOBBY_ID) }));
  return [head, ...messages, { end: true, messages: count }].map((line) => JSON.stringify(line));
}

function fileOf(lines: readonly string[]): string {
  const path = join(directory(), "archive.jsonl");
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** A node in whose channel `count` texts were said, many of them at once: under few signatures. */
async function talked(count: number): Promise<RunningNode> {
  const node = await running();
  await node.join(LOBBY);
  await Promise.all(Array.from({ length: count }, (_, n) => node.send({ ...LOBBY, text: `text ${n} 🌻` })));
  return node;
}

const at = (line: number, fault: string) => ({ line, fault });

test("what a node exports is proved without it, and comes whole into another one, once", async () => {
  const a = await talked(30);
  const file = fileOf(await exported(a));
  expect(await verifyArchive(file)).toMatchObject({ events: 30, texts: 0, authors: 1, logs: 1, missing: 0, forks: [], faultCount: 0 });
  const b = await running();
  expect(await importArchive(file, b)).toEqual({
    ...{ channel: "#lobby", channelId: LOBBY_ID, imported: 30, held: 0, texts: 0, refused: {}, faults: [] },
  });
  const seen = async (node: RunningNode) =>
    (await node.history({ ...LOBBY, most: 100 })).map(({ id, text, author, verified }) => ({ id, text, author, verified }));
  expect(await seen(b)).toEqual(await seen(a));
  expect(await importArchive(file, b)).toMatchObject({ imported: 0, held: 30, refused: {} });
  expect(await exported(b)).toHaveLength(32);
});

test("what comes out of an archive is no news", async () => {
  const file = fileOf(await exported(await talked(3)));
  const b = await running();
  const news: string[] = [];
  b.subscribe(({ type }) => void (type === "post" && news.push(type)));
  expect(await importArchive(file, b)).toMatchObject({ imported: 3 });
  expect(news).toEqual([]);
});

test("an own log comes back as one's own, and goes on", async () => {
  const home = directory();
  const first = await running({ home });
  await first.join(LOBBY);
  for (const text of ["one", "two"]) await first.send({ ...LOBBY, text });
  const file = fileOf(await exported(first));
  await first.stop();
  const { unlinkSync } = await import("node:fs");
  unlinkSync(join(home, "store.db"));
  const again = await running({ home });
  expect(await importArchive(file, again)).toMatchObject({ imported: 2 });
  await again.send({ ...LOBBY, text: "three" });
  expect((await again.history(LOBBY)).map(({ text, own }) => [text, own])).toEqual([
    ["one", true],
    ["two", true],
    ["three", true],
  ]);
  expect(await verifyArchive(fileOf(await exported(again)))).toMatchObject({ events: 3, forks: [], faultCount: 0 });
});

describe("an archive that was changed", () => {
  test("in a text is found out, also where another event's signature covers it; the rest is taken", async () => {
    const ada = new Author(1);
    const lines = archiveOf([...ada.batch(5, { text: "true" }), ada.post("the last")]);
    lines[3] = lines[3]?.replace("true", "false") ?? "";
    const report = await verifyArchive(fileOf(lines));
    expect(report).toMatchObject({
      events: 3,
      missing: 3,
      faultCount: 3,
      faults: [at(2, "unproved"), at(3, "unproved"), at(4, "unproved")].map(({ line, fault }) => at(line, fault)),
    });
    const node = await running();
    expect(await importArchive(fileOf(lines), node)).toMatchObject({ imported: 3, refused: { unproved: 3 } });
    expect((await node.history(LOBBY)).map(({ text }) => text)).toEqual(["true", "true", "the last"]);
  });

  test("in a signed text is found out", async () => {
    const ada = new Author(1);
    const lines = archiveOf([ada.post("one"), ada.post("two"), ada.post("three")]);
    lines[3] = lines[3]?.replace("three", "four") ?? "";
    expect(await verifyArchive(fileOf(lines))).toMatchObject({ events: 2, faults: [at(4, "bad-signature")] });
    const node = await running();
    expect(await importArchive(fileOf(lines), node)).toMatchObject({
      imported: 2,
      refused: { "bad-signature": 1 },
      faults: [at(4, "bad-signature")],
    });
  });

  test("by taking a line out is found out by the count, and shows as a gap", async () => {
    const ada = new Author(1);
    const lines = archiveOf([ada.post("one"), ada.post("two"), ada.post("three")]);
    lines.splice(2, 1);
    expect(await verifyArchive(fileOf(lines))).toMatchObject({
      events: 2,
      missing: 1,
      gaps: [{ author: ada.id, from: 2, to: 2 }],
      faults: [at(4, "miscounted")],
    });
  });

  test("by cutting it off is found out", async () => {
    const lines = archiveOf([new Author(1).post("one")]);
    expect(await verifyArchive(fileOf(lines.slice(0, -1)))).toMatchObject({ events: 1, faults: [at(2, "cut-off")] });
  });

  test("by another name is found out", async () => {
    const lines = archiveOf([new Author(1).post("one")]);
    expect(await verifyArchive(fileOf([lines[0]?.replace("#lobby", "#garden") ?? "", ...lines.slice(1)]))).toMatchObject({
      faults: [at(1, "wrong-name")],
    });
  });

  test("in bytes: each damaged line is named, and none of the others suffers", async () => {
    const ada = new Author(1);
    const [head = "", one = "", two = "", three = "", end = ""] = archiveOf([ada.post("one"), ada.post("two"), ada.post("three")], 6);
    const lines = [head, one, "{ not json", two, JSON.stringify({ msg_type: "HELLO" }), "x".repeat(1_100_000), three, end];
    const faults = [at(3, "not-json"), at(5, "unknown-verb"), at(6, "line-too-long")];
    expect(await verifyArchive(fileOf(lines))).toMatchObject({ events: 3, faults });
    const node = await running();
    expect(await importArchive(fileOf(lines), node)).toMatchObject({ imported: 3, faults });
  });

  test("into no archive at all is refused", async () => {
    const node = await running();
    for (const lines of [[], ["hello"], ["{}"], [JSON.stringify({ ptpchat_archive: 1 })]]) {
      expect(await verifyArchive(fileOf(lines))).toMatchObject({ head: null, faults: [at(1, "no-head")] });
      await expect(importArchive(fileOf(lines), node)).rejects.toMatchObject({ code: "archive-unreadable", reason: "no-head" });
    }
    const later = JSON.stringify({ ptpchat_archive: 2 });
    await expect(importArchive(fileOf([later]), node)).rejects.toMatchObject({ code: "archive-unreadable", reason: "too-new" });
    await expect(importArchive("/nowhere/archive.jsonl", node)).rejects.toMatchObject({ code: "file-unreadable", reason: "ENOENT" });
  });
});

test("two histories of one author are told, and are no fault of the file", async () => {
  const ada = new Author(1);
  const first = ada.post("one");
  const left = ada.post("two");
  ada.tip = { seq: 1, id: first.id };
  const right = ada.post("two, to others");
  const report = await verifyArchive(fileOf(archiveOf([first, left, right])));
  expect(report).toMatchObject({ events: 3, forks: [{ author: ada.id, inst: ada.inst }], faultCount: 0 });
});

test("events in any order are proved, as long as something covers each", async () => {
  const ada = new Author(1);
  const events = [...ada.batch(40), ...ada.batch(30), ada.post("last")];
  for (const order of [events, [...events].reverse(), [...events].sort((a, b) => (a.id < b.id ? -1 : 1))]) {
    const file = fileOf(archiveOf(order));
    expect(await verifyArchive(file)).toMatchObject({ events: 71, missing: 0, forks: [], faultCount: 0 });
    expect(await importArchive(file, await running())).toMatchObject({ imported: 71, refused: {} });
  }
});

test("texts without a signature are counted, and nobody is made to believe them", async () => {
  const lines = archiveOf([new Author(1).post("one")], 2);
  lines.splice(
    1,
    0,
    JSON.stringify({ msg_type: "MESSAGE", msg_data: { channel_id: LOBBY_ID, message: "said by nobody" }, at: 1, from: "192.0.2.1:1" }),
  );
  expect(await verifyArchive(fileOf(lines))).toMatchObject({ events: 1, texts: 1, faultCount: 0 });
  const node = await running();
  expect(await importArchive(fileOf(lines), node)).toMatchObject({ imported: 1, texts: 1, refused: {} });
  expect(await node.history(LOBBY)).toHaveLength(1);
});

test("the door takes nothing but MESSAGEs of a channel that one is in", async () => {
  const node = await running();
  await expect(node.archive(LOBBY)).rejects.toMatchObject({ code: "no-such-channel" });
  await expect(node.importMessages({ ...LOBBY, messages: [] })).rejects.toMatchObject({ code: "no-such-channel" });
  await node.join(LOBBY);
  await expect(node.importMessages({ ...LOBBY, messages: [{ msg_type: "HELLO" }] })).rejects.toMatchObject({ code: "usage" });
  await expect(node.importMessages({ ...LOBBY, messages: 5 as never })).rejects.toMatchObject({ code: "usage" });
  expect((await node.archive(LOBBY)).entries).toEqual([]);
});
