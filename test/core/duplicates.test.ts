/** Which messages are retransmissions. PROTOCOL.md §7.3. */
import { describe, expect, test } from "vitest";
import { ATTIC, at, HELLO, idOf, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { World } from "./world.ts";

function pair() {
  const world = new World();
  const node = world.node(NODE);
  node.command(joins());
  return { world, node, peer: world.bare(at(2)) };
}

describe("the same bytes from the same endpoint", () => {
  test("within 4 s of the first are shown once, and acknowledged each time", () => {
    const { world, node, peer } = pair();
    for (const wait of [0, 500, 1_000, 2_499]) {
      world.run(wait);
      peer.send(node.endpoint, text("hi"));
    }
    world.run(100);
    expect(node.posts()).toEqual(["hi"]);
    expect(peer.times("ACK")).toHaveLength(4);
    expect(node.dropped("duplicate")).toBe(3);
    expect(node.saves.flatMap((save) => save.changes).filter((change) => change.kind === "event")).toHaveLength(1);
  });

  test.each([
    [3_999, 1],
    [4_000, 2],
  ])("%i ms later are shown %i times in all", (later, shown) => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, text("hi"));
    world.run(later);
    peer.send(node.endpoint, text("hi"));
    world.run(100);
    expect(node.posts()).toHaveLength(shown);
  });

  test("do not prolong the 4 s by being seen again", () => {
    const { world, node, peer } = pair();
    for (let n = 0; n < 5; n++) {
      peer.send(node.endpoint, text("hi"));
      world.run(2_000);
    }
    expect(node.posts()).toHaveLength(3);
  });

  test("from another endpoint, or another port of it, are another message", () => {
    const { world, node, peer } = pair();
    const other = world.bare(at(3));
    peer.send(node.endpoint, text("hi"));
    peer.send(node.endpoint, text("hi"), 4_001);
    other.send(node.endpoint, text("hi"));
    world.run(100);
    expect(node.posts()).toEqual(["hi", "hi", "hi"]);
  });

  test("over a relay and from the relay itself are two messages", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, HELLO);
    world.run(100);
    peer.send(node.endpoint, text("hi"));
    peer.send(node.endpoint, relay(node.endpoint, text("hi"), at(3)));
    world.run(100);
    expect(node.saw("post").map((post) => post.author)).toEqual([at(2), at(3)]);
  });

  test("make one GETCERTIFICATE answered once, one KEY kept once", () => {
    const { world, node, peer } = pair();
    const key = say("KEY", { channel_id: LOBBY, cipher: "none", key: "k" });
    const question = say("GETCERTIFICATE", { ptp: { pad: "x".repeat(1_000) } });
    for (let n = 0; n < 3; n++) for (const message of [key, question]) peer.send(node.endpoint, message);
    world.run(100);
    expect(peer.times("ACK")).toHaveLength(6);
    expect(peer.times("CERTIFICATE")).toHaveLength(1);
    expect(node.saw("key")).toHaveLength(1);
  });
});

describe("different bytes", () => {
  test("with the same text are two messages", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, text("hi", { msg_id: 1 }));
    peer.send(node.endpoint, text("hi", { msg_id: 2 }));
    world.run(100);
    expect(node.posts()).toEqual(["hi", "hi"]);
  });

  test("with the same msg_id of 32 characters are one message, by whichever path it came", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, HELLO);
    world.run(100);
    peer.send(node.endpoint, text("hi", { msg_id: idOf(7) }));
    peer.send(node.endpoint, relay(node.endpoint, text("hi", { msg_id: idOf(7) }), at(3)));
    peer.send(node.endpoint, text("hi", { msg_id: idOf(8) }));
    world.run(100);
    expect(node.posts()).toEqual(["hi", "hi"]);
    expect(peer.got("RELAY")).toHaveLength(1); // acknowledged all the same
  });

  test("with the same id in another channel are two messages", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, text("hi", { msg_id: idOf(7) }));
    peer.send(node.endpoint, text("hi", { msg_id: idOf(7), channel_id: ATTIC }));
    world.run(100);
    expect(node.posts()).toHaveLength(2);
  });

  test("with a short msg_id that two peers happen to use are two messages", () => {
    const { world, node, peer } = pair();
    peer.send(node.endpoint, text("hi", { msg_id: "1" }));
    peer.send(node.endpoint, text("hi", { msg_id: "1" }), 4_001);
    world.run(100);
    expect(node.posts()).toHaveLength(2);
  });

  test("of our own, sent back to us by whoever, are not shown", () => {
    const { world, node, peer } = pair();
    node.command(joins());
    node.command(posts(7, "hi"));
    world.run(100);
    peer.send(node.endpoint, text("hi", { msg_id: idOf(7) }));
    world.run(100);
    expect(node.posts()).toEqual([]);
    expect(peer.got("ACK")).toEqual([{ msg_id: idOf(7) }]);
  });
});
