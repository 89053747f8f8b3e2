/** Row 51: a store that is damaged in earnest is repaired: nothing is lost that can be read, or that somebody else has. ADR 0011. */
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { STORE_FILE } from "../../src/app/identity.ts";
import { createNode, type RunningNode } from "../../src/app/index.ts";
import { passphraseSource } from "../../src/app/passphrase.ts";
import { repairHome } from "../../src/app/repair.ts";
import { finishRepair } from "../../src/app/repaired-store.ts";
import { BATCH_MAX } from "../../src/core/log/limits.ts";
import { PAGE_BYTES } from "../../src/store/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const LOBBY = { channel: "#lobby" };
const PATIENCE = { timeout: 30_000, interval: 50 };
const EACH = 150;
const CA = passphraseSource(undefined, undefined, {});

/** What both said, and a home that holds it: written once, copied for each damage. */
let whole: { home: string; homeOfBen: string; ids: string[]; nodeOfBen: string };
const kept: string[] = [];

function copy(home: string): string {
  const dir = directory();
  cpSync(home, dir, { recursive: true });
  return dir;
}

async function ids(node: RunningNode): Promise<string[]> {
  return (await node.history({ ...LOBBY, most: 1_000 })).map(({ id }) => id);
}

beforeAll(async () => {
  const { mkdtempSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const [home, homeOfBen] = [mkdtempSync(join(tmpdir(), "ptpchat-repair-")), mkdtempSync(join(tmpdir(), "ptpchat-repair-"))];
  kept.push(home, homeOfBen);
  const ada = await createNode({ home, listen: "127.0.0.1:0", name: "ada", lan: false });
  const ben = await createNode({ home: homeOfBen, listen: "127.0.0.1:0", peers: [ada.udp], lan: false });
  await pairIn("#lobby", ada, ben);
  const long = "a text that fills pages ".repeat(20);
  for (const node of [ada, ben]) await Promise.all(Array.from({ length: EACH }, (_, n) => node.send({ ...LOBBY, text: `${n} ${long}` })));
  await ada.addContact({ node: ben.nodeId, name: "ben" });
  await ada.join({ channel: "0190f0b2-7c3e-7e5a-9d3a-6f1f2b3c4d5e" });
  await ada.send({ channel: "0190f0b2-7c3e-7e5a-9d3a-6f1f2b3c4d5e", text: "unsigned" });
  for (const node of [ada, ben]) await vi.waitFor(async () => expect(await ids(node)).toHaveLength(2 * EACH), PATIENCE);
  whole = { home, homeOfBen, ids: await ids(ada), nodeOfBen: ben.nodeId };
  await ada.stop();
  await ben.stop();
});

afterAll(async () => {
  const { rmSync } = await import("node:fs");
  for (const dir of kept) rmSync(dir, { recursive: true, force: true });
});

function flip(file: string, page: number): void {
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.from("flipped"), 0, 7, (page - 1) * PAGE_BYTES + 2_000);
  closeSync(handle);
}

const pagesOf = (file: string) => statSync(file).size / PAGE_BYTES;

const DAMAGES: readonly (readonly [string, (file: string) => void])[] = [
  ["the header is destroyed", (file) => flip(file, 1)],
  [
    "the first kilobytes are zeros",
    (file) => {
      const handle = openSync(file, "r+");
      writeSync(handle, Buffer.alloc(2 * PAGE_BYTES), 0, 2 * PAGE_BYTES, 0);
      closeSync(handle);
    },
  ],
  [
    "every fifth page is flipped",
    (file) => {
      for (let page = 5; page <= pagesOf(file); page += 5) flip(file, page);
    },
  ],
  ["a half is cut off", (file) => truncateSync(file, Math.floor(statSync(file).size / 2) + 77)],
  ["the last page is cut off", (file) => truncateSync(file, statSync(file).size - PAGE_BYTES)],
];

describe.each(DAMAGES)("a home of which %s", (_, damage) => {
  test("is repaired: what reads is there and proved, the damaged file stays, and a member brings the rest", async () => {
    const home = copy(whole.home);
    const file = join(home, STORE_FILE);
    damage(file);
    const before = readFileSync(file);
    const report = await repairHome(home, CA);
    expect(report.damaged).toBe(true);
    expect(report.damagedPages).toBeGreaterThan(0);
    expect(readFileSync(report.keptAs ?? "").equals(before)).toBe(true);
    expect(readdirSync(home).filter((name) => name.includes("repair"))).toEqual([]);
    const ben = await running({ home: copy(whole.homeOfBen) });
    const ada = await running({ home, peers: [ben.udp] });
    expect((await ada.status()).store).toEqual({ state: "ok", code: null });
    await ada.join(LOBBY);
    await vi.waitFor(async () => expect(await ids(ada)).toEqual(whole.ids), PATIENCE);
    const said = next(ben, "post", ({ text }) => text === "on we go");
    await ada.send({ ...LOBBY, text: "on we go" }); // not until delivered: it still calls the places where Ben was before
    await said;
    expect(await ids(ada)).toEqual(await ids(ben));
    expect((await ben.status()).warnings.map(({ kind }) => kind)).toEqual([]);
  });
});

test("with one page flipped, whichever, all events but those on it, and those that only they prove, are kept, and the report counts those that are lost", async () => {
  const pages = pagesOf(join(whole.home, STORE_FILE));
  let flipped = 0;
  for (let page = 2; page <= pages; page += Math.ceil(pages / 9)) {
    const home = copy(whole.home);
    flip(join(home, STORE_FILE), page);
    const report = await repairHome(home, CA);
    if (!report.damaged) continue; // a page that nothing lies on
    flipped++;
    const lost = report.lost.reduce((sum, { count }) => sum + count, 0);
    expect(report.events + lost, `page ${page}`).toBeGreaterThanOrEqual(2 * EACH);
    expect(report.events, `page ${page}`).toBeGreaterThanOrEqual(2 * EACH - 20 - BATCH_MAX);
  }
  expect(flipped).toBeGreaterThan(6);
});

test("a home whose write-ahead log is damaged is not gone on with as if it ended there: repaired, it has what came after", async () => {
  const [home, crashed] = [directory(), directory()];
  const ada = await running({ home });
  await ada.join(LOBBY);
  for (let n = 0; n < 20; n++) await ada.send({ ...LOBBY, text: `${n}` });
  cpSync(home, crashed, { recursive: true, filter: (path) => !path.endsWith(".sock") }); // as `kill -9` leaves it
  const wal = join(crashed, `${STORE_FILE}-wal`);
  const handle = openSync(wal, "r+");
  writeSync(handle, Buffer.from("flipped"), 0, 7, Math.floor(statSync(wal).size / 2));
  closeSync(handle);
  await expect(createNode({ home: crashed, listen: "127.0.0.1:0" })).rejects.toMatchObject({ code: "store-damaged" });
  expect(await repairHome(crashed, CA)).toMatchObject({ damaged: true });
  const again = await running({ home: crashed });
  const texts = (await again.history(LOBBY)).map(({ text }) => text);
  expect(texts).toContain("19");
  expect(texts.length).toBeGreaterThanOrEqual(19);
});

test("what is missing is told, of whom and how many were asked, until it has come", async () => {
  const home = copy(whole.home);
  const file = join(home, STORE_FILE);
  for (let page = 5; page <= pagesOf(file); page += 5) flip(file, page);
  const report = await repairHome(home, CA);
  const alone = await running({ home });
  const missing = async (node: RunningNode) => (await node.status()).warnings.filter(({ kind }) => kind === "missing");
  const told = await missing(alone);
  expect(told.length).toBeGreaterThan(0);
  for (const each of told) expect(each).toMatchObject({ channel: "#lobby", asked: 0 });
  expect(report.lost.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0);
  const ben = await running({ home: copy(whole.homeOfBen) });
  await alone.connect({ peer: ben.udp });
  await vi.waitFor(async () => expect(await ids(alone)).toEqual(whole.ids), PATIENCE);
  expect(await missing(alone)).toEqual([]);
});

test("what is not damaged stays as it is, and a home without a history is told so", async () => {
  const home = copy(whole.home);
  const before = readFileSync(join(home, STORE_FILE));
  expect(await repairHome(home, CA)).toMatchObject({ damaged: false, keptAs: null });
  expect(readFileSync(join(home, STORE_FILE)).equals(before)).toBe(true);
  await expect(repairHome(directory(), CA)).rejects.toMatchObject({ code: "no-keys" });
});

test("a store under other keys is not taken for one that is damaged all over", async () => {
  const [home, other] = [copy(whole.home), copy(whole.homeOfBen)];
  cpSync(join(other, STORE_FILE), join(home, STORE_FILE));
  await expect(repairHome(home, CA)).rejects.toMatchObject({ code: "store-damaged" });
  expect(readFileSync(join(home, STORE_FILE)).equals(readFileSync(join(other, STORE_FILE)))).toBe(true);
});

test("a home on which a node runs is not repaired", async () => {
  const home = copy(whole.home);
  await running({ home });
  await expect(repairHome(home, CA)).rejects.toMatchObject({ code: "home-in-use" });
});

test("contacts, channels, texts without a signature and what nodes call themselves come through a destroyed header", async () => {
  const home = copy(whole.home);
  flip(join(home, STORE_FILE), 1);
  const report = await repairHome(home, CA);
  expect(report).toMatchObject({ channels: 2, contacts: 1, texts: 1, unproved: 0, lost: [] });
  expect(report.events).toBeGreaterThanOrEqual(2 * EACH);
  const ada = await running({ home });
  expect(await ada.contacts()).toMatchObject([{ name: "ben", nodeId: whole.nodeOfBen }]);
  expect((await ada.channels()).map(({ name }) => name)).toContain("lobby");
  expect(await ids(ada)).toEqual(whole.ids);
  expect((await ada.history({ channel: "0190f0b2-7c3e-7e5a-9d3a-6f1f2b3c4d5e" })).map(({ text }) => text)).toEqual(["unsigned"]);
});

test("a repair that a crash ends between its last steps is finished at the next start", async () => {
  const home = copy(whole.home);
  const file = join(home, STORE_FILE);
  flip(file, 1);
  await repairHome(home, CA);
  const made = readFileSync(file);
  for (const step of ["nothing moved", "the second name given", "the log gone"]) {
    cpSync(join(whole.home, STORE_FILE), file);
    writeFileSync(`${file}.repaired`, made);
    if (step !== "the log gone") writeFileSync(`${file}-wal`, "an old log, which must not be played into the new file");
    if (step !== "nothing moved")
      cpSync(file, `${file}.damaged-${statSync(`${file}.repaired`).mtime.toISOString().replaceAll(/[:.]/g, "-")}`);
    const ada = await running({ home });
    expect(await ids(ada), step).toEqual(whole.ids);
    await ada.stop();
    expect(existsSync(`${file}.repaired`), step).toBe(false);
  }
  expect(await finishRepair(home)).toBe(null);
});
