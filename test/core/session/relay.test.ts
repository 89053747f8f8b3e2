/** Nodes that hold sessions with a relay, reach each other over it, and are introduced by it. */
import { describe, expect, test } from "vitest";
import { type Endpoint, endpoint } from "../../../src/wire/index.ts";
import { joins, LOBBY, posts } from "../said.ts";
import { type Host, type Sent, World } from "../world.ts";
import { A, B, frames, full, idOf, plainVerbs } from "./full.ts";

const S = "203.0.113.9:7667";

/** A and B know only S, and hear nothing of each other where `apart` says so. */
function trio(apart: (from: Endpoint, to: Endpoint) => boolean) {
  const world = new World();
  const s = full(world, S, 9, { rendezvous: true });
  const a = full(world, A, 1, { peers: [s.endpoint] });
  const b = full(world, B, 2, { peers: [s.endpoint] });
  world.loses = ({ from, to }) => ![from, to].includes(s.endpoint) && apart(from, to);
  world.run(500);
  const since = world.sent.length;
  for (const host of [a, b]) host.command(joins());
  return { world, s, a, b, since };
}

const always = () => true;
/** Their listening sockets; what they open for a punch gets through. */
const byMainSocket = (from: Endpoint, to: Endpoint) => [A, B].includes(from) || [A, B].includes(to);

function reaches(host: Host, world: World): string[] | undefined {
  return host.node?.members(LOBBY, world.now).map((member) => member.state);
}

describe("two nodes that a third one brings together", () => {
  test("say nothing in the clear to it, not even to find each other", () => {
    const { world, a, b, since } = trio(always);
    world.run(5_000);
    expect([reaches(a, world), reaches(b, world)]).toEqual([["relay"], ["relay"]]);
    expect(plainVerbs(world, since).filter((verb) => verb !== "CONNECT" && verb !== "HELLO")).toEqual([]);
  });

  test("do not fall back to the bare plane while the relay says that the other is a node", () => {
    const { world, b } = trio(always);
    b.command({ kind: "tap", on: true });
    const isApart = world.loses;
    world.loses = (sent) => (sent.from === b.endpoint && sent.bytes.length > 300) || isApart(sent); // it asks in vain
    world.run(4_000);
    const relayed = b.saw("traffic").filter((event) => event.direction === "out" && event.verb === "RELAY");
    const verbs = relayed.map((event) => JSON.parse(event.text).msg_data.message?.msg_type);
    expect(new Set(verbs)).toEqual(new Set(["HELLO", "GETCERTIFICATE"]));
  });

  test("wait no longer for one that the relay knows as bare", () => {
    const world = new World();
    const s = full(world, S, 9, { rendezvous: true });
    const a = full(world, A, 1, { peers: [s.endpoint] });
    const b = world.node(B, { peers: [s.endpoint] });
    world.loses = ({ from, to }) => ![from, to].includes(s.endpoint);
    world.run(2_000);
    for (const host of [b, a]) {
      host.command(joins());
      world.run(3_000);
    }
    expect([reaches(a, world), reaches(b, world)]).toEqual([["relay"], ["relay"]]);
    a.command(posts(1, "in the clear"));
    world.run(1_000);
    expect(b.posts()).toEqual(["in the clear"]);
  });

  test("go on over the path that a punch opens", () => {
    const { world, a, b } = trio(byMainSocket);
    world.run(3_000);
    expect([reaches(a, world), reaches(b, world)]).toEqual([["live"], ["live"]]);
    expect(a.saw("path")).toMatchObject([{ peer: idOf(b), path: "punched" }]);
    expect(b.saw("path")).toMatchObject([{ peer: idOf(a), path: "punched" }]);
    a.command(posts(1, "through the hole"));
    world.run(500);
    expect(b.posts()).toEqual(["through the hole"]);
  });

  test("take nobody who speaks through the hole for a stranger", () => {
    const { world, s, a, b } = trio(byMainSocket);
    world.run(20_000);
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const strangers = host.saw("peer-up").filter((event) => event.at > 500 && event.path !== "relay" && event.peer !== idOf(other));
      expect(strangers).toEqual([]);
      expect(host.node?.peers(world.now).map((peer) => peer.id)).toEqual([idOf(s), idOf(other)]);
    }
  });

  test("go on over it when it gets another address", () => {
    const world = new World();
    const s = full(world, S, 9);
    const [a, b] = [full(world, A, 1), full(world, B, 2)];
    world.loses = ({ from, to }) => [from, to].every((endpoint) => endpoint.startsWith(`${a.ip}:`) || endpoint.startsWith(`${b.ip}:`));
    for (const host of [a, b]) host.command(joins([s.endpoint]));
    world.run(5_000);
    s.move("198.51.100.9:7667" as Endpoint);
    const since = world.sent.length;
    for (let second = 1; second <= 40; second++) {
      a.command(posts(second, `text ${second}`));
      world.run(1_000);
    }
    expect(b.posts()).toHaveLength(40);
    expect(plainVerbs(world, since).filter((verb) => verb !== "CONNECT" && verb !== "HELLO")).toEqual([]);
  });

  test("know each other by whatever name they are announced", () => {
    const { world, s, a, b } = trio(always);
    world.run(2_000);
    a.move("198.51.100.6:7667" as Endpoint); // where others meet them from now on; whom they know goes on calling them A and B
    b.move("198.51.100.7:7667" as Endpoint);
    const r = full(world, "203.0.113.8:7667", 8);
    const isBeside = (endpoint: Endpoint) => [s.endpoint, r.endpoint].includes(endpoint);
    world.loses = ({ from, to }) => !isBeside(from) && !isBeside(to) && [from, to].some((endpoint) => endpoint.endsWith(":7667"));
    for (const host of [b, a]) {
      host.command(joins([r.endpoint]));
      world.run(1_000);
    }
    const since = world.sent.length;
    world.run(30_000);
    expect(a.node?.peers(world.now).map((peer) => peer.id)).toEqual([idOf(s), idOf(b), idOf(r)]);
    expect(plainVerbs(world, since).filter((verb) => verb !== "CONNECT" && verb !== "HELLO")).toEqual([]);
  });

  test("count once for a text that was written while they had two names", () => {
    const { world, a, b } = trio(always);
    world.run(2_000);
    for (const [at, host] of [a, b].entries()) host.move(`198.51.100.${at}:7667` as Endpoint);
    world.run(1_000);
    const r = full(world, "203.0.113.8:7667", 8, { rendezvous: true });
    const isApart = world.loses;
    world.loses = (sent) => ![sent.from, sent.to].includes(r.endpoint) && isApart(sent);
    b.command(joins([r.endpoint]));
    world.run(1_000);
    const isBeside = world.loses;
    world.loses = (sent) => (sent.from === b.endpoint && sent.bytes.length > 300) || isBeside(sent); // the second message of the handshake
    a.command(joins([r.endpoint]));
    world.run(4_000);
    expect(a.saw("peer-up").at(-1)).toMatchObject({ path: "relay" });
    a.command(posts(1, "to both names"));
    world.run(200);
    world.loses = isBeside;
    world.run(5_000);
    expect(a.saw("post-state")).toMatchObject([
      { state: "saved", of: 2 },
      { state: "delivered", acked: 1, of: 1 },
    ]);
    expect(b.posts()).toEqual(["to both names"]);
  });

  test("get texts in the order in which they were written, also of those that waited under another name", () => {
    const { world, a, b } = trio(always);
    world.run(2_000);
    world.loses = () => true;
    a.command(posts(1, "first"));
    world.run(7_000); // the name that a knows is silent by now
    world.crash(b);
    const r = full(world, "203.0.113.8:7667", 8, { rendezvous: true });
    const isApart = ({ from, to }: Sent) => ![from, to].includes(r.endpoint);
    world.loses = isApart;
    const restored = { channels: [{ id: LOBBY, name: "lobby", mode: "bare" as const, joinedAt: 0 }], members: [], logs: [], recent: [] };
    const again = full(world, "198.51.100.7:7667", 2, { peers: [r.endpoint], restored });
    world.run(1_000);
    a.command(joins([r.endpoint]));
    world.run(100);
    world.loses = (sent) => (sent.from === again.endpoint && sent.bytes.length > 300) || isApart(sent); // the second message of the handshake
    world.run(4_000);
    a.command(posts(2, "second"));
    world.run(200);
    world.loses = isApart;
    world.run(10_000);
    expect(again.posts()).toEqual(["first", "second"]);
  });

  test("know each other by a new name that the relay gives them", () => {
    const { world, s, a, b } = trio(always);
    world.run(2_000);
    world.crash(s);
    b.move("198.51.100.7:7667" as Endpoint); // where the relay meets it when it is back
    full(world, S, 9, { rendezvous: true });
    world.run(20_000);
    a.move("198.51.100.6:7667" as Endpoint); // what b hears through the hole bears no name that it knows
    world.loses = ({ from, to }) => ![from, to].includes(s.endpoint) && [from, to].some((endpoint) => endpoint.endsWith(":7667"));
    const since = world.sent.length;
    world.run(90_000);
    expect(reaches(a, world)).toEqual(["live"]);
    expect(a.node?.peers(world.now).map((peer) => peer.id)).toEqual([idOf(s), idOf(b)]);
    expect(plainVerbs(world, since)).not.toContain("ROUTING");
  });

  test("know who speaks through the hole when its address is not the one of its name", () => {
    const { world, s, a, b } = trio(always);
    world.run(2_000);
    for (const [at, host] of [a, b].entries()) host.move(`198.51.100.${at}:7667` as Endpoint);
    world.run(10_000);
    world.loses = ({ from, to }) => ![from, to].includes(s.endpoint) && [from, to].some((endpoint) => endpoint.endsWith(":7667"));
    const since = world.now;
    world.run(60_000);
    expect([reaches(a, world), reaches(b, world)]).toEqual([["live"], ["live"]]);
    for (const host of [a, b]) expect(host.saw("peer-up").filter((event) => event.at > since)).toEqual([]);
  });

  test("close the socket of a hole whose far end was started anew before it proved itself", () => {
    const { world, s, a, b } = trio(byMainSocket);
    const isTried = () => frames(world).some(({ from }) => from === endpoint(a.ip, 40_000));
    for (let ms = 0; ms < 2_000 && !isTried(); ms++) world.run(1);
    expect([isTried(), a.saw("path")]).toEqual([true, []]);
    world.crash(b);
    world.loses = () => false;
    const again = full(world, B, 2, { peers: [s.endpoint] });
    again.command(joins());
    world.run(60_000);
    expect(a.saw("session-up").filter((event) => event.peer === idOf(again))).toHaveLength(2);
    for (const [socket, at] of a.sockets) {
      const uses = world.sent.filter((sent) => sent.from === at && sent.at > world.now - 10_000);
      expect([socket, uses.length > 0]).toEqual([socket, true]);
    }
  });

  test("keep the socket of a hole while any path uses it", () => {
    const { world, a, b } = trio(byMainSocket);
    world.run(3_000);
    const [hole] = [...b.sockets.keys()].filter((socket) => socket !== 0);
    b.sockets.set(hole as number, endpoint(b.ip, 50_000)); // its NAT forgot it
    for (let n = 1; n <= 30; n++) {
      a.command(posts(n, `text ${n}`));
      b.command(posts(100 + n, `back ${n}`));
      world.run(1_000);
    }
    expect(a.node?.peers(world.now).find((peer) => peer.id === idOf(b))).toMatchObject({
      path: "punched",
      endpoint: endpoint(b.ip, 50_000),
    });
    expect([a.posts().length, b.posts().length]).toEqual([30, 30]);
    expect([a.sockets.size, b.sockets.size]).toEqual([2, 2]);
  });
});
