/** `tap`: the node's own traffic as events. */
import { describe, expect, test } from "vitest";
import { at, HELLO, NODE, text } from "./said.ts";
import { World } from "./world.ts";

function tapped() {
  const world = new World();
  const node = world.node(NODE);
  node.command({ kind: "tap", on: true });
  return { world, node, peer: world.bare(at(2)) };
}

describe("tap", () => {
  test("shows each datagram in and out with its verb and text, in the order of the wire", () => {
    const { world, node, peer } = tapped();
    peer.send(node.endpoint, HELLO);
    peer.send(node.endpoint, text("hi"));
    world.run(100);
    expect(node.saw("traffic").map(({ direction, endpoint, verb, socket }) => [direction, endpoint, verb, socket])).toEqual([
      ["out", peer.endpoint, "HELLO", 0],
      ["in", peer.endpoint, "HELLO", 0],
      ["out", peer.endpoint, "ACK", 0],
      ["in", peer.endpoint, "MESSAGE", 0],
    ]);
    expect(node.saw("traffic")[0]?.text).toBe('{"msg_type":"HELLO"}');
  });

  test("shows what was dropped, and why, junk as text that can be shown", () => {
    const { world, node, peer } = tapped();
    peer.send(node.endpoint, new Uint8Array([0x7b, 0xff, 0xfe]));
    peer.send(node.endpoint, '{"msg_type":"ACK"}');
    world.run(100);
    expect(node.saw("traffic").map(({ verb, dropped }) => [verb, dropped])).toEqual([
      [null, "not-utf8"],
      ["ACK", "stray-ack"],
    ]);
    expect(node.saw("traffic")[0]?.text).toBe("{\ufffd\ufffd");
  });

  test("is silent until it is on, and again when it is off", () => {
    const { world, node, peer } = tapped();
    node.command({ kind: "tap", on: false });
    peer.send(node.endpoint, HELLO);
    world.run(100);
    expect(node.saw("traffic")).toEqual([]);
  });
});
