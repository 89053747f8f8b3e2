/** Who is kept when the table of peers is full. PROTOCOL.md §8.1 "Bounds". */
import { describe, expect, test } from "vitest";
import { PEERS_MAX, STRANGERS_MAX } from "../../src/core/limits.ts";
import { type Endpoint, encode } from "../../src/wire/index.ts";
import { at, connects, HELLO, join, joins, NODE, posts } from "./said.ts";
import { type Host, World } from "./world.ts";

const HELLO_BYTES = encode("HELLO");

function nth(n: number): Endpoint {
  return `198.18.${(n >> 8) & 255}.${n & 255}:4000` as Endpoint;
}

/** `count` strangers say HELLO `times` times each. */
function flood(node: Host, count: number, times = 1, from = 0): void {
  for (let round = 0; round < times; round++) {
    for (let n = from; n < from + count; n++) node.step({ kind: "datagram", socket: 0, from: nth(n), bytes: HELLO_BYTES });
  }
}

describe("a full table", () => {
  test("never holds more strangers than its bound; those that said HELLO once give way, the oldest first", () => {
    const world = new World();
    const node = world.node(NODE);
    flood(node, STRANGERS_MAX + 100);
    const peers = new Set(node.node?.peers(world.now).map((peer) => peer.id));
    expect(peers.size).toBe(STRANGERS_MAX);
    expect(peers.has(nth(0))).toBe(false);
    expect(peers.has(nth(99))).toBe(false);
    expect(peers.has(nth(100))).toBe(true);
    expect(peers.has(nth(STRANGERS_MAX + 99))).toBe(true);
  });

  test("reports each stranger that gave way as down", () => {
    const world = new World();
    const node = world.node(NODE);
    flood(node, STRANGERS_MAX + 3);
    expect(node.saw("peer-down").map((event) => event.peer)).toEqual([nth(0), nth(1), nth(2)]);
  });

  test("fails what was still meant for one that gave way", () => {
    const world = new World();
    const node = world.node(NODE);
    node.command(joins());
    const member = world.bare(at(2));
    for (let n = 0; n < 5; n++) member.send(node.endpoint, "x".repeat(500));
    member.send(node.endpoint, HELLO);
    member.send(node.endpoint, join());
    world.run(50);
    node.command(posts(1, "hi"));
    world.run(20);
    flood(node, STRANGERS_MAX);
    expect(node.saw("post-state").at(-1)).toMatchObject({ state: "failed", reason: "gone" });
  });

  test("refuses newcomers when all the strangers have come back once", () => {
    const world = new World();
    const node = world.node(NODE);
    flood(node, STRANGERS_MAX, 2);
    flood(node, 10, 1, STRANGERS_MAX);
    expect(node.dropped("peers-full")).toBe(10);
  });

  test("still takes the peers that the user names, and never lets strangers push them out", () => {
    const world = new World();
    const friend = world.bare(at(2));
    const node = world.node(NODE, { peers: [friend.endpoint] });
    friend.send(node.endpoint, HELLO);
    world.run(10);
    flood(node, STRANGERS_MAX, 2);
    node.command(connects(at(3)));
    flood(node, 5_000, 1, STRANGERS_MAX);
    const peers = new Set(node.node?.peers(world.now).map((peer) => peer.id));
    expect(peers.has(friend.endpoint)).toBe(true);
    expect(peers.has(at(3))).toBe(true);
    expect(peers.size).toBeLessThanOrEqual(PEERS_MAX);
  });

  test("has room again once the strangers fell silent", () => {
    const world = new World();
    const node = world.node(NODE);
    flood(node, STRANGERS_MAX, 2);
    world.run(16_000);
    expect(node.node?.peers(world.now)).toEqual([]);
  });
});

test("a HELLO that was forged to a punched socket does not keep its victim there", () => {
  const world = new World();
  const s = world.bare(at(1, 7_000));
  const node = world.node(NODE, { peers: [s.endpoint] });
  world.rhythm(s, node.endpoint);
  world.run(100);
  node.command({ kind: "connect", ref: 1, to: "203.0.113.9" as never, via: s.endpoint });
  world.run(100);
  const victim = world.bare(at(4));
  world.carry(victim.endpoint, "198.51.100.1:40000" as Endpoint, HELLO_BYTES);
  world.run(100);
  victim.inbox.length = 0;
  world.rhythm(victim, node.endpoint);
  world.run(20_000);
  expect(victim.inbox.length).toBeGreaterThan(10);
  expect(victim.inbox.every((sent) => sent.from === node.endpoint)).toBe(true);
});
