/** When HELLO goes out, and to whom. PROTOCOL.md §5.3 to §5.5. */
import { describe, expect, test } from "vitest";
import { encode } from "../../src/wire/index.ts";
import { at, connects, HELLO, NODE, say } from "./said.ts";
import { type Host, LATENCY_MS, World } from "./world.ts";

const OLD_HELLO = say("HELLO", { node_id: "5a9f8c1e-7b2d-4e3f-9a0b-1c2d3e4f5a6b", version: "0.1.2" });

function strangers(): { world: World; node: Host; peer: Host } {
  const world = new World();
  return { world, node: world.node(NODE), peer: world.bare(at(2)) };
}

function gaps(times: number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] as number));
}

describe("towards endpoints that the user named", () => {
  test("a configured endpoint hears HELLO every second for ever, though it never answers", () => {
    const world = new World();
    const peer = world.bare(at(2));
    world.node(NODE, { peers: [peer.endpoint] });
    world.run(120_000);
    const times = peer.times("HELLO");
    expect(times.length).toBeGreaterThanOrEqual(110);
    expect(Math.min(...gaps(times))).toBeGreaterThanOrEqual(950);
    expect(Math.max(...gaps(times))).toBeLessThanOrEqual(1_250);
    expect(times.at(-1)).toBeGreaterThan(118_000);
  });

  test("an endpoint that the user asked for is given up after 15 s of silence", () => {
    const { world, node, peer } = strangers();
    node.command(connects(peer.endpoint));
    world.run(60_000);
    const times = peer.times("HELLO");
    expect(times.length).toBeGreaterThanOrEqual(13);
    expect(times.at(-1)).toBeGreaterThan(13_500);
    expect(times.at(-1)).toBeLessThanOrEqual(15_000 + LATENCY_MS);
    expect(node.node?.peers(world.now)).toEqual([]);
  });

  test("an asked endpoint that was heard keeps its HELLOs until 15 s after it was heard last", () => {
    const { world, node, peer } = strangers();
    node.command(connects(peer.endpoint));
    world.run(10_000);
    peer.send(node.endpoint, HELLO);
    world.run(60_000);
    expect(peer.times("HELLO").at(-1)).toBeGreaterThan(23_500);
    expect(peer.times("HELLO").at(-1)).toBeLessThanOrEqual(25_000 + 2 * LATENCY_MS);
  });

  test("naming an endpoint twice in a row does not greet it twice", () => {
    const { world, node, peer } = strangers();
    node.command(connects(peer.endpoint));
    node.command(connects(peer.endpoint, null, 2));
    world.run(20);
    expect(peer.verbs()).toEqual(["HELLO"]);
  });
});

describe("towards strangers", () => {
  test("a forged HELLO buys exactly one HELLO, at once", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, HELLO);
    world.run(2 * LATENCY_MS);
    expect(peer.verbs()).toEqual(["HELLO"]);
    world.run(60_000);
    expect(peer.verbs()).toEqual(["HELLO"]);
  });

  test("the answer to our own HELLO earns nothing", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, HELLO);
    world.run(100);
    peer.send(node.endpoint, HELLO);
    world.run(60_000);
    expect(peer.verbs()).toEqual(["HELLO"]);
  });

  test("only one HELLO for each of ours counts as its answer", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, HELLO);
    world.run(100);
    peer.send(node.endpoint, HELLO);
    peer.send(node.endpoint, HELLO);
    world.run(60_000);
    expect(peer.verbs()).toEqual(["HELLO", "HELLO"]);
  });

  test.each([
    [899, 1],
    [900, 2],
  ])("a HELLO %i ms after ours is answered, counting the first, with %i in all", (afterMs, expected) => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, HELLO);
    world.run(LATENCY_MS); // ours goes out now
    world.run(afterMs - LATENCY_MS);
    peer.send(node.endpoint, HELLO);
    world.run(60_000);
    expect(peer.times("HELLO")).toHaveLength(expected);
  });

  test("of a burst at most three HELLOs are banked, and paid one a second", () => {
    const { world, node, peer } = strangers();
    for (let n = 0; n < 50; n++) peer.send(node.endpoint, HELLO);
    world.run(60_000);
    const times = peer.times("HELLO");
    expect(times).toHaveLength(1 + 3);
    expect(Math.min(...gaps(times))).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...gaps(times))).toBeLessThanOrEqual(1_250);
  });

  test("two nodes whom nobody configured fall silent again within 12 s of one forged HELLO", () => {
    const world = new World();
    const a = world.node(NODE);
    const b = world.node(at(2));
    world.carry(b.endpoint, a.endpoint, encode("HELLO"));
    world.run(12_000);
    const before = world.sent.length;
    expect(before).toBeGreaterThanOrEqual(2);
    world.run(120_000);
    expect(world.sent.length).toBe(before);
  });

  test("one forged HELLO each way, and a burst of fifty, die out as well", () => {
    const world = new World();
    const a = world.node(NODE);
    const b = world.node(at(2));
    for (let n = 0; n < 50; n++) world.carry(b.endpoint, a.endpoint, encode("HELLO"));
    world.carry(a.endpoint, b.endpoint, encode("HELLO"));
    world.run(30_000);
    const before = world.sent.length;
    world.run(120_000);
    expect(world.sent.length).toBe(before);
  });

  test.each([500, 600, 700, 800, 850, 900, 950, 1_000, 1_100, 1_300, 1_500, 1_800, 2_000])(
    "a peer that says HELLO every %i ms is answered within the seed's 0.5 to 2 s",
    (everyMs) => {
      const { world, node, peer } = strangers();
      world.rhythm(peer, node.endpoint, everyMs);
      world.run(60_000);
      const between = gaps(peer.times("HELLO"));
      expect(between.length).toBeGreaterThanOrEqual(28);
      expect(Math.min(...between)).toBeGreaterThanOrEqual(500);
      expect(Math.max(...between)).toBeLessThanOrEqual(2_000);
    },
  );

  test("a lost HELLO does not end the exchange", () => {
    const { world, node, peer } = strangers();
    let nth = 0;
    world.loses = () => nth++ % 5 === 4;
    world.rhythm(peer, node.endpoint);
    world.run(60_000);
    expect(Math.max(...gaps(peer.times("HELLO")))).toBeLessThanOrEqual(4_000);
    expect(node.saw("peer-down")).toEqual([]);
  });
});

describe("towards old programs", () => {
  test("a peer that shows a node_id is answered with ours", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, OLD_HELLO);
    world.run(100);
    expect(peer.got("HELLO")).toEqual([{ node_id: node.node?.guid }]);
    expect(node.node?.peers(world.now)[0]?.nodeId).toBe("5a9f8c1e-7b2d-4e3f-9a0b-1c2d3e4f5a6b");
  });

  test("with an empty HELLO where the credit is too short for the id", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, say("HELLO", { node_id: "x" }));
    world.run(100);
    expect(peer.got("HELLO")).toEqual([{}]);
  });

  test("a peer that shows none is sent the two head keys and no data", () => {
    const { world, node, peer } = strangers();
    peer.send(node.endpoint, HELLO);
    world.run(100);
    expect(peer.inbox[0]?.text).toBe('{"msg_type":"HELLO"}');
  });

  test("what is not ASCII goes to them escaped", () => {
    const { world, node, peer } = strangers();
    node.command(connects(peer.endpoint));
    peer.send(node.endpoint, OLD_HELLO);
    peer.send(node.endpoint, say("JOIN", { channel_id: "6f1c2d84-90ab-4cde-8f01-23456789abcd", channel: "café" }));
    world.run(100);
    const channel = peer.inbox.find((sent) => sent.text.includes("CHANNEL"));
    expect(channel?.text).toContain("caf\\u00e9");
  });

  test("under --compat node-id the id is in the first HELLO already", () => {
    const world = new World();
    const peer = world.bare(at(2));
    const node = world.node(NODE, { peers: [peer.endpoint], compatNodeId: true });
    world.run(100);
    expect(peer.got("HELLO")).toEqual([{ node_id: node.node?.guid }]);
  });
});
