/** What a node says, and leaves unsaid, while its store does not work. PROTOCOL.md §7.1, §8.10. */
import { describe, expect, test } from "vitest";
import { SAVES_OPEN_MAX, STORE_RETRY_MS } from "../../src/core/limits.ts";
import { ACK, ATTIC, at, chat, HELLO, idOf, join, LOBBY, posts, say, text } from "./said.ts";
import { World } from "./world.ts";

function broken() {
  const world = new World();
  const it = chat(world);
  it.node.saveAnswer = { code: "disk-full" };
  it.peer.send(it.node.endpoint, text("the one that breaks it"));
  world.run(100);
  it.peer.inbox.length = 0;
  return { world, ...it };
}

describe("while the store fails", () => {
  test("it says so once", () => {
    const { world, node, peer } = broken();
    peer.send(node.endpoint, say("KEY", { channel_id: LOBBY, cipher: "c", key: "k" }));
    world.run(100);
    expect(node.saw("store-failed").map((event) => event.code)).toEqual(["disk-full"]);
  });

  test("a MESSAGE to a channel that is kept is neither acknowledged nor shown", () => {
    const { world, node, peer } = broken();
    peer.send(node.endpoint, text("lost?"));
    world.run(2_000);
    expect(peer.times("ACK")).toEqual([]);
    expect(node.posts()).not.toContain("lost?");
    expect(node.dropped("store-failed")).toBe(1);
  });

  test("a MESSAGE to another channel, which would not be kept anyway, is acknowledged", () => {
    const { world, node, peer } = broken();
    peer.send(node.endpoint, say("MESSAGE", { channel_id: ATTIC, message: "elsewhere" }));
    world.run(100);
    expect(peer.times("ACK")).toHaveLength(1);
  });

  test("the other four verbs are acknowledged: they were received", () => {
    const { world, node, peer } = broken();
    for (const [verb, body] of [
      ["GETKEY", { channel_id: LOBBY }],
      ["GETCERTIFICATE", undefined],
      ["CERTIFICATE", { certificate: "MIIB" }],
    ] as const)
      peer.send(node.endpoint, say(verb, body));
    world.run(100);
    expect(peer.times("ACK")).toHaveLength(3);
  });

  test("an own post is reported as failed, with the store's word, and is not sent", () => {
    const { world, node, peer } = broken();
    node.command(posts(1, "not kept"));
    world.run(5_000);
    expect(node.saw("post-state")).toMatchObject([{ id: idOf(1), state: "failed", reason: "disk-full" }]);
    expect(peer.times("MESSAGE")).toEqual([]);
  });

  test("HELLO and everything else goes on", () => {
    const { world, node, peer } = broken();
    world.run(5_000);
    expect(peer.times("HELLO").length).toBeGreaterThanOrEqual(4);
    peer.send(node.endpoint, join());
    world.run(1_000);
    expect(peer.times("CHANNEL").length).toBeGreaterThan(0);
  });
});

describe("a store that works again", () => {
  test("is noticed within 5 s, keeps what was owed, and texts are acknowledged again", () => {
    const { world, node, peer } = broken();
    node.saveAnswer = "saved";
    const before = node.saves.length;
    world.run(STORE_RETRY_MS + 1_500);
    expect(node.saw("store-recovered")).toHaveLength(1);
    expect(node.saves.slice(before).flatMap((save) => save.changes)).toContainEqual({
      kind: "event",
      event: expect.objectContaining({ body: "the one that breaks it" }),
    });
    peer.send(node.endpoint, text("back"));
    world.run(100);
    expect(peer.times("ACK")).toHaveLength(1);
    expect(node.posts()).toContain("back");
  });

  test("is tried every 5 s with what was lost, without losing it", () => {
    const { world, node } = broken();
    world.run(21_000);
    const tries = node.saves.filter((save) =>
      save.changes.some((change) => change.kind === "event" && change.event.body === "the one that breaks it"),
    );
    expect(tries.length).toBeGreaterThanOrEqual(4);
    expect(tries.length).toBeLessThanOrEqual(6);
    node.saveAnswer = "saved";
    world.run(7_000);
    expect(node.saw("store-recovered")).toHaveLength(1);
    expect(node.saw("store-failed")).toHaveLength(1);
  });

  test("is tried even when nothing was lost, with what it holds already", () => {
    const world = new World();
    const { node } = chat(world);
    node.saveAnswer = { code: "io-error" };
    node.command(posts(1, "fails"));
    world.run(100);
    node.saveAnswer = "saved";
    world.run(7_000);
    expect(node.saw("store-recovered")).toHaveLength(1);
    expect(node.saves.at(-1)?.changes).toMatchObject([{ kind: "channel", channel: { id: LOBBY, name: "lobby" } }]);
  });

  test("gets a retransmission that it could not take before as a new message", () => {
    const { world, node, peer } = broken();
    peer.send(node.endpoint, text("again"));
    world.run(100);
    node.saveAnswer = "saved";
    node.command(posts(9, "wakes the store"));
    world.run(100);
    peer.send(node.endpoint, text("again"));
    world.run(100);
    expect(node.posts()).toContain("again");
  });
});

describe("an own post", () => {
  test("is sent only once it is on the disk", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.saveAnswer = "none";
    node.command(posts(1, "slow disk"));
    world.run(5_000);
    expect(peer.times("MESSAGE")).toEqual([]);
    expect(node.saw("post-state")).toEqual([]);
    node.step({ kind: "saved", batch: node.saves.at(-1)?.batch ?? 0 });
    world.run(100);
    expect(peer.times("MESSAGE")).toHaveLength(1);
    peer.send(node.endpoint, ACK);
    world.run(100);
    expect(node.saw("post-state").map((event) => event.state)).toEqual(["saved", "delivered"]);
  });
});

describe("a store that does not keep up", () => {
  test("takes no more texts of others, which are not acknowledged, beyond a bound", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.saveAnswer = "none";
    const send = (n: number) =>
      node.step({ kind: "datagram", socket: 0, from: peer.endpoint, bytes: new TextEncoder().encode(JSON.stringify(text(`${n}`))) });
    for (let n = 0; n < SAVES_OPEN_MAX + 10; n++) send(n);
    world.run(10);
    expect(node.dropped("queue-full")).toBe(10);
    expect(peer.times("ACK")).toHaveLength(SAVES_OPEN_MAX);
    for (const save of node.saves) node.step({ kind: "saved", batch: save.batch });
    send(-1);
    world.run(10);
    expect(peer.times("ACK")).toHaveLength(SAVES_OPEN_MAX + 1);
  });

  test("is not written to by strangers who come and go", () => {
    const world = new World();
    const { node } = chat(world);
    const stranger = world.bare(at(9));
    stranger.send(node.endpoint, HELLO);
    const before = node.saves.length;
    for (let n = 0; n < 10; n++) for (const each of [join(), say("LEAVE", { channel_id: LOBBY })]) stranger.send(node.endpoint, each);
    world.run(100);
    expect(node.saves.length).toBe(before);
  });
});
