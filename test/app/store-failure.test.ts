import { describe, expect, test, vi } from "vitest";
import { type Change, type Store, StoreError } from "../../src/core/index.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };

/** A store whose disk can be filled, and can hang. */
class TroubledStore implements Store {
  readonly #within = openMemoryStore();
  readonly events = this.#within.events;
  full = false;
  hangs = false;
  /** What is to be over before anything is kept. */
  gate: Promise<void> = Promise.resolve();

  async write(batch: readonly Change[]): Promise<void> {
    await this.gate;
    if (this.hangs) return new Promise(() => {});
    if (this.full) throw new StoreError("disk-full", "the disk is full");
    return this.#within.write(batch);
  }

  async close(): Promise<void> {
    if (this.hangs) return new Promise(() => {});
    return this.#within.close();
  }

  restore: Store["restore"] = () => this.#within.restore();
  history: Store["history"] = (query) => this.#within.history(query);
  search: Store["search"] = (...asked) => this.#within.search(...asked);
  around: Store["around"] = (...asked) => this.#within.around(...asked);
  holding: Store["holding"] = (channelId) => this.#within.holding(channelId);
  oldest: Store["oldest"] = (query) => this.#within.oldest(query);
  quotas: Store["quotas"] = () => this.#within.quotas();
  page: Store["page"] = (query) => this.#within.page(query);
  named: Store["named"] = (...asked) => this.#within.named(...asked);
  keys: Store["keys"] = (channelId) => this.#within.keys(channelId);
  contacts: Store["contacts"] = () => this.#within.contacts();
  nicks: Store["nicks"] = () => this.#within.nicks();
  quietNodes: Store["quietNodes"] = () => this.#within.quietNodes();
}

async function runningOn(store: Store, peers: string[] = []) {
  return running({ home: directory(), peers }, { openStore: async () => store });
}

describe("a node whose disk is full", () => {
  test("refuses what it cannot keep, says so in status, and goes on by itself once there is room", async () => {
    const store = new TroubledStore();
    const node = await runningOn(store);
    await node.join(LOBBY);
    await node.send({ ...LOBBY, text: "before" });
    store.full = true;
    const failed = next(node, "store-failed");
    await expect(node.send({ ...LOBBY, text: "kept late" })).rejects.toMatchObject({ code: "store-failed", reason: "disk-full" });
    expect(await failed).toMatchObject({ code: "disk-full" });
    expect((await node.status()).store).toEqual({ state: "failed", code: "disk-full" });
    store.full = false;
    await vi.waitFor(async () => expect((await node.status()).store).toEqual({ state: "ok", code: null }), 10_000);
    expect(await node.send({ ...LOBBY, text: "kept" })).toMatchObject({ state: "saved" });
    expect((await node.history(LOBBY)).map(({ text }) => text)).toEqual(["before", "kept late", "kept"]);
  });

  test("does not acknowledge what it could not keep", async () => {
    const store = new TroubledStore();
    const a = await runningOn(store);
    const b = await running({ peers: [a.udp] });
    await pairIn("#lobby", a, b);
    store.full = true;
    await expect(a.send({ ...LOBBY, text: "notices the full disk" })).rejects.toMatchObject({ code: "store-failed" });
    await expect(b.send({ ...LOBBY, text: "x", wait: "delivered", timeoutMs: 500 })).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("a node whose disk is slow", () => {
  test.each(["join", "leave", "create"] as const)("tells that %s is done once it is on the disk", async (what) => {
    const store = new TroubledStore();
    const node = await runningOn(store);
    if (what === "leave") await node.join(LOBBY);
    const flushed = Promise.withResolvers<void>();
    store.gate = flushed.promise;
    let isTold = false;
    const told = (what === "create" ? node.create({ name: "garden" }) : node[what](LOBBY)).then(() => {
      isTold = true;
    });
    await node.status();
    await new Promise((turn) => setImmediate(turn));
    expect(isTold).toBe(false);
    flushed.resolve();
    await told;
    expect(store.restore().channels.map(({ name }) => name)).toEqual({ join: ["lobby"], leave: [], create: ["garden"] }[what]);
  });
});

describe("a node whose disk hangs", () => {
  test("lets a sender wait no longer than asked", async () => {
    const store = new TroubledStore();
    const node = await runningOn(store);
    await node.join(LOBBY);
    store.hangs = true;
    await expect(node.send({ ...LOBBY, text: "x", timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
    store.hangs = false;
  });

  test("says LEAVE and ends within 4 s all the same", async () => {
    const store = new TroubledStore();
    const a = await runningOn(store);
    const b = await running({ peers: [a.udp] });
    await pairIn("#lobby", a, b);
    const left = next(b, "member-left");
    store.hangs = true;
    const begun = performance.now();
    await a.stop();
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(await left).toMatchObject({ member: a.udp, why: "left" });
  });

  test("fails a post that waits when the node ends", async () => {
    const store = new TroubledStore();
    const node = await runningOn(store);
    await node.join(LOBBY);
    store.hangs = true;
    const sent = expect(node.send({ ...LOBBY, text: "x" })).rejects.toMatchObject({ code: "stopping" });
    await node.stop();
    await sent;
  });
});
