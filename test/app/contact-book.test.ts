/** Contacts and their verification, through the door of a node and over its socket. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connectToNode } from "../../src/app/index.ts";
import { CONTACTS_MAX } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import { directory, running } from "./running.ts";

const idOf = (n: number) => base32(new Uint8Array(32).fill(n));
const [ADA, BOB, CAROL] = [idOf(1), idOf(2), idOf(3)];

describe("a contact", () => {
  test("is a node with a name of the user's own, and is found by either", async () => {
    const node = await running();
    const ada = await node.addContact({ node: ADA, name: "ada" });
    expect(ada).toEqual({ nodeId: ADA, name: "ada", addedAt: expect.any(Number), verifiedAt: null, verifiedBy: null, policy: "direct" });
    expect(await node.contacts()).toEqual([ada]);
    for (const word of [ADA, "@ada", "@ADA"]) expect(await node.verify({ node: word })).toMatchObject({ nodeId: ADA, name: "ada" });
  });

  test("may be typed in either case, with O for 0 and L for 1", async () => {
    const node = await running();
    const typed = ADA.toLowerCase().replaceAll("0", "o").replaceAll("1", "l");
    expect(typed).not.toBe(ADA.toLowerCase());
    expect((await node.addContact({ node: typed, name: "ada" })).nodeId).toBe(ADA);
  });

  test("takes a new name, and stays verified, since that belongs to the key", async () => {
    const node = await running();
    await node.addContact({ node: ADA, name: "ada" });
    const { verifiedAt } = await node.verify({ node: "@ada", confirm: true });
    expect(await node.addContact({ node: "@ada", name: "lady" })).toMatchObject({ nodeId: ADA, name: "lady", verifiedAt });
    await expect(node.verify({ node: "@ada" })).rejects.toMatchObject({ code: "no-such-contact" });
  });

  test("has its name for itself, whatever the case and however its letters are composed", async () => {
    const node = await running();
    await node.addContact({ node: ADA, name: "gr\u00fcn" });
    for (const name of ["GR\u00dcN", "gru\u0308n", "@gr\u00fcn"])
      await expect(node.addContact({ node: BOB, name })).rejects.toMatchObject({
        code: "name-taken",
        message: expect.stringContaining(ADA),
      });
    expect(await node.contacts()).toHaveLength(1);
  });

  test("gets a name once when two ask for it at the same time", async () => {
    const store = openMemoryStore();
    const write = store.write.bind(store);
    store.write = async (batch) => setImmediate().then(() => write(batch)); // as a disk takes its time
    const node = await running({ home: directory() }, { openStore: async () => store });
    const both = await Promise.allSettled([ADA, BOB, CAROL].map((id) => node.addContact({ node: id, name: "friend" })));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await node.contacts()).toMatchObject([{ nodeId: ADA }]);
  });

  test("is gone once it is removed, and its name is free", async () => {
    const node = await running();
    await node.addContact({ node: ADA, name: "ada" });
    await node.verify({ node: ADA, confirm: true });
    expect(await node.removeContact({ name: "@Ada" })).toMatchObject({ nodeId: ADA });
    expect(await node.contacts()).toEqual([]);
    await expect(node.removeContact({ name: "ada" })).rejects.toMatchObject({ code: "no-such-contact" });
    expect(await node.addContact({ node: BOB, name: "ada" })).toMatchObject({ nodeId: BOB, verifiedAt: null });
  });

  test("is there after a restart, its verification too", async () => {
    const home = directory();
    const first = await running({ home });
    await first.addContact({ node: ADA, name: "ada" });
    const { verifiedAt } = await first.verify({ node: "@ada", confirm: true });
    await first.stop();
    const second = await running({ home });
    expect(await second.contacts()).toMatchObject([{ nodeId: ADA, name: "ada", verifiedAt }]);
  });

  test.each([
    ["", "name"],
    ["@", "name"],
    ["two words", "name"],
    ["a@b", "name"],
    ["a\u200bb", "name"],
    ["a\x1bb", "name"],
    ["x".repeat(65), "name"],
    ["\ud800", "name"],
  ])("cannot be called %j", async (name, word) => {
    const node = await running();
    await expect(node.addContact({ node: ADA, name })).rejects.toMatchObject({ code: "usage", message: expect.stringContaining(word) });
    expect(await node.contacts()).toEqual([]);
  });

  test.each(["", "ada", ADA.slice(1), `${ADA}0`, `${ADA.slice(0, -1)}1`, "U".repeat(52), "127.0.0.1:7667"])(
    "cannot be the node %j, which is none",
    async (node) => {
      const door = await running();
      await expect(door.addContact({ node, name: "ada" })).rejects.toMatchObject({ code: "usage" });
    },
  );

  test("is refused when there are as many as there may be", async () => {
    const store = openMemoryStore();
    const ids = Array.from({ length: CONTACTS_MAX }, (_, n) => base32(Uint8Array.from({ length: 32 }, (_, at) => (n >> at) & 1)));
    await store.write(ids.map((nodeId, n) => ({ kind: "contact", contact: { nodeId, name: `c${n}`, addedAt: n, verifiedAt: null } })));
    const node = await running({ home: directory() }, { openStore: async () => store });
    await expect(node.addContact({ node: idOf(250), name: "one-more" })).rejects.toMatchObject({ code: "contacts-full" });
    await expect(node.addContact({ node: "@c7", name: "renamed" })).resolves.toMatchObject({ name: "renamed" });
  });
});

describe("verification", () => {
  test("shows both sides the same number", async () => {
    const [a, b, other] = [await running(), await running(), await running()];
    const number = (await a.verify({ node: b.nodeId })).safetyNumber;
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect((await b.verify({ node: a.nodeId })).safetyNumber).toBe(number);
    expect((await other.verify({ node: a.nodeId })).safetyNumber).not.toBe(number);
  });

  test("is noted for a contact, with its time, and for nobody else", async () => {
    const node = await running();
    await expect(node.verify({ node: ADA, confirm: true })).rejects.toMatchObject({
      code: "no-such-contact",
      message: expect.stringContaining("contact add"),
    });
    expect(await node.verify({ node: ADA })).toMatchObject({ name: null, verifiedAt: null });
    await node.addContact({ node: ADA, name: "ada" });
    expect(await node.verify({ node: ADA })).toMatchObject({ name: "ada", verifiedAt: null });
    const before = Date.now();
    const { verifiedAt } = await node.verify({ node: ADA, confirm: true });
    expect(verifiedAt).toBeGreaterThanOrEqual(before);
    expect(await node.contacts()).toMatchObject([{ verifiedAt }]);
  });

  test("of oneself, and oneself as contact, is refused", async () => {
    const node = await running();
    await expect(node.verify({ node: node.nodeId })).rejects.toMatchObject({ code: "usage" });
    await expect(node.addContact({ node: node.nodeId, name: "me" })).rejects.toMatchObject({ code: "usage" });
  });

  test("that cannot be kept is an error, and is not noted", async () => {
    const store = openMemoryStore();
    const node = await running({ home: directory() }, { openStore: async () => store });
    await node.addContact({ node: ADA, name: "ada" });
    store.write = async () => Promise.reject(Object.assign(new Error("no space"), { code: "disk-full" }));
    await expect(node.verify({ node: "@ada", confirm: true })).rejects.toThrow("no space");
    expect(await node.verify({ node: "@ada" })).toMatchObject({ verifiedAt: null });
  });
});

test("all of it goes over the socket as well", async () => {
  const home = directory();
  const node = await running({ home });
  const remote = await connectToNode({ home });
  await remote.addContact({ node: ADA, name: "ada" });
  expect(await remote.verify({ node: "@ada", confirm: true })).toEqual(await node.verify({ node: ADA }));
  expect(await remote.contacts()).toEqual(await node.contacts());
  await expect(remote.verify({ node: "@bob" })).rejects.toMatchObject({ code: "no-such-contact" });
  expect(await remote.removeContact({ name: "ada" })).toMatchObject({ nodeId: ADA });
  await remote.close();
});
