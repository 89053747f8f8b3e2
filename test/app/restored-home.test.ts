/** Row 31: an old backup of a home is put back, and the node on it goes on. PROTOCOL.md §13.6. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { NamedEvent, RunningNode } from "../../src/app/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };
const PATIENCE = { timeout: 20_000, interval: 50 };
vi.setConfig({ testTimeout: 90_000 });

async function texts(node: RunningNode): Promise<string[]> {
  return (await node.history({ ...LOBBY, most: 100 })).map(({ text }) => text).sort();
}

async function ids(node: RunningNode): Promise<string[]> {
  return (await node.history({ ...LOBBY, most: 100 })).map(({ id }) => id);
}

/** What a node finds in logs from here on. */
function findings(node: RunningNode): Set<string> {
  const found = new Set<string>();
  node.subscribe((event: NamedEvent) => {
    if (event.type === "log-finding") found.add(event.finding);
  });
  return found;
}

async function holds(node: RunningNode, wanted: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await texts(node)).toEqual([...wanted].sort()), PATIENCE);
}

async function meets(node: RunningNode): Promise<void> {
  await vi.waitFor(async () => expect((await node.members(LOBBY)).some(({ state }) => state === "live")).toBe(true), PATIENCE);
}

/** Ada's home, from which a backup was made after "1"; she said "2" and "3" since, which Ben has. */
async function past(): Promise<{ home: string; listen: string; ben: RunningNode; homeOfBen: string }> {
  const [dir, homeOfBen] = [directory(), directory()];
  const [home, backup] = [join(dir, "home"), join(dir, "backup")];
  mkdirSync(home);
  const ada = await running({ home });
  const ben = await running({ home: homeOfBen, peers: [ada.udp] });
  await pairIn("#lobby", ada, ben);
  await ada.send({ ...LOBBY, text: "1", wait: "delivered" });
  await ada.stop();
  cpSync(home, backup, { recursive: true });
  const again = await running({ home, listen: ada.udp, peers: [ben.udp] });
  await meets(again);
  for (const text of ["2", "3"]) await again.send({ ...LOBBY, text, wait: "delivered" });
  await again.stop();
  rmSync(home, { recursive: true });
  cpSync(backup, home, { recursive: true });
  return { home, listen: ada.udp, ben, homeOfBen };
}

describe("row 31: a home that was put back to an old backup", () => {
  test("learns from a neighbour what it said since, goes on in a new log, and forks nothing", async () => {
    const { home, listen, ben } = await past();
    const ofBen = findings(ben);
    const ada = await running({ home, listen, peers: [ben.udp] });
    const ofAda = findings(ada);
    await holds(ada, ["1", "2", "3"]);
    await meets(ada);
    await ada.send({ ...LOBBY, text: "4", wait: "delivered" });
    await ben.send({ ...LOBBY, text: "5", wait: "delivered" });
    for (const node of [ada, ben]) await holds(node, ["1", "2", "3", "4", "5"]);
    expect(await ids(ada)).toEqual(await ids(ben));
    expect([...ofAda, ...ofBen].filter((finding) => finding === "fork")).toEqual([]);
  });

  test("and that is written in before it meets anybody loses nothing, and both are told of the two stories", async () => {
    const { home, homeOfBen, ben: before } = await past();
    await before.stop();
    const alone = await running({ home });
    for (const text of ["two", "three", "four"]) await alone.send({ ...LOBBY, text });
    await alone.stop();
    const [ada, ben] = [await running({ home }), await running({ home: homeOfBen })]; // at ports where neither looks for the other
    const [ofAda, ofBen] = [findings(ada), findings(ben)];
    await ada.connect({ peer: ben.udp });
    const all = ["1", "2", "3", "two", "three", "four"];
    for (const node of [ada, ben]) await holds(node, all);
    await meets(ada);
    await ada.send({ ...LOBBY, text: "together again" }); // not until delivered: it still calls the place where Ben was before
    for (const node of [ada, ben]) await holds(node, [...all, "together again"]);
    expect(await ids(ada)).toEqual(await ids(ben));
    for (const found of [ofAda, ofBen]) expect(found).toContain("fork");
    expect(ofAda).toContain("rolled-back");
    for (const node of [ada, ben]) {
      const { warnings } = await node.status(); // for whoever looks later
      expect(warnings).toMatchObject([{ kind: "two-histories", channel: "#lobby", nodeId: ada.nodeId }]);
    }
    expect(await ben.members(LOBBY)).toMatchObject([{ nodeId: ada.nodeId, forked: true }]);
    expect(await ada.members(LOBBY)).toMatchObject([{ nodeId: ben.nodeId, forked: false }]);
  });

  test("goes on in its new log after another start", async () => {
    const { home, listen, ben } = await past();
    const ada = await running({ home, listen, peers: [ben.udp] });
    await holds(ada, ["1", "2", "3"]);
    await meets(ada);
    await ada.send({ ...LOBBY, text: "4", wait: "delivered" });
    await ada.stop();
    const ofBen = findings(ben);
    const again = await running({ home, listen, peers: [ben.udp] });
    const joined = next(again, "post", ({ text }) => text === "6");
    await meets(again);
    await again.send({ ...LOBBY, text: "5", wait: "delivered" });
    await ben.send({ ...LOBBY, text: "6", wait: "delivered" });
    await joined;
    for (const node of [again, ben]) await holds(node, ["1", "2", "3", "4", "5", "6"]);
    expect(ofBen.size).toBe(0);
  });
});
