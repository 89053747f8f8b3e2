/** RELAY by node id: sessions over two and three hops, and what becomes of them when somebody on the way goes. PROTOCOL.md §17.3, §17.4. */
import { describe, expect, test } from "vitest";
import type { WayState } from "../../../src/core/index.ts";
import { LOBBY, posts } from "../said.ts";
import { plainVerbs } from "../session/full.ts";
import { contactsOf, Net } from "./net.ts";

/** The named ones know each other as contacts; all are in the lobby. */
function acquainted(drawing: string, names: string, contacts: string): Net {
  const net = new Net(drawing);
  const known = contactsOf(() => net.names.filter((name) => contacts.includes(name)).map((name) => net.id(name)));
  return net.begin(names, (name) => (contacts.includes(name) ? { contacts: known } : {}));
}

function statesOf(net: Net, from: string, to: string): WayState[] {
  const ways = net.host(from).node?.ways(net.world.now) ?? [];
  return ways
    .filter((way) => way.to === net.id(to))
    .map(({ state }) => state)
    .sort();
}

function pathOf(net: Net, from: string, to: string) {
  const peer = net
    .host(from)
    .node?.peers(net.world.now)
    .find(({ id }) => id === net.id(to));
  return peer === undefined ? null : { path: peer.path, hops: peer.hops, live: peer.live };
}

/** What each posts to the other arrives. */
function expectTalk(net: Net, one: string, other: string, n: number): void {
  const before = [net.host(one).posts().length, net.host(other).posts().length];
  net.host(one).command(posts(n, `from ${one}, ${n}`));
  net.host(other).command(posts(n + 1, `from ${other}, ${n}`));
  net.run(3_000);
  expect(net.host(one).posts().slice(before[0])).toContain(`from ${other}, ${n}`);
  expect(net.host(other).posts().slice(before[1])).toContain(`from ${one}, ${n}`);
}

describe("two nodes that know each other by id", () => {
  test("meet over two others that carry for them, and talk", () => {
    const net = acquainted("ab bc cd", "abcd", "ad").run(15_000);
    expect(pathOf(net, "a", "d")).toEqual({ path: "relay", hops: 3, live: true });
    expect(
      net
        .host("d")
        .node?.members(LOBBY, net.world.now)
        .some(({ nodeId }) => nodeId === net.id("a")),
    ).toBe(true);
    expectTalk(net, "a", "d", 1);
  });

  test("are told of nothing in the clear on the way", () => {
    const net = acquainted("ab bc cd", "abcd", "ad").run(5_000);
    const since = net.world.sent.length;
    net.run(10_000);
    expectTalk(net, "a", "d", 1);
    expect(plainVerbs(net.world, since).filter((verb) => verb !== "HELLO" && verb !== "CONNECT")).toEqual([]);
  });

  test("keep two ways that share no node, and use one", () => {
    const net = acquainted("ab bd ac cd", "abcd", "ad").run(15_000);
    expect(pathOf(net, "a", "d")).toMatchObject({ path: "relay", live: true });
    net.run(60_000);
    expectTalk(net, "a", "d", 1);
  });

  test("go on over the other way when one dies, within six seconds", () => {
    const net = acquainted("ab bc cf ad de ef", "abcdef", "af").run(30_000);
    expect(statesOf(net, "a", "f")).toEqual(["in-use", "ready"]);
    const ways =
      net
        .host("a")
        .node?.ways(net.world.now)
        .filter(({ to }) => to === net.id("f")) ?? [];
    const used = ways.find(({ state }) => state === "in-use")?.over[0];
    net.isolate(net.names.find((name) => net.id(name) === used) ?? "");
    net.run(7_000);
    expect(
      net
        .host("a")
        .saw("session-down")
        .filter(({ peer }) => peer === net.id("f")),
    ).toEqual([]);
    expectTalk(net, "a", "f", 1);
  });

  test("bring over a history of half a megabyte that way", () => {
    const net = acquainted("ab bc cd", "abcd", "ad").run(15_000);
    const text = "x".repeat(5_000);
    for (let n = 1; n <= 100; n++) net.host("a").command(posts(n, `${n} ${text}`));
    net.run(20_000);
    expect(net.host("d").posts()).toHaveLength(100);
  });

  test("renew their keys over it, and find each other again after a silence", () => {
    const net = acquainted("ab bc cd", "abcd", "ad").run(15_000);
    for (let n = 1; n < 16; n += 2) {
      net.run(20_000);
      expectTalk(net, "a", "d", n);
    }
    expect(net.host("a").saw("session-down")).toEqual([]);
    net.cut("bc");
    net.run(300_000);
    expect(pathOf(net, "a", "d")).toBe(null);
    net.join("bc");
    net.run(180_000);
    expectTalk(net, "a", "d", 101);
  });

  test("take the direct way as soon as there is one, and let the long ones go", () => {
    const net = acquainted("ab bc cd", "abcd", "ad").run(15_000);
    net.join("ad");
    net.host("a").command({ kind: "connect", ref: 1, to: net.host("d").endpoint, via: null });
    net.run(30_000);
    expect(pathOf(net, "a", "d")).toEqual({ path: "direct", hops: 1, live: true });
    for (const [one, other] of [
      ["a", "d"],
      ["d", "a"],
    ] as const)
      expect(statesOf(net, one, other)).toEqual(["works"]);
    expect(
      net
        .host("a")
        .node?.members(LOBBY, net.world.now)
        .find(({ nodeId }) => nodeId === net.id("d"))?.endpoint,
    ).toBe(net.host("d").endpoint);
    expectTalk(net, "a", "d", 1);
  });
});

describe("when the one in the middle of a channel dies", () => {
  test("those who hear each other notice nothing, those over it go on over another common neighbour", () => {
    const net = acquainted("as bs cs ab bc", "sabc", "").run(20_000);
    expect(pathOf(net, "a", "b")).toMatchObject({ path: "direct" });
    expect(pathOf(net, "a", "c")).toMatchObject({ path: "relay", live: true });
    net.isolate("s");
    net.run(10_000);
    expect(
      net
        .host("a")
        .saw("path")
        .filter(({ peer }) => peer === net.id("b")),
    ).toEqual([]);
    expectTalk(net, "a", "b", 1);
    expectTalk(net, "a", "c", 11);
  });

  test("or by a longer way", () => {
    const net = acquainted("as ds ab bc cd bs cs", "sabcd", "").run(30_000);
    expect(pathOf(net, "a", "d")).toMatchObject({ path: "relay", hops: 2 });
    net.isolate("s");
    net.run(15_000);
    expect(pathOf(net, "a", "d")).toMatchObject({ path: "relay", hops: 3, live: true });
    expect(
      net
        .host("a")
        .saw("session-down")
        .filter(({ peer }) => peer === net.id("d")),
    ).toEqual([]);
    expectTalk(net, "a", "d", 1);
  });

  test("where it is a rendezvous, over two others that represent nobody either", () => {
    const net = new Net("as ds ar dq rq");
    net.begin("sraqd", (name) => {
      if ("srq".includes(name)) return { rendezvous: true, peers: name === "q" ? [net.host("r").endpoint] : [] };
      const calls = name === "a" ? "sr" : "sq";
      return { peers: [...calls].map((other) => net.host(other).endpoint) };
    });
    net.run(30_000);
    expect(pathOf(net, "a", "d")).toMatchObject({ path: "relay", hops: 2, live: true });
    net.isolate("s");
    net.run(15_000);
    expect(pathOf(net, "a", "d")).toMatchObject({ path: "relay", hops: 3, live: true });
    expectTalk(net, "a", "d", 1);
  });
});
