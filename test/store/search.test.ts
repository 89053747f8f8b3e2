import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Store } from "../../src/core/index.ts";
import { ChangeWriter } from "../../src/store/change-writer.ts";
import { openWriting } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { searchQuery } from "../../src/store/search-index.ts";
import { event, GARDEN, KEY, LOBBY, NOON, post, posts, signed, signedEvent, signedRun } from "./changes.ts";
import { directory } from "./directory.ts";
import { STORES } from "./stores.ts";

async function opened(file = join(directory(), "store.db")): Promise<Store> {
  const store = await openSqliteStore({ file, key: KEY });
  onTestFinished(() => store.close());
  return store;
}

/** A busy machine takes its time to fill the index. */
const PATIENCE = { timeout: 20_000 };

const found = (store: Store, words: string, most = 1_000) => store.search(words, most, null).map(({ id }) => Number.parseInt(id, 16));

test("finds posts by all of the words, the last one as a beginning, newest first", async () => {
  const store = await opened();
  await store.write([post(1, { body: "The quick brown fox" }), post(2, { body: "quick Über-foxes" }), post(3, { body: "slow fox" })]);
  await expect.poll(() => found(store, "fox"), PATIENCE).toEqual([3, 2, 1]);
  expect(found(store, "quick fox")).toEqual([2, 1]);
  expect(found(store, "fox", 1)).toEqual([3]);
  expect(found(store, "uber")).toEqual([2]);
  expect(found(store, "qui fox")).toEqual([]);
});

test("gives the newest first by the time of writing, also when they came backwards, and signed posts like all others", async () => {
  const store = await opened();
  await store.write([post(1, { body: "hello" }), ...signedRun(2, 4).reverse()]);
  await store.write([
    signed(signedEvent(9, { text: "hello text 9", hlc: NOON + 3_500_000 })),
    signed(signedEvent(10, { kind: "nick", text: "text" })),
  ]);
  await expect.poll(() => found(store, "hello"), PATIENCE).toEqual([9, 1]);
  expect(found(store, "text")).toEqual([4, 9, 3, 2]);
  expect(found(store, "text", 2)).toEqual([4, 9]);
});

test("takes the last word as a beginning from three letters on", () => {
  const asked = ["fox", "fo", "f", "quick fo", "wave*", "body:x", "x:body", "Übe", "ab-cde", "ab-cd"].map((words) =>
    searchQuery(words)?.endsWith('"*'),
  );
  expect(asked).toEqual([true, false, false, false, true, false, true, true, true, false]);
});

test("finds posts only, no reactions or other entries", async () => {
  const store = await opened();
  await store.write([post(1, { body: "hello", kind: "reaction" }), post(2, { body: "hello" })]);
  await expect.poll(() => found(store, "hello"), PATIENCE).toEqual([2]);
});

test("takes whatever a user may type as words, not as a query language", async () => {
  const store = await opened();
  await store.write([post(1, { body: 'say "hi" AND wave* (NEAR body:x)' })]);
  await expect.poll(() => found(store, "hi"), PATIENCE).toEqual([1]);
  for (const words of ['"hi"', "AND wave", "wave*", "(NEAR", "body:x", "hi ' ; --", "hi\0wave", '"'])
    expect(() => found(store, words)).not.toThrow();
  expect(found(store, "body:x")).toEqual([1]);
  expect(found(store, "hi OR nothing")).toEqual([]);
  for (const none of ["", "  ", "\0", "*", '"']) expect(found(store, none)).toEqual([]);
});

test("asks for 16 words at most", () => {
  expect(searchQuery(Array.from({ length: 100 }, (_, n) => `w${n}`).join(" "))?.split(" ")).toHaveLength(16);
});

test("catches up with what was kept and not yet indexed when the node died", async () => {
  const file = join(directory(), "store.db");
  const db = openWriting(file, KEY);
  new ChangeWriter(db).commit([posts(1, 700)]); // kept as before a crash: no index step came after it
  db.close();
  const store = await opened(file);
  await expect.poll(() => found(store, "text").length, PATIENCE).toBe(700);
  await store.write([post(701)]);
  await expect.poll(() => found(store, "text").length, PATIENCE).toBe(701);
});

test.each(STORES)("a store %s finds in one channel, and what was said around it", async (_, open) => {
  const store = await open();
  onTestFinished(() => store.close());
  const said = ["Grüße an alle", "a quick fox", "grusse", "", "the fox again"];
  await store.write(said.map((body, n) => post(n + 1, { body })));
  await store.write([post(6, { body: "fox", channelId: GARDEN }), post(7, { body: "fox", kind: "reaction" }), post(8, { body: "foxes" })]);
  const inLobby = (words: string, most = 9) => store.search(words, most, LOBBY).map(({ id }) => Number.parseInt(id, 16));
  await expect.poll(() => inLobby("fox"), PATIENCE).toEqual([8, 5, 2]);
  expect(inLobby("fox quick")).toEqual([2]);
  expect(inLobby("fox again quick")).toEqual([]);
  expect(inLobby("quick fox")).toEqual([2]);
  expect(inLobby("GRUß")).toEqual([1]);
  expect(inLobby("fox", 1)).toEqual([8]);
  expect(inLobby("...")).toEqual([]);
  expect(store.search("fox", 9, null)).toHaveLength(4);
  expect(store.search("fox", 9, "00000000-0000-8000-8000-000000000000" as never)).toEqual([]);
  const around = (n: number, most: number) => {
    const { before, after } = store.around(LOBBY, event(n).id, most);
    return [before, after].map((events) => events.map(({ id }) => Number.parseInt(id, 16)));
  };
  expect(around(3, 2)).toEqual([
    [1, 2],
    [4, 5],
  ]);
  expect(around(5, 2), "only posts").toEqual([[3, 4], [8]]);
  expect(around(1, 2)).toEqual([[], [2, 3]]);
  expect(around(99, 2)).toEqual([[], []]);
});

const edit = (n: number, of: ReturnType<typeof signedEvent>, text: string) =>
  signedEvent(n, { kind: "edit", text, hlc: of.hlc + n, details: [["target", `${of.hlc}:${of.id}`]] });

test.each(STORES)("finds a post by what an edit made of it, once, as it was first said (%s)", async (_, open) => {
  const store = await open();
  onTestFinished(() => store.close());
  const [first, second] = [signedEvent(1, { text: "a slip of the pen" }), signedEvent(2, { text: "pen and paper" })];
  await store.write([signed(first), signed(second), signed(edit(3, first, "a slip of the tongue")), signed(edit(4, second, "pen, again"))]);
  await store.write([signed(edit(5, signedEvent(99), "tongue of nobody"))]);
  await expect.poll(() => found(store, "tongue"), PATIENCE).toEqual([1]);
  expect(found(store, "pen")).toEqual([2, 1]);
  expect(store.search("tongue", 10, GARDEN)).toEqual([]);
  expect(store.search("tongue", 10, LOBBY)).toMatchObject([{ body: "a slip of the pen" }]);
});

test("takes in edits that an earlier version passed over, and forgets those that are dropped", async () => {
  const file = join(directory(), "store.db");
  const before = openWriting(file, KEY);
  const posted = Array.from({ length: 300 }, (_, n) => signedEvent(n + 1, { text: "as it was" }));
  new ChangeWriter(before).commit([posted.map((each) => signed(each)), [signed(edit(900, posted[7] as never, "as it became"))]]);
  before.exec(
    "INSERT INTO event_text (rowid, body) SELECT seq, body FROM event WHERE kind = 'post'; UPDATE meta SET value = 301 WHERE name = 'indexed'",
  );
  before.close();
  const store = await openSqliteStore({ file, key: KEY });
  await expect.poll(() => found(store, "became"), PATIENCE).toEqual([8]);
  await store.write([signed(edit(901, posted[8] as never, "as it became too"))]);
  await expect.poll(() => found(store, "became"), PATIENCE).toEqual([9, 8]);
  const { author, inst } = posted[0] as (typeof posted)[number];
  await store.write([
    {
      kind: "drop",
      channelId: LOBBY,
      hash: posted[0]?.channel ?? null,
      upTo: NOON + 10 ** 12,
      cuts: [{ author, inst, branch: 0, below: 902 }],
    },
  ]);
  expect(found(store, "became")).toEqual([]);
  await store.close();
  const after = openWriting(file, KEY);
  expect(() => after.exec("INSERT INTO event_text (event_text, rank) VALUES ('integrity-check', 1)")).not.toThrow();
  after.close();
});
