/** JOIN, CHANNEL and LEAVE: who is in which bare channel. PROTOCOL.md §8.3 to §8.5. */
import { describe, expect, test } from "vitest";
import type { StoredChannel } from "../../src/core/index.ts";
import type { Endpoint } from "../../src/wire/index.ts";
import { ATTIC, at, chat, connects, HELLO, join, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { type Host, LATENCY_MS, World } from "./world.ts";

const DAY_MS = 24 * 3_600_000;
const STORED: StoredChannel = { id: LOBBY, name: "lobby", mode: "bare", joinedAt: 1 };

function channel(more: object = {}): object {
  return say("CHANNEL", { channel_id: LOBBY, channel: "lobby", members: [], ...more });
}

/** A node with one configured peer that says HELLO. */
function pair(everyMs = 1_000) {
  const world = new World();
  const peer = world.bare(at(2));
  const node = world.node(NODE, { peers: [peer.endpoint] });
  const silence = world.rhythm(peer, node.endpoint, everyMs);
  world.run(100);
  return { world, node, peer, silence };
}

function members(world: World, node: Host, id = LOBBY): [string, string][] {
  return node.node?.members(id, world.now).map(({ endpoint, state }) => [endpoint ?? "", state]) ?? [];
}

function since(times: number[], start: number): number[] {
  return times.map((time) => time - start - LATENCY_MS);
}

describe("our JOIN", () => {
  test("goes out at 0, 1 and 3 s while nobody answers, then every 60 s", () => {
    const { world, node, peer } = pair();
    const start = world.now;
    node.command(joins());
    world.run(130_000);
    const sent = since(peer.times("JOIN"), start);
    expect(sent).toHaveLength(5);
    for (const [index, due] of [0, 1_000, 3_000, 63_000, 123_000].entries()) {
      expect(sent[index]).toBeGreaterThanOrEqual(due);
      expect(sent[index]).toBeLessThanOrEqual(due + 250 * (index + 1));
    }
  });

  test.each([
    ["CHANNEL", channel()],
    ["MESSAGE", text("hi")],
    ["JOIN", join()],
  ])("is not repeated, but every 60 s, once %s of that channel came", (_verb, answer) => {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    peer.send(node.endpoint, answer);
    world.run(50_000);
    expect(peer.got("JOIN").filter((body) => body.ptp?.cookie === undefined)).toHaveLength(1);
    world.run(15_000);
    expect(peer.got("JOIN").filter((body) => body.ptp?.cookie === undefined)).toHaveLength(2);
  });

  test("is not stopped by an answer about another channel", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    peer.send(node.endpoint, say("MESSAGE", { channel_id: ATTIC, message: "hi" }));
    world.run(5_000);
    expect(peer.times("JOIN")).toHaveLength(3);
  });

  test("names the channel and is filled to 1,200 bytes", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    expect(peer.got("JOIN")).toMatchObject([{ channel_id: LOBBY, channel: "lobby" }]);
    expect(peer.inbox.find((sent) => sent.text.includes("JOIN"))?.bytes.length).toBe(1_200);
  });

  test("goes to the peers that the user names, and to no other", () => {
    const { world, node, peer } = pair();
    const named = world.bare(at(3));
    world.rhythm(named, node.endpoint);
    node.command(joins([named.endpoint]));
    world.run(1_000);
    expect(named.times("JOIN").length).toBeGreaterThan(0);
    expect(peer.times("JOIN")).toEqual([]);
  });

  test("goes to those who announced the channel rather than to all configured peers", () => {
    const { world, node, peer } = pair();
    const announcer = world.bare(at(3));
    world.rhythm(announcer, node.endpoint);
    world.run(100);
    announcer.send(node.endpoint, channel());
    for (let n = 0; n < 5; n++) announcer.send(node.endpoint, "x".repeat(1_000)); // byte credit for the JOIN
    world.run(100);
    node.command(joins());
    world.run(1_000);
    expect(announcer.times("JOIN").length).toBeGreaterThan(0);
    expect(peer.times("JOIN")).toEqual([]);
  });

  test("goes out again, from the start, when a lost peer is heard again", () => {
    const { world, node, peer, silence } = pair();
    node.command(joins());
    world.run(100);
    peer.send(node.endpoint, channel());
    world.run(1_000);
    silence();
    world.run(20_000);
    peer.inbox.length = 0;
    const start = world.now;
    world.rhythm(peer, node.endpoint);
    world.run(10_000);
    const plain = peer.inbox.filter((sent) => sent.text.includes("pad")).map((sent) => sent.at - start);
    expect(plain).toHaveLength(3);
    expect(plain[0]).toBeLessThanOrEqual(300);
  });

  test("repeated by the user tells the peers again, and reports nothing new", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    peer.send(node.endpoint, channel());
    world.run(1_000);
    node.command(joins());
    world.run(100);
    expect(peer.got("JOIN").filter((body) => body.ptp?.cookie === undefined)).toHaveLength(2);
    expect(node.saw("joined")).toHaveLength(1);
    expect(node.saves).toHaveLength(1 + 1); // the channel, and its member
  });

  test("repeats the cookie of a CHANNEL, at most once in 20 s", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    for (let n = 0; n < 30; n++) {
      peer.send(node.endpoint, channel({ ptp: { cookie: `c${n}` } }));
      world.run(1_000);
    }
    const cookies = peer.got("JOIN").flatMap((body) => (body.ptp?.cookie === undefined ? [] : [body.ptp.cookie]));
    expect(cookies).toEqual(["c0", "c20"]);
  });
});

describe("somebody else's JOIN", () => {
  test("puts it on the list and is answered with CHANNEL at once, whether or not we are in", () => {
    for (const inside of [true, false]) {
      const { world, node, peer } = pair();
      if (inside) node.command(joins());
      peer.send(node.endpoint, join());
      world.run(100);
      expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
      expect(peer.got("CHANNEL")).toMatchObject([
        { channel_id: LOBBY, channel: inside ? "lobby" : LOBBY, members: [], ptp: { member: inside } },
      ]);
      expect(node.saw("member-joined")).toMatchObject([{ channelId: LOBBY, peer: peer.endpoint, member: peer.endpoint }]);
    }
  });

  test("repeated changes nothing", () => {
    const { world, node, peer } = pair();
    for (let n = 0; n < 10; n++) peer.send(node.endpoint, join());
    world.run(100);
    expect(node.saw("member-joined")).toHaveLength(1);
    expect(peer.got("CHANNEL")).toHaveLength(1);
    world.run(600);
    peer.send(node.endpoint, join());
    world.run(100);
    expect(peer.got("CHANNEL")).toHaveLength(2);
  });

  test("names the other members, the newest first, without the joiner itself", () => {
    const { world, node, peer } = pair();
    const others = [3, 4, 5].map((n) => world.bare(at(n)));
    for (const other of others) {
      other.send(node.endpoint, HELLO);
      other.send(node.endpoint, join());
      world.run(10);
    }
    peer.send(node.endpoint, join());
    world.run(100);
    expect(peer.got("CHANNEL")[0]?.members).toEqual([5, 4, 3].map((n) => ({ address: at(n) })));
  });

  test("of a 40-member channel names 32", () => {
    const { world, node, peer } = pair();
    for (let n = 10; n < 50; n++) {
      const other = world.bare(at(n));
      other.send(node.endpoint, HELLO);
      other.send(node.endpoint, join());
    }
    world.run(100);
    peer.send(node.endpoint, join());
    world.run(100);
    expect(peer.got("CHANNEL")[0]?.members).toHaveLength(32);
  });

  test("gives the channel its name while the user has not named it", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, join({ channel: "den" }));
    world.run(100);
    expect(peer.got("CHANNEL")[0]?.channel).toBe("den");
  });

  test("lets its sender hear what we post", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.command(posts(1, "hello you"));
    world.run(100);
    expect(peer.got("MESSAGE")).toMatchObject([{ channel_id: LOBBY, message: "hello you" }]);
  });
});

describe("a member", () => {
  test("is away after silence, gets no texts, and is live again when heard", () => {
    const world = new World();
    const { node, peer, silence } = chat(world);
    silence();
    world.run(20_000);
    expect(members(world, node)).toEqual([[peer.endpoint, "away"]]);
    node.command(posts(1, "anyone?"));
    world.run(100);
    expect(peer.times("MESSAGE")).toEqual([]);
    expect(node.saw("post-state").at(-1)).toMatchObject({ state: "failed", reason: "nobody-there", of: 0 });
    peer.send(node.endpoint, HELLO);
    world.run(100);
    expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
  });

  test("is off the list after 24 h of silence, not before", () => {
    const world = new World();
    const { node, peer, silence } = chat(world);
    silence();
    world.loses = () => true; // nothing goes on but time
    world.run(1_000);
    const heardAt = world.now;
    world.run(DAY_MS - 5_000);
    expect(members(world, node)).toEqual([[peer.endpoint, "away"]]);
    world.run(10_000);
    expect(members(world, node)).toEqual([]);
    expect(node.saw("member-left")).toMatchObject([{ member: peer.endpoint, why: "expired" }]);
    expect((node.saw("member-left")[0]?.at ?? 0) - heardAt).toBeLessThan(DAY_MS + 1_500);
    expect(node.saves.flatMap((save) => save.changes)).toContainEqual({ kind: "member-gone", channelId: LOBBY, endpoint: peer.endpoint });
  }, 20_000);

  test("hears CHANNEL every 60 s", () => {
    const world = new World();
    const { peer } = chat(world);
    world.run(200_000);
    const times = peer.times("CHANNEL");
    expect(times.length).toBeGreaterThanOrEqual(3);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] as number)).toBeGreaterThanOrEqual(59_000);
      expect(time - (times[index] as number)).toBeLessThanOrEqual(62_000);
    }
  });

  test("is kept in the store once it is trusted, and asked for again at the next start", () => {
    const world = new World();
    const { node, peer } = chat(world);
    expect(node.saves.flatMap((save) => save.changes)).toContainEqual({
      kind: "member",
      member: { channelId: LOBBY, endpoint: peer.endpoint, heardAt: expect.any(Number) },
    });
    const again = new World();
    const known = again.bare(at(7));
    again.node(NODE, {
      restored: { channels: [STORED], members: [{ channelId: LOBBY, endpoint: known.endpoint, heardAt: 5 }], logs: [], recent: [] },
    });
    again.run(1_500);
    expect(known.verbs()).toContain("HELLO");
    expect(known.got("JOIN")[0]).toMatchObject({ channel_id: LOBBY, channel: "lobby" });
  });

  test("that is a stranger is not kept in the store", () => {
    const { world, node } = pair();
    node.command(joins());
    const stranger = world.bare(at(3));
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, join());
    world.run(100);
    expect(node.saves.flatMap((save) => save.changes).filter((change) => change.kind === "member")).toEqual([]);
  });
});

describe("CHANNEL", () => {
  test("makes its sender a member", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, channel());
    world.run(100);
    expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
  });

  test("with member:false does not, and takes it off the list", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    peer.send(node.endpoint, channel({ ptp: { member: false } }));
    world.run(100);
    expect(members(world, node)).toEqual([]);
    peer.send(node.endpoint, join());
    world.run(100);
    expect(members(world, node)).toHaveLength(1);
    peer.send(node.endpoint, channel({ ptp: { member: false } }));
    world.run(100);
    expect(members(world, node)).toEqual([]);
    node.command(posts(1, "hi"));
    world.run(100);
    expect(peer.times("MESSAGE")).toEqual([]);
  });

  test("never makes us call the endpoints that it names; all goes over its sender", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    const victims = [7, 8, 9].map((n) => world.bare(at(n)));
    peer.send(node.endpoint, channel({ members: victims.map((victim) => ({ address: victim.endpoint })) }));
    world.run(30_000);
    for (const victim of victims) expect(victim.inbox).toEqual([]);
    expect(new Set(peer.got("RELAY").map((body) => body.dst))).toEqual(new Set(victims.map((victim) => victim.endpoint)));
    expect(peer.got("CONNECT").length + world.sent.filter((sent) => sent.text.includes("CONNECT")).length).toBeGreaterThan(0);
  });

  test("that names 1,000 members is followed up for 64", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    const named = Array.from({ length: 1_000 }, (_, n) => ({ address: `203.0.${n >> 8}.${n & 255}:5000` }));
    peer.send(node.endpoint, channel({ members: named }));
    world.run(3_000);
    expect(new Set(peer.got("RELAY").map((body) => body.dst)).size).toBe(64);
  });

  test("of a channel that we are not in asks for no introduction", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, channel({ members: [{ address: at(9) }] }));
    world.run(5_000);
    expect(peer.times("RELAY")).toEqual([]);
    expect(peer.times("JOIN")).toEqual([]);
  });
});

describe("our own JOIN that comes back, from somebody who knows us by another name", () => {
  const alias = at(7);

  /** A node in LOBBY whose neighbour announces one of the node's own names, and sends back what it is given for it. */
  function introducedToItself() {
    const { world, node, peer } = pair();
    node.command(joins());
    world.run(100);
    peer.send(node.endpoint, channel({ members: [{ address: alias }] }));
    world.run(100);
    for (const { message } of peer.got("RELAY")) if (message !== undefined) peer.send(node.endpoint, relay(node.endpoint, message, alias));
    world.run(100);
    return { world, node, peer };
  }

  test("makes no member of us, and we are not introduced to that name again", () => {
    const { world, node, peer } = introducedToItself();
    expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
    expect(node.saw("member-left")).toMatchObject([{ member: alias, why: "left" }]);
    expect(node.dropped("self")).toBe(1);
    peer.inbox.length = 0;
    peer.send(node.endpoint, channel({ members: [{ address: alias }] }));
    world.run(1_000);
    expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
    expect(peer.got("RELAY").map(({ message }) => message?.msg_type)).not.toContain("JOIN");
  });

  test("is forgotten when another says JOIN under that name", () => {
    const { world, node, peer } = introducedToItself();
    world.bare(alias).send(node.endpoint, HELLO);
    world.bare(alias).send(node.endpoint, join({ ptp: { self: "another" } }));
    world.run(100);
    expect(members(world, node).map(([endpoint]) => endpoint)).toEqual([peer.endpoint, alias]);
  });
});

describe("LEAVE", () => {
  test("takes its sender off the list", () => {
    const world = new World();
    const { node, peer } = chat(world);
    peer.send(node.endpoint, say("LEAVE", { channel_id: LOBBY }));
    world.run(100);
    expect(members(world, node)).toEqual([]);
    expect(node.saw("member-left")).toMatchObject([{ peer: peer.endpoint, member: peer.endpoint, why: "left" }]);
    node.command(posts(1, "gone?"));
    world.run(100);
    expect(peer.times("MESSAGE")).toEqual([]);
  });

  test("of somebody who is no member is dropped, and takes nobody else off", () => {
    const world = new World();
    const { node, peer } = chat(world);
    const stranger = world.bare(at(9));
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, say("LEAVE", { channel_id: LOBBY }));
    stranger.send(node.endpoint, say("LEAVE", { channel_id: ATTIC }));
    world.run(100);
    expect(node.dropped("not-a-member")).toBe(2);
    expect(members(world, node)).toEqual([[peer.endpoint, "live"]]);
  });

  test("of ours goes to the members and to those who were told JOIN; then nothing more is said", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.command({ kind: "leave", channelId: LOBBY });
    world.run(100);
    expect(peer.got("LEAVE")).toEqual([{ channel_id: LOBBY }]);
    expect(node.saw("left")).toMatchObject([{ channelId: LOBBY }]);
    expect(node.node?.channels(world.now)).toEqual([]);
    expect(node.saves.at(-1)?.changes).toEqual([{ kind: "channel-left", channelId: LOBBY }]);
    peer.inbox.length = 0;
    world.run(90_000);
    expect(peer.times("JOIN")).toEqual([]);
  });

  test("goes to every member of every channel at shutdown, and the channels stay kept", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.command(joins([], ATTIC, "attic"));
    world.run(100);
    node.command({ kind: "shutdown" });
    world.run(100);
    expect(
      peer
        .got("LEAVE")
        .map((body) => body.channel_id)
        .sort(),
    ).toEqual([ATTIC, LOBBY].sort());
    expect(node.saves.flatMap((save) => save.changes).filter((change) => change.kind === "channel-left")).toEqual([]);
    peer.inbox.length = 0;
    world.run(5_000);
    expect(peer.times("LEAVE")).toEqual([]);
  });
});

describe("bounds", () => {
  test("a channel has at most 1,024 members", () => {
    const { world, node } = pair();
    for (let n = 0; n < 1_030; n++) {
      const from = `198.18.${n >> 8}.${n & 255}:4000` as Endpoint;
      for (const message of [HELLO, join()])
        node.step({ kind: "datagram", socket: 0, from, bytes: new TextEncoder().encode(JSON.stringify(message)) });
    }
    expect(members(world, node)).toHaveLength(1_024);
    expect(node.dropped("members-full")).toBe(6);
  });

  test("there are at most 4,096 channels, and the user's own are always let in", () => {
    const { world, node, peer } = pair();
    for (let n = 0; n < 4_100; n++)
      peer.send(node.endpoint, join({ channel_id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}` }));
    world.run(100);
    expect(node.dropped("channels-full")).toBe(4);
    node.command(joins());
    expect(node.node?.channels(world.now)).toHaveLength(1);
  });
});

describe("a connect of the user's", () => {
  test("makes all channels that we are in known there", () => {
    const { world, node } = pair();
    node.command(joins());
    const friend = world.bare(at(5));
    world.rhythm(friend, node.endpoint);
    node.command(connects(friend.endpoint));
    world.run(1_000);
    expect(friend.got("JOIN")[0]).toMatchObject({ channel_id: LOBBY });
  });
});
