/** What is done to posts in open channels, between full nodes and in every order. PROTOCOL.md §13.7, §13.9. */
import { describe, expect, test } from "vitest";
import type { Channel } from "../../../src/core/channel-table.ts";
import { type Act, type Command, type Event, EventShelf, type Eyes, type NodeEvent, shownPost } from "../../../src/core/index.ts";
import { joinChannel } from "../../../src/core/joining.ts";
import { openHash } from "../../../src/core/log/channel-hash.ts";
import { referenceDetail } from "../../../src/core/log/kind.ts";
import { carry, keepAllGathered } from "../../../src/core/open/carry.ts";
import type { OpenChannel } from "../../../src/core/open/open-channel.ts";
import { onSaved } from "../../../src/core/saving.ts";
import { NodeState } from "../../../src/core/state.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import type { EventId, Guid } from "../../../src/wire/index.ts";
import { configOf, type Host, World } from "../world.ts";
import { A, B, full, identity, idOf, pair } from "./full.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const HASH = openHash(sodiumCrypto, "lobby");
const joins: Command = { kind: "join", channelId: LOBBY, name: "lobby", at: [] };

/** Sees all as it is. */
const EYES: Eyes = { roleAt: () => "member", isOwned: false, isMuted: () => false, isBlocked: () => false, isAhead: () => false };

let commands = 0;
const command = (): string => `${++commands}`.padStart(32, "0");
const post = (text: string, reply?: Event): Command => ({
  kind: "post",
  id: command(),
  channelId: LOBBY,
  text,
  ...(reply === undefined ? {} : { reply }),
});
const act = (what: Act): Command => ({ kind: "act", id: command(), channelId: LOBBY, act: what });
const edit = (target: Event, text: string) => act({ kind: "edit", target, text });
const remove = (target: Event) => act({ kind: "delete", target });
const react = (target: Event, text: string, off = false) => act({ kind: "reaction", target, text, off });

/** The events of these types, without what is the same in all of them. */
function told(host: { readonly events: readonly NodeEvent[] }, ...types: NodeEvent["type"][]): object[] {
  return host.events.filter(({ type }) => types.includes(type)).map((event) => ({ ...event, at: undefined }));
}
const changes = (host: { readonly events: readonly NodeEvent[] }) => told(host, "post-edited", "post-deleted", "reaction");

/** Two nodes in the channel. */
function talking() {
  const both = pair();
  for (const host of [both.a, both.b]) host.command(joins);
  both.world.run(500);
  /** `host` posts, and everybody has it. */
  const says = (host: Host, text: string, reply?: Event): Event => {
    host.command(post(text, reply));
    both.world.run(500);
    return eventNamed(host, host.saw("post").at(-1)?.id ?? "");
  };
  return { ...both, says };
}

function eventNamed(host: Host, id: string): Event {
  return host.shelf.event(HASH, id as EventId) as Event;
}

/** What a node tells that gets these events, one by one and each on its disk before the next comes. */
function reader(events: readonly Event[]): { events: NodeEvent[] } {
  const shelf = new EventShelf();
  const node = new NodeState(configOf(new World(), { ...identity(9), events: shelf }), 0);
  joinChannel(node, { channelId: LOBBY, name: "lobby", at: [] }, 0);
  const channel = node.channels.get(LOBBY) as Channel;
  const open = channel.open as OpenChannel;
  const heard: NodeEvent[] = [];
  const settle = () => {
    for (let output = node.out.shift(); output !== undefined; output = node.out.shift()) {
      if (output.kind === "event") heard.push(output.event);
      if (output.kind !== "save") continue;
      for (const change of output.changes) if (change.kind === "signed") shelf.keep(change);
      onSaved(node, output.batch, 0);
    }
  };
  for (const event of events) {
    carry(node, channel, open, open.lasting.receive(event, "somebody", { now: 0, wall: node.timestamp(60_000) }), 0);
    keepAllGathered(node, 0);
    settle();
  }
  return { events: heard };
}

/** Every order of a few things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, at) => orders(things.filter((_, other) => other !== at)).map((rest) => [first, ...rest]));
}

describe("what is done to a post", () => {
  test("is told to both sides, with what the post was", () => {
    const { world, a, b, says } = talking();
    const first = says(a, "hello wrld");
    a.command(edit(first, "hello world"));
    world.run(300);
    b.command(react(first, "👍"));
    world.run(300);
    b.command(react(first, "👍", true));
    world.run(300);
    a.command(remove(first));
    world.run(300);
    const about = { channelId: LOBBY, id: first.id, postAuthor: idOf(a) };
    for (const host of [a, b]) {
      expect(changes(host)).toEqual([
        { type: "post-edited", ...about, author: idOf(a), own: host === a, excerpt: "hello wrld", text: "hello world" },
        { type: "reaction", ...about, author: idOf(b), own: host === b, excerpt: "hello world", text: "👍", off: false },
        { type: "reaction", ...about, author: idOf(b), own: host === b, excerpt: "hello world", text: "👍", off: true },
        { type: "post-deleted", ...about, author: idOf(a), own: host === a, excerpt: "hello world" },
      ]);
      expect(
        host.posts().concat(
          host
            .saw("post")
            .filter(({ own }) => own)
            .map(({ text }) => text),
        ),
      ).toEqual(["hello wrld"]);
    }
  });

  test("is reported as a post is: saved, and delivered once the members have it", () => {
    const { world, a, says } = talking();
    const first = says(a, "hello");
    a.command(edit(first, "good morning"));
    world.run(500);
    expect(a.saw("post-state").slice(-2)).toMatchObject([
      { state: "saved", of: 1 },
      { state: "delivered", acked: 1, of: 1 },
    ]);
  });

  test("is shown with an answer to it", () => {
    const { a, b, says } = talking();
    const question = says(a, "are you coming?");
    says(b, "yes", question);
    const reply = { id: question.id, author: idOf(a), excerpt: "are you coming?" };
    expect(a.saw("post").at(-1)).toMatchObject({ text: "yes", shown: { reply } });
    expect(b.saw("post").at(-1)).toMatchObject({ text: "yes", own: true, shown: { reply } });
  });

  test("by others than its author changes nothing but reactions", () => {
    const { world, a, b, says } = talking();
    const first = says(a, "mine");
    b.command(edit(first, "yours"));
    b.command(remove(first));
    b.command(react(first, "!"));
    world.run(500);
    expect(changes(a)).toMatchObject([{ type: "reaction", text: "!" }]);
  });

  test("goes to nobody who knows only texts of the seed; an answer goes as its text", () => {
    const { world, a, says } = talking();
    const first = says(a, "hello");
    const old = world.node("203.0.113.9:7667", { peers: [A] });
    old.command(joins);
    world.run(3_000);
    const before = old.got("MESSAGE").length;
    for (const one of [edit(first, "x"), react(first, "+"), remove(first)]) a.command(one);
    world.run(1_000);
    expect(old.got("MESSAGE")).toHaveLength(before);
    expect(
      a
        .saw("post-state")
        .filter(({ state }) => state === "delivered")
        .slice(-3),
    ).toMatchObject([{ of: 1 }, { of: 1 }, { of: 1 }]);
    a.command(post("an answer", first));
    world.run(1_000);
    expect(old.got("MESSAGE").slice(before)).toMatchObject([{ message: "an answer" }]);
    expect(old.posts()).toContain("an answer");
  });

  test("in a channel without signed posts fails, and goes to nobody", () => {
    const { world, a, says } = talking();
    const first = says(a, "hello");
    const room = "9b1f0a52-3c4d-4e5f-8a6b-7c8d9e0f1a2b" as Guid;
    a.command({ kind: "join", channelId: room, name: "", at: [] });
    world.run(500);
    a.command({ kind: "act", id: command(), channelId: room, act: { kind: "edit", target: first, text: "x" } });
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "failed", of: 0, reason: "bare-channel" });
  });

  test("to a post of which it was heard in an earlier run counts too, when the clock is behind that post's", () => {
    const { world, a, b } = talking();
    b.step({ kind: "clock", epoch: 1_790_000_000_000 + 50_000 });
    b.command(post("from a fast clock"));
    world.run(500);
    const theirs = eventNamed(a, a.saw("post").at(-1)?.id ?? "");
    world.crash(a);
    const again = full(world, A, 1, {
      peers: [B],
      events: a.shelf,
      restored: {
        channels: [{ id: LOBBY, name: "lobby", mode: "open", inst: null, joinedAt: 1 }],
        members: [],
        logs: a.shelf.logs(),
        recent: [],
      },
    });
    again.command(react(theirs, "👍"));
    world.run(3_000);
    expect(changes(again)).toMatchObject([{ type: "reaction", text: "👍" }]);
    expect(changes(b)).toMatchObject([{ type: "reaction", text: "👍" }]);
  });
});

describe("events that come in any order", () => {
  /** A post, two edits and two reactions, by two authors, handed to a third node one by one. */
  function said() {
    const { world, a, b, says } = talking();
    const first = says(a, "first");
    for (const one of [edit(first, "second"), edit(first, "third")]) {
      a.command(one);
      world.run(300);
    }
    b.command(react(first, "+"));
    world.run(300);
    b.command(react(first, "+", true));
    world.run(300);
    b.command(react(first, "!"));
    world.run(300);
    const all = new Map(
      a.saves.flatMap(({ changes: kept }) =>
        kept.flatMap((change) => (change.kind === "signed" ? [[change.event.id, change.event] as const] : [])),
      ),
    );
    return { first, events: [...all.values()] };
  }

  test("end in one state, told once, whatever the order", () => {
    const { first, events } = said();
    expect(events).toHaveLength(6);
    const ofA = events.filter(({ author }) => author === first.author);
    const ofB = events.filter(({ author }) => author !== first.author);
    for (const order of orders([...ofA.slice(1), ...ofB])) {
      for (const place of [0, 2, order.length]) {
        const arriving = [...order.slice(0, place), first, ...order.slice(place)];
        const { text, reactions, edits } = shownAfter(arriving);
        expect([arriving.map(({ kind, text: said }) => `${kind} ${said}`), text, reactions]).toEqual([expect.anything(), "third", ["!"]]);
        expect(edits).toBeLessThanOrEqual(2);
      }
    }
  });

  /** What a node shows that is given these events in this order, by somebody who has all of them. */
  function shownAfter(events: readonly Event[]) {
    const host = reader(events);
    let text = "";
    const reactions = new Set<string>();
    let edits = 0;
    for (const event of host.events) {
      if (event.type === "post") {
        text = event.text;
        for (const each of event.shown?.reactions ?? []) reactions.add(each.text);
      } else if (event.type === "post-edited") {
        text = event.text;
        edits++;
      } else if (event.type === "reaction" && event.off) reactions.delete(event.text);
      else if (event.type === "reaction") reactions.add(event.text);
    }
    return { text, reactions: [...reactions], edits };
  }

  test("a delete that comes before its post leaves nothing of it to see", () => {
    const { world, a, says } = talking();
    const first = says(a, "secret");
    a.command(remove(first));
    world.run(300);
    const gone = a.shelf.effectsOn(first, "delete", 9);
    const host = reader([...gone, first]);
    expect(told(host, "post")).toMatchObject([{ text: "", shown: { deletedBy: idOf(a), reactions: [] } }]);
    expect(changes(host)).toEqual([]);
  });

  test("a reaction to what is not held is told of when that comes", () => {
    const { world, a, b, says } = talking();
    const first = says(a, "hello");
    b.command(react(first, "👍"));
    world.run(300);
    const [reaction] = a.shelf.effectsOn(first, "reaction", 9) as [Event];
    const host = reader([reaction]);
    expect(told(host, "post", "reaction")).toEqual([]);
    const both = reader([reaction, first]);
    expect(told(both, "post", "reaction")).toMatchObject([{ type: "post", shown: { reactions: [{ text: "👍", by: [idOf(b)] }] } }]);
  });
});

describe("names", () => {
  test("a topic is told when it is the last, and a nick with its time", () => {
    const { world, a, b } = talking();
    a.command(act({ kind: "topic", text: "tea" }));
    world.run(300);
    b.command(act({ kind: "topic", text: "cake" }));
    b.command(act({ kind: "nick", text: "bob" }));
    world.run(300);
    expect(told(a, "topic", "nick")).toMatchObject([
      { type: "topic", author: idOf(a), own: true, text: "tea" },
      { type: "topic", author: idOf(b), own: false, text: "cake" },
      { type: "nick", author: idOf(b), nick: "bob" },
    ]);
    expect(a.node?.topic(LOBBY, world.now)).toMatchObject({ text: "cake", author: idOf(b) });
    expect(a.node?.channels(world.now)).toMatchObject([{ topic: "cake" }]);
    expect(b.node?.ownNick(LOBBY)).toBe("bob");
    a.command(act({ kind: "topic", text: "" }));
    world.run(300);
    expect(b.node?.topic(LOBBY, world.now)).toBeNull();
    expect(b.node?.channels(world.now)).toMatchObject([{ topic: null }]);
  });

  test("an older topic that comes late is no news", () => {
    const { world, a, b } = talking();
    a.command(act({ kind: "topic", text: "tea" }));
    world.run(300);
    b.command(act({ kind: "topic", text: "cake" }));
    world.run(300);
    const [cake, tea] = a.shelf.latest(HASH, "topic", 9) as [Event, Event];
    expect(told(reader([cake, tea]), "topic")).toMatchObject([{ text: "cake" }]);
    expect(told(reader([tea, cake]), "topic")).toMatchObject([{ text: "tea" }, { text: "cake" }]);
  });
});

test("an event that means nothing is kept and told of to nobody", () => {
  const { world, a, says } = talking();
  const first = says(a, "hello");
  a.command(edit({ ...first, hlc: first.hlc + 1 }, "another time than the post's"));
  a.command(edit({ ...first, id: "f".repeat(64) as EventId }, "another post"));
  world.run(300);
  expect(changes(a)).toEqual([]);
  expect(referenceDetail("target", first)[1]).toBe(`${first.hlc}:${first.id}`);
});

test("a crowd of reactions, and of edits by others, does not cover what the author did", () => {
  const { world, a, b, says } = talking();
  const first = says(a, "first");
  a.command(edit(first, "second"));
  world.run(300);
  for (let n = 0; n < 40; n++) b.command(edit(first, `not mine ${n}`));
  for (let n = 0; n < 1_100; n++) {
    b.command(react(first, `${n}`));
    if (n % 100 === 0) world.run(300);
  }
  world.run(2_000);
  const shown = shownPost(a.shelf, first, EYES);
  expect(shown).toMatchObject({ text: "second", edited: true });
  expect(shown?.reactions).toHaveLength(1_000);
  a.command(remove(first));
  world.run(300);
  expect(shownPost(a.shelf, first, EYES)).toMatchObject({ text: "", deletedBy: idOf(a) });
});
