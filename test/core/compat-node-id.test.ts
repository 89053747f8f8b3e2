/** `--compat node-id`: configured peers that are old programs. PROTOCOL.md §5.5. */
import { describe, expect, test } from "vitest";
import { ACK, at, HELLO, join, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { type Host, World } from "./world.ts";

const OLD_HELLO = say("HELLO", { node_id: "5a9f8c1e-7b2d-4e3f-9a0b-1c2d3e4f5a6b", version: "0.1" });

function oldPeer() {
  const world = new World();
  const old = world.bare(at(2));
  const node = world.node(NODE, { peers: [old.endpoint], compatNodeId: true });
  node.command(joins());
  for (let n = 0; n < 60; n++) world.later(n * 1_000, () => old.send(node.endpoint, OLD_HELLO));
  world.run(100);
  return { world, node, old };
}

function said(old: Host): string[] {
  return [...new Set(old.verbs())].sort();
}

describe("an old program that we configured", () => {
  test("is sent HELLO and ACK, and no other verb, as long as it has shown none", () => {
    const { world, node, old } = oldPeer();
    const other = world.bare(at(3));
    world.rhythm(other, node.endpoint);
    world.run(1_000);
    other.send(node.endpoint, join());
    node.command(posts(1, "for whoever understands"));
    node.command({ kind: "ask-certificate", ref: 1, of: old.endpoint });
    node.command({ kind: "give-key", ref: 2, to: old.endpoint, channelId: LOBBY, cipher: "c", key: "k" });
    other.send(node.endpoint, relay(old.endpoint, text("over you")));
    other.send(node.endpoint, say("CONNECT", { dst: "203.0.113.2", src: "4555" }));
    world.run(65_000);
    expect(said(old)).toEqual(["HELLO"]);
    old.send(node.endpoint, say("GETKEY", { channel_id: LOBBY }));
    world.run(100);
    expect(said(old)).toEqual(["ACK", "HELLO"]);
  });

  test("is told that what the user asks of it cannot be asked", () => {
    const { world, node, old } = oldPeer();
    node.command({ kind: "ask-certificate", ref: 1, of: old.endpoint });
    world.run(100);
    expect(node.saw("asked")).toMatchObject([{ ref: 1, acked: false }]);
  });

  test("is no reason for a post to fail", () => {
    const { world, node, old } = oldPeer();
    const other = world.bare(at(3));
    world.rhythm(other, node.endpoint);
    world.run(100);
    for (let n = 0; n < 3; n++) other.send(node.endpoint, "x".repeat(500));
    other.send(node.endpoint, join());
    world.run(100);
    node.command(posts(1, "hi"));
    world.run(50);
    other.send(node.endpoint, ACK);
    world.run(5_000);
    expect(node.saw("post-state").at(-1)).toMatchObject({ state: "delivered", of: 1 });
    expect(old.times("MESSAGE")).toEqual([]);
  });

  test.each([
    ["MESSAGE", text("hi")],
    ["JOIN", join()],
  ])("is sent %s once it has shown it", (verb, shown) => {
    const { world, node, old } = oldPeer();
    old.send(node.endpoint, shown);
    world.run(100);
    node.command(joins());
    node.command(posts(1, "hi there"));
    world.run(3_000);
    expect(said(old)).toContain(verb);
    expect(old.times(verb === "MESSAGE" ? "JOIN" : "MESSAGE")).toEqual([]);
  });

  test("is sent RELAY once it has shown it", () => {
    const { world, node, old } = oldPeer();
    const other = world.bare(at(3));
    world.rhythm(other, node.endpoint);
    old.send(node.endpoint, relay(other.endpoint, HELLO));
    world.run(100);
    other.send(node.endpoint, relay(old.endpoint, text("over you")));
    world.run(100);
    expect(said(old)).toContain("RELAY");
  });

  test("reads ASCII, so nothing else is sent to it", () => {
    const { world, node, old } = oldPeer();
    old.send(node.endpoint, text("hi"));
    world.run(100);
    node.command(posts(1, "grüße 😀"));
    world.run(100);
    const sent = old.inbox.find((each) => each.text.includes("MESSAGE"));
    expect(sent?.text).toContain("gr\\u00fc\\u00dfe \\ud83d\\ude00");
    expect(sent?.bytes.every((byte) => byte < 0x7f)).toBe(true);
  });
});

test("a peer that nobody configured as old is sent all verbs, though it shows a node_id", () => {
  const world = new World();
  const old = world.bare(at(2));
  const node = world.node(NODE, { peers: [old.endpoint] });
  node.command(joins());
  old.send(node.endpoint, OLD_HELLO);
  world.run(100);
  expect(said(old)).toContain("JOIN");
});
