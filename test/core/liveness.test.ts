/** Who counts as being there, and for how long. PROTOCOL.md §5.1, §5.2. */
import { describe, expect, test } from "vitest";
import { at, chat, HELLO, join, NODE, relay, say, text } from "./said.ts";
import { type Host, World } from "./world.ts";

/** A pulse late at most, and the wire. */
const LATE_MS = 260;

function met(everyMs: number, hellos: number): { world: World; node: Host; peer: Host; lastAt: number } {
  const world = new World();
  const node = world.node(NODE);
  const peer = world.bare(at(2));
  for (let n = 0; n < hellos; n++) {
    if (n > 0) world.run(everyMs);
    peer.send(node.endpoint, HELLO);
  }
  const lastAt = world.now;
  world.run(5);
  return { world, node, peer, lastAt };
}

function downAfter(node: Host, since: number): number | undefined {
  const down = node.saw("peer-down")[0];
  return down === undefined ? undefined : down.at - since;
}

describe("a peer", () => {
  test("is one from its first HELLO on", () => {
    const { node, peer } = met(1_000, 1);
    expect(node.saw("peer-up")).toMatchObject([{ peer: peer.endpoint, path: "direct" }]);
    expect(node.node?.peers(5)).toMatchObject([
      { id: peer.endpoint, live: true, configured: false, proven: false, heardMsAgo: 0, path: "direct", via: null },
    ]);
  });

  test("is none by any other verb", () => {
    const world = new World();
    const node = world.node(NODE);
    const peer = world.bare(at(2));
    for (const message of [text("hi"), join(), say("LEAVE", {}), say("ACK"), say("GETCERTIFICATE"), say("ROUTING", { nodes: [] })])
      peer.send(node.endpoint, message);
    world.run(100);
    expect(node.node?.peers(world.now)).toEqual([]);
    expect(node.dropped("unknown-peer")).toBe(2);
  });

  test("is gone after 15 s of silence, and not before", () => {
    const { world, node, lastAt } = met(3_000, 6);
    world.run(60_000);
    expect(downAfter(node, lastAt)).toBeGreaterThanOrEqual(15_000);
    expect(downAfter(node, lastAt)).toBeLessThanOrEqual(15_000 + LATE_MS);
    expect(node.node?.peers(world.now)).toEqual([]);
  });

  test.each([500, 1_000, 2_000])("heard every %i ms, is gone after 6 s", (everyMs) => {
    const { world, node, lastAt } = met(everyMs, 6);
    world.run(60_000);
    expect(downAfter(node, lastAt)).toBeGreaterThanOrEqual(6_000);
    expect(downAfter(node, lastAt)).toBeLessThanOrEqual(6_000 + LATE_MS);
  });

  test("must have been heard at that rhythm five times in a row for the short limit", () => {
    const { world, node, lastAt } = met(1_000, 5);
    world.run(60_000);
    expect(downAfter(node, lastAt)).toBeGreaterThanOrEqual(15_000);
  });

  test("loses the short limit with one gap above 2 s", () => {
    const { world, node, peer } = met(1_000, 20);
    world.run(2_100);
    peer.send(node.endpoint, HELLO);
    const lastAt = world.now;
    world.run(60_000);
    expect(downAfter(node, lastAt)).toBeGreaterThanOrEqual(15_000);
  });

  test("is kept by any valid message, not only by HELLO", () => {
    const { world, node, peer } = met(1_000, 1);
    for (let n = 0; n < 10; n++) {
      world.run(10_000);
      peer.send(node.endpoint, text(`${n}`));
    }
    world.run(14_000);
    expect(node.saw("peer-down")).toEqual([]);
  });

  test("is not kept by junk", () => {
    const { world, node, peer } = met(1_000, 1);
    for (let n = 0; n < 10; n++) {
      world.run(5_000);
      peer.send(node.endpoint, '{"msg_type":"MESSAGE"}');
    }
    expect(node.saw("peer-down")).toHaveLength(1);
  });

  test("comes up again when it is heard again", () => {
    const { world, node, peer } = met(1_000, 1);
    world.run(20_000);
    peer.send(node.endpoint, HELLO);
    world.run(100);
    expect(node.events.filter((event) => event.type.startsWith("peer-")).map((event) => event.type)).toEqual([
      "peer-up",
      "peer-down",
      "peer-up",
    ]);
  });

  test("that the user configured stays listed while it is away", () => {
    const world = new World();
    const { node, silence } = chat(world);
    silence();
    world.run(30_000);
    expect(node.node?.peers(world.now)).toMatchObject([{ id: at(2), live: false, configured: true }]);
    expect(node.saw("peer-down")).toHaveLength(1);
  });
});

describe("a configured peer that was away", () => {
  function away() {
    const world = new World();
    const it = chat(world);
    it.silence();
    world.run(30_000);
    return { world, ...it };
  }

  test("is up again with its first HELLO, and hears ROUTING again", () => {
    const { world, node, peer } = away();
    peer.inbox.length = 0;
    world.rhythm(peer, node.endpoint);
    world.run(3_000);
    expect(node.saw("peer-up")).toHaveLength(2);
    expect(node.node?.peers(world.now)).toMatchObject([{ live: true }]);
    expect(peer.times("ROUTING").length).toBeGreaterThan(0);
  });

  test("is not back by a MESSAGE alone, and still comes up with the HELLO after it", () => {
    const { world, node, peer } = away();
    peer.send(node.endpoint, text("am I here?"));
    world.run(100);
    expect(node.node?.peers(world.now)).toMatchObject([{ live: false }]);
    peer.send(node.endpoint, HELLO);
    world.run(100);
    expect(node.saw("peer-up")).toHaveLength(2);
  });
});

describe("a peer over a relay", () => {
  test("is there only while the relay is", () => {
    const world = new World();
    const node = world.node(NODE);
    const host = world.bare(at(2));
    const silence = world.rhythm(host, node.endpoint);
    world.run(50);
    let going = true;
    const carried = () => {
      if (!going) return;
      host.send(node.endpoint, relay(node.endpoint, HELLO, at(3)));
      world.later(1_000, carried);
    };
    carried();
    world.run(8_000);
    expect(node.node?.peers(world.now)).toMatchObject([{ id: at(2) }, { id: at(3), path: "relay", via: at(2), live: true }]);
    silence();
    going = false;
    world.run(8_000);
    expect(
      node
        .saw("peer-down")
        .map((event) => event.peer)
        .sort(),
    ).toEqual([at(2), at(3)]);
    expect(node.node?.peers(world.now)).toEqual([]);
  });
});
