/** What every store knows of posts: what was done to them, what people and channels are called, and which id begins how. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Change, Event, Store } from "../../src/core/index.ts";
import { referenceDetail } from "../../src/core/log/kind.ts";
import type { EventId } from "../../src/wire/index.ts";
import { ADA, BEN, event, GARDEN, GARDEN_HASH, hexId, LOBBY, LOBBY_HASH, NOON, nick, post, signed, signedEvent } from "./changes.ts";
import { STORES } from "./stores.ts";

const POST = signedEvent(1);
let number = 100;

/** An event about another, a second after the last one. */
function about(target: Pick<Event, "hlc" | "id">, kind: string, fields: Partial<Event> = {}): Event {
  number++;
  return signedEvent(number, { kind, details: [referenceDetail("target", target)], ...fields });
}

describe.each(STORES)("of posts a store %s", (_, open) => {
  async function opened(...events: Event[]): Promise<Store> {
    const store = await open();
    onTestFinished(() => store.close());
    if (events.length > 0) await store.write(events.map((each) => signed(each)));
    return store;
  }
  const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id).sort();

  test("finds what was done to each, newest first, whether it is held or not, and nothing else", async () => {
    const edits = [about(POST, "edit"), about(POST, "edit", BEN), about(POST, "edit", { inst: BEN.inst }), about(POST, "edit")];
    const rest = [about(POST, "delete", BEN), about(POST, "reaction")];
    const others = [
      about(signedEvent(2), "edit"),
      about({ ...POST, hlc: POST.hlc - 1 }, "edit"),
      about(POST, "edit", { channel: GARDEN_HASH }),
      about(POST, "waves"),
      about(POST, "edit", { hlc: POST.hlc }),
      signedEvent(++number, { kind: "edit" }),
    ];
    const store = await opened(...edits, ...rest, ...others);
    for (let held = 0; held < 2; held++) {
      expect([POST, signedEvent(9)].map((each) => store.events.isTouched(each))).toEqual([true, false]);
      expect(store.events.effectsOn(POST, "edit", 9)).toEqual([...edits].reverse());
      expect(store.events.effectsOn(POST, "edit", 9, POST.author)).toEqual([edits[3], edits[2], edits[0]]);
      expect(store.events.effectsOn(POST, "edit", 2, POST.author)).toEqual([edits[3], edits[2]]);
      expect(store.events.effectsOn(POST, "edit", 1)).toEqual([edits[3]]);
      expect(ids(store.events.effectsOn(POST, "delete", 9))).toEqual(ids(rest.slice(0, 1)));
      expect(store.events.effectsOn(POST, "delete", 9, POST.author)).toEqual([]);
      expect(ids(store.events.effectsOn(POST, "reaction", 9))).toEqual(ids(rest.slice(1)));
      await store.write([signed(POST)]);
    }
    expect(store.events.effectsOn(signedEvent(9), "edit", 9)).toEqual([]);
    const empty = await opened();
    expect([empty.events.isTouched(POST), empty.events.effectsOn(POST, "edit", 9)]).toEqual([false, []]);
  });

  test("finds the one that a reference means: at that time, in that channel, and shown", async () => {
    const [hidden, unknown] = [signedEvent(3, { kind: "edit" }), signedEvent(4, { kind: "waves" })];
    const store = await opened(POST, hidden, unknown);
    expect(store.events.meant(LOBBY_HASH, POST)).toEqual(POST);
    expect(store.events.meant(LOBBY_HASH, unknown)).toEqual(unknown);
    expect(store.events.meant(LOBBY_HASH, hidden)).toBeNull();
    expect(store.events.meant(LOBBY_HASH, { ...POST, hlc: POST.hlc + 1 })).toBeNull();
    expect(store.events.meant(LOBBY_HASH, { ...POST, id: hexId(9) })).toBeNull();
    expect(store.events.meant(GARDEN_HASH, POST)).toBeNull();
  });

  test("gives the last nicks and topics of a channel, of one author or of all", async () => {
    const said = [
      signedEvent(1, { kind: "nick", text: "ada" }),
      signedEvent(2, { kind: "topic", text: "tea" }),
      signedEvent(3, { kind: "nick", text: "ben", ...BEN }),
      signedEvent(4, { kind: "nick", text: "lady ada" }),
      signedEvent(5, { kind: "nick", text: "elsewhere", channel: GARDEN_HASH }),
    ];
    const store = await opened(...said);
    const texts = (...asked: Parameters<Store["events"]["latest"]>) => store.events.latest(...asked).map(({ text }) => text);
    expect(texts(LOBBY_HASH, "nick", 9)).toEqual(["lady ada", "ben", "ada"]);
    expect(texts(LOBBY_HASH, "nick", 1)).toEqual(["lady ada"]);
    expect(texts(LOBBY_HASH, "nick", 9, BEN.author)).toEqual(["ben"]);
    expect(texts(LOBBY_HASH, "nick", 1, ADA.author)).toEqual(["lady ada"]);
    expect(texts(LOBBY_HASH, "topic", 9)).toEqual(["tea"]);
    expect(texts(GARDEN_HASH, "topic", 9)).toEqual([]);
  });

  test("shows in the history only what people see, and fills its pages with that", async () => {
    const hidden = ["genesis", "edit", "delete", "reaction", "nick", "topic", "grant", "revoke", "leave", "invite", "prekey", "key"];
    const rest = hidden.map((kind, n) => signedEvent(10 + n, { kind, text: "hidden" }));
    const silent = signedEvent(30, { kind: "waves", text: "" });
    const seen = [signedEvent(1), signedEvent(2, { text: "" }), signedEvent(31, { kind: "waves" })];
    const store = await opened(...rest, silent, ...seen);
    expect(store.history({ channelId: LOBBY, most: 3 }).map(({ id }) => id)).toEqual(seen.map(({ id }) => id));
    expect(store.history({ channelId: LOBBY, most: 3, since: rest[0]?.id ?? "" }).map(({ id }) => id)).toEqual([hexId(31)]);
    expect(store.history({ channelId: LOBBY, most: 3, since: NOON / 1_000 + 2_000 }).map(({ id }) => id)).toEqual([hexId(2), hexId(31)]);
  });

  test("finds those whose ids begin so, in whatever channel, and no others", async () => {
    const id = (digits: string) => digits.padEnd(64, "5") as EventId;
    const named = (digits: string, fields: Partial<Event> = {}) => signedEvent(++number, { id: id(digits), ...fields });
    const [one, two, there] = [named("abcdef0"), named("abcdef1"), named("abcde2", { channel: GARDEN_HASH })];
    const long = named(`${"c".repeat(20)}0`);
    const store = await opened(one, two, there, long, named(`${"c".repeat(20)}1`), named("abcdef2", { kind: "edit" }));
    const text: Change = post(1, { id: "abcdef3".padEnd(32, "0"), channelId: GARDEN });
    await store.write([text]);
    const found = (prefix: string, most = 9) =>
      store
        .named(prefix, most)
        .map((entry) => entry.id.slice(0, 7))
        .sort();
    expect(found("abcdef")).toEqual(["abcdef0", "abcdef1", "abcdef3"]);
    expect(found("abcdef1")).toEqual(["abcdef1"]);
    expect(found("abcde2")).toEqual(["abcde25"]);
    expect(found("abcdef", 2)).toHaveLength(2);
    expect(store.named(one.id, 9)).toEqual([expect.objectContaining({ id: one.id, channelId: LOBBY, signed: one })]);
    expect(store.named(`${"c".repeat(20)}0`, 9)).toMatchObject([{ signed: long }]);
    expect(store.named("abcdef3".padEnd(32, "0"), 9)).toEqual([event(1, { id: "abcdef3".padEnd(32, "0"), channelId: GARDEN })]);
    expect(found("abcdf0")).toEqual([]);
  });

  test("keeps whether a nick was said in a channel, and when", async () => {
    const store = await opened();
    const [ada, ben] = [nick(1, { said: NOON }), nick(2)];
    await store.write([ada, ben].map((each) => ({ kind: "nick", nick: each })));
    expect(store.nicks()).toEqual([ada, ben]);
  });
});
