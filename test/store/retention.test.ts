/** Quotas, what channels have, and what goes first: over both stores. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Change, LogCut, Oldest, Store } from "../../src/core/index.ts";
import { ChangeWriter } from "../../src/store/change-writer.ts";
import { openWriting } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { ADA, event, GARDEN, hexId, KEY, LOBBY, LOBBY_HASH, logRow, NOON, post, posts, signed, signedEvent, signedRun } from "./changes.ts";
import { directory } from "./directory.ts";
import { STORES } from "./stores.ts";

const EVER = Number.MAX_SAFE_INTEGER;
/** The microsecond of the event number `n` of Ada's log. */
const at = (n: number) => NOON + 1_000_000 * n;

function cut(below: number, fields: Partial<LogCut> = {}): LogCut {
  return { ...ADA, branch: 0, below, ...fields };
}

function drop(upTo: number, cuts: LogCut[] = []): Change {
  return { kind: "drop", channelId: LOBBY, hash: LOBBY_HASH, upTo, cuts };
}

describe.each(STORES)("a store %s", (_, open) => {
  async function opened(...changes: Change[]): Promise<Store> {
    const store = await open();
    onTestFinished(() => store.close());
    await store.write(changes);
    return store;
  }

  const oldest = (store: Store, fields: { upTo?: number; bytes?: number; most?: number } = {}): Oldest | null =>
    store.oldest({ channelId: LOBBY, upTo: EVER, bytes: EVER, most: 1_000, ...fields });
  const shown = (store: Store) => store.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
  const kept = (store: Store) =>
    store.page({ channelId: LOBBY, after: null, most: 1_000 }).map((each) => Number.parseInt(each.event.id, 16));
  const lowsOf = (found: Oldest | null) => found?.lows.map(({ seq, id }) => [seq, Number.parseInt(id, 16)]);

  test("keeps quotas, of channels and of all others, until they are taken away", async () => {
    const store = await opened();
    const quota = (channelId: typeof LOBBY | null, bytes: number | null, days: number | null): Change => ({
      kind: "quota",
      channelId,
      quota: { bytes, days },
    });
    await store.write([quota(null, 1_000, null), quota(LOBBY, null, 30), quota(LOBBY, null, 7)]);
    expect(store.quotas()).toEqual([
      { channelId: null, quota: { bytes: 1_000, days: null } },
      { channelId: LOBBY, quota: { bytes: null, days: 7 } },
    ]);
    await store.write([{ kind: "quota", channelId: null, quota: null }]);
    expect(store.quotas()).toHaveLength(1);
    await expect(store.write([{ kind: "quota", channelId: LOBBY, quota: { bytes: -1, days: null } }])).rejects.toMatchObject({
      code: "bad-value",
    });
  });

  test("counts what a channel has, the same entry once, and nothing of a batch that was not kept", async () => {
    const store = await opened(post(1, { body: "four" }), post(1, { body: "four" }), post(2, { channelId: GARDEN }));
    expect(store.holding(LOBBY)).toEqual({ entries: 1, bytes: 408, horizon: 0, dropped: 0 });
    await store.write([signed(signedEvent(1, { text: "Grüße", details: [["a", "b"]], deps: [hexId(7)] })), post(1, { body: "four" })]);
    expect(store.holding(LOBBY)).toMatchObject({ entries: 2, bytes: 408 + 400 + 14 + 11 + 32 });
    await expect(store.write([post(3), { ...post(4), event: { id: "short" } } as never])).rejects.toMatchObject({ code: "bad-value" });
    expect(store.holding(LOBBY)).toMatchObject({ entries: 2 });
    expect(store.holding(GARDEN)).toMatchObject({ entries: 1 });
  });

  test("tells what goes first: as much as is to be free, and of each log where the rest begins", async () => {
    const store = await opened(...signedRun(1, 9), post(1, { at: NOON / 1_000 + 2_500 }));
    const one = store.holding(LOBBY).bytes / 10;
    expect(oldest(store, { bytes: 1 })).toMatchObject({ upTo: at(1) });
    expect(lowsOf(oldest(store, { bytes: 1 }))).toEqual([[2, 2]]);
    expect(oldest(store, { bytes: 3 * one - 20 })).toMatchObject({ upTo: (NOON / 1_000 + 2_500) * 1_000 });
    expect(lowsOf(oldest(store, { upTo: at(5) }))).toEqual([[6, 6]]);
    expect(lowsOf(oldest(store, { most: 2 }))).toEqual([[3, 3]]);
    expect(lowsOf(oldest(store)), "the last of a log stays").toEqual([[9, 9]]);
    expect(oldest(store, { upTo: at(0) })).toBeNull();
    expect(store.oldest({ channelId: GARDEN, upTo: EVER, bytes: EVER, most: 9 })).toBeNull();
  });

  test("leaves what is newer, where a log's clock went back", async () => {
    const store = await opened(...[1, 2, 3].map((n) => signed(signedEvent(n, { hlc: at([5, 9, 6][n - 1] ?? 0) }))));
    expect(lowsOf(oldest(store, { upTo: at(6) }))).toEqual([[2, 2]]);
  });

  test("drops what is too old, shows it no more, counts it, and keeps who may do what", async () => {
    const store = await opened(
      ...signedRun(1, 9),
      post(1, { at: NOON / 1_000 + 2_500 }),
      signed(signedEvent(12, { ...ADA, inst: "00000000000000a2" as never, seq: 1, prev: null, kind: "grant", hlc: at(3) })),
    );
    const { bytes } = store.holding(LOBBY);
    await store.write([drop(at(4), [cut(5)])]);
    expect(shown(store)).toEqual([5, 6, 7, 8, 9]);
    expect(kept(store)).toEqual([12, 5, 6, 7, 8, 9]);
    expect(store.holding(LOBBY)).toMatchObject({ entries: 6, horizon: at(4), dropped: 5 });
    expect(store.holding(LOBBY).bytes).toBeLessThan(bytes);
    expect(store.events.range({ channel: LOBBY_HASH, ...ADA, branch: 0, from: 1, to: 9 }, 9).map(({ seq }) => seq)).toEqual([
      9, 8, 7, 6, 5,
    ]);
    expect(store.events.branchOf(LOBBY_HASH, hexId(3), signedEvent(3))).toBeNull();
    expect(store.restore().horizons).toEqual([{ channelId: LOBBY, horizon: at(4) }]);
    await store.write([drop(at(9), [cut(9)])]);
    expect(shown(store)).toEqual([]);
    expect(kept(store)).toEqual([12, 9]);
    expect(store.holding(LOBBY)).toMatchObject({ horizon: at(9), dropped: 10 });
  });

  test("shows after an entry that is hidden all that is not", async () => {
    const store = await opened(...signedRun(1, 9));
    await store.write([drop(at(4), [])]);
    expect(store.history({ channelId: LOBBY, since: hexId(3), most: 9 }).map(({ at }) => at)).toHaveLength(5);
    expect(store.history({ channelId: LOBBY, since: 0, most: 9 })).toHaveLength(5);
  });

  test("leaves other branches, logs and channels alone", async () => {
    const other = signedEvent(103, { seq: 3, prev: hexId(2) });
    const store = await opened(...signedRun(1, 9), signed(other, 1), post(1, { channelId: GARDEN, at: 1 }));
    await store.write([drop(at(6), [cut(7)])]);
    expect(kept(store)).toEqual([7, 8, 9, 0x67]);
    expect(store.history({ channelId: GARDEN, most: 9 })).toHaveLength(1);
  });

  test("wants again what it dropped: then nothing is hidden, and the count begins anew", async () => {
    const store = await opened(...signedRun(1, 9));
    await store.write([drop(at(4), [cut(4)]), { kind: "want", channelId: LOBBY }]);
    expect(shown(store)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(store.holding(LOBBY)).toMatchObject({ horizon: 0, dropped: 0 });
    expect(store.restore().horizons).toBeUndefined();
  });
});

describe("on disk", () => {
  test("the words of what was dropped are not found any more, and what comes later is, also where numbers are given again", async () => {
    const store = await openSqliteStore({ file: join(directory(), "store.db"), key: KEY });
    onTestFinished(() => store.close());
    await store.write([...signedRun(1, 5), ...posts(1, 3)]);
    await expect.poll(() => store.search("text", 99, null).length, { timeout: 20_000 }).toBe(8);
    await store.write([drop(at(4), [cut(5)])]);
    expect(store.search("text", 99, null).map(({ id }) => id)).toEqual([hexId(5)]);
    await store.write([post(8, { at: NOON / 1_000, body: "text old" }), drop(at(5), [cut(5)])]);
    await store.write([post(9, { at: (2 * NOON) / 1_000, body: "text anew" })]);
    await expect.poll(() => store.search("text", 99, null).map(({ id }) => id), { timeout: 20_000 }).toEqual([event(9).id]);
  });

  test("what was kept before there were quotas is counted", () => {
    const file = join(directory(), "store.db");
    const db = openWriting(file, KEY);
    onTestFinished(() => db.close());
    new ChangeWriter(db).commit([[...signedRun(1, 9), ...posts(1, 3), { kind: "log", channel: LOBBY_HASH, row: logRow(9) }]]);
    const counted = db.prepare("SELECT * FROM holding").all();
    db.exec(`DROP INDEX event_order; DROP TABLE quota; DROP TABLE holding; DROP TABLE prekey; DROP TABLE sender_key;
      DROP INDEX event_closed; ALTER TABLE event DROP COLUMN message_key; DROP INDEX event_waits; DROP INDEX event_prekey; ALTER TABLE event DROP COLUMN signed; ALTER TABLE event DROP COLUMN waits;
      ALTER TABLE channel DROP COLUMN pair; ALTER TABLE contact DROP COLUMN verified_by; ALTER TABLE contact DROP COLUMN path;
      DROP INDEX event_mailbox; DROP TABLE parcel; DROP TABLE mailbox_owner; DROP TABLE own_mailbox; DROP TABLE left_mark; PRAGMA user_version = 6`);
    db.close();
    const again = openWriting(file, KEY);
    onTestFinished(() => again.close());
    expect(again.prepare("SELECT * FROM holding").all()).toEqual(counted);
  });
});
