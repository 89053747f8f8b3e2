/** Stop and wait: copies, ACKs, and which message an ACK means. PROTOCOL.md §7.2. */
import { describe, expect, test } from "vitest";
import { ACK, at, chat, connects, HELLO, idOf, join, joins, LOBBY, posts, say, text } from "./said.ts";
import { type Host, LATENCY_MS, World } from "./world.ts";

function states(node: Host): [string, string, string?][] {
  return node.saw("post-state").map(({ id, state, reason }) => (reason === undefined ? [id, state] : [id, state, reason]));
}

function messages(peer: Host): { message: string; at: number; text: string }[] {
  return peer.inbox.flatMap((sent) => {
    const data = JSON.parse(sent.text).msg_data;
    return sent.text.startsWith('{"msg_type":"MESSAGE"') ? [{ message: data.message, at: sent.at + LATENCY_MS, text: sent.text }] : [];
  });
}

/** A chat in which the user posts one text for each of `words`, now. */
function posted(...words: string[]) {
  const world = new World();
  const it = chat(world);
  const since = world.now + 1 + LATENCY_MS; // kept, and carried
  for (const [n, each] of words.entries()) it.node.command(posts(n, each));
  return { world, ...it, since };
}

describe("a message that nobody acknowledges", () => {
  test("goes out at 0, 0.5 and 1.5 s, byte for byte the same, and has failed at 3.5 s", () => {
    const { world, node, peer, since } = posted("hi");
    world.run(30_000);
    const copies = messages(peer);
    expect(copies.map((copy) => copy.at - since)).toEqual([0, 500, 1_500]);
    expect(new Set(copies.map((copy) => copy.text)).size).toBe(1);
    expect(states(node)).toEqual([
      [idOf(0), "saved"],
      [idOf(0), "failed", "not-acknowledged"],
    ]);
    expect((node.saw("post-state")[1]?.at ?? 0) + LATENCY_MS - since).toBe(3_500);
  });

  test("holds back the next one until then", () => {
    const { world, peer, since } = posted("one", "two");
    world.run(30_000);
    expect(messages(peer).map(({ message, at }) => [message, at - since])).toEqual([
      ["one", 0],
      ["one", 500],
      ["one", 1_500],
      ["two", 3_500],
      ["two", 4_000],
      ["two", 5_000],
    ]);
  });
});

describe("at instants with fractions, as real clocks give them", () => {
  test.each([false, true])("it ends at 3.5 s all the same, with three copies at most (acknowledged once: %s)", (acknowledged) => {
    for (let n = 0; n < 100; n++) {
      const world = new World();
      world.now = n * 37.1 + 0.05;
      const { node, peer } = chat(world);
      for (const each of [1, 2]) node.command(posts(each, `${each}`));
      world.run(600);
      if (acknowledged) peer.send(node.endpoint, ACK);
      world.run(8_000);
      expect(messages(peer).filter(({ message }) => message === "1")).toHaveLength(acknowledged ? 2 : 3);
      expect(messages(peer).filter(({ message }) => message === "2")).toHaveLength(3);
    }
  });
});

describe("a message that is acknowledged", () => {
  test("has no further copies, is delivered, and lets the next one go at once", () => {
    const { world, node, peer, since } = posted("one", "two");
    world.run(100);
    peer.send(node.endpoint, ACK);
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(30_000);
    expect(messages(peer).map(({ message }) => message)).toEqual(["one", "two"]);
    expect((messages(peer)[1]?.at ?? 0) - since).toBeLessThan(150);
    expect(states(node)).toEqual([
      [idOf(0), "saved"],
      [idOf(1), "saved"],
      [idOf(0), "delivered"],
      [idOf(1), "delivered"],
    ]);
  });

  test("after two copies holds the next one back until the second ACK", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(600);
    peer.send(node.endpoint, ACK);
    world.run(400);
    expect(messages(peer).map(({ message }) => message)).toEqual(["one", "one"]);
    expect(states(node).at(-1)).toEqual([idOf(0), "delivered"]);
    peer.send(node.endpoint, ACK);
    world.run(50);
    expect(messages(peer).map(({ message }) => message)).toEqual(["one", "one", "two"]);
  });

  test("after two copies and one ACK holds the next one back until 3.5 s, with no third copy", () => {
    const { world, node, peer, since } = posted("one", "two");
    world.run(600);
    peer.send(node.endpoint, ACK);
    world.run(3_000);
    expect(messages(peer).map(({ message, at }) => [message, at - since])).toEqual([
      ["one", 0],
      ["one", 500],
      ["two", 3_500],
    ]);
    expect(states(node)).toEqual([
      [idOf(0), "saved"],
      [idOf(1), "saved"],
      [idOf(0), "delivered"],
    ]);
  });

  test("late: the ACKs of its copies never confirm the next message", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(1_700); // three copies are out
    for (let n = 0; n < 3; n++) peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(0), "delivered"]);
    world.run(20_000);
    expect(states(node).at(-1)).toEqual([idOf(1), "failed", "not-acknowledged"]);
  });

  test("of several members counts each of them", () => {
    const world = new World();
    const { node, peer } = chat(world);
    const other = world.bare(at(3));
    node.command(connects(other.endpoint));
    world.rhythm(other, node.endpoint);
    world.run(100);
    other.send(node.endpoint, join());
    world.run(100);
    node.command(posts(0, "hi"));
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(10_000);
    expect(node.saw("post-state")).toMatchObject([
      { state: "saved", acked: 0, of: 2 },
      { state: "failed", acked: 1, of: 2, reason: "not-acknowledged" },
    ]);
  });
});

describe("msg_id", () => {
  function echoing(...words: string[]) {
    const world = new World();
    const it = chat(world);
    it.peer.send(it.node.endpoint, text("I have ids", { msg_id: "x" }));
    world.run(100);
    for (const [n, each] of words.entries()) it.node.command(posts(n, each));
    world.run(50);
    return { world, ...it };
  }

  test("goes along to peers that have shown one", () => {
    const { peer } = echoing("hi");
    expect(peer.got("MESSAGE")).toEqual([{ channel_id: LOBBY, message: "hi", msg_id: idOf(0) }]);
  });

  test("is left out towards all others", () => {
    const { world, peer } = posted("hi");
    world.run(50);
    expect(peer.got("MESSAGE")).toEqual([{ channel_id: LOBBY, message: "hi" }]);
  });

  test("goes along with a text that still waited for its turn when the peer showed one", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(50);
    peer.send(node.endpoint, text("I have ids", { msg_id: "x" }));
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(50);
    expect(peer.got("MESSAGE").map(({ message, msg_id }) => [message, msg_id])).toEqual([
      ["one", undefined],
      ["two", idOf(1)],
    ]);
  });

  test("is repeated by every peer that shows ptp, so an ACK without one that the network doubled confirms nothing", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(50);
    peer.send(node.endpoint, join({ ptp: {} }));
    for (const _doubled of [1, 2]) peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(0), "delivered"]);
    expect(node.dropped("stray-ack")).toBe(1);
    peer.send(node.endpoint, say("ACK", { msg_id: idOf(1) }));
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(1), "delivered"]);
  });

  test("of a peer that showed one, but no ptp, may be missing from its ACK; not while that may belong to a text without", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(50);
    peer.send(node.endpoint, text("I have ids", { msg_id: "x" }));
    for (const _doubled of [1, 2]) peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(0), "delivered"]);
    world.run(3_600);
    expect(states(node).at(-1)).toEqual([idOf(1), "failed", "not-acknowledged"]);
    node.command(posts(2, "three"));
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(2), "delivered"]);
  });

  test("in an ACK ends the wait at once, whatever the copies", () => {
    const { world, node, peer } = echoing("one", "two");
    world.run(1_700);
    peer.send(node.endpoint, say("ACK", { msg_id: idOf(0) }));
    world.run(50);
    expect(messages(peer).map(({ message }) => message)).toEqual(["one", "one", "one", "two"]);
  });

  test("of another message in an ACK has no effect", () => {
    const { world, node, peer } = echoing("one");
    peer.send(node.endpoint, say("ACK", { msg_id: "another" }));
    world.run(10_000);
    expect(states(node).at(-1)).toEqual([idOf(0), "failed", "not-acknowledged"]);
    expect(node.dropped("stray-ack")).toBe(1);
  });

  test("in an ACK is never that of a text without one", () => {
    const { world, node, peer } = posted("one", "two");
    world.run(50);
    peer.send(node.endpoint, say("ACK", { msg_id: "of an earlier run" }));
    world.run(50);
    expect(states(node).at(-1)?.[1]).toBe("saved");
    expect(node.dropped("stray-ack")).toBe(1);
    peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).at(-1)).toEqual([idOf(0), "delivered"]);
    expect(peer.got("MESSAGE").map(({ msg_id }) => msg_id)).toEqual([undefined, idOf(1)]); // it has shown an id by now
  });

  test("lets an equal text go without waiting 4 s", () => {
    const { world, node, peer } = echoing("same", "same");
    peer.send(node.endpoint, say("ACK", { msg_id: idOf(0) }));
    world.run(50);
    expect(messages(peer).map(({ message }) => message)).toEqual(["same", "same"]);
  });
});

describe("an equal text", () => {
  test("without an id goes again only 4 s after the last copy of the first", () => {
    const { world, node, peer, since } = posted("same", "same");
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(10_000);
    expect(messages(peer)[1]?.at).toBe(since + 4_000);
  });

  test("counts from the last copy", () => {
    const { world, node, peer, since } = posted("same", "same");
    world.run(600);
    peer.send(node.endpoint, ACK);
    peer.send(node.endpoint, ACK);
    world.run(10_000);
    expect(messages(peer)[2]?.at).toBe(since + 500 + 4_000);
  });

  test("is shown twice by another node of ours", () => {
    const world = new World();
    const a = world.node("198.51.100.1:7667", { peers: [at(2)] });
    const b = world.node(at(2), { peers: [a.endpoint] });
    for (const host of [a, b]) host.command({ kind: "join", channelId: LOBBY, name: "lobby", at: [] });
    world.run(2_000);
    a.command(posts(0, "same"));
    a.command(posts(1, "same"));
    world.run(10_000);
    expect(b.posts()).toEqual(["same", "same"]);
    expect(states(a).filter(([, state]) => state === "delivered")).toHaveLength(2);
  });
});

describe("a stray ACK", () => {
  test.each([{}, { msg_id: "x" }, { msg_id: 1 }])("with nothing open has no effect and is counted (%j)", (data) => {
    const world = new World();
    const { node, peer } = chat(world);
    peer.send(node.endpoint, say("ACK", data));
    world.run(100);
    expect(node.dropped("stray-ack")).toBe(1);
    node.command(posts(0, "hi"));
    world.run(10_000);
    expect(states(node).at(-1)?.[1]).toBe("failed");
  });

  test("of another endpoint confirms nothing", () => {
    const { world, node, peer } = posted("hi");
    const forger = world.bare(at(9));
    world.run(50);
    forger.send(node.endpoint, HELLO);
    forger.send(node.endpoint, ACK);
    peer.send(node.endpoint, ACK, 4_999);
    world.run(10_000);
    expect(node.dropped("stray-ack")).toBe(2);
    expect(states(node).at(-1)?.[1]).toBe("failed");
  });
});

describe("a peer that goes away", () => {
  test("fails all that was still meant for it", () => {
    const { world, node, silence } = posted("1", "2", "3", "4", "5", "6", "7");
    silence();
    world.run(30_000);
    const reasons = states(node).flatMap(([, state, reason]) => (state === "failed" ? [reason] : []));
    expect(reasons).toEqual([...new Array(4).fill("not-acknowledged"), ...new Array(3).fill("gone")]);
  });

  test("with a full queue, just before it is noticed, neither overflows the stack nor loses count", () => {
    for (let offset = 480; offset < 760; offset += 20) {
      const world = new World();
      const node = world.node("198.51.100.1:7667");
      const peer = world.bare(at(2));
      node.command(joins());
      peer.send(node.endpoint, HELLO);
      peer.send(node.endpoint, join());
      for (let n = 0; n < 40; n++) peer.send(node.endpoint, "x".repeat(1_000)); // byte credit for the copies
      world.run(offset);
      for (let n = 0; n < 1_020; n++) node.command(posts(n, `${n}`));
      deep(5_000, () => world.run(30_000));
      expect(states(node).filter(([, state]) => state === "failed")).toHaveLength(1_020);
    }
  });

  /** Calls `run` with about half of the stack in use. */
  function deep(frames: number, run: () => void): void {
    if (frames === 0) run();
    else deep(frames - 1, run);
  }

  test("and a queue that is full refuses the next with a word", () => {
    const world = new World();
    const { node } = chat(world);
    for (let n = 0; n < 1_026; n++) node.command(posts(n, `${n}`));
    world.run(10);
    expect(states(node).filter(([, , reason]) => reason === "queue-full")).toEqual([[idOf(1_025), "failed", "queue-full"]]);
    expect(node.dropped("queue-full")).toBe(1);
  });
});

describe("a letter to an endpoint that the user has just named", () => {
  test("waits for its first HELLO and then goes", () => {
    const world = new World();
    const node = world.node("198.51.100.1:7667");
    const peer = world.bare(at(2));
    node.command({ kind: "ask-key", ref: 5, of: peer.endpoint, channelId: LOBBY });
    world.run(1_000);
    expect(peer.verbs()).toEqual(["HELLO"]);
    peer.send(node.endpoint, HELLO);
    world.run(500);
    expect(peer.got("GETKEY")).toEqual([{ channel_id: LOBBY }]);
    peer.send(node.endpoint, ACK);
    world.run(100);
    expect(node.saw("asked")).toMatchObject([{ ref: 5, acked: true }]);
  });

  test("may be a post in a channel that the user joined there", () => {
    const { world, node, peer } = joinedAt();
    world.run(500);
    peer.send(node.endpoint, HELLO);
    world.run(50);
    expect(peer.got("MESSAGE")).toEqual([{ channel_id: LOBBY, message: "hi" }]);
    peer.send(node.endpoint, ACK);
    world.run(50);
    expect(states(node).map(([, state]) => state)).toEqual(["saved", "delivered"]);
  });

  test("or it was a post, and the peer is not counted as there any more after 3.5 s", () => {
    const { world, node } = joinedAt();
    world.run(10_000);
    node.command(posts(1, "anybody?"));
    world.run(10_000);
    expect(states(node)).toEqual([
      [idOf(0), "saved"],
      [idOf(0), "failed", "nobody-there"],
      [idOf(1), "saved"],
      [idOf(1), "failed", "nobody-there"],
    ]);
  });

  /** A node whose user joins at a peer that has said nothing yet, and posts at once. */
  function joinedAt() {
    const world = new World();
    const node = world.node("198.51.100.1:7667");
    const peer = world.bare(at(2));
    node.command(joins([peer.endpoint]));
    node.command(posts(0, "hi"));
    return { world, node, peer };
  }

  test("fails after 3.5 s when it never comes", () => {
    const world = new World();
    const node = world.node("198.51.100.1:7667");
    node.command({ kind: "ask-certificate", ref: 6, of: at(2) });
    world.run(5_000);
    expect(node.saw("asked")).toMatchObject([{ ref: 6, acked: false }]);
    expect(node.saw("asked")[0]?.at).toBeLessThan(4_000);
  });

  test("GETCERTIFICATE of ours is filled to 1,200 bytes, so that its answer is paid for", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.command({ kind: "ask-certificate", ref: 1, of: peer.endpoint });
    world.run(50);
    expect(peer.inbox.find((sent) => sent.text.includes("GETCERTIFICATE"))?.bytes.length).toBe(1_200);
  });
});
