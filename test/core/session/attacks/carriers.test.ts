/**
 * Rows 34 to 36: nodes in the middle of a way over several hops that read, change, repeat, lie about who speaks, hold back,
 * or would have a RELAY go on for ever. They hold sessions and sign lists like everybody else.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ContactNodes } from "../../../../src/core/index.ts";
import type { NodeState } from "../../../../src/core/state.ts";
import { type BodyOf, base64, fromBase64, LISTED_MAX, type NodeId } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { isFull } from "../../log/scale.ts";
import { Insider } from "../../routing/insider.ts";
import { contactsOf, Net } from "../../routing/net.ts";
import { joins, posts, say } from "../../said.ts";
import type { Host } from "../../world.ts";
import { full, idOf } from "../full.ts";

type Relay = BodyOf<"RELAY">;

/** What a liar makes of each RELAY that it should pass on: those that it passes on in its place. */
type Lie = (body: Relay) => Relay[];

const { lies, crowd } = vi.hoisted(() => ({ lies: new Map<string, (body: never) => unknown[]>(), crowd: [] as NodeId[] }));

vi.mock(import("../../../../src/core/verbs/relay.ts"), async (original) => {
  const honest = await original();
  return {
    ...honest,
    onRelay: (node: NodeState, from, body, bytes, now, end) => {
      const lie = body.ttl === 1 || body.dst === node.nodeId ? undefined : (lies.get(node.nodeId) as Lie | undefined);
      for (const each of lie?.(body) ?? [body]) honest.onRelay(node, from, each, bytes, now, end);
    },
  };
});

/** Liars that have said so list each other, beside some of those who are there. */
vi.mock(import("../../../../src/core/routing/neighbour-list.ts"), async (original) => {
  const honest = await original();
  return {
    ...honest,
    signList: (crypto, key, node, seq, nb) => {
      const others = crowd.includes(node) ? crowd.filter((id) => id !== node && !nb.includes(id)) : [];
      return honest.signList(crypto, key, node, seq, [...nb, ...others].slice(0, LISTED_MAX));
    },
  };
});

afterEach(() => {
  lies.clear();
  crowd.length = 0;
});

/** A line of four; the ends know each other. */
function line(): Net {
  const net = new Net("ab bc cd");
  const ends = contactsOf(() => (net.names.length < 4 ? [] : [net.id("a"), net.id("d")]));
  return net.begin("abcd", (name) => ("ad".includes(name) ? { contacts: ends } : {}));
}

/** Both ends write for a while. */
function talk(net: Net, texts: number): void {
  for (let n = 1; n <= texts; n++) {
    net.host("a").command(posts(n, `secret ${n} of a`));
    net.host("d").command(posts(1_000 + n, `secret ${n} of d`));
    net.run(1_000);
  }
}

const namesHeard = (host: Host) => new Set(host.saw("session-up").map(({ peer }) => peer));

describe("row 34: whoever carries", () => {
  test("reads nothing of what it carries", () => {
    const net = line();
    const seen: Uint8Array[] = [];
    net.run(1_000);
    lies.set(net.id("b"), (body: Relay) => {
      if (body.d !== undefined) seen.push(fromBase64(body.d));
      return [body];
    });
    net.run(15_000);
    talk(net, 5);
    expect(net.host("d").posts()).toContain("secret 5 of a");
    expect(seen.length).toBeGreaterThan(10);
    for (const bytes of seen) expect(Buffer.from(bytes).includes("secret")).toBe(false);
  });

  test.each<[string, (net: Net, chance: Chance) => Lie]>([
    ["changes a byte of every third", (_, chance) => (body) => (chance.below(3) > 0 ? [body] : [{ ...body, ...flipped(body, chance) }])],
    ["repeats all of it, at once and later", () => repeated()],
    ["says that it comes from somebody else", (net, chance) => (body) => (chance.below(3) > 0 ? [body] : [{ ...body, src: net.id("b") }])],
    ["says that it comes from nobody", (_, chance) => (body) => (chance.below(3) > 0 ? [body] : [{ ...body, src: "0".repeat(52) }])],
    ["sends it to somebody else", (net, chance) => (body) => (chance.below(3) > 0 ? [body] : [{ ...body, dst: net.id("b") }])],
    [
      "puts other frames in its place",
      (_, chance) => (body) => [body, { ...body, ...(body.d === undefined ? {} : { d: base64(chance.bytes(200)) }) }],
    ],
  ])("and %s changes nothing of what is said", (_, lieOf) => {
    const net = line().run(15_000);
    lies.set(net.id("c"), lieOf(net, new Chance(4)) as never);
    talk(net, 20);
    net.run(20_000);
    for (const [host, other] of [
      ["a", "d"],
      ["d", "a"],
    ] as const) {
      const texts = net
        .host(host)
        .posts()
        .filter((text) => text.endsWith(`of ${other}`));
      expect(texts).toEqual(Array.from({ length: 20 }, (_, n) => `secret ${n + 1} of ${other}`));
      expect(namesHeard(net.host(host)).size).toBe(3);
      expect(net.host(host).saw("session-down")).toEqual([]);
    }
  });

  test("and says that a third one is behind it moves no path to that one", () => {
    const net = line().run(15_000);
    const asked: Relay[] = [];
    lies.set(net.id("c"), (body: Relay) => {
      if (body.dst === net.id("b")) asked.push(body);
      return [{ ...body, src: net.id("b") }];
    });
    net.run(2_000);
    expect(asked).toEqual([]); // nobody is asked whether it is there
    const views = net.host("d").node?.peers(net.world.now) ?? [];
    expect(views.find(({ id }) => id === net.id("b"))).toMatchObject({ path: "relay", hops: 2 });
    expect(views.filter(({ nodeId }) => nodeId === null)).toEqual([]);
  });
});

function flipped(body: Relay, chance: Chance): Pick<Relay, "d"> {
  if (body.d === undefined) return {};
  const bytes = fromBase64(body.d);
  const at = chance.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 + chance.below(255));
  return { d: base64(bytes) };
}

function repeated(): Lie {
  const kept: Relay[] = [];
  return (body) => {
    kept.push(body);
    return [body, body, ...kept.splice(0, kept.length > 50 ? 25 : 0)];
  };
}

describe("row 35: a RELAY that somebody would have go on for ever", () => {
  /** Five who all hear each other, and an insider whom the first has for a contact. */
  function beset() {
    const names = "abcde";
    const net = new Net([...names].flatMap((one, at) => [...names.slice(at + 1)].map((other) => one + other)).join(" "));
    const known: string[] = [];
    net.begin(names, (name) => (name === "a" ? { contacts: contactsOf(() => known) } : {})).run(10_000);
    const world = net.world;
    const { loses } = world;
    world.loses = (sent) => ![sent.from, sent.to].some((at) => at.startsWith("192.0.2.")) && loses(sent);
    const insider = new Insider(world, "192.0.2.1:6666", net.host("a"), 60);
    known.push(insider.id);
    world.run(4_000);
    return { net, insider };
  }

  const carried = (net: Net) => net.names.reduce((sum, name) => sum + (net.host(name).node?.counters().sent.RELAY ?? 0), 0);

  test("is passed on twice at most, whatever it says of hops, ends and nodes in between", () => {
    const { net, insider } = beset();
    const chance = new Chance(7);
    const ids = [...net.names.map((name) => net.id(name)), insider.id, "0".repeat(52)];
    const some = () => ids[chance.below(ids.length)] as string;
    for (let round = 0; round < 400; round++) {
      const before = carried(net);
      const parts = { ...(chance.below(2) ? { src: some() } : {}), ...(chance.below(2) ? { via: some() } : {}) };
      insider.loose(say("RELAY", { dst: some(), ttl: chance.below(5), ...parts, d: base64(chance.bytes(40)) }));
      net.run(50);
      expect(carried(net) - before).toBeLessThanOrEqual(2);
    }
    const drops = net.host("a").drops.map(({ reason }) => reason);
    expect(new Set(drops)).toEqual(
      new Set(
        ["bad-data", "relay-bad-way", "relay-unknown-dst", "not-ours", "no-session", "bad-frame"].filter((reason) =>
          drops.includes(reason as never),
        ),
      ),
    );
    expect(drops).toContain("relay-bad-way");
    const before = carried(net);
    net.run(60_000);
    expect(carried(net)).toBe(before);
  });

  test.each<[string, (id: (name: string) => string, own: string) => object]>([
    ["to the node that gets it", (id) => ({ dst: id("a"), ttl: 2 })],
    ["back to its sender", (_, own) => ({ dst: own, ttl: 2 })],
    ["over the node that gets it", (id) => ({ dst: id("b"), ttl: 3, via: id("a") })],
    ["over its sender", (id, own) => ({ dst: id("b"), ttl: 3, via: own })],
    ["over its end", (id) => ({ dst: id("b"), ttl: 3, via: id("b") })],
    ["over a second one that is not named", (id) => ({ dst: id("b"), ttl: 3 })],
    ["to the last relay, over another", (id) => ({ dst: id("b"), ttl: 2, via: id("c") })],
    ["from somebody else, on the first leg", (id) => ({ dst: id("b"), src: id("c"), ttl: 3, via: id("d") })],
    ["from the node that gets it", (id) => ({ dst: id("b"), src: id("a"), ttl: 2 })],
    ["from its end", (id) => ({ dst: id("b"), src: id("b"), ttl: 2 })],
    ["from nobody, on the last leg", (id) => ({ dst: id("a"), ttl: 1 })],
    ["from the receiver, on the last leg", (id) => ({ dst: id("a"), src: id("a"), ttl: 1 })],
    ["from its sender, on the last leg", (id, own) => ({ dst: id("a"), src: own, ttl: 1 })],
    ["to somebody else, on the last leg", (id) => ({ dst: id("b"), src: id("c"), ttl: 1 })],
  ])("goes nowhere: %s", (_, body) => {
    const { net, insider } = beset();
    const before = carried(net);
    insider.say(say("RELAY", { ...body((name) => net.id(name), insider.id), d: base64(new Uint8Array(40)) }));
    net.run(100);
    expect([carried(net) - before, net.host("a").dropped("relay-bad-way")]).toEqual([0, 1]);
  });

  test("is not taken out of another RELAY", () => {
    const { net, insider } = beset();
    const inner = say("RELAY", { dst: net.id("c"), ttl: 2, d: base64(new Uint8Array(40)) });
    insider.say(say("RELAY", { dst: net.id("b"), ttl: 2, message: inner }));
    net.run(100);
    expect(net.host("a").dropped("nested-relay")).toBe(1);
  });

  test("carries no verb but those of a handshake", () => {
    const { net, insider } = beset();
    insider.say(say("RELAY", { dst: net.id("b"), ttl: 2, message: say("MESSAGE", { channel_id: net.id("b"), message: "hi" }) }));
    net.run(100);
    expect(net.host("a").dropped("relay-refused-verb")).toBe(1);
    expect(net.host("b").posts()).toEqual([]);
  });

  test("is dropped in the clear", () => {
    const { net } = beset();
    const bare = net.world.bare("192.0.2.50:5000" as never);
    net.world.hello(bare, net.host("a").endpoint, 2);
    bare.send(net.host("a").endpoint, say("RELAY", { dst: net.id("b"), ttl: 2, d: base64(new Uint8Array(40)) }));
    net.run(100);
    expect(net.host("a").dropped("outside-session")).toBe(1);
  });
});

describe("row 36: 30 % of 64 nodes carry nothing, and list each other", () => {
  const COUNT = 64;
  const DEGREE = 6;

  /** A random graph, in which nobody hears anybody but his neighbours; the liars are chosen by chance. */
  function graph(chance: Chance): { edges: Set<number>[]; liars: Set<number> } {
    const edges = Array.from({ length: COUNT }, () => new Set<number>());
    const join = (one: number, other: number) => {
      edges[one]?.add(other);
      edges[other]?.add(one);
    };
    for (let n = 0; n < COUNT; n++) join(n, (n + 1) % COUNT);
    for (let n = 0; n < (COUNT * (DEGREE - 2)) / 2; n++) {
      const [one, other] = [chance.below(COUNT), chance.below(COUNT)];
      if (one !== other) join(one, other);
    }
    const liars = new Set<number>();
    while (liars.size < COUNT * 0.3) liars.add(chance.below(COUNT));
    return { edges, liars };
  }

  /** Honest pairs that do not hear each other, and have an honest way of up to three hops. */
  function pairsIn({ edges, liars }: ReturnType<typeof graph>): [number, number][] {
    const honest = (n: number) => [...(edges[n] ?? [])].filter((other) => !liars.has(other));
    const pairs: [number, number][] = [];
    for (let one = 0; one < COUNT; one++) {
      if (liars.has(one)) continue;
      const reached = new Set(
        honest(one)
          .flatMap(honest)
          .flatMap((n) => [n, ...honest(n)]),
      );
      for (const other of reached) if (one < other && !edges[one]?.has(other)) pairs.push([one, other]);
    }
    return pairs;
  }

  test.each(isFull ? [1, 2, 3, 4] : [1])("and all arrives where there is an honest way (seed %i)", { timeout: 240_000 }, (seed) => {
    const chance = new Chance(seed);
    const drawn = graph(chance);
    const chosen: [number, number][] = [];
    const busy = new Set<number>();
    for (const pair of pairsIn(drawn).sort(() => chance.below(3) - 1)) {
      if (pair.some((n) => busy.has(n)) || chosen.length >= 12) continue;
      chosen.push(pair);
      for (const n of pair) busy.add(n);
    }
    const net = new Net("ab");
    const { world } = net;
    const hosts: Host[] = [];
    const knows = drawn.edges.map((beside) => new Set(beside));
    for (const [one, other] of chosen) {
      knows[one]?.add(other);
      knows[other]?.add(one);
    }
    const known: Set<string>[] = [];
    for (let n = 0; n < COUNT; n++) {
      const contacts: ContactNodes = { has: (id) => known[n]?.has(id) === true, all: () => known[n] ?? [] };
      const peers = [...(drawn.edges[n] ?? [])].filter((other) => other < n).map((other) => hosts[other]?.endpoint as never);
      hosts.push(full(world, `198.51.100.${n + 1}:7667`, n + 1, { contacts, peers }));
    }
    const numberAt = (at: string) => Number(at.slice("198.51.100.".length, at.lastIndexOf(":"))) - 1;
    world.loses = ({ from, to }) => drawn.edges[numberAt(from)]?.has(numberAt(to)) !== true;
    for (const beside of knows) known.push(new Set(hosts.filter((_, n) => beside.has(n)).map(idOf)));
    for (const liar of hosts.filter((_, n) => drawn.liars.has(n))) {
      lies.set(idOf(liar), () => []);
      crowd.push(idOf(liar) as NodeId);
    }
    for (const n of busy) hosts[n]?.command(joins());
    world.run(60_000);
    for (const [at, [one, other]] of chosen.entries()) {
      hosts[one]?.command(posts(at + 1, `to ${other}`));
      hosts[other]?.command(posts(at + 101, `to ${one}`));
    }
    world.run(60_000);
    const missed = chosen.flatMap(([one, other]) => [
      ...(hosts[other]?.posts().includes(`to ${other}`) ? [] : [`${one} to ${other}`]),
      ...(hosts[one]?.posts().includes(`to ${one}`) ? [] : [`${other} to ${one}`]),
    ]);
    expect(chosen.length).toBe(12);
    expect(missed).toEqual([]);
  });
});
