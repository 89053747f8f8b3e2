/** What both stores keep of mailboxes, over a restart too. PROTOCOL.md §22. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { ChannelHash, Store, StoredParcel } from "../../src/core/index.ts";
import { base64, type Endpoint, type InstanceId, type NodeId } from "../../src/wire/index.ts";
import { STORES } from "./stores.ts";

const [ADA, BEN] = ["A", "B"].map((letter) => `${letter.repeat(51)}0`) as [NodeId, NodeId];
const [ONE, TWO] = ["1", "2"].map((digit) => digit.repeat(64)) as [string, string];
const parcel = (n: number, more: Partial<StoredParcel> = {}): StoredParcel => ({
  id: `${n}`.padStart(32, "0"),
  owner: ADA,
  slot: ONE,
  at: 1_790_000_000_000 + n,
  parcel: base64(new Uint8Array(100 + n).fill(n)),
  ...more,
});
const keep = (...parcels: StoredParcel[]) => parcels.map((each) => ({ kind: "parcel", parcel: each }) as const);

async function opened(open: () => Promise<Store>): Promise<Store> {
  const store = await open();
  onTestFinished(() => store.close());
  return store;
}

describe.each(STORES)("parcels in a store %s", (_, open) => {
  test("come back as they were, the oldest of their owner first, each once", async () => {
    const store = await opened(open);
    await store.write(keep(parcel(3), parcel(1), parcel(2, { owner: BEN })));
    await store.write(keep(parcel(1, { at: 5 })));
    expect(store.events.parcels(ADA, 10)).toEqual([parcel(1), parcel(3)]);
    expect(store.events.parcels(ADA, 1)).toEqual([parcel(1)]);
    expect(store.events.parcels(BEN, 10)).toEqual([parcel(2, { owner: BEN })]);
    expect([1, 4].map((n) => store.events.hasParcel(parcel(n).id))).toEqual([true, false]);
  });

  test("are counted by slot, in bytes as they lie there", async () => {
    const store = await opened(open);
    await store.write(keep(parcel(1), parcel(2), parcel(3, { slot: TWO })));
    expect(store.events.usage(ADA).sort((a, b) => (a.slot < b.slot ? -1 : 1))).toEqual([
      { slot: ONE, parcels: 2, bytes: 203 },
      { slot: TWO, parcels: 1, bytes: 103 },
    ]);
    expect(store.events.usage(BEN)).toEqual([]);
  });

  test("go when they were fetched, are too old, lie in a slot that is no more, or their owner wants none", async () => {
    const store = await opened(open);
    await store.write([
      { kind: "mailbox-owner", owner: { nodeId: ADA, slots: [ONE, TWO] } },
      ...keep(parcel(1), parcel(2), parcel(3, { slot: TWO }), parcel(4)),
    ]);
    await store.write([
      { kind: "parcel-gone", id: parcel(4).id },
      { kind: "parcels-expired", before: 1_790_000_000_002 },
    ]);
    expect(store.events.parcels(ADA, 10)).toEqual([parcel(2), parcel(3, { slot: TWO })]);
    await store.write([{ kind: "mailbox-owner", owner: { nodeId: ADA, slots: [ONE] } }]);
    expect(store.events.parcels(ADA, 10)).toEqual([parcel(2)]);
    await store.write([{ kind: "mailbox-owner-gone", nodeId: ADA }]);
    expect(store.events.parcels(ADA, 10)).toEqual([]);
    expect(store.restore()).not.toHaveProperty("mailboxes");
  });

  test("are remembered with owners, mailboxes and marks, of which the last counts", async () => {
    const store = await opened(open);
    const mark = { channel: ONE as ChannelHash, nodeId: BEN, inst: "0123456789abcdef" as InstanceId, seq: 4 };
    const mailbox = { nodeId: BEN, at: ["203.0.113.1:7667" as Endpoint], addedAt: 1_790_000_000_000 };
    await store.write([
      { kind: "mailbox-owner", owner: { nodeId: ADA, slots: [TWO] } },
      { kind: "own-mailbox", mailbox },
      { kind: "left-mark", mark },
      { kind: "left-mark", mark: { ...mark, seq: 9 } },
    ]);
    expect(store.restore().mailboxes).toEqual({ owners: [{ nodeId: ADA, slots: [TWO] }], own: [mailbox], marks: [{ ...mark, seq: 9 }] });
    await store.write([{ kind: "own-mailbox-gone", nodeId: BEN }]);
    expect(store.restore().mailboxes?.own).toEqual([]);
  });

  test("that are none are a mistake that is named", async () => {
    const store = await opened(open);
    await expect(store.write(keep(parcel(1, { slot: "no slot" })))).rejects.toMatchObject({ code: "bad-value" });
    await expect(
      store.write([{ kind: "left-mark", mark: { channel: "x" as ChannelHash, nodeId: BEN, inst: "y" as InstanceId, seq: -1 } }]),
    ).rejects.toMatchObject({ code: "bad-value" });
  });
});
