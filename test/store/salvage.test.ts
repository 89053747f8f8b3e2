/** What can be read of a store without SQLite: page by page, each under its seal. ADR 0011, row 51. */
import { closeSync, copyFileSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Change, Store } from "../../src/core/index.ts";
import { streamPrimitives as primitives } from "../../src/crypto/sodium/index.ts";
import { openSqliteStore, PAGE_BYTES, Salvage } from "../../src/store/index.ts";
import { ADA, channel, contact, KEY, LOBBY, LOBBY_HASH, logRow, nick, post, signed, signedEvent } from "./changes.ts";
import { directory } from "./directory.ts";

const FRAME_BYTES = PAGE_BYTES + 24;
const WAL_HEADER_BYTES = 32;

async function opened(file: string): Promise<Store> {
  const store = await openSqliteStore({ file, key: KEY });
  onTestFinished(() => store.close());
  return store;
}

/** What a copy of the file and its log holds at this moment. */
function salvaged(file: string, damage: (copy: string) => void = () => {}, key = KEY) {
  const copy = join(directory(), "copy.db");
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  damage(copy);
  const salvage = new Salvage({ file: copy, key, primitives });
  const { pages, damagedPages } = salvage;
  const texts = [...salvage.texts()].map(({ body }) => body);
  const events = salvage.logs().flatMap((log) => [...log.events()].map(({ event }) => event));
  const rest = salvage.rest();
  salvage.close();
  return { pages, damagedPages, texts, events, rest, nameless: salvage.nameless };
}

function flip(file: string, at: number): void {
  const handle = openSync(file, "r+");
  const [byte = 0] = readFileSync(file).subarray(at, at + 1);
  writeSync(handle, Buffer.from([byte ^ 1]), 0, 1, at);
  closeSync(handle);
}

const LONG = "a text that goes on in pages of its own ".repeat(400);

test("reads what the store wrote, out of the file and its log, long texts too", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  const events = Array.from({ length: 200 }, (_, n) =>
    signedEvent(n + 1, n % 50 === 7 ? { text: LONG } : { details: [["reply", `${n}:x`]] }),
  );
  await store.write([
    channel(LOBBY, "lobby", 5),
    ...events.map((event) => signed(event)),
    { kind: "log", channel: LOBBY_HASH, row: logRow(200) },
  ]);
  await store.write([post(1, { body: "unsigned" }), { kind: "contact", contact: contact(1) }, { kind: "nick", nick: nick(2) }]);
  for (const end of ["in the log", "in the file"]) {
    if (end === "in the file") await store.close();
    const found = salvaged(file);
    expect(found.damagedPages, end).toBe(0);
    expect(found.events, end).toEqual([...events].reverse());
    expect(found.texts, end).toEqual(["unsigned"]);
    expect(found.rest, end).toMatchObject({ channels: [{ id: LOBBY, name: "lobby" }], contacts: [contact(1)], nicks: [nick(2)] });
  }
  expect(
    salvaged(
      file,
      undefined,
      KEY.map((byte) => byte ^ 1),
    ).damagedPages,
  ).toBe(salvaged(file).pages);
});

test("a damaged page of the log costs what is on it; a torn end, and what an earlier round left behind, are no damage", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  for (let n = 1; n <= 40; n++) await store.write([signed(signedEvent(n, { text: `${n} ${"x".repeat(900)}` }))]);
  const frames = (statSync(`${file}-wal`).size - WAL_HEADER_BYTES) / FRAME_BYTES;
  const whole = salvaged(file);
  expect(whole.events).toHaveLength(40);
  const at = (frame: number) => WAL_HEADER_BYTES + frame * FRAME_BYTES + 24 + 2_000;
  const hurt = salvaged(file, (copy) => flip(`${copy}-wal`, at(Math.floor(frames / 2))));
  expect(hurt.damagedPages).toBeGreaterThan(0);
  expect(hurt.events.length).toBeGreaterThan(30);
  for (const cut of [1, 2_000, FRAME_BYTES - 1]) {
    const torn = salvaged(file, (copy) => truncateSync(`${copy}-wal`, statSync(`${copy}-wal`).size - cut));
    expect(torn.damagedPages).toBe(0);
    expect(torn.events.length).toBeGreaterThanOrEqual(39);
  }
});

test("a log with damage before its last two commits is told as damaged, and not cut off there; at its end it may be torn", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  for (let n = 1; n <= 20; n++) await store.write([signed(signedEvent(n))]);
  const copied = (damage: (copy: string) => void) => {
    const copy = join(directory(), "copy.db");
    for (const end of ["", "-wal"]) copyFileSync(file + end, copy + end);
    damage(copy);
    return copy;
  };
  const { size } = statSync(`${file}-wal`);
  for (let at = WAL_HEADER_BYTES + 24; at < size; at += 3 * FRAME_BYTES) {
    const copy = copied((to) => flip(`${to}-wal`, at + 1_000));
    const before = readFileSync(`${copy}-wal`);
    const opening = openSqliteStore({ file: copy, key: KEY, primitives });
    if (size - at > 12 * FRAME_BYTES) {
      await expect(opening).rejects.toMatchObject({ code: "damaged" });
      expect(readFileSync(`${copy}-wal`).equals(before)).toBe(true);
    } else await opening.then((opened) => opened.close()).catch((error: unknown) => expect(error).toMatchObject({ code: "damaged" }));
  }
  await expect(openSqliteStore({ file: copied((to) => flip(`${to}-wal`, 17)), key: KEY, primitives })).rejects.toMatchObject({
    code: "damaged",
  });
  const torn = copied((to) => truncateSync(`${to}-wal`, size - 100));
  const again = await openSqliteStore({ file: torn, key: KEY, primitives });
  expect(again.restore().logs).toBeDefined();
  await again.close();
});

test("any page may be damaged, and any length cut off: nothing throws, and nothing comes that was not there", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  const events = Array.from({ length: 60 }, (_, n) => signedEvent(n + 1, n % 20 === 7 ? { text: LONG } : {}));
  await store.write([channel(LOBBY, "lobby", 5), ...events.map((event) => signed(event)), { kind: "contact", contact: contact(1) }]);
  await store.close();
  const { pages } = salvaged(file);
  const known = new Map(events.map((event) => [event.id, event]));
  for (let page = 0; page < pages; page++) {
    const found = salvaged(file, (copy) => flip(copy, page * PAGE_BYTES + 3_000));
    for (const event of found.events) expect(event).toEqual(known.get(event.id));
    expect(found.events.length + found.nameless).toBeGreaterThan(30);
  }
  for (let size = 0; size < pages * PAGE_BYTES; size += 5_003) {
    const found = salvaged(file, (copy) => truncateSync(copy, size));
    for (const event of found.events) expect(event).toEqual(known.get(event.id));
  }
});

test("what the user took away does not come back from pages that are free", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  const many = Array.from({ length: 300 }, (_, n) => contact(n + 1, { name: `name ${n} ${"x".repeat(100)}` }));
  await store.write(many.map((each): Change => ({ kind: "contact", contact: each })));
  await store.write(many.slice(1).map(({ nodeId }): Change => ({ kind: "contact-gone", nodeId })));
  await store.close();
  expect(salvaged(file).rest.contacts).toEqual([many[0]]);
});

test("the names of logs come out of their index, where their own page is damaged", async () => {
  const file = join(directory(), "store.db");
  const store = await opened(file);
  await store.write([signed(signedEvent(1)), { kind: "log", channel: LOBBY_HASH, row: logRow(1) }]);
  await store.close();
  const { pages } = salvaged(file);
  let without = 0;
  for (let page = 1; page < pages; page++) {
    const copy = join(directory(), "copy.db");
    copyFileSync(file, copy);
    flip(copy, page * PAGE_BYTES + 3_000);
    const salvage = new Salvage({ file: copy, key: KEY, primitives });
    const [log] = salvage.logs();
    expect(log).toMatchObject({ author: ADA.author, inst: ADA.inst });
    if (log?.row === null) without++;
    salvage.close();
  }
  expect(without).toBe(1);
});
