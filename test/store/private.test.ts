/** What every store does with sealed events and their keys, run over both; and what is left on a disk of keys that went. */
import { copyFileSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Change, Detail, Event, Store, StoredPrekey, StoredSenderKey, StoredSigned, Words } from "../../src/core/index.ts";
import { streamPrimitives as primitives } from "../../src/crypto/sodium/index.ts";
import { openSqliteStore, PAGE_BYTES } from "../../src/store/index.ts";
import { PageFile } from "../../src/store/salvage/page-file.ts";
import { ADA, BEN, GARDEN_HASH, hexId, KEY, LOBBY, LOBBY_HASH, NOON, signed, signedEvent } from "./changes.ts";
import { directory } from "./directory.ts";
import { STORES } from "./stores.ts";

const EPOCH = NOON;
const DETAILS: Detail[] = [
  ["epoch", `${EPOCH}`],
  ["n", "0"],
];
const HIDDEN: Words = { kind: "sealed", text: "", details: [] };
const said = (text: string): Words => ({ kind: "post", text, details: [] });
const sealedEvent = (n: number, fields: Partial<Event> = {}) => signedEvent(n, { kind: "sealed", text: "", details: DETAILS, ...fields });

/** A sealed event as it is kept: opened, or waiting for the key of an epoch. */
function sealed(n: number, seen: Words | number, fields: Partial<Event> = {}): { readonly kind: "signed" } & StoredSigned {
  const event = sealedEvent(n, fields);
  const sight = typeof seen === "number" ? { seen: HIDDEN, waits: seen } : { seen };
  return { kind: "signed", channelId: LOBBY, own: false, event, branch: 0, ...sight };
}

function opens(n: number, seen: Words, fields: Partial<Event> = {}, key: Uint8Array | null = null): Change {
  const { channel, author, inst, seq, id } = sealedEvent(n, fields);
  return { kind: "opened", channelId: LOBBY, opened: { channel, author, inst, seq, id, seen, key } };
}

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const prekey = (n: number, fields: Partial<StoredPrekey> = {}): StoredPrekey => ({
  channel: LOBBY_HASH,
  id: n.toString(16).padStart(16, "0"),
  publicKey: bytes(n),
  secretKey: bytes(100 + n),
  madeAt: n,
  replacedAt: null,
  ...fields,
});
const senderKey = (epoch: number, fields: Partial<StoredSenderKey> = {}): StoredSenderKey => ({
  channel: LOBBY_HASH,
  author: ADA.author,
  epoch,
  key: bytes(epoch),
  at: epoch,
  ...fields,
});

describe.each(STORES)("sealed events in a store %s", (_, open) => {
  async function opened(...changes: Change[]): Promise<Store> {
    const store = await open();
    onTestFinished(() => store.close());
    await store.write(changes);
    return store;
  }

  const texts = (store: Store) => store.history({ channelId: LOBBY, most: 100 }).map(({ body }) => body);

  test("come back as they were signed to the logs, and as they were opened to people", async () => {
    const store = await opened(sealed(1, said("hello")));
    const event = sealedEvent(1);
    expect(store.events.event(LOBBY_HASH, event.id)).toEqual(event);
    expect(store.events.range({ ...event, branch: 0, from: 1, to: 1 }, 1)).toEqual([event]);
    expect(store.events.meant(LOBBY_HASH, event)).toMatchObject({ kind: "post", text: "hello", details: [], id: event.id });
    expect(store.history({ channelId: LOBBY, most: 1 })).toMatchObject([
      { kind: "post", body: "hello", signed: { kind: "post", text: "hello" } },
    ]);
    expect(store.page({ channelId: LOBBY, after: null, most: 9 })).toEqual([{ kind: "signed", own: false, event, seen: said("hello") }]);
  });

  test("that wait are shown to nobody, and are as others once they are open", async () => {
    const store = await opened(sealed(1, said("first")), sealed(2, EPOCH), sealed(3, EPOCH));
    expect(texts(store)).toEqual(["first"]);
    expect(store.events.unopened(LOBBY_HASH, ADA.author, EPOCH, 9)).toEqual([sealedEvent(2), sealedEvent(3)]);
    expect(store.events.awaited(LOBBY_HASH, 0, 9)).toEqual([{ author: ADA.author, epoch: EPOCH, count: 2 }]);
    expect(store.events.awaited(LOBBY_HASH, EPOCH, 9)).toEqual([]);
    await store.write([opens(3, said("third"))]);
    expect(texts(store)).toEqual(["first", "third"]);
    expect(store.events.unopened(LOBBY_HASH, ADA.author, EPOCH, 9)).toEqual([sealedEvent(2)]);
    await store.write([opens(3, said("another")), opens(1, said("another"))]);
    expect(texts(store)).toEqual(["first", "third"]);
  });

  test("are found by their words, whether they were open at once or later", async () => {
    const store = await opened(sealed(1, said("a moonstone")), sealed(2, EPOCH));
    const found = () => store.search("moonstone", 9, null).map(({ id }) => id);
    await expect.poll(found, { timeout: 20_000 }).toEqual([hexId(1)]);
    await store.write([opens(2, said("another moonstone"))]);
    await expect.poll(found, { timeout: 20_000 }).toEqual([hexId(2), hexId(1)]);
    await store.write([sealed(3, said("a third moonstone"))]);
    await expect.poll(found, { timeout: 20_000 }).toEqual([hexId(3), hexId(2), hexId(1)]);
  });

  test("change posts, name nodes and are counted by what they say", async () => {
    const target = `${NOON + 1_000_000}:${hexId(1)}`;
    const edit: Words = { kind: "edit", text: "changed", details: [["target", target]] };
    const store = await opened(sealed(1, said("as it was")), sealed(2, EPOCH), sealed(3, { kind: "nick", text: "ada", details: [] }));
    const post = store.events.meant(LOBBY_HASH, sealedEvent(1)) as Event;
    expect(store.events.effectsOn(post, "edit", 9)).toEqual([]);
    const before = store.holding(LOBBY).bytes;
    await store.write([opens(2, edit)]);
    expect(store.events.effectsOn(post, "edit", 9)).toMatchObject([{ kind: "edit", text: "changed" }]);
    expect(store.events.effectsOn(post, "edit", 9, ADA.author)).toHaveLength(1);
    expect(store.events.latest(LOBBY_HASH, "nick", 9)).toMatchObject([{ text: "ada" }]);
    expect(store.holding(LOBBY).bytes).toBe(before + 2 * "changed".length + JSON.stringify(edit.details).length);
    expect(store.holding(LOBBY).entries).toBe(3);
  });

  test("have the keys of those that are open beside them, however they came to be open", async () => {
    const store = await opened(sealed(1, said("at once")), { ...sealed(2, said("with its key")), key: bytes(2) }, sealed(3, EPOCH));
    const at = (n: number) => store.events.sealedAt(LOBBY_HASH, sealedEvent(n).id, sealedEvent(n));
    expect(at(1)).toEqual({ event: sealedEvent(1), seen: said("at once"), waits: null, key: null });
    expect(at(2)).toEqual({ event: sealedEvent(2), seen: said("with its key"), waits: null, key: bytes(2) });
    expect(at(3)).toEqual({ event: sealedEvent(3), seen: HIDDEN, waits: EPOCH, key: null });
    await store.write([opens(3, said("later"), {}, bytes(3))]);
    expect(at(3)).toEqual({ event: sealedEvent(3), seen: said("later"), waits: null, key: bytes(3) });
    await store.write([opens(1, said("another"), {}, bytes(9)), opens(3, said("another"), {}, bytes(9))]);
    expect([at(1)?.key, at(3)?.key]).toEqual([null, bytes(3)]);
    expect(store.events.sealedAt(LOBBY_HASH, sealedEvent(2).id, { ...sealedEvent(2), seq: 3 })).toBeNull();
    expect(store.events.sealedAt(GARDEN_HASH, sealedEvent(2).id, sealedEvent(2))).toBeNull();
  });

  test("lose their key with their text", async () => {
    const store = await opened({ ...sealed(1, said("first")), key: bytes(1) }, { ...sealed(2, said("second")), key: bytes(2) });
    const { author, inst, hlc } = sealedEvent(1);
    await store.write([{ kind: "drop", channelId: LOBBY, hash: LOBBY_HASH, upTo: hlc, cuts: [{ author, inst, branch: 0, below: 2 }] }]);
    expect(texts(store)).toEqual(["second"]);
    expect(store.events.sealedAt(LOBBY_HASH, sealedEvent(1).id, sealedEvent(1))).toBeNull();
    expect(store.events.sealedAt(LOBBY_HASH, sealedEvent(2).id, sealedEvent(2))?.key).toEqual(bytes(2));
  });

  test("that are closed are found the newest first, page by page, up to an epoch, and counted by author", async () => {
    const ofBen = sealed(60, EPOCH, { ...BEN, seq: 1, prev: null, hlc: sealedEvent(3).hlc });
    const store = await opened(sealed(1, EPOCH), sealed(2, said("open")), sealed(3, EPOCH), sealed(4, EPOCH + 1), ofBen);
    const page = (before: Parameters<Store["events"]["closed"]>[2], most = 9, upTo = EPOCH) =>
      store.events.closed(LOBBY_HASH, upTo, before, most);
    const { author, inst, seq, id, prev, hlc } = sealedEvent(1);
    const [first, second] = [sealedEvent(3).id, ofBen.event.id].sort().reverse();
    expect(page(null).map((place) => place.id)).toEqual([first, second, id]);
    expect(page(null).at(-1)).toEqual({ author, inst, seq, id, prev, hlc });
    const [top] = page(null, 1);
    expect(page(top ?? null, 1).map((place) => place.id)).toEqual([second]);
    expect(page(sealedEvent(1))).toEqual([]);
    expect(page(null, 9, EPOCH + 1)).toHaveLength(4);
    expect(store.events.closed(GARDEN_HASH, EPOCH, null, 9)).toEqual([]);
    const counts = [
      { author: ADA.author, count: 2 },
      { author: BEN.author, count: 1 },
    ];
    expect(store.events.closedCounts(LOBBY_HASH, EPOCH)).toEqual(counts.sort((a, b) => (a.author < b.author ? -1 : 1)));
    await store.write([opens(3, said("third"))]);
    expect(page(null).map((place) => place.id)).toEqual([ofBen.event.id, id]);
  });

  test("of which an author invents keys hide no others'", async () => {
    const made = Array.from({ length: 40 }, (_, n) => sealed(n + 1, EPOCH + n));
    const store = await opened(...made, sealed(99, EPOCH, { ...BEN, seq: 1, prev: null }));
    const awaited = store.events.awaited(LOBBY_HASH, 0, 17);
    expect(awaited).toContainEqual({ author: BEN.author, epoch: EPOCH, count: 1 });
    expect(awaited).toHaveLength(17);
  });

  test("have their keys beside them, by channel, author and epoch; those that are old go", async () => {
    const store = await opened(
      { kind: "sender-key", key: senderKey(5) },
      { kind: "sender-key", key: senderKey(6, { author: BEN.author }) },
      { kind: "sender-key", key: senderKey(5, { key: bytes(77) }) },
      { kind: "prekey", prekey: prekey(1) },
      { kind: "prekey", prekey: prekey(1, { replacedAt: 4 }) },
      { kind: "prekey", prekey: prekey(2) },
    );
    expect(store.events.senderKey(LOBBY_HASH, ADA.author, 5)).toEqual(senderKey(5, { key: bytes(77) }));
    expect(store.events.senderKey(LOBBY_HASH, BEN.author, 5)).toBeNull();
    expect(store.events.senderKey(GARDEN_HASH, ADA.author, 5)).toBeNull();
    expect(store.events.prekeys(LOBBY_HASH)).toEqual([prekey(2), prekey(1, { replacedAt: 4 })]);
    await store.write([{ kind: "keys-old", before: 6 }]);
    expect(store.events.senderKey(LOBBY_HASH, ADA.author, 5)).toBeNull();
    expect(store.events.senderKey(LOBBY_HASH, BEN.author, 6)).not.toBeNull();
    expect(store.events.prekeys(LOBBY_HASH)).toEqual([prekey(2)]);
  });

  test("and the prekeys that others published, the last first", async () => {
    const publish = (n: number, fields: Partial<Event> = {}) =>
      signed(signedEvent(n, { kind: "prekey", text: "", details: [["key", `${n}`]], ...fields }));
    const store = await opened(publish(1), publish(2), publish(3), publish(50, { ...BEN, seq: 1, prev: null }));
    expect(store.events.published(LOBBY_HASH, ADA.author, 2).map(({ seq }) => seq)).toEqual([3, 2]);
    expect(store.events.published(LOBBY_HASH, BEN.author, 2)).toHaveLength(1);
  });

  test("are kept with a talk's other node", async () => {
    const channel = { id: LOBBY, name: "", mode: "open", joinedAt: 1, inst: null, pair: BEN.author } as const;
    const store = await opened({ kind: "channel", channel });
    expect(store.restore().channels).toEqual([channel]);
  });
});

/** What stands on any page of a file and its log, also on those that are free, and in bytes of pages that nothing uses. */
function pagesOf(file: string): Buffer[] {
  const copy = join(directory(), "copy.db");
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  const pages = new PageFile(copy, KEY, primitives);
  const all = Array.from({ length: pages.pageCount }, (_, n) => pages.page(n + 1) ?? Buffer.alloc(0));
  pages.close();
  return all;
}

test("keys that went leave nothing of themselves on the disk: not in free pages, nor in the write-ahead log", async () => {
  const file = join(directory(), "store.db");
  const store = await openSqliteStore({ file, key: KEY });
  onTestFinished(() => store.close());
  const secret = (n: number) => Buffer.from(`${n} is the secret of a key`.padEnd(32, "."));
  const found = () => {
    const pages = pagesOf(file);
    return Array.from({ length: 400 }, (_, n) => n).filter((n) => pages.some((page) => page.includes(secret(n))));
  };
  // In an order in which rows move between pages, among other things that are written.
  for (let n = 0; n < 400; n++) {
    const at = (n * 7) % 400;
    const kept = at % 10 === 0 ? 1_000 : at;
    await store.write([
      { kind: "prekey", prekey: prekey(at + 1, { secretKey: secret(at), replacedAt: kept }) },
      { kind: "sender-key", key: senderKey(at + 1, { key: bytes(1) }) },
      sealed(n + 1, said("x".repeat(n))),
    ]);
  }
  expect(found()).toHaveLength(400);
  await store.write([{ kind: "keys-old", before: 500 }]);
  expect(found()).toEqual(Array.from({ length: 40 }, (_, n) => 10 * n));
  expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBeLessThan(4 * PAGE_BYTES);
});
