/** What every store does with signed events and their logs, run over both. */
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Change, compareOrder, type Event, type EventRange, type LogMove, type LogRow, type Store } from "../../src/core/index.ts";
import type { EventId } from "../../src/wire/index.ts";
import { anyEvent } from "./any-event.ts";
import {
  ADA,
  BEN,
  channel,
  event,
  GARDEN,
  GARDEN_HASH,
  hexId,
  LOBBY,
  LOBBY_HASH,
  logRow,
  NOON,
  post,
  SIGNATURE,
  signed,
  signedEvent,
  signedRun,
} from "./changes.ts";
import { STORES } from "./stores.ts";

const RUNS = 25;
const MS = 1_000;

describe.each(STORES)("signed events in a store %s", (_, open) => {
  async function opened(): Promise<Store> {
    const store = await open();
    onTestFinished(() => store.close());
    return store;
  }

  const range = (store: Store, asked: Partial<EventRange>, most = 100) =>
    store.events.range({ channel: LOBBY_HASH, ...ADA, branch: 0, from: 1, to: 1, ...asked }, most).map(({ id }) => Number(`0x${id}`));
  const branchOf = (store: Store, of: Event) => store.events.branchOf(of.channel, of.id, of);
  const move = (fields: Partial<LogMove>, channel = LOBBY_HASH): Change => {
    return { kind: "log-move", channel, move: { ...ADA, from: 0, to: 1, low: 1, high: 1, ...fields } };
  };
  const shownIds = (store: Store, since?: string) =>
    store.history({ channelId: LOBBY, most: 1_000, ...(since === undefined ? {} : { since }) }).map(({ id }) => id);

  test("come back exactly as they were given", async () => {
    const store = await opened();
    const given = fc.uniqueArray(fc.tuple(anyEvent(LOBBY_HASH), fc.nat({ max: 15 }), fc.boolean()), {
      selector: ([{ id }]) => id,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(given, async (events) => {
        await store.write(events.map(([event, branch, own]) => signed(event, branch, own)));
        for (const [event, branch] of events) {
          expect(store.events.event(LOBBY_HASH, event.id)).toEqual(event);
          expect(branchOf(store, event)).toBe(branch);
          expect(store.events.range({ ...event, branch, from: event.seq, to: event.seq }, 1)).toEqual([event]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("are shown with the text, the time and the name that their author gave them", async () => {
    const store = await opened();
    const [first, second] = [signedEvent(1, { hlc: NOON + 1_999, text: "Grüße 🌻\0" }), signedEvent(2, { kind: "waves", text: "👋" })];
    await store.write([signed(first, 0, true), signed(second, 3)]);
    const common = { channelId: LOBBY, author: ADA.author, verified: true };
    expect(store.history({ channelId: LOBBY, most: 10 })).toEqual([
      { id: hexId(1), own: true, kind: "post", at: NOON / MS + 1, body: "Grüße 🌻\0", ...common, signed: first },
      { id: hexId(2), own: false, kind: "waves", at: NOON / MS + 2_000, body: "👋", ...common, signed: second },
    ]);
  });

  test("are not held under another id, in another channel or before they were given", async () => {
    const store = await opened();
    const [here, there, nowhere] = [signedEvent(1), signedEvent(2, { channel: GARDEN_HASH }), signedEvent(3)];
    await store.write([signed(here), signed(there)]);
    expect([here, there, nowhere].map((event) => branchOf(store, event))).toEqual([0, 0, null]);
    expect(store.events.branchOf(GARDEN_HASH, here.id, here)).toBeNull();
    expect(store.events.event(LOBBY_HASH, there.id)).toBeNull();
    expect(store.events.event(LOBBY_HASH, nowhere.id)).toBeNull();
  });

  test("are found by their id alone, however many there are", async () => {
    const store = await opened();
    await store.write(signedRun(1, 10_000));
    for (const n of [1, 4_095, 4_096, 4_097, 9_999, 10_000]) expect(store.events.event(LOBBY_HASH, hexId(n))).toEqual(signedEvent(n));
    expect(store.events.event(LOBBY_HASH, hexId(10_001))).toBeNull();
  });

  test("given twice are kept once: with the last branch, and the first signature that came", async () => {
    const store = await opened();
    await store.write([signed(signedEvent(1), 0), signed(signedEvent(2, { sig: SIGNATURE }), 0), signed(signedEvent(1), 2)]);
    const other = `${"t".repeat(85)}A` as Event["sig"];
    await store.write([signed(signedEvent(1, { sig: SIGNATURE, text: "another" }), 2), signed(signedEvent(2, { sig: other }), 1)]);
    expect(store.history({ channelId: LOBBY, most: 10 }).map(({ body }) => body)).toEqual(["text 1", "text 2"]);
    expect(store.events.event(LOBBY_HASH, hexId(1))).toEqual(signedEvent(1, { sig: SIGNATURE }));
    expect(store.events.event(LOBBY_HASH, hexId(2))).toEqual(signedEvent(2, { sig: SIGNATURE }));
    expect([1, 2].map((n) => branchOf(store, signedEvent(n)))).toEqual([2, 1]);
    expect(range(store, { to: 2 })).toEqual([]);
    await store.write([signed(signedEvent(2), 1)]);
    expect(store.events.event(LOBBY_HASH, hexId(2))?.sig).toBe(SIGNATURE);
  });

  describe("in a range", () => {
    test("come newest first, no more than asked for, and end at a hole", async () => {
      const store = await opened();
      await store.write([...signedRun(7, 9), ...signedRun(1, 4)]);
      expect(range(store, { to: 9 })).toEqual([9, 8, 7]);
      expect(range(store, { to: 4 })).toEqual([4, 3, 2, 1]);
      expect(range(store, { to: 4, from: 3 })).toEqual([4, 3]);
      expect(range(store, { to: 9 }, 2)).toEqual([9, 8]);
      expect(range(store, { to: 9 }, 0)).toEqual([]);
      expect(range(store, { to: 6 })).toEqual([]);
      expect(range(store, { to: 10 })).toEqual([]);
      expect(range(store, { to: 3, from: 4 })).toEqual([]);
    });

    test("are never more than 1,000", async () => {
      const store = await opened();
      await store.write(signedRun(1, 1_200));
      const [newest, oldest] = [range(store, { to: 1_200 }, 5_000)[0], range(store, { to: 1_200 }, 5_000).at(-1)];
      expect([range(store, { to: 1_200 }, 5_000).length, newest, oldest]).toEqual([1_000, 1_200, 201]);
    });

    test("are of one channel, one author, one instance and one branch", async () => {
      const store = await opened();
      const others: Change[] = [
        signed(signedEvent(13, { seq: 3, prev: hexId(12), channel: GARDEN_HASH })),
        signed(signedEvent(23, { ...BEN, seq: 3, prev: hexId(22) })),
        signed(signedEvent(33, { inst: BEN.inst, seq: 3, prev: hexId(32) })),
        signed(signedEvent(43, { seq: 3, prev: hexId(2) }), 1),
      ];
      await store.write([...others, ...signedRun(1, 3)]);
      expect(range(store, { to: 3 })).toEqual([3, 2, 1]);
      expect(range(store, { to: 3, channel: GARDEN_HASH })).toEqual([13]);
      expect(range(store, { to: 3, ...BEN })).toEqual([23]);
      expect(range(store, { to: 3, inst: BEN.inst })).toEqual([33]);
      expect(range(store, { to: 3, branch: 1 })).toEqual([43]);
    });

    test("are those that the one above names, where two of a branch lie in one place", async () => {
      const store = await opened();
      await store.write([signed(signedEvent(102, { seq: 2 })), ...signedRun(1, 3), signed(signedEvent(101, { seq: 1 }))]);
      expect(range(store, { to: 3 })).toEqual([3, 2, 1]);
    });
  });

  test("that grant, revoke and leave are given by their author, in the order kept", async () => {
    const store = await opened();
    const statement = (n: number, kind: string, fields: Partial<Event> = {}) => signedEvent(n, { kind, ...fields });
    const [grant, revoke, leave] = [statement(5, "grant"), statement(2, "revoke"), statement(3, "leave", { inst: BEN.inst })] as const;
    const others = [statement(1, "post"), statement(7, "grant", BEN), statement(8, "grant", { channel: GARDEN_HASH })];
    await store.write([grant, ...others, leave, revoke].map((event) => signed(event)));
    expect(store.events.statementsBy(LOBBY_HASH, ADA.author)).toEqual([grant, leave, revoke]);
    expect(store.events.statementsBy(GARDEN_HASH, BEN.author)).toEqual([]);
  });

  describe("that move to another branch", () => {
    test("are those of that stretch, that branch and that log only", async () => {
      const store = await opened();
      const others = [
        signedEvent(12, { seq: 2, ...BEN }),
        signedEvent(22, { seq: 2, channel: GARDEN_HASH }),
        signedEvent(32, { seq: 2, inst: BEN.inst }),
        signedEvent(42, { seq: 2 }),
      ];
      await store.write([...signedRun(1, 5), ...others.map((each, at) => signed(each, at === 3 ? 2 : 0))]);
      await store.write([move({ low: 2, high: 4 })]);
      expect([1, 2, 3, 4, 5].map((n) => branchOf(store, signedEvent(n)))).toEqual([0, 1, 1, 1, 0]);
      expect(others.map((each) => branchOf(store, each))).toEqual([0, 0, 0, 2]);
      expect([range(store, { to: 5 }), range(store, { to: 4, branch: 1 })]).toEqual([[5], [4, 3, 2]]);
    });

    test("do so before the events that follow in the same batch, and one move after another", async () => {
      const store = await opened();
      await store.write(signedRun(1, 4));
      const fork = signedEvent(13, { seq: 3, prev: hexId(2) });
      await store.write([move({ low: 3, high: 4 }), signed(fork), move({ low: 3, high: 3, from: 1, to: 2 })]);
      expect([3, 4].map((n) => branchOf(store, signedEvent(n)))).toEqual([2, 1]);
      expect(branchOf(store, fork)).toBe(0);
      expect(range(store, { to: 3 })).toEqual([13, 2, 1]);
    });

    test("may be none, of a log that is not known", async () => {
      const store = await opened();
      await store.write([move({ ...BEN, low: 1, high: Number.MAX_SAFE_INTEGER })]);
      expect(store.restore().logs).toEqual([]);
    });
  });

  describe("and their logs", () => {
    test("are restored as they were last kept, channel by channel", async () => {
      const store = await opened();
      const branches: LogRow["branches"] = [...logRow(3).branches, [5, { root: { branch: 0, seq: 2 }, stretches: [] }]];
      const forked = { ...logRow(3, BEN), floor: 7, branches };
      await store.write([
        { kind: "log", channel: LOBBY_HASH, row: logRow(1) },
        { kind: "log", channel: GARDEN_HASH, row: logRow(9) },
        { kind: "log", channel: LOBBY_HASH, row: forked },
        signed(signedEvent(1, { inst: "00000000000000c1" as Event["inst"] })),
      ]);
      await store.write([{ kind: "log", channel: LOBBY_HASH, row: logRow(2) }]);
      const { logs } = store.restore();
      expect(logs.map((each) => each.channel).sort()).toEqual([LOBBY_HASH, GARDEN_HASH].sort());
      expect(logs.find((each) => each.channel === LOBBY_HASH)?.rows).toEqual(expect.arrayContaining([logRow(2), forked]));
      expect(logs.find((each) => each.channel === LOBBY_HASH)?.rows).toHaveLength(2);
      expect(logs.find((each) => each.channel === GARDEN_HASH)?.rows).toEqual([logRow(9)]);
    });

    test("stay when their channel is left", async () => {
      const store = await opened();
      await store.write([channel(LOBBY, "lobby", 1), signed(signedEvent(1)), { kind: "log", channel: LOBBY_HASH, row: logRow(1) }]);
      await store.write([{ kind: "channel-left", channelId: LOBBY }]);
      expect(store.restore()).toEqual({ channels: [], members: [], logs: [{ channel: LOBBY_HASH, rows: [logRow(1)] }], recent: [] });
      expect(store.events.event(LOBBY_HASH, hexId(1))).toEqual(signedEvent(1));
    });

    test("are written in a channel of which the instance is remembered", async () => {
      const store = await opened();
      const fresh = { id: LOBBY, name: "lobby", mode: "open", joinedAt: 1, inst: null } as const;
      await store.write([{ kind: "channel", channel: fresh }, channel(GARDEN, "", 2)]);
      expect(store.restore().channels).toEqual([fresh, { id: GARDEN, name: "", mode: "bare", joinedAt: 2 }]);
      await store.write([{ kind: "channel", channel: { ...fresh, inst: ADA.inst } }]);
      expect(store.restore().channels[0]).toEqual({ ...fresh, inst: ADA.inst });
    });
  });

  describe("in the history", () => {
    test("come to their place by time and then by id, however late", async () => {
      const store = await opened();
      const at = (n: number, hlc: number, id: number) => signed(signedEvent(n, { hlc: NOON + hlc, id: hexId(id) }));
      await store.write([at(1, 5_000, 2), at(2, 7_000, 3)]);
      await store.write([at(3, 5_000, 1), at(4, 5_001, 0), at(5, 1_000, 9)]);
      expect(shownIds(store)).toEqual([9, 1, 2, 0, 3].map(hexId));
      expect(shownIds(store, hexId(2))).toEqual([0, 3].map(hexId));
      expect(shownIds(store, hexId(9))).toEqual([1, 2, 0, 3].map(hexId));
      expect(store.history({ channelId: LOBBY, since: NOON / MS + 5, most: 3 }).map(({ id }) => id)).toEqual([2, 0, 3].map(hexId));
    });

    test("have what is not signed among them by its time", async () => {
      const store = await opened();
      const noon = NOON / MS;
      await store.write([post(7, { at: noon + 5 }), signed(signedEvent(1, { hlc: NOON + 5_000 })), post(6, { at: noon + 5.9 })]);
      await store.write([
        signed(signedEvent(2, { hlc: NOON + 4_999 })),
        post(5, { at: noon + 6 }),
        signed(signedEvent(3, { hlc: NOON + 5_001 })),
      ]);
      const order = [hexId(2), event(7).id, event(6).id, hexId(1), hexId(3), event(5).id];
      expect(shownIds(store)).toEqual(order);
      for (const [at, id] of order.entries()) expect(shownIds(store, id)).toEqual(order.slice(at + 1));
    });

    test("give nothing after an id of another channel", async () => {
      const store = await opened();
      await store.write([signed(signedEvent(1)), signed(signedEvent(2, { channel: GARDEN_HASH }))]);
      expect(shownIds(store, hexId(2))).toEqual([]);
      expect(shownIds(store, hexId(9))).toEqual([]);
      expect(store.history({ channelId: GARDEN, most: 9 }).map(({ id }) => id)).toEqual([hexId(2)]);
    });

    test("stand in one order, whatever the order in which they came", { timeout: 120_000 }, async () => {
      // Few times and ids that begin alike, so that the last signs have to decide.
      const hlc = fc.integer({ min: NOON, max: NOON + 3 });
      const id = fc.tuple(fc.constantFrom("00000000", "ffffffff", "0000000f"), fc.nat({ max: 999 })).map(([head, tail]) => {
        return (head + tail.toString().padStart(56, "0")) as EventId;
      });
      const events = fc.uniqueArray(fc.record({ id, hlc }), { selector: (each) => each.id, minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(events, fc.nat(), fc.integer({ min: 1, max: 50 }), async (given, pick, most) => {
          const store = await opened();
          for (const [at, each] of given.entries()) await store.write([signed(signedEvent(at + 1, each))]);
          const order = [...given].sort(compareOrder).map((each) => each.id);
          const ids = (since?: EventId) =>
            store.history({ channelId: LOBBY, most, ...(since === undefined ? {} : { since }) }).map((each) => each.id);
          expect(ids()).toEqual(order.slice(-most));
          const since = pick % order.length;
          expect(ids(order[since])).toEqual(order.slice(since + 1).slice(-most));
        }),
        { numRuns: RUNS },
      );
    });
  });

  test("are not among the recent ids, which are only of texts without a signature", async () => {
    const store = await opened();
    await store.write([post(1), signed(signedEvent(2)), post(3, { own: true }), post(4, { verified: true })]);
    expect(store.restore().recent).toEqual([event(1).id, event(4).id]);
  });

  const change = (fields: object, branch: unknown = 0) => ({ ...signed(signedEvent(1)), event: { ...signedEvent(1), ...fields }, branch });
  const wrong: [what: string, change: unknown][] = [
    ["a signed event without its event", { kind: "signed", channelId: LOBBY, own: true, branch: 0 }],
    ["a signed event with an id of 32 digits", change({ id: "0".repeat(32) })],
    ["a signed event of no channel", change({ channel: LOBBY })],
    ["a signed event by an endpoint", change({ author: "192.0.2.1:4000" })],
    ["a signed event of no instance", change({ inst: "a1" })],
    ["a signed event in no place", change({ seq: 1.5 })],
    ["a signed event after undefined", change({ prev: undefined })],
    ["a signed event with deps that are no ids", change({ deps: ["x"] })],
    ["a signed event with more deps than there may be", change({ deps: Array.from({ length: 9 }, (_, n) => hexId(n)) })],
    ["a signed event before 1970", change({ hlc: -1 })],
    ["a signed event with a text that is bytes", change({ text: Buffer.from("x") })],
    ["a signed event with half a character", change({ text: "\ud83c" })],
    ["a signed event with half a character in a detail", change({ details: [["name", "\udf3b"]] })],
    ["a signed event with a detail that is no pair", change({ details: [["name"]] })],
    ["a signed event with details that are none", change({ details: { name: "value" } })],
    ["a signed event with a signature in hex", change({ sig: "0".repeat(128) })],
    ["a signed event without a branch", change({}, null)],
    ["a signed event in a branch below 0", change({}, -1)],
    ["a move of no channel", { ...move({}), channel: "lobby" }],
    ["a move to nowhere", move({ to: Number.NaN })],
    ["no move", { kind: "log-move", channel: LOBBY_HASH }],
    ["a log without an author", { kind: "log", channel: LOBBY_HASH, row: { ...logRow(1), author: "" } }],
    ["a log without branches", { kind: "log", channel: LOBBY_HASH, row: { ...logRow(1), branches: null } }],
    [
      "an open channel with an instance that is none",
      { kind: "channel", channel: { id: LOBBY, name: "", mode: "open", joinedAt: 1, inst: "x" } },
    ],
  ];
  test.each(wrong)("%s is refused, with all of its batch", async (_what, wrongChange) => {
    const store = await opened();
    const batch = [signed(signedEvent(1)), { kind: "log", channel: LOBBY_HASH, row: logRow(1) }, wrongChange] as Change[];
    await expect(store.write(batch)).rejects.toMatchObject({ code: "bad-value" });
    expect([store.restore().logs, shownIds(store)]).toEqual([[], []]);
  });

  test("are given by a closed store no more", async () => {
    const store = await open();
    const { events } = store;
    await store.write([signed(signedEvent(1))]);
    await store.close();
    for (const read of [
      () => events.event(LOBBY_HASH, hexId(1)),
      () => events.branchOf(LOBBY_HASH, hexId(1), signedEvent(1)),
      () => events.statementsBy(LOBBY_HASH, ADA.author),
      () => events.range({ channel: LOBBY_HASH, ...ADA, branch: 0, from: 1, to: 1 }, 1),
    ]) {
      expect(read).toThrow(expect.objectContaining({ code: "closed" }));
    }
  });
});
