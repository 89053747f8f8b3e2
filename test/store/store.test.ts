/** What every store does, run over both. */
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Archived,
  type Change,
  type ChannelHash,
  NICKS_MAX,
  type Quiet,
  type Store,
  type StoredChannel,
  type StoredQuiet,
} from "../../src/core/index.ts";
import {
  ADA,
  ALICE,
  BOB,
  channel,
  contact,
  event,
  GARDEN,
  GARDEN_HASH,
  key,
  LOBBY,
  member,
  NOON,
  nick,
  post,
  posts,
  signed,
  signedEvent,
  signedRun,
} from "./changes.ts";
import { STORES } from "./stores.ts";

describe.each(STORES)("a store %s", (_, open) => {
  async function opened(): Promise<Store> {
    const store = await open();
    onTestFinished(() => store.close());
    return store;
  }

  const ids = (store: Store, query: Parameters<Store["history"]>[0]) => store.history(query).map(({ id }) => Number.parseInt(id, 16));

  test("is empty at first", async () => {
    const store = await opened();
    expect(store.restore()).toEqual({ channels: [], members: [], logs: [], recent: [] });
    expect(store.history({ channelId: LOBBY, most: 10 })).toEqual([]);
    expect(store.keys(LOBBY)).toEqual([]);
    expect(store.contacts()).toEqual([]);
    expect(store.nicks()).toEqual([]);
    expect(store.quietNodes()).toEqual([]);
  });

  test("shows a batch as soon as its write has resolved, every field as it was", async () => {
    const store = await opened();
    const events = [
      event(3, { kind: "from-the-future", at: -5 }),
      event(2, { own: true, verified: true, body: "", at: 0 }),
      event(1, { body: "grüße 🌻\nsecond line\0end", author: BOB }),
    ];
    await store.write(events.map((event) => ({ kind: "event", event })));
    expect(store.history({ channelId: LOBBY, most: 10 })).toEqual(events);
  });

  test("gives all of a channel page by page, the oldest first, each entry as it was kept", async () => {
    const store = await opened();
    await store.write([
      post(3, { at: NOON / 1_000 + 3_500 }),
      ...signedRun(1, 9).reverse(),
      signed(signedEvent(11, { channel: GARDEN_HASH })),
      post(1, { at: -5 }),
      post(2, { at: NOON / 1_000 + 3_500, own: true }),
    ]);
    const all: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const page: Archived[] = store.page({ channelId: LOBBY, after, most: 4 });
      all.push(...page);
      if (page.length < 4) break;
      after = page.at(-1)?.event.id ?? null;
    }
    const ofLog = (n: number) => ({ kind: "signed", own: false, event: signedEvent(n) });
    const text = (n: number, at: number, own = false) => ({ kind: "text", event: event(n, { at, own }) });
    const between = NOON / 1_000 + 3_500;
    expect(all).toEqual([
      text(1, -5),
      ofLog(1),
      ofLog(2),
      ofLog(3),
      text(3, between),
      text(2, between, true),
      ...[4, 5, 6, 7, 8, 9].map(ofLog),
    ]);
    expect(store.page({ channelId: LOBBY, after: event(77).id, most: 4 })).toEqual([]);
    expect(store.page({ channelId: GARDEN, after: null, most: 4 })).toHaveLength(1);
  });

  test("keeps times as whole milliseconds", async () => {
    const store = await opened();
    await store.write([
      post(1, { at: 1_700_000_000_000.75 }),
      channel(LOBBY, "lobby", 1.5),
      member(LOBBY, ALICE, 2.5),
      key(ALICE, "c", "k", 3.5),
    ]);
    expect(store.history({ channelId: LOBBY, most: 1 })[0]?.at).toBe(1_700_000_000_000);
    expect(store.restore().channels[0]?.joinedAt).toBe(1);
    expect(store.restore().members[0]?.heardAt).toBe(2);
    expect(store.keys(LOBBY)[0]?.at).toBe(3);
  });

  test("gives entries by their time, and those of one millisecond as they were kept, whatever their ids say", async () => {
    const store = await opened();
    await store.write([post(9, { at: 5 }), post(3, { at: 7 }), post(8, { at: 5.5 })]);
    await store.write([post(7, { at: 1 }), post(2, { at: 5 })]);
    expect(ids(store, { channelId: LOBBY, most: 10 })).toEqual([7, 9, 8, 2, 3]);
    expect(ids(store, { channelId: LOBBY, since: event(8).id, most: 10 })).toEqual([2, 3]);
  });

  test("gives the newest entries when there are more than asked for, and never more than 1,000", async () => {
    const store = await opened();
    await store.write(posts(1, 1_100));
    expect(ids(store, { channelId: LOBBY, most: 3 })).toEqual([1_098, 1_099, 1_100]);
    expect(ids(store, { channelId: LOBBY, most: 5_000 })).toHaveLength(1_000);
    expect(ids(store, { channelId: LOBBY, most: 0 })).toEqual([1_100]);
    expect(ids(store, { channelId: LOBBY, most: Number.NaN })).toHaveLength(1_000);
  });

  test("gives only what came after an id", async () => {
    const store = await opened();
    await store.write(posts(1, 5));
    expect(ids(store, { channelId: LOBBY, since: event(3).id, most: 10 })).toEqual([4, 5]);
    expect(ids(store, { channelId: LOBBY, since: event(1).id, most: 2 })).toEqual([4, 5]);
    expect(ids(store, { channelId: LOBBY, since: event(5).id, most: 10 })).toEqual([]);
  });

  test("gives nothing after an id that it does not know, or knows from another channel", async () => {
    const store = await opened();
    await store.write([post(3, { channelId: GARDEN }), ...posts(1, 2)]);
    for (const since of [event(99).id, event(3).id, "", "not hex"]) expect(ids(store, { channelId: LOBBY, since, most: 10 })).toEqual([]);
  });

  test("gives what happened at or after a time", async () => {
    const store = await opened();
    await store.write([post(1, { at: 10 }), post(2, { at: 30 }), post(3, { at: 20 }), post(4, { at: 40 })]);
    expect(ids(store, { channelId: LOBBY, since: 20, most: 10 })).toEqual([3, 2, 4]);
    expect(ids(store, { channelId: LOBBY, since: 19.5, most: 10 })).toEqual([3, 2, 4]);
    expect(ids(store, { channelId: LOBBY, since: 20.5, most: 10 })).toEqual([2, 4]);
    expect(ids(store, { channelId: LOBBY, since: 20, most: 2 })).toEqual([2, 4]);
    expect(ids(store, { channelId: LOBBY, since: 41, most: 10 })).toEqual([]);
  });

  test("keeps channels apart", async () => {
    const store = await opened();
    await store.write([post(1), post(2, { channelId: GARDEN })]);
    expect(ids(store, { channelId: GARDEN, most: 10 })).toEqual([2]);
  });

  test("keeps an id once: the same entry come again changes nothing", async () => {
    const store = await opened();
    await store.write([post(1), post(2)]);
    await store.write([post(1, { body: "another text" }), post(3)]);
    expect(store.history({ channelId: LOBBY, most: 10 })).toEqual([event(1), event(2), event(3)]);
  });

  test("restores channels in the order they were joined, and their members", async () => {
    const store = await opened();
    await store.write([
      channel(GARDEN, "garden", 20),
      channel(LOBBY, "lobby", 10),
      member(LOBBY, ALICE, 5),
      member(GARDEN, BOB, 6),
      member(LOBBY, BOB, 7),
    ]);
    expect(store.restore()).toEqual({
      channels: [
        { id: LOBBY, name: "lobby", mode: "bare", joinedAt: 10 },
        { id: GARDEN, name: "garden", mode: "bare", joinedAt: 20 },
      ],
      members: [
        { channelId: LOBBY, endpoint: ALICE, heardAt: 5 },
        { channelId: LOBBY, endpoint: BOB, heardAt: 7 },
        { channelId: GARDEN, endpoint: BOB, heardAt: 6 },
      ].sort((a, b) => (a.channelId + a.endpoint < b.channelId + b.endpoint ? -1 : 1)),
      logs: [],
      recent: [],
    });
  });

  test("restores the ids of what others wrote, the newest last", async () => {
    const store = await opened();
    await store.write([post(1), post(2, { own: true }), post(3)]);
    expect(store.restore().recent).toEqual([event(1).id, event(3).id]);
  });

  test("takes the last word on a channel and on a member", async () => {
    const store = await opened();
    await store.write([channel(LOBBY, "", 10), member(LOBBY, ALICE, 5)]);
    await store.write([channel(LOBBY, "lobby", 11), member(LOBBY, ALICE, 6)]);
    expect(store.restore().channels).toEqual([{ id: LOBBY, name: "lobby", mode: "bare", joinedAt: 11 }]);
    expect(store.restore().members).toEqual([{ channelId: LOBBY, endpoint: ALICE, heardAt: 6 }]);
  });

  test("forgets a member that is gone", async () => {
    const store = await opened();
    await store.write([member(LOBBY, ALICE, 5), member(LOBBY, BOB, 5), member(GARDEN, ALICE, 5)]);
    await store.write([{ kind: "member-gone", channelId: LOBBY, endpoint: ALICE }]);
    expect(store.restore().members.map(({ channelId, endpoint }) => `${channelId} ${endpoint}`)).toEqual([
      `${LOBBY} ${BOB}`,
      `${GARDEN} ${ALICE}`,
    ]);
  });

  test("forgets a channel that was left and its members, and keeps its history and keys", async () => {
    const store = await opened();
    await store.write([
      channel(LOBBY, "lobby", 1),
      channel(GARDEN, "garden", 2),
      member(LOBBY, ALICE, 5),
      member(GARDEN, BOB, 5),
      post(1),
      key(ALICE, "c", "k", 1),
    ]);
    await store.write([{ kind: "channel-left", channelId: LOBBY }]);
    expect(store.restore().channels.map(({ id }) => id)).toEqual([GARDEN]);
    expect(store.restore().members.map(({ endpoint }) => endpoint)).toEqual([BOB]);
    expect(ids(store, { channelId: LOBBY, most: 10 })).toEqual([1]);
    expect(store.keys(LOBBY)).toHaveLength(1);
  });

  test("keeps of each peer and cipher the last key, oldest first", async () => {
    const store = await opened();
    await store.write([
      key(ALICE, "aes", "one", 1),
      key(BOB, "aes", "two", 2),
      key(ALICE, "aes", "three", 3),
      key(ALICE, "rot13", "four", 4),
    ]);
    expect(store.keys(LOBBY).map((kept) => [kept.from, kept.cipher, kept.key])).toEqual([
      [BOB, "aes", "two"],
      [ALICE, "aes", "three"],
      [ALICE, "rot13", "four"],
    ]);
    expect(store.keys(GARDEN)).toEqual([]);
  });

  test("keeps the last 256 keys of a channel", async () => {
    const store = await opened();
    await store.write(Array.from({ length: 300 }, (_, n) => key(ALICE, `cipher ${n}`, "k", n)));
    const kept = store.keys(LOBBY).map(({ at }) => at);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([256, 44, 299]);
  });

  test("gives contacts in the order they were added, with the last word on each", async () => {
    const store = await opened();
    const [ada, bob] = [contact(1, { addedAt: 20.5, name: "Ada Ü" }), contact(2, { addedAt: 10 })];
    await store.write([
      { kind: "contact", contact: ada },
      { kind: "contact", contact: bob },
    ]);
    expect(store.contacts()).toEqual([bob, { ...ada, addedAt: 20 }]);
    await store.write([{ kind: "contact", contact: { ...bob, name: "robert", verifiedAt: 30.5 } }]);
    expect(store.contacts()[0]).toEqual({ ...bob, name: "robert", verifiedAt: 30 });
  });

  test("keeps by what a contact was verified, and by which paths it is reached", async () => {
    const store = await opened();
    const contacts = [contact(1, { verifiedAt: 5, verifiedBy: "code", path: "relay" }), contact(2, { path: "lan" }), contact(3)];
    await store.write(contacts.map((each) => ({ kind: "contact", contact: each })));
    expect(store.contacts()).toEqual(contacts);
    await store.write([{ kind: "contact", contact: contact(1) }]);
    expect(store.contacts()[0]).toEqual(contact(1));
  });

  test("forgets a contact that is gone, and it may come again", async () => {
    const store = await opened();
    await store.write([1, 2].map((n) => ({ kind: "contact", contact: contact(n) })));
    await store.write([{ kind: "contact-gone", nodeId: contact(1).nodeId }]);
    expect(store.contacts()).toEqual([contact(2)]);
    await store.write([{ kind: "contact", contact: contact(1) }]);
    expect(store.contacts()).toEqual([contact(1), contact(2)]);
  });

  test("remembers by which event a channel was made, and that others were made by none", async () => {
    const store = await opened();
    const owned: StoredChannel = { id: GARDEN, name: "garden", mode: "open", joinedAt: 2, inst: null, genesis: GARDEN_HASH };
    const open: StoredChannel = { id: LOBBY, name: "lobby", mode: "open", joinedAt: 1, inst: ADA.inst };
    await store.write([owned, open].map((channel) => ({ kind: "channel", channel })));
    expect(store.restore().channels).toEqual([open, owned]);
    await expect(store.write([{ kind: "channel", channel: { ...owned, genesis: "no id" as ChannelHash } }])).rejects.toMatchObject({
      code: "bad-value",
    });
  });

  test("gives the nodes that are muted or blocked as they were last, in the order of that", async () => {
    const store = await opened();
    const quiet = (n: number, how: Quiet, at: number): StoredQuiet => ({ nodeId: nick(n).nodeId, how, at });
    await store.write([quiet(1, "muted", 20.5), quiet(2, "blocked", 10)].map((quiet) => ({ kind: "quiet", quiet })));
    expect(store.quietNodes()).toEqual([quiet(2, "blocked", 10), quiet(1, "muted", 20)]);
    await store.write([
      { kind: "quiet", quiet: quiet(2, "muted", 30) },
      { kind: "quiet-gone", nodeId: nick(1).nodeId },
    ]);
    expect(store.quietNodes()).toEqual([quiet(2, "muted", 30)]);
    await expect(store.write([{ kind: "quiet", quiet: quiet(1, "deaf" as Quiet, 1) }])).rejects.toMatchObject({ code: "bad-value" });
  });

  test("gives the last nick of each node, the oldest first", async () => {
    const store = await opened();
    const [ada, bob] = [nick(1, { nick: "Ada Ü", at: 20.5 }), nick(2, { at: 10 })];
    await store.write([ada, bob].map((nick) => ({ kind: "nick", nick })));
    expect(store.nicks()).toEqual([bob, { ...ada, at: 20 }]);
    await store.write([{ kind: "nick", nick: { ...bob, nick: "robert", at: 30 } }]);
    expect(store.nicks()).toEqual([
      { ...ada, at: 20 },
      { ...bob, nick: "robert", at: 30 },
    ]);
  });

  test("keeps no more nicks than it may, and lets the oldest go", async () => {
    const store = await opened();
    await store.write(Array.from({ length: NICKS_MAX }, (_, n) => ({ kind: "nick", nick: nick(n + 1) })));
    await store.write([{ kind: "nick", nick: nick(NICKS_MAX + 1) }]);
    const kept = store.nicks();
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([NICKS_MAX, nick(2), nick(NICKS_MAX + 1)]);
  });

  test("keeps an empty batch, and many batches at once in their order", async () => {
    const store = await opened();
    await store.write([]);
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.write([post(n + 1)])));
    expect(ids(store, { channelId: LOBBY, most: 1_000 })).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
  });

  const wrong: [what: string, change: unknown][] = [
    ["a Buffer as text", { kind: "event", event: { ...event(1), body: Buffer.from("x") } }],
    ["an object as text", { kind: "event", event: { ...event(1), author: {} } }],
    ["a Date as time", { kind: "event", event: { ...event(1), at: new Date() } }],
    ["NaN as time", { kind: "event", event: { ...event(1), at: Number.NaN } }],
    ["a big integer as time", { kind: "event", event: { ...event(1), at: 1n } }],
    ["a number as yes or no", { kind: "event", event: { ...event(1), own: 1 } }],
    ["a symbol as kind", { kind: "event", event: { ...event(1), kind: Symbol("post") } }],
    ["a function as text", { kind: "event", event: { ...event(1), body: () => "x" } }],
    ["an id that is not 32 hex digits", { kind: "event", event: { ...event(1), id: "0x" } }],
    ["an event without channel", { kind: "event", event: { ...event(1), channelId: undefined } }],
    ["no event at all", { kind: "event" }],
    ["a channel of an unknown mode", { kind: "channel", channel: { id: LOBBY, name: "", mode: "secret", joinedAt: 1 } }],
    ["a member without endpoint", { kind: "member", member: { channelId: LOBBY, heardAt: 1 } }],
    ["a key that is null", { kind: "key", key: null }],
    ["a channel to leave that is no GUID", { kind: "channel-left", channelId: "lobby" }],
    ["an endpoint that is a number", { kind: "member-gone", channelId: LOBBY, endpoint: 7 }],
    ["a contact whose id is no node id", { kind: "contact", contact: contact(1, { nodeId: "U".repeat(52) }) }],
    ["a contact verified by nothing known", { kind: "contact", contact: { ...contact(1), verifiedBy: "heart" as never } }],
    ["a contact reached by no known path", { kind: "contact", contact: { ...contact(1), path: "direct" as never } }],
    ["a contact that was verified yesterday", { kind: "contact", contact: { ...contact(1), verifiedAt: "yesterday" } }],
    ["a contact to forget without its id", { kind: "contact-gone" }],
    ["a nick that is a number", { kind: "nick", nick: { ...nick(1), nick: 7 } }],
    ["a kind that does not exist", { kind: "nonsense" }],
  ];
  test.each(wrong)("refuses %s, keeps nothing of that batch, and goes on", async (_what, change) => {
    const store = await opened();
    await expect(store.write([post(7), change as Change])).rejects.toMatchObject({ code: "bad-value" });
    await store.write([post(8)]);
    expect(ids(store, { channelId: LOBBY, most: 10 })).toEqual([8]);
  });

  test("keeps what was given to it before it is closed, and takes nothing afterwards", async () => {
    const store = await opened();
    const written = store.write([post(1)]);
    await store.close();
    await expect(written).resolves.toBeUndefined();
    await expect(store.write([post(2)])).rejects.toMatchObject({ code: "closed" });
    for (const read of [
      () => store.restore(),
      () => store.history({ channelId: LOBBY, most: 1 }),
      () => store.keys(LOBBY),
      () => store.contacts(),
      () => store.nicks(),
      () => store.quietNodes(),
    ]) {
      expect(read).toThrow(expect.objectContaining({ code: "closed" }));
    }
    await store.close();
  });
});
