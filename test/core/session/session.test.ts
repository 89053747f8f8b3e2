/** Two nodes that hold sessions: they meet, prove themselves, and talk inside. */
import { describe, expect, test } from "vitest";
import type { Instant } from "../../../src/core/index.ts";
import { SESSION_KEPT_MS, SILENCE_MS } from "../../../src/core/limits.ts";
import { type Endpoint, isFrame } from "../../../src/wire/index.ts";
import { FakeCertificates } from "../fake-certificates.ts";
import { join, joins, LOBBY, posts } from "../said.ts";
import { World } from "../world.ts";
import { A, B, frames, full, idOf, pair, plainVerbs } from "./full.ts";

describe("two full nodes that meet", () => {
  test("prove their keys to each other with three messages, and know each other by them", () => {
    const { world, a, b } = pair();
    expect(a.saw("session-up")).toMatchObject([{ peer: idOf(b), endpoint: B, nick: "nick 2", path: "direct" }]);
    expect(b.saw("session-up")).toMatchObject([{ peer: idOf(a), endpoint: A, nick: "nick 1", path: "direct" }]);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: idOf(b), kind: "full", live: true, proven: true }]);
    expect(b.node?.peers(world.now)).toMatchObject([{ id: idOf(a), kind: "full", live: true, proven: true }]);
    const handshake = plainVerbs(world).filter((verb) => verb.endsWith("CERTIFICATE"));
    expect(handshake).toEqual(["GETCERTIFICATE", "CERTIFICATE", "CERTIFICATE"]);
  });

  test("are neighbours under their keys, and tell each other of theirs", () => {
    const { world, a, b } = pair();
    const since = a.saw("routes").length;
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(host.saw("peer-up").at(-1)).toMatchObject({ peer: idOf(other), path: "direct" });
      expect(host.saw("peer-down").map((event) => event.peer)).not.toContain(idOf(other));
    }
    world.run(61_000);
    expect(a.saw("routes").length).toBeGreaterThan(since);
  });

  test("say nothing in the clear from then on, and stay live", () => {
    const { world, a, b } = pair();
    const since = world.sent.length;
    world.run(60_000);
    expect(plainVerbs(world, since)).toEqual([]);
    expect(frames(world, since).length).toBeGreaterThan(50);
    for (const host of [a, b]) expect(host.saw("peer-down").filter((event) => !event.peer.includes(":"))).toEqual([]);
  });

  test("talk in a channel: the author is proved, and delivered means on the other's disk", () => {
    const { world, a, b } = pair();
    const since = world.sent.length;
    for (const host of [a, b]) host.command(joins());
    world.run(200);
    for (let n = 1; n <= 20; n++) a.command(posts(n, `text ${n}`));
    world.run(300);
    expect(b.posts()).toEqual(Array.from({ length: 20 }, (_, n) => `text ${n + 1}`));
    expect(b.saw("post")[0]).toMatchObject({ author: idOf(a), verified: true, kept: true, channelId: LOBBY });
    expect(a.saw("post-state").filter((event) => event.state === "delivered")).toHaveLength(20);
    expect(plainVerbs(world, since)).toEqual([]);
  });

  test("are members of each other under their keys", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(200);
    expect(a.node?.members(LOBBY, world.now)).toMatchObject([{ endpoint: B, nodeId: idOf(b), nick: "nick 2", state: "live" }]);
    expect(b.node?.members(LOBBY, world.now)).toMatchObject([{ endpoint: A, nodeId: idOf(a), nick: "nick 1", state: "live" }]);
    expect(a.saw("member-joined")).toMatchObject([{ channelId: LOBBY, peer: idOf(b), member: B }]);
  });
});

describe("JOIN, ROUTING and texts", () => {
  test("wait for the handshake, so that nothing is said in the clear", () => {
    const world = new World();
    full(world, B, 2);
    const a = full(world, A, 1);
    world.loses = ({ text, at }) => at < 300 && text.includes("CERTIFICATE");
    a.command(joins([B]));
    a.command(posts(1, "first words"));
    world.run(800);
    expect(a.saw("session-up")).toHaveLength(1);
    for (const verb of ["JOIN", "MESSAGE", "ROUTING"]) expect(plainVerbs(world)).not.toContain(verb);
  });

  test("and what waited for byte credit, are not said in the clear once there is a session", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    world.rhythm(a, B);
    world.run(500);
    for (let n = 0; n < 30; n++) a.send(B, join({ channel_id: `6f1c2d84-90ab-4cde-8f01-2345678900${n + 10}` })); // too short to pay for their answers
    world.run(500);
    a.command(joins([B]));
    world.run(5_000);
    const upAt = b.saw("session-up")[0]?.at as number;
    expect(a.times("CHANNEL").length).toBeGreaterThan(0);
    expect(a.times("CHANNEL").filter((at) => at > upAt)).toEqual([]);
  });

  test("go to a peer that knows only the seed after a second", () => {
    const world = new World();
    const bare = world.bare(B);
    const a = full(world, A, 1);
    a.command(joins([B]));
    world.rhythm(bare, A);
    world.run(3_000);
    expect(bare.got("JOIN")).not.toEqual([]);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: B, kind: "bare", live: true }]);
  });
});

describe("a handshake", () => {
  test("has measured the path: what is lost of the first frames goes again within a few round trips", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    b.command(joins());
    const lost: Instant[] = [];
    world.loses = ({ at, from, bytes }) => from === A && isFrame(bytes) && lost.push(at) <= 2;
    a.command(joins([B]));
    world.run(1_500);
    const [joinedAt = Number.NaN] = b.saw("member-joined").map(({ at }) => at);
    expect(joinedAt - (lost[0] as Instant)).toBeLessThan(100);
  });

  test("that is lost on the way keeps texts back from who knows more than the seed, and they are said inside", () => {
    const world = new World();
    world.loses = ({ text }) => text.includes("CERTIFICATE");
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    for (const host of [a, b]) host.command(joins(host === a ? [B] : []));
    a.command(posts(1, "not in the clear"));
    world.run(6_000);
    expect(b.posts()).toEqual([]);
    world.loses = () => false;
    world.run(5_000);
    expect(a.saw("session-up")).toHaveLength(1);
    expect(b.posts()).toEqual(["not in the clear"]);
    expect(world.sent.filter(({ text }) => text.includes("MESSAGE"))).toEqual([]);
  });

  test("is tried again soon with who knows more than the seed, and did not answer", () => {
    const world = new World();
    world.loses = ({ text }) => text.includes("CERTIFICATE");
    full(world, B, 2);
    const a = full(world, A, 1);
    a.command(joins([B]));
    world.run(35_000);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: B, kind: "bare", live: true }]);
    world.loses = () => false;
    world.run(10_000);
    expect(a.saw("session-up")).toHaveLength(1);
  });

  test("is tried again with who holds a session from before our start, and so does not answer HELLO", () => {
    const { world, a, b } = pair();
    world.crash(a);
    world.loses = () => true;
    const again = full(world, A, 1, { peers: [B] });
    world.run(40_000);
    world.loses = () => false;
    world.run(10_000);
    expect(again.saw("session-up")).toMatchObject([{ peer: idOf(b) }]);
  });

  test("is tried again with a configured node that was not there", () => {
    const world = new World();
    const a = full(world, A, 1, { peers: [B] });
    world.run(40_000);
    full(world, B, 2);
    world.run(30_000);
    expect(a.saw("session-up")).toHaveLength(1);
  });

  test("makes no second text of one that went in the clear before it", () => {
    const world = new World();
    world.loses = ({ text }) => text.includes("CERTIFICATE");
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    for (const host of [a, b]) host.command(joins(host === a ? [B] : []));
    world.run(2_000);
    world.loses = ({ text }) => text.includes('"ACK"');
    a.command(posts(1, "in the clear"));
    world.run(10_000);
    expect(b.posts()).toEqual(["in the clear"]);
    expect(a.saw("session-up")).toHaveLength(1);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1 });
  });

  test("ends with the path that it is tried on", () => {
    const world = new World();
    const silent = world.bare(B);
    const a = full(world, A, 1);
    a.command(joins([B]));
    world.run(40_000);
    expect(silent.times("GETCERTIFICATE").length).toBeGreaterThan(3);
    expect(silent.times("GETCERTIFICATE").at(-1)).toBeLessThan(SILENCE_MS + 1_000);
  });
});

describe("a session", () => {
  test("goes on after an outage, with everything that was said meanwhile, in its order", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(200);
    world.loses = () => true;
    for (let n = 1; n <= 5; n++) a.command(posts(n, `text ${n}`));
    world.run(60_000);
    expect(b.posts()).toEqual([]);
    world.loses = () => false;
    world.run(10_000);
    expect(b.posts()).toEqual(["text 1", "text 2", "text 3", "text 4", "text 5"]);
    expect(a.saw("session-up")).toHaveLength(1);
  });

  test("ends after 180 s of silence", () => {
    const { world, a, b } = pair();
    world.loses = () => true;
    world.run(SESSION_KEPT_MS + 1_000);
    expect(a.saw("session-down")).toMatchObject([{ peer: idOf(b), reason: "gone" }]);
    expect(b.saw("session-down")).toMatchObject([{ peer: idOf(a), reason: "gone" }]);
  });

  test("ends at once when the other end says goodbye", () => {
    const { world, a, b } = pair();
    b.command({ kind: "shutdown" });
    world.run(50);
    expect(a.saw("session-down")).toMatchObject([{ peer: idOf(b), reason: "closed" }]);
  });

  test("is renewed while it is in use, and nobody notices", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    for (let n = 1; n <= 100; n++) {
      world.run(5_000);
      a.command(posts(n, `text ${n}`));
    }
    world.run(1_000);
    expect(b.posts()).toHaveLength(100);
    expect(a.saw("session-up")).toHaveLength(1);
    expect(plainVerbs(world).filter((verb) => verb === "GETCERTIFICATE").length).toBeGreaterThanOrEqual(4);
  });
});

describe("a node that was started anew", () => {
  test("gets a new session, and what it had not acknowledged is said again", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(200);
    world.loses = (sent) => sent.to === B;
    a.command(posts(1, "while you were away"));
    world.run(1_000);
    world.loses = () => false;
    world.crash(b);
    const again = full(world, B, 2, {
      peers: [A],
      restored: { channels: [{ id: LOBBY, name: "lobby", mode: "bare", joinedAt: 0 }], members: [], logs: [], recent: [] },
    });
    world.run(3_000);
    expect(a.saw("session-up")).toHaveLength(2);
    expect(again.posts()).toEqual(["while you were away"]);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered" });
  });
});

describe("an endpoint where another node has come", () => {
  test("leads to that one, and the node that was there is gone", () => {
    const { world, a, b } = pair();
    world.crash(b);
    const other = full(world, B, 3);
    world.run(30_000);
    expect(a.saw("session-up").map(({ peer }) => peer)).toEqual([idOf(b), idOf(other)]);
    expect(a.node?.peers(world.now).filter(({ live }) => live)).toMatchObject([{ id: idOf(other), endpoint: B }]);
  });
});

describe("clocks that differ", () => {
  const DAY_MS = 86_400_000;
  const between = (aheadMs: number) => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B], epoch: 1_790_000_000_000 + aheadMs });
    world.run(1_000);
    return { a, b };
  };

  test.each([DAY_MS, -DAY_MS])("by a day (%i ms) connect, and both ends warn of it", (aheadMs) => {
    const { a, b } = between(aheadMs);
    expect(a.saw("session-up")).toHaveLength(1);
    expect(Math.round((b.saw("clock-skew")[0]?.aheadMs ?? 0) / 1_000)).toBe(aheadMs / 1_000);
    expect(Math.round((a.saw("clock-skew")[0]?.aheadMs ?? 0) / 1_000)).toBe(-aheadMs / 1_000);
  });

  test("by a month do not, and the reason is said", () => {
    const { a, b } = between(30 * DAY_MS);
    expect(a.saw("session-up")).toEqual([]);
    expect(a.saw("session-refused")).toMatchObject([{ endpoint: B, reason: "certificate-expired" }]);
    expect(b.saw("session-up")).toEqual([]);
  });

  test("by less than a minute warn nobody", () => {
    const { a, b } = between(59_000);
    expect([...a.saw("clock-skew"), ...b.saw("clock-skew")]).toEqual([]);
    expect(a.saw("session-up")).toHaveLength(1);
  });
});

describe("simultaneous open", () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed))("ends with one session between both (%i)", (seed) => {
    const world = new World();
    world.random = seed + 7;
    const a = full(world, A, 1, { peers: [B] });
    const b = full(world, B, 2, { peers: [A] });
    for (const host of [a, b]) host.command(joins());
    world.run(2_000);
    a.command(posts(1, "from a"));
    b.command(posts(2, "from b"));
    world.run(1_000);
    expect(a.saw("session-up")).toHaveLength(1);
    expect(b.saw("session-up")).toHaveLength(1);
    expect([a.posts(), b.posts()]).toEqual([["from b"], ["from a"]]);
  });
});

describe("a change of address", () => {
  test("makes the new one a place where nothing is said in the clear, for a day", () => {
    const { world, a, b } = pair();
    world.run(500);
    b.move("198.51.100.9:5555" as Endpoint);
    world.run(4_000);
    world.crash(b);
    world.run(SESSION_KEPT_MS + 1_000);
    const since = world.sent.length;
    const stranger = world.bare("198.51.100.9:5555");
    stranger.send(A, { msg_type: "HELLO" });
    stranger.send(A, { msg_type: "MESSAGE", msg_data: { channel_id: LOBBY, message: "it is me" } });
    world.run(1_000);
    expect(a.dropped("full-peer")).toBe(1);
    const said = world.sent.slice(since).filter(({ to }) => to === "198.51.100.9:5555");
    expect(said.map(({ text }) => (JSON.parse(text) as { msg_type: string }).msg_type)).toEqual(["HELLO"]);
  });

  test("loses no message and needs no handshake", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(500);
    const since = world.sent.length;
    a.move("198.51.100.9:5555" as Endpoint);
    for (let n = 1; n <= 5; n++) a.command(posts(n, `a ${n}`));
    for (let n = 1; n <= 5; n++) b.command(posts(10 + n, `b ${n}`));
    world.run(4_000);
    expect(b.posts()).toHaveLength(5);
    expect(a.posts()).toHaveLength(5);
    expect(plainVerbs(world, since)).not.toContain("GETCERTIFICATE");
    expect(b.saw("path")).toMatchObject([{ peer: idOf(a), endpoint: "198.51.100.9:5555" }]);
  });

  test("after an outage leaves no doubt who speaks, and nothing is said in the clear", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(500);
    const since = world.sent.length;
    world.loses = ({ from }) => from === A; // and goes on hearing b
    a.command(posts(1, "from elsewhere"));
    world.run(10_000);
    a.move("198.51.100.9:5555" as Endpoint);
    world.loses = ({ from, bytes }) => from !== B && bytes.length < 40; // a hello would prove the address before the text comes
    world.run(10_000);
    expect(b.saw("post")).toMatchObject([{ text: "from elsewhere", author: idOf(a), verified: true }]);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered" });
    expect(plainVerbs(world, since).filter((verb) => verb !== "GETCERTIFICATE" && verb !== "CERTIFICATE")).toEqual([]);
  });

  test("is not believed of copies sent from elsewhere", () => {
    const { world, a, b } = pair();
    for (const host of [a, b]) host.command(joins());
    world.run(500);
    const thief = world.bare("192.0.2.66:6666");
    const copy = world.carry.bind(world);
    world.carry = (from, to, bytes) => {
      if (from === A && to === B) copy(thief.endpoint, to, bytes); // races ahead of the true one
      copy(from, to, bytes);
    };
    for (let n = 1; n <= 10; n++) {
      a.command(posts(n, `a ${n}`));
      b.command(posts(20 + n, `b ${n}`));
      world.run(1_000);
    }
    expect(b.posts()).toHaveLength(10);
    expect(a.posts()).toHaveLength(10);
    expect(b.saw("path")).toEqual([]);
    expect(thief.inbox.every((sent) => sent.bytes.length <= 200)).toBe(true);
  });
});

describe("a node that comes up after it was called", () => {
  test.each([400, 1_300, 4_000, 9_500, 40_000])("is met at once, when it was silent for %i ms", (silentMs) => {
    const world = new World();
    const a = full(world, A, 1, { peers: [B] });
    world.run(silentMs);
    const b = full(world, B, 2);
    world.run(2_300); // A says HELLO every two seconds
    expect(a.saw("session-up")).toMatchObject([{ peer: idOf(b) }]);
    expect(plainVerbs(world).filter((verb) => verb !== "HELLO" && !verb.endsWith("CERTIFICATE"))).toEqual([]);
  });
});

describe("a node that proves its key and does not let us in", () => {
  /** B lets in only nodes that a CA has certified; A is not one of them. */
  function refused() {
    const world = new World();
    const certificates = new FakeCertificates();
    certificates.pinned = true;
    const b = full(world, B, 2, { certificates });
    const a = full(world, A, 1, { peers: [B] });
    world.run(29_000);
    return { world, a, b, certificates };
  }

  test("is no session to tell the user of, but a refusal, when it took no notice of our key for 30 s", () => {
    const { world, a, b } = refused();
    expect([...a.saw("session-up"), ...a.saw("session-refused")]).toEqual([]);
    expect(b.saw("session-refused")).toMatchObject([{ endpoint: A, reason: "not-certified" }]);
    world.run(2_000);
    expect(a.saw("session-refused")).toMatchObject([{ endpoint: B, reason: "not-let-in" }]);
    world.run(SESSION_KEPT_MS);
    expect([...a.saw("session-up"), ...a.saw("session-down")]).toEqual([]);
  });

  test("is told of as soon as it lets us in", () => {
    const { world, a, b, certificates } = refused();
    certificates.issued = "ca";
    world.run(40_000);
    expect(a.saw("session-up")).toMatchObject([{ peer: idOf(b) }]);
  });

  test("is told of with the first frame of its, before anything that it says", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B] });
    for (const host of [a, b]) host.command(joins());
    world.run(2_000);
    const told = a.events.map(({ type }) => type);
    expect(told.indexOf("session-up")).toBeGreaterThan(-1);
    expect(told.indexOf("member-joined")).toBeGreaterThan(told.indexOf("session-up"));
  });
});
