/** ROUTING: which neighbours we hear, and what others say of theirs. PROTOCOL.md §8.13. */
import { describe, expect, test } from "vitest";
import { ROUTING_CHANGE_BYTES_PER_SECOND } from "../../src/core/limits.ts";
import { ENTRIES_READ_MAX, ENTRIES_SENT_MAX, type Endpoint } from "../../src/wire/index.ts";
import { at, HELLO, NODE, relay, say } from "./said.ts";
import { World } from "./world.ts";

function pair() {
  const world = new World();
  const peer = world.bare(at(2));
  const node = world.node(NODE, { peers: [peer.endpoint] });
  const silence = world.rhythm(peer, node.endpoint);
  return { world, node, peer, silence };
}

function routing(addresses: string[]): object {
  return say("ROUTING", { nodes: addresses.map((address) => ({ address })) });
}

describe("our ROUTING", () => {
  test("goes to a neighbour at once, and then every 10 s", () => {
    const { world, peer } = pair();
    world.run(65_000);
    const times = peer.times("ROUTING");
    expect(times[0]).toBeLessThan(1_500);
    const late = times.filter((time) => time > 3_000);
    expect(late).toHaveLength(6);
    for (const [index, time] of late.slice(1).entries()) expect(Math.abs(time - (late[index] as number) - 10_000)).toBeLessThanOrEqual(500);
  });

  test("lists the live neighbours, the receiver among them, with the ids of old programs", () => {
    const { world, node, peer } = pair();
    const old = world.bare(at(3));
    old.send(node.endpoint, say("HELLO", { node_id: "old-1" }));
    world.run(2_000);
    expect(peer.got("ROUTING").at(-1)).toEqual({ nodes: [{ address: peer.endpoint }, { address: old.endpoint, node_id: "old-1" }] });
  });

  test("does not list configured peers that never spoke, nor who is reached over a relay", () => {
    const world = new World();
    const peer = world.bare(at(2));
    const node = world.node(NODE, { peers: [peer.endpoint, at(8)] });
    world.rhythm(peer, node.endpoint);
    world.run(100);
    peer.send(node.endpoint, relay(node.endpoint, HELLO, at(9)));
    world.run(3_000);
    expect(peer.got("ROUTING").at(-1)).toEqual({ nodes: [{ address: peer.endpoint }] });
  });

  test("goes out on a change, but at most once a second", () => {
    const { world, node, peer } = pair();
    world.run(5_000);
    peer.inbox.length = 0;
    const start = world.now;
    for (let n = 20; n < 60; n++) {
      world.bare(at(n)).send(node.endpoint, HELLO);
      world.run(100);
    }
    const times = peer.times("ROUTING").map((time) => time - start);
    expect(times.length).toBeGreaterThanOrEqual(4);
    expect(times.length).toBeLessThanOrEqual(5);
    for (const [index, time] of times.slice(1).entries()) expect(time - (times[index] as number)).toBeGreaterThanOrEqual(1_000);
  });

  test("takes 16 KiB a second on changes, however many neighbours come and go", () => {
    const world = new World();
    const peers = Array.from({ length: 60 }, (_, n) => world.bare(at(n + 2)));
    const node = world.node(NODE, { peers: peers.map(({ endpoint }) => endpoint) }); // so that no byte credit holds it back
    for (const peer of peers) world.rhythm(peer, node.endpoint);
    world.run(5_000);
    const start = world.now;
    for (let n = 0; n < 40; n++) {
      world.bare(at(100 + n)).send(node.endpoint, HELLO); // they go again after a while
      world.run(500);
    }
    const lists = world.sent.filter((sent) => sent.from === node.endpoint && sent.at >= start && sent.text.includes("ROUTING"));
    const bytes = lists.reduce((sum, sent) => sum + sent.bytes.length, 0);
    expect(bytes / ((world.now - start) / 1_000)).toBeLessThan(ROUTING_CHANGE_BYTES_PER_SECOND + (60 * 1_400) / 10);
    expect(new Set(lists.map(({ to }) => to)).size).toBeGreaterThanOrEqual(60);
  });

  test("goes out when a neighbour expires", () => {
    const { world, node, peer } = pair();
    world.bare(at(3)).send(node.endpoint, HELLO);
    world.run(15_100);
    peer.inbox.length = 0;
    world.run(1_500);
    expect(peer.got("ROUTING").some((body) => body.nodes?.length === 1)).toBe(true);
  });

  test("of more than 32 neighbours names 32", () => {
    const { world, node, peer } = pair();
    for (let n = 20; n < 70; n++) world.bare(at(n)).send(node.endpoint, HELLO);
    world.run(3_000);
    const last = peer.got("ROUTING").at(-1);
    expect(last?.nodes).toHaveLength(ENTRIES_SENT_MAX);
    expect(new Set(last?.nodes?.map((entry) => entry.address)).size).toBe(ENTRIES_SENT_MAX);
  });
});

describe("their ROUTING", () => {
  test("is remembered as reachable over them, our own entry included", () => {
    const { world, node, peer } = pair();
    world.run(100);
    peer.send(node.endpoint, routing([at(9), NODE, "[2001:db8::1]:5000"]));
    world.run(100);
    expect(node.node?.routes(world.now).map(({ to, via }) => [to, via])).toEqual([
      [at(9), peer.endpoint],
      [NODE, peer.endpoint],
      ["[2001:db8::1]:5000", peer.endpoint],
    ]);
    expect(node.saw("routes")).toMatchObject([{ via: peer.endpoint, count: 3 }]);
  });

  test("is never called by itself", () => {
    const { world, node, peer } = pair();
    const named = world.bare(at(9));
    world.run(100);
    for (let n = 0; n < 6; n++) {
      peer.send(node.endpoint, routing([named.endpoint]));
      world.run(10_000);
    }
    expect(named.inbox).toEqual([]);
  });

  test("takes the place of what they said before", () => {
    const { world, node, peer } = pair();
    world.run(100);
    peer.send(node.endpoint, routing([at(8), at(9)]));
    peer.send(node.endpoint, routing([at(7)]));
    world.run(100);
    expect(node.node?.routes(world.now).map(({ to }) => to)).toEqual([at(7)]);
  });

  test("is forgotten after 30 s, and at once when they go", () => {
    const { world, node, peer, silence } = pair();
    world.run(100);
    peer.send(node.endpoint, routing([at(9)]));
    world.run(29_000);
    expect(node.node?.routes(world.now)).toHaveLength(1);
    world.run(2_500);
    expect(node.node?.routes(world.now)).toEqual([]);
    peer.send(node.endpoint, routing([at(9)]));
    silence();
    world.run(7_000);
    expect(node.node?.routes(world.now)).toEqual([]);
  });

  test("of a stranger, or over a relay, is dropped", () => {
    const { world, node, peer } = pair();
    world.run(100);
    world.bare(at(5)).send(node.endpoint, routing([at(9)]));
    peer.send(node.endpoint, relay(node.endpoint, routing([at(9)]), at(6)));
    world.run(100);
    expect(node.node?.routes(world.now)).toEqual([]);
    expect(node.dropped("unknown-peer")).toBe(1);
    expect(node.dropped("relay-refused-verb")).toBe(1);
  });

  test("keeps 256 entries of one, and refuses a list above 1,024", () => {
    const { world, node, peer } = pair();
    world.run(100);
    const many = (count: number) => Array.from({ length: count }, (_, n) => `203.0.${n >> 8}.${n & 255}:5000`);
    peer.send(node.endpoint, routing(many(ENTRIES_READ_MAX)));
    world.run(10);
    expect(node.node?.routes(world.now)).toHaveLength(256);
    peer.send(node.endpoint, routing(many(ENTRIES_READ_MAX + 1)));
    world.run(10);
    expect(node.dropped("bad-data")).toBe(1);
    expect(node.node?.routes(world.now)).toHaveLength(256);
  });

  test("keeps 8,192 entries in all", () => {
    const { world, node } = pair();
    const bytes = (message: object) => new TextEncoder().encode(JSON.stringify(message));
    const list = bytes(routing(Array.from({ length: 256 }, (_, n) => `203.0.9.${n}:5000`)));
    for (let n = 0; n < 40; n++) {
      const from = at(n + 10) as Endpoint;
      for (const each of [bytes(HELLO), list]) node.step({ kind: "datagram", socket: 0, from, bytes: each });
    }
    expect(node.node?.routes(world.now)).toHaveLength(8_192);
  });
});
