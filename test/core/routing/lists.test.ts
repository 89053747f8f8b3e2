/** Signed lists on their way: who says them to whom, whose are kept, and for how long. PROTOCOL.md §17.1 to §17.3. */
import { describe, expect, test } from "vitest";
import { LIST_AGAIN_MS } from "../../../src/core/limits.ts";
import { LIST_EXPIRY_MAX } from "../../../src/wire/index.ts";
import { joins, posts } from "../said.ts";
import { full } from "../session/full.ts";
import { World } from "../world.ts";
import { Insider } from "./insider.ts";
import { contactsOf, Net } from "./net.ts";

const EXPIRY_MS = LIST_EXPIRY_MAX * 1_000;

/** Over whom a node sees ways to another: names, where two are in between with a `-`. */
function waysIn(net: Net, from: string, to: string): string[] {
  const nameOf = (id: string) => net.names.find((name) => net.id(name) === id) ?? "?";
  const ways = net.host(from).node?.ways(net.world.now) ?? [];
  return ways
    .filter((way) => way.to === net.id(to))
    .map((way) => way.over.map(nameOf).join("-"))
    .sort();
}

/** All know all as contacts. */
function friends(drawing: string, names: string): Net {
  const net = new Net(drawing);
  return net.begin(names, () => ({ contacts: contactsOf(() => net.names.map((name) => net.id(name))) }));
}

/** A node in the lobby, and insiders of it who are in there too. */
function beset(count: number) {
  const world = new World();
  const a = full(world, "198.51.100.1:7667", 1);
  a.command(joins());
  const insiders = Array.from({ length: count }, (_, n) => new Insider(world, `192.0.2.${n + 1}:6666`, a, 60 + n).enter());
  world.run(4_000);
  return { world, a, insiders };
}

const waysOf = ({ a, world }: ReturnType<typeof beset>) => a.node?.ways(world.now).map(({ to, over }) => [to, ...over]) ?? [];

describe("signed lists", () => {
  test("show ways over one node and over two, and none over three", () => {
    const net = friends("ab bc cd de", "abcde").run(20_000);
    expect(waysIn(net, "a", "c")).toEqual(["b"]);
    expect(waysIn(net, "a", "d")).toEqual(["b-c"]);
    expect(waysIn(net, "a", "e")).toEqual([]);
    expect(waysIn(net, "b", "e")).toEqual(["c-d"]);
  });

  test("reach who comes later, at once", () => {
    const net = friends("ab bc cd", "abc").run(20_000);
    net.begin("d", () => ({ contacts: contactsOf(() => net.names.map((name) => net.id(name))) })).run(6_000);
    expect([waysIn(net, "a", "d"), waysIn(net, "d", "a")]).toEqual([["b-c"], ["c-b"]]);
  });

  test("count for 90 s after they came, whatever the clocks say", () => {
    const epochs = { a: 1_790_000_000_000, b: 4_000_000_000_000, c: 86_400_000 };
    const net = friends("ab bc", "abc").run(10_000);
    for (const [name, epoch] of Object.entries(epochs)) net.host(name).step({ kind: "clock", epoch });
    net.run(EXPIRY_MS + 10_000);
    expect(waysIn(net, "a", "c")).toEqual(["b"]);
    net.isolate("c");
    net.run(EXPIRY_MS + 10_000);
    expect(waysIn(net, "a", "c")).toEqual([]);
  });

  test("are over 90 s after they came, where nobody says them anew", () => {
    const it = beset(2);
    const { world, a, insiders } = it;
    const [x, y] = insiders as [Insider, Insider];
    x.says(x.list(1, [a.node?.nodeId ?? "", y.id]));
    y.says(y.list(1, [a.node?.nodeId ?? "", x.id]));
    world.run(100);
    for (let heard = 0; heard < EXPIRY_MS - 2_000; heard += 1_000) {
      for (const each of insiders) each.hello();
      expect(waysOf(it)).toHaveLength(2);
      world.run(1_000);
    }
    world.run(3_000);
    for (const each of insiders) each.hello();
    expect(waysOf(it)).toEqual([]);
  });

  test("go three hops from who signed them", () => {
    const net = friends("ab bc cd de ef fg", "abcdefg").run(20_000);
    const heard = () => net.host("a").node?.counters().received.ROUTING ?? 0;
    const before = heard();
    net.run(5 * LIST_AGAIN_MS);
    expect(heard() - before).toBeLessThanOrEqual(18); // of b, c and d, and every 300 s whom b hears
    expect(heard() - before).toBeGreaterThanOrEqual(14);
  });

  test("go on after a new start with a clock that was set back", () => {
    const { world, a, insiders } = beset(2);
    const [x, y] = insiders as [Insider, Insider];
    x.says(x.list(1_000, [a.node?.nodeId ?? "", y.id]));
    y.says(y.list(1_000, [a.node?.nodeId ?? "", x.id]));
    world.run(100);
    x.says(x.list(7, [y.id])); // what it would say after that start
    world.run(100);
    expect(a.dropped("routing-stale")).toBe(1);
    expect(x.heard("ROUTING").map(({ ptp }) => ptp?.node === x.id && ptp.seq)).toContain(1_000); // told what is known of it
  });

  test("are not said between two who are beside nobody else", () => {
    const net = friends("ab bc", "ab").run(200_000);
    expect(net.host("a").node?.counters().received.ROUTING).toBeLessThan(5); // whom the other hears, as ever
    net.begin("c", () => ({ contacts: contactsOf(() => net.names.map((name) => net.id(name))) })).run(10_000);
    expect([waysIn(net, "a", "c"), waysIn(net, "c", "a")]).toEqual([["b"], ["b"]]);
  });

  test("are said anew before they are over, and no more often", () => {
    const net = friends("ab bc", "abc").run(10_000);
    const before = net.host("a").node?.counters().received.ROUTING ?? 0;
    net.run(10 * LIST_AGAIN_MS);
    const heard = (net.host("a").node?.counters().received.ROUTING ?? 0) - before;
    expect(heard).toBeGreaterThanOrEqual(18); // of b and c
    expect(heard).toBeLessThanOrEqual(24); // with what is said of those whom one hears, every 300 s
  });

  test("are said to nobody whom the user has nothing to do with", () => {
    const world = new World();
    const a = full(world, "198.51.100.1:7667", 1);
    a.command(joins());
    const stranger = new Insider(world, "192.0.2.1:6666", a, 60);
    const member = new Insider(world, "192.0.2.2:6666", a, 61).enter();
    new Insider(world, "192.0.2.3:6666", a, 62).enter();
    world.run(LIST_AGAIN_MS);
    expect(stranger.heard("ROUTING").filter(({ ptp }) => ptp !== undefined)).toEqual([]);
    expect(member.heard("ROUTING").some(({ ptp }) => ptp?.nb.includes(member.id) === true && !ptp.nb.includes(stranger.id))).toBe(true);
  });
});

describe("an edge", () => {
  test("is there only where both ends list it", () => {
    const it = beset(2);
    const { world, a, insiders } = it;
    const [x, y] = insiders as [Insider, Insider];
    const self = a.node?.nodeId ?? "";
    x.says(x.list(1, [self, y.id]));
    y.says(y.list(1, [self]));
    world.run(100);
    expect(waysOf(it)).toEqual([]);
    y.says(y.list(2, [self, x.id]));
    world.run(100);
    expect(waysOf(it)).toEqual([
      [x.id, y.id],
      [y.id, x.id],
    ]);
    x.says(x.list(3, [self]));
    world.run(100);
    expect(waysOf(it)).toEqual([]);
  });
});

describe("dropped is a list", () => {
  test("that is older than the one that is known, also when that is over", () => {
    const { world, a, insiders } = beset(1);
    const [x] = insiders as [Insider];
    const old = x.list(5, []);
    x.says(old);
    x.says(x.list(6, []));
    x.says(old);
    world.run(100);
    expect(a.dropped("routing-stale")).toBe(1);
    world.run(EXPIRY_MS);
    x.says(old);
    world.run(60_000);
    x.says(old);
    world.run(100);
    expect(a.dropped("routing-stale")).toBe(3);
  });

  test("of the same number with something else in it", () => {
    const { world, a, insiders } = beset(1);
    const [x] = insiders as [Insider];
    x.says(x.list(5, []));
    x.says(x.list(5, [a.node?.nodeId ?? ""]));
    world.run(100);
    expect(a.dropped("routing-stale")).toBe(1);
  });

  test("that its node has not signed, or that names a node twice", () => {
    const { world, a, insiders } = beset(2);
    const [x, y] = insiders as [Insider, Insider];
    y.says({ ...x.list(5, [y.id]), seq: 6 });
    x.says({ ...x.list(5, []), nb: [y.id] });
    x.says(x.list(5, [y.id, y.id]));
    world.run(100);
    expect(a.dropped("routing-signature")).toBe(3);
  });

  test("that comes from a stranger, or is of one", () => {
    const { world, a, insiders } = beset(1);
    const [x] = insiders as [Insider];
    const stranger = new Insider(world, "192.0.2.77:6666", a, 90);
    stranger.says(x.list(5, []));
    const nobody = new Insider(world, "192.0.2.78:6666", full(world, "198.51.100.9:7667", 9), 91);
    x.says(nobody.list(5, [stranger.id]));
    world.run(100);
    expect(a.dropped("routing-scope")).toBe(2);
  });

  test("that comes in the clear", () => {
    const { world, a, insiders } = beset(1);
    const [x] = insiders as [Insider];
    const bare = world.bare("192.0.2.99:6666" as never);
    bare.send(a.endpoint, { msg_type: "ROUTING", msg_data: { ptp: x.list(5, []) } });
    world.run(100);
    expect(a.dropped("outside-session")).toBe(1);
  });

  test("beyond what one neighbour may bring", () => {
    const { world, a, insiders } = beset(1);
    const [x] = insiders as [Insider];
    for (let seq = 1; seq <= 500; seq++) x.says(x.list(seq, []));
    world.run(100);
    expect(a.dropped("routing-rate")).toBeGreaterThan(50);
    expect(a.dropped("routing-rate")).toBeLessThan(110);
  });
});

test("a node that was started anew with its clock set back goes beyond the list that others have of it", () => {
  const net = friends("ab bc", "abc").run(10_000);
  const contacts = contactsOf(() => net.names.map((name) => net.id(name)));
  net.world.crash(net.host("a"));
  const again = full(net.world, net.host("a").endpoint, 1, { contacts, peers: [net.host("b").endpoint], epoch: 1_789_990_000_000 });
  net.run(10_000);
  expect(net.host("b").dropped("routing-stale")).toBe(1);
  expect(again.node?.ways(net.world.now)).toMatchObject([{ to: net.id("c"), over: [net.id("b")] }]);
  net.run(EXPIRY_MS + 10_000);
  expect(waysIn(net, "c", "a")).toEqual(["b"]);
});

test("a mesh of sixteen says its lists once to each, and hardly twice", () => {
  const names = "abcdefghijklmnop";
  const edges = [...names].flatMap((one, at) => [...names.slice(at + 1)].map((other) => one + other));
  const net = friends(edges.join(" "), names).run(20_000);
  const received = () => net.names.reduce((sum, name) => sum + (net.host(name).node?.counters().received.ROUTING ?? 0), 0);
  const before = received();
  net.run(LIST_AGAIN_MS);
  expect((received() - before) / (names.length * (names.length - 1))).toBeLessThan(2);
  net.host("a").command(posts(1, "to all"));
  net.run(1_000);
  for (const name of names.slice(1)) expect(net.host(name).posts()).toEqual(["to all"]);
});
