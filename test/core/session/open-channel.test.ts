/** Open channels between full nodes: signed posts that last, and come to those who were not there. */
import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/index.ts";
import type { Endpoint, Guid } from "../../../src/wire/index.ts";
import { type Host, World } from "../world.ts";
import { A, B, full, idOf, pair, plainVerb } from "./full.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const C = "203.0.113.3:7667" as Endpoint;
const joins: Command = { kind: "join", channelId: LOBBY, name: "lobby", at: [] };
const post = (n: number, text: string): Command => ({ kind: "post", id: `${n}`.padStart(32, "0"), channelId: LOBBY, text });

/** What a node has on its disk of others and itself, in the order of time. */
function kept(host: Host): string[] {
  const events = host.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])));
  const once = new Map(events.map((event) => [event.id, event]));
  return [...once.values()].sort((a, b) => a.hlc - b.hlc || (a.id < b.id ? -1 : 1)).map(({ text }) => text);
}

/** What was said to become of the posts, in the order of words. */
function states(host: Host): string[] {
  return host
    .saw("post-state")
    .map(({ state }) => state)
    .sort();
}

describe("a post in an open channel", () => {
  test("is signed, kept by the members, and delivered once it is on their disks", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins);
    world.run(300);
    for (let n = 1; n <= 50; n++) a.command(post(n, `text ${n}`));
    world.run(500);
    expect(b.posts()).toEqual(Array.from({ length: 50 }, (_, n) => `text ${n + 1}`));
    expect(b.saw("post")[0]).toMatchObject({ author: idOf(a), verified: true });
    expect(a.saw("post-state").filter(({ state }) => state === "delivered")).toHaveLength(50);
    expect(kept(b)).toEqual(kept(a));
  });

  test("goes to a node that was just called without waiting for a pulse", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    const a = full(world, A, 1);
    world.run(10);
    a.command({ ...joins, at: [B] } as Command);
    world.run(100);
    expect(a.saw("member-joined")).toHaveLength(1);
    a.command(post(1, "first"));
    world.run(50);
    expect(b.posts()).toEqual(["first"]);
  });

  test("is delivered to nobody while nobody is there, and comes to whoever joins later", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    for (let n = 1; n <= 30; n++) b.command(post(n, `early ${n}`));
    world.run(1_000);
    const a = full(world, A, 1, { peers: [B] });
    a.command(joins);
    world.run(3_000);
    expect(kept(a)).toEqual(kept(b));
    expect(a.posts()).toHaveLength(30);
  });

  test("that nobody could confirm goes to the first who comes, and is delivered then", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    for (let n = 1; n <= 3; n++) b.command(post(n, `early ${n}`));
    world.run(60_000);
    expect(states(b)).toEqual(["saved", "saved", "saved", "waiting", "waiting", "waiting"]);
    expect(b.saw("post-state").at(-1)).toMatchObject({ acked: 0, of: 0, reason: "nobody-there" });
    const a = full(world, A, 1, { peers: [B] });
    a.command(joins);
    const c = full(world, C, 3, { peers: [B] });
    c.command(joins);
    world.run(3_000);
    expect(b.saw("post-state").filter(({ state }) => state === "delivered")).toMatchObject(Array(3).fill({ acked: 1, of: 1 }));
    for (const member of [a, c]) expect(member.posts().sort()).toEqual(["early 1", "early 2", "early 3"]);
  });

  test("leaves the list of members whole while one that is presumed to be there answers on no path any more", () => {
    const { world, a, b } = pair();
    world.crash(b);
    a.command({ ...joins, at: [B] } as Command);
    for (let at = 0; at < 60; at++) {
      world.run(500);
      if (at === 6) a.step({ kind: "network" });
      expect(() => a.node?.channels(world.now)).not.toThrow();
    }
  });

  test("does not count a member that was called and was not there", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    const a = full(world, A, 1, { peers: [B] });
    a.command({ ...joins, at: [B, C] } as Command);
    world.run(500);
    a.command(post(1, "x"));
    world.run(10_000);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
  });

  test("goes again to a member that went away before it confirmed, once it is back", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins);
    world.run(500);
    world.loses = () => true;
    a.command(post(1, "into the void"));
    world.run(400_000);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "waiting", acked: 0, of: 1, reason: "gone" });
    world.loses = () => false;
    world.run(30_000);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
    expect(b.posts()).toEqual(["into the void"]);
  });

  test("is waited with for so many only, and no longer than the user is in the channel", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    for (let n = 1; n <= 130; n++) b.command(post(n, `${n}`));
    world.run(1_000);
    const failed = () => b.saw("post-state").filter(({ state }) => state === "failed");
    expect(failed().map(({ ref }) => Number(ref))).toEqual([1, 2]);
    b.command({ kind: "leave", channelId: LOBBY });
    expect(failed()).toHaveLength(130);
    expect(failed().at(-1)).toMatchObject({ acked: 0, of: 0, reason: "nobody-there" });
  });

  test("reaches a member that was never there together with its author, from a third", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    const a = full(world, A, 1, { peers: [B] });
    a.command(joins);
    world.run(500);
    for (let n = 1; n <= 10; n++) a.command(post(n, `from a ${n}`));
    world.run(500);
    world.crash(a);
    world.run(500);
    const c = full(world, C, 3, { peers: [B] });
    c.command(joins);
    world.run(3_000);
    expect(kept(c)).toEqual(Array.from({ length: 10 }, (_, n) => `from a ${n + 1}`));
    expect(c.posts()).toHaveLength(10);
    expect(c.saw("post")[0]).toMatchObject({ author: idOf(a), verified: true });
  });

  test("that was meant for a bare member is there once when that member turns out to be a node", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    world.loses = ({ bytes }) => ["GETCERTIFICATE", "MESSAGE"].includes(plainVerb(bytes) ?? ""); // so that it looks like one for a while
    const a = full(world, A, 1, { peers: [B] });
    a.command(joins);
    world.run(2_000);
    b.command(post(1, "to whoever is there"));
    world.run(500);
    expect(a.posts()).toEqual([]);
    world.loses = ({ bytes }) => plainVerb(bytes) === "MESSAGE";
    world.run(20_000);
    expect(a.posts()).toEqual(["to whoever is there"]);
    expect(kept(a)).toEqual(kept(b));
    expect(b.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
  });

  test("is not told in the clear to a node that called and whose handshake is lost for a while, so it is there once", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    world.loses = ({ bytes }) => ["GETCERTIFICATE", "CERTIFICATE"].includes(plainVerb(bytes) ?? "");
    const a = full(world, A, 1, { peers: [B] });
    a.command(joins);
    world.run(2_500);
    expect(b.saw("member-joined")).toHaveLength(1); // by a JOIN in the clear
    b.command(post(1, "said once"));
    world.run(3_000);
    expect(a.posts()).toEqual([]);
    world.loses = () => false;
    world.run(12_000);
    expect(a.posts()).toEqual(["said once"]);
    expect(world.sent.filter(({ bytes }) => plainVerb(bytes) === "MESSAGE")).toEqual([]);
  });

  test("is told in the clear to one that shows extensions and says that it holds no sessions", () => {
    const world = new World();
    const b = full(world, B, 2);
    b.command(joins);
    const old = world.node("203.0.113.9:7667", { peers: [B] });
    old.command(joins);
    world.run(3_000);
    expect(old.times("CHANNEL").length).toBeGreaterThan(0);
    b.command(post(1, "readable"));
    world.run(500);
    expect(old.posts()).toEqual(["readable"]);
  });

  test("written on both sides of a partition, is on both sides after it, in one order", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins);
    world.run(500);
    world.loses = () => true;
    for (let n = 1; n <= 20; n++) {
      a.command(post(n, `a ${n}`));
      b.command(post(100 + n, `b ${n}`));
      world.run(20_000);
    }
    world.loses = () => false;
    world.run(30_000);
    expect(kept(a)).toHaveLength(40);
    expect(kept(a)).toEqual(kept(b));
  });
});

describe("a store that fails", () => {
  test("stalls a post, which is kept and sent once it works again; meanwhile no other is taken", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins);
    world.run(500);
    a.saveAnswer = { code: "disk-full" };
    a.command(post(1, "the first to notice"));
    world.run(100);
    a.command(post(2, "refused"));
    world.run(1_000);
    expect(a.saw("post-state").map(({ state }) => state)).toEqual(["stalled", "failed"]);
    expect(b.posts()).toEqual([]);
    a.saveAnswer = "saved";
    world.run(10_000);
    expect(a.saw("post-state").map(({ state }) => state)).toEqual(["stalled", "failed", "saved", "delivered"]);
    expect(b.posts()).toEqual(["the first to notice"]);
  });
});

describe("a restart", () => {
  test("goes on in the same log, and in the same history", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins);
    world.run(300);
    a.command(post(1, "before"));
    world.run(300);
    world.crash(a);
    const rows = a.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "channel" ? [change.channel] : [])));
    const channels = [rows.at(-1) as (typeof rows)[number]];
    const again = full(world, A, 1, { peers: [B], events: a.shelf, restored: { channels, members: [], logs: a.shelf.logs(), recent: [] } });
    world.run(3_000);
    again.command(post(2, "after"));
    world.run(500);
    expect(b.posts()).toEqual(["before", "after"]);
    const logs = new Set(
      b.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event.inst] : []))),
    );
    expect(logs.size).toBe(1);
  });
});
