/** GETKEY and KEY. PROTOCOL.md §8.8, §8.9. */
import { describe, expect, test } from "vitest";
import { ACK, ATTIC, chat, LOBBY, say } from "./said.ts";
import { World } from "./world.ts";

function key(channel_id: string, words: string, more: object = {}): object {
  return say("KEY", { channel_id, cipher: "none", key: words, ...more });
}

describe("a KEY", () => {
  test("for a channel that the user joined is shown and kept, with the endpoint that gave it", () => {
    const world = new World();
    const { node, peer } = chat(world);
    peer.send(node.endpoint, key(LOBBY, "open sesame"));
    world.run(100);
    expect(node.saw("key")).toMatchObject([{ peer: peer.endpoint, channelId: LOBBY, cipher: "none", key: "open sesame" }]);
    expect(node.saves.at(-1)?.changes).toEqual([
      { kind: "key", key: { channelId: LOBBY, from: peer.endpoint, cipher: "none", key: "open sesame", at: expect.any(Number) } },
    ]);
  });

  test("for another channel is acknowledged and forgotten", () => {
    const world = new World();
    const { node, peer } = chat(world);
    const before = node.saves.length;
    peer.send(node.endpoint, key(ATTIC, "open sesame"));
    world.run(100);
    expect(peer.times("ACK")).toHaveLength(1);
    expect(node.saw("key")).toEqual([]);
    expect(node.saves.length).toBe(before);
  });

  test("is kept 64 times for one channel", () => {
    const world = new World();
    const { node, peer } = chat(world);
    for (let n = 0; n < 70; n++) peer.send(node.endpoint, key(LOBBY, `${n}`));
    world.run(100);
    expect(node.saw("key")).toHaveLength(64);
    expect(node.dropped("keys-full")).toBe(6);
    expect(peer.times("ACK")).toHaveLength(70);
  });
});

describe("a GETKEY", () => {
  test("is acknowledged, and no key is ever given by itself", () => {
    const world = new World();
    const { node, peer } = chat(world);
    peer.send(node.endpoint, key(LOBBY, "mine"));
    for (const id of [LOBBY, ATTIC]) peer.send(node.endpoint, say("GETKEY", { channel_id: id }));
    world.run(30_000);
    expect(peer.times("ACK")).toHaveLength(3);
    expect(peer.times("KEY")).toEqual([]);
  });
});

describe("the user", () => {
  test("asks for a key and gives one, and hears whether it was acknowledged", () => {
    const world = new World();
    const { node, peer } = chat(world);
    node.command({ kind: "ask-key", ref: 1, of: peer.endpoint, channelId: LOBBY });
    world.run(50);
    peer.send(node.endpoint, ACK);
    world.run(50);
    node.command({ kind: "give-key", ref: 2, to: peer.endpoint, channelId: LOBBY, cipher: "none", key: "k" });
    world.run(5_000);
    expect(peer.got("GETKEY")).toEqual([{ channel_id: LOBBY }]);
    expect(peer.got("KEY")[0]).toEqual({ channel_id: LOBBY, cipher: "none", key: "k" });
    expect(node.saw("asked")).toMatchObject([
      { ref: 1, acked: true },
      { ref: 2, acked: false },
    ]);
  });
});
