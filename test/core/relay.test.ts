/** RELAY: as the relay, as its user and as the receiver. PROTOCOL.md §8.11. */
import { describe, expect, test } from "vitest";
import { ACK, at, HELLO, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { type Host, World } from "./world.ts";

/** A relay between two bare peers that say HELLO; `trusted` says whether the user configured them. */
function between(trusted = true) {
  const world = new World();
  const [a, b] = [world.bare(at(2)), world.bare(at(3))];
  const node = world.node(NODE, { peers: trusted ? [a.endpoint, b.endpoint] : [] });
  for (const host of [a, b]) world.rhythm(host, node.endpoint);
  world.run(100);
  return { world, node, a, b };
}

function carriedTo(host: Host): object[] {
  return host.got("RELAY");
}

describe("a relay", () => {
  test("passes a message on unread, with the src that it observed", () => {
    const { world, node, a, b } = between();
    const inner = { msg_type: "SOMETHING", msg_data: { any: ["thing", 1] } };
    a.send(node.endpoint, relay(b.endpoint, inner));
    world.run(100);
    expect(carriedTo(b)).toEqual([{ dst: b.endpoint, src: a.endpoint, message: inner }]);
    expect(a.times("ACK")).toEqual([]);
    expect(b.times("ACK")).toEqual([]);
  });

  test("takes a src that names the sender, and never passes on one that it made up", () => {
    const { world, node, a, b } = between();
    a.send(node.endpoint, relay(b.endpoint, HELLO, at(99)));
    a.send(node.endpoint, relay(b.endpoint, HELLO, a.endpoint));
    world.run(100);
    expect(carriedTo(b)).toEqual([{ dst: b.endpoint, src: a.endpoint, message: HELLO }]);
  });

  test("does not act on what it passes on", () => {
    const { world, node, a, b } = between();
    a.send(node.endpoint, relay(b.endpoint, text("private")));
    world.run(100);
    expect(node.posts()).toEqual([]);
    expect(carriedTo(b)).toHaveLength(1);
  });

  test.each([
    ["to an endpoint that it does not know", at(9)],
    ["back to the sender itself", at(2)],
  ])("drops one %s", (_name, dst) => {
    const { world, node, a } = between();
    a.send(node.endpoint, relay(dst, text("hi")));
    world.run(100);
    expect(node.dropped("relay-unknown-dst")).toBe(1);
    expect(carriedTo(a)).toEqual([]);
    expect(node.posts()).toEqual([]);
  });

  test("drops one to a neighbour that went silent", () => {
    const world = new World();
    const [a, b] = [world.bare(at(2)), world.bare(at(3))];
    const node = world.node(NODE, { peers: [a.endpoint, b.endpoint] });
    b.send(node.endpoint, HELLO);
    world.rhythm(a, node.endpoint);
    world.run(16_000);
    a.send(node.endpoint, relay(b.endpoint, text("hi")));
    world.run(100);
    expect(node.dropped("relay-unknown-dst")).toBe(1);
  });

  test("drops one from an endpoint that never said HELLO", () => {
    const { world, node, b } = between();
    world.bare(at(7)).send(node.endpoint, relay(b.endpoint, text("hi")));
    world.run(100);
    expect(node.dropped("unknown-peer")).toBe(1);
    expect(carriedTo(b)).toEqual([]);
  });

  test("drops a RELAY within a RELAY", () => {
    const { world, node, a, b } = between();
    a.send(node.endpoint, relay(b.endpoint, relay(at(9), HELLO)));
    a.send(node.endpoint, relay(node.endpoint, relay(b.endpoint, HELLO), at(5)));
    world.run(100);
    expect(node.dropped("nested-relay")).toBe(2);
    expect(carriedTo(b)).toEqual([]);
  });

  test("passes on at most 50 a second from one source, and 50 from another", () => {
    const { world, node, a, b } = between();
    for (let n = 0; n < 80; n++) a.send(node.endpoint, relay(b.endpoint, text(`${n}`)));
    for (let n = 0; n < 10; n++) b.send(node.endpoint, relay(a.endpoint, text(`${n}`)));
    world.run(10);
    expect(carriedTo(b)).toHaveLength(50);
    expect(carriedTo(a)).toHaveLength(10);
    expect(node.dropped("relay-rate")).toBe(30);
    world.run(1_000);
    for (let n = 0; n < 80; n++) a.send(node.endpoint, relay(b.endpoint, text(`later ${n}`)));
    world.run(10);
    expect(carriedTo(b)).toHaveLength(100);
  });

  test("lets a datagram grow by 64 bytes at most, and to 8,192 in all", () => {
    const { world, node, a, b } = between();
    const long = (bytes: number) => {
      const empty = JSON.stringify(relay(b.endpoint, text(""))).length;
      return relay(b.endpoint, text("x".repeat(bytes - empty)));
    };
    a.send(node.endpoint, long(8_150));
    world.run(10);
    expect(carriedTo(b)).toHaveLength(1);
    a.send(node.endpoint, long(8_192));
    world.run(10);
    expect(carriedTo(b)).toHaveLength(1);
    expect(node.dropped("relay-too-long")).toBe(1);
    for (const sent of b.inbox.filter((each) => each.text.includes("RELAY"))) expect(sent.bytes.length).toBeLessThanOrEqual(8_192);
  });

  test("does not let an unescaped control text grow beyond that", () => {
    const { world, node, a, b } = between();
    const raw = JSON.stringify(relay(b.endpoint, text("@"))).replace("@", "\u007f\u2028".repeat(10));
    a.send(node.endpoint, raw);
    world.run(10);
    expect(carriedTo(b)).toHaveLength(1);
    const growth = (b.inbox.find((each) => each.text.includes("RELAY"))?.bytes.length ?? 0) - new TextEncoder().encode(raw).length;
    expect(growth).toBeLessThanOrEqual(64);
  });
});

describe("the receiver", () => {
  test("handles the inner message as if from src, and shows it as such", () => {
    const { world, node, a } = between();
    node.command(joins());
    a.send(node.endpoint, relay(node.endpoint, HELLO, at(7)));
    a.send(node.endpoint, relay(node.endpoint, say("JOIN", { channel_id: LOBBY }), at(7)));
    a.send(node.endpoint, relay(node.endpoint, text("over you"), at(7)));
    world.run(100);
    expect(node.saw("post")).toMatchObject([{ author: at(7), text: "over you" }]);
    expect(node.node?.members(LOBBY, world.now)).toContainEqual({
      endpoint: at(7),
      nodeId: null,
      nick: null,
      role: null,
      banned: false,
      forked: false,
      state: "relay",
      via: a.endpoint,
      heardMsAgo: expect.any(Number),
    });
  });

  test("answers over the same relay: HELLO, CHANNEL, ACK, CERTIFICATE, none of them to src itself", () => {
    const { world, node, a } = between();
    const far = world.bare(at(7));
    for (const inner of [HELLO, say("JOIN", { channel_id: LOBBY }), text("hi"), say("GETCERTIFICATE")])
      a.send(node.endpoint, relay(node.endpoint, inner, at(7)));
    world.run(1_000);
    const back = a.got("RELAY").map((body) => (body.message as { msg_type: string }).msg_type);
    expect(back.filter((verb) => verb === "ACK")).toHaveLength(2);
    expect(new Set(back)).toEqual(new Set(["ACK", "CERTIFICATE", "CHANNEL", "HELLO"]));
    for (const body of a.got("RELAY")) {
      expect(body.dst).toBe(at(7));
      expect(body.src).toBeUndefined();
    }
    expect(far.inbox).toEqual([]);
  });

  test.each([
    ["CONNECT", { dst: at(5), src: "203.0.113.9" }],
    ["ROUTING", { nodes: [] }],
  ])("drops %s inside a RELAY", (verb, body) => {
    const { world, node, a } = between();
    a.send(node.endpoint, relay(node.endpoint, say(verb, body), at(7)));
    world.run(100);
    expect(node.dropped("relay-refused-verb")).toBe(1);
  });

  test.each([
    ["unknown-verb", { msg_type: "PING" }],
    ["bad-data", { msg_type: "MESSAGE" }],
  ])("counts an inner message that is wrong as %s", (reason, inner) => {
    const { world, node, a } = between();
    a.send(node.endpoint, relay(node.endpoint, inner, at(7)));
    world.run(100);
    expect(node.dropped(reason as "bad-data")).toBe(1);
    expect(carriedTo(a)).toEqual([]);
  });

  test("says HELLO over a relay every 2 s at most", () => {
    const { world, node, a } = between();
    for (let n = 0; n < 30; n++) {
      a.send(node.endpoint, relay(node.endpoint, HELLO, at(7)));
      world.run(1_000);
    }
    const hellos = a.inbox.filter((sent) => sent.text.includes("RELAY")).map((sent) => sent.at);
    expect(hellos.length).toBeGreaterThan(10);
    for (const [index, time] of hellos.slice(1).entries()) expect(time - (hellos[index] as number)).toBeGreaterThanOrEqual(2_000);
  });

  test("takes at most 256 peers from one relay", () => {
    const { world, node, a } = between();
    for (let n = 0; n < 300; n++) a.send(node.endpoint, relay(node.endpoint, HELLO, `203.0.99.${n & 255}:${4_000 + n}`));
    world.run(100);
    expect(node.node?.peers(world.now).filter((peer) => peer.path === "relay")).toHaveLength(256);
    expect(node.dropped("peers-full")).toBe(44);
  });
});

describe("the sender", () => {
  test("gets the ACK of a relayed text as a RELAY, and counts it", () => {
    const { world, node, a, b } = between();
    node.command(joins());
    a.send(node.endpoint, relay(node.endpoint, HELLO, at(7)));
    a.send(node.endpoint, relay(node.endpoint, say("JOIN", { channel_id: LOBBY }), at(7)));
    for (const host of [a, b]) host.send(node.endpoint, say("CHANNEL", { channel_id: LOBBY, ptp: { member: false } }));
    world.run(100);
    node.command(posts(1, "to the far one"));
    world.run(100);
    const out = a.got("RELAY").filter((body) => (body.message as { msg_type: string }).msg_type === "MESSAGE");
    expect(out).toMatchObject([{ dst: at(7), message: { msg_data: { channel_id: LOBBY, message: "to the far one" } } }]);
    a.send(node.endpoint, ACK); // of the relay itself: means nothing
    a.send(node.endpoint, relay(node.endpoint, ACK, at(7)));
    world.run(100);
    expect(node.dropped("stray-ack")).toBe(1);
    expect(node.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
  });

  test("of two of our nodes that see each other only over a third: texts go both ways", () => {
    const world = new World();
    const s = world.node(NODE, { rendezvous: true });
    const [a, b] = [world.node(at(2), { peers: [s.endpoint] }), world.node(at(3), { peers: [s.endpoint] })];
    world.loses = (sent) => sent.from !== s.endpoint && sent.to !== s.endpoint;
    for (const host of [a, b]) {
      host.command(joins());
      world.run(3_000);
    }
    a.command(posts(1, "hello b"));
    b.command(posts(2, "hello a"));
    world.run(3_000);
    expect(b.posts()).toEqual(["hello b"]);
    expect(a.posts()).toEqual(["hello a"]);
    expect(a.saw("post-state").at(-1)?.state).toBe("delivered");
  });
});
