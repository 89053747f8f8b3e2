/** Which messages are acknowledged, and how. PROTOCOL.md §7.1. */
import { describe, expect, test } from "vitest";
import { ACKED, ATTIC, at, HELLO, join, LOBBY, NODE, relay, say, text } from "./said.ts";
import { LATENCY_MS, World } from "./world.ts";

function world() {
  const world = new World();
  return { world, node: world.node(NODE), peer: world.bare(at(2)) };
}

const ACKED_VERBS = Object.entries(ACKED) as [string, object | undefined][];

const NEVER_ACKED: [string, object | undefined][] = [
  ["HELLO", undefined],
  ["ACK", undefined],
  ["ACK", { msg_id: "one" }],
  ["JOIN", { channel_id: LOBBY }],
  ["CHANNEL", { channel_id: LOBBY, channel: "lobby", members: [] }],
  ["LEAVE", { channel_id: LOBBY }],
  ["ROUTING", { nodes: [] }],
  ["CONNECT", { dst: "203.0.113.9", src: "4000" }],
  ["RELAY", { dst: at(9), message: { msg_type: "MESSAGE", msg_data: { channel_id: LOBBY, message: "hi" } } }],
];

describe("ACK", () => {
  test.each(ACKED_VERBS)("answers %s once, within 1 s, though its sender never said HELLO and no channel is joined", (verb, body) => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, say(verb, body));
    it.run(1_000);
    expect(peer.times("ACK")).toEqual([2 * LATENCY_MS]);
    expect(peer.inbox.find((sent) => sent.text.includes("ACK"))?.text).toBe('{"msg_type":"ACK"}');
    it.run(60_000);
    expect(peer.times("ACK")).toHaveLength(1);
  });

  test.each(ACKED_VERBS)("repeats the msg_id of %s, whether text or number", (verb, body) => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, say(verb, { ...body, msg_id: "id-1" }));
    peer.send(node.endpoint, say(verb, { ...body, msg_id: 77 }));
    it.run(1_000);
    expect(peer.got("ACK")).toEqual([{ msg_id: "id-1" }, { msg_id: 77 }]);
  });

  test.each([{}, [], "", null, 1.5, true, "x".repeat(129)].map((id) => [JSON.stringify(id), id]))(
    "treats a msg_id of %s as absent",
    (_name, msg_id) => {
      const { world: it, node, peer } = world();
      peer.send(node.endpoint, text("hi", { msg_id }));
      it.run(1_000);
      expect(peer.got("ACK")).toEqual([{}]);
    },
  );

  test.each(NEVER_ACKED)("never answers %s, known peer or not", (verb, body) => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, say(verb, body));
    it.run(1_000);
    peer.send(node.endpoint, HELLO);
    it.run(1_000);
    peer.send(node.endpoint, say(verb, body));
    it.run(30_000);
    expect(peer.times("ACK")).toEqual([]);
  });

  test("goes to the port that the message came from, not to the port of the HELLO", () => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, HELLO);
    it.run(100);
    peer.send(node.endpoint, text("hi"), 4_999);
    it.run(100);
    expect(it.sent.filter((sent) => sent.text.includes('"ACK"')).map((sent) => sent.to)).toEqual(["203.0.113.2:4999"]);
  });

  test.each([
    ["MESSAGE", { message: "no channel" }],
    ["MESSAGE", { channel_id: LOBBY }],
    ["MESSAGE", { channel_id: "lobby", message: "not a GUID" }],
    ["MESSAGE", { channel_id: LOBBY, message: 7 }],
    ["MESSAGE", undefined],
    ["KEY", { channel_id: LOBBY, key: "no cipher" }],
    ["CERTIFICATE", { certificate: "not base64!" }],
    ["GETKEY", {}],
    ["GETCERTIFICATE", 5],
  ])("does not answer %s that was not received correctly: %j", (verb, body) => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, say(verb, body));
    it.run(30_000);
    expect(peer.inbox).toEqual([]);
    expect(node.dropped("bad-data")).toBe(1);
  });

  test("answers a MESSAGE to a channel that nobody here is in, which is shown and not kept", () => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, say("MESSAGE", { channel_id: ATTIC.toUpperCase(), message: "anyone?" }));
    it.run(100);
    expect(peer.verbs()).toEqual(["ACK"]);
    expect(node.saw("post")).toMatchObject([
      { channelId: ATTIC, author: peer.endpoint, own: false, text: "anyone?", verified: false, kept: false },
    ]);
    expect(node.saves).toEqual([]);
  });

  test("of a relayed message is a RELAY back over the same node, and the RELAY itself has none", () => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, HELLO);
    it.run(100);
    peer.send(node.endpoint, relay(node.endpoint, text("from afar", { msg_id: "m" }), at(3)));
    it.run(1_000);
    expect(peer.got("RELAY")).toEqual([{ dst: at(3), message: { msg_type: "ACK", msg_data: { msg_id: "m" } } }]);
    expect(peer.times("ACK")).toEqual([]);
  });

  test("is not what a JOIN gets, but CHANNEL is", () => {
    const { world: it, node, peer } = world();
    peer.send(node.endpoint, HELLO);
    peer.send(node.endpoint, join({ ptp: { pad: "x".repeat(500) } }));
    it.run(1_000);
    expect(peer.times("CHANNEL")).toHaveLength(1);
    expect(peer.times("ACK")).toEqual([]);
  });
});
