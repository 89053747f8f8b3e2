/** A port that a gateway keeps open: told to the nodes that a node holds sessions with, tried where there is no straight way. PROTOCOL.md §16. */
import { describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/core/index.ts";
import { MAPPED_AGAIN_MS, MAPPED_TCP_AFTER_MS } from "../../../src/core/limits.ts";
import { type Endpoint, encode, ipOf, isFrame, type NodeId, writeMessage } from "../../../src/wire/index.ts";
import { HELLO, joins, posts, say } from "../said.ts";
import { type Host, World } from "../world.ts";
import { ATTACKER, intrude, lonely, scales, spoof, VICTIM } from "./attacks/attack.ts";
import { payloadOf } from "./attacks/forger.ts";
import { A, B, full, idOf, pair } from "./full.ts";

const S = "203.0.113.9:7667" as Endpoint;
const MAPPED = "198.51.100.101:40000" as Endpoint;
const OTHER = "198.51.100.101:40001" as Endpoint;
const CONTROL = 0;

/** A and B behind NATs that no punch gets through, and S, which both know; whoever sends to {@link MAPPED} reaches A. */
function trio() {
  const world = new World();
  const s = full(world, S, 9, { rendezvous: true });
  const a = full(world, A, 1, { peers: [S] });
  const b = full(world, B, 2, { peers: [S] });
  const router = { open: true, callers: new Set<Endpoint>() };
  const homes = [A, B].map(ipOf);
  const carry = world.carry;
  world.carry = (from, to, bytes) => {
    if (to === MAPPED) {
      if (!router.open) return;
      router.callers.add(from);
      carry.call(world, from, A, bytes);
    } else if (from === A && router.callers.has(to)) carry.call(world, MAPPED, to, bytes);
    else if (![from, to].every((each) => homes.includes(ipOf(each)))) carry.call(world, from, to, bytes);
  };
  world.run(500);
  return { world, s, a, b, router };
}

function maps(host: Host, endpoint: Endpoint | null): void {
  host.step({ kind: "mapped", transport: "udp", endpoint });
}

function join(...hosts: Host[]): void {
  for (const host of hosts) host.command(joins());
}

function pathTo(host: Host, other: Host, world: World): string | undefined {
  return host.node?.peers(world.now).find(({ id }) => id === idOf(other))?.path;
}

function wayTo(host: Host, other: Host, world: World): string | undefined {
  return host.node?.peers(world.now).find(({ id }) => id === idOf(other))?.endpoint;
}

describe("a node whose gateway keeps a port open", () => {
  test.each(["before", "after"])("that has it %s they meet is reached there without a punch", (when) => {
    const { world, a, b } = trio();
    if (when === "before") maps(a, MAPPED);
    join(a, b);
    world.run(2_000);
    if (when === "after") {
      expect(pathTo(b, a, world)).toBe("relay");
      maps(a, MAPPED);
    }
    world.run(2_000);
    expect([pathTo(b, a, world), wayTo(b, a, world)]).toEqual(["direct", MAPPED]);
    expect([pathTo(a, b, world), wayTo(a, b, world)]).toEqual(["direct", B]);
    b.command(posts(1, "straight"));
    world.run(500);
    expect(a.posts()).toEqual(["straight"]);
    expect(a.node?.mapped()).toEqual({ udp: MAPPED, tcp: null });
  });

  test("tells it inside sessions only, once, and again when it is another", () => {
    const { world, a, b } = pair();
    b.command({ kind: "tap", on: true });
    const told = () => b.saw("traffic").filter(({ text, direction }) => direction === "in" && text.includes('"mapped"'));
    const since = world.sent.length;
    for (const endpoint of [MAPPED, MAPPED, null, MAPPED, OTHER]) maps(a, endpoint);
    world.run(20_000);
    expect(told().map(({ text }) => JSON.parse(text))).toEqual([MAPPED, MAPPED, OTHER].map((mapped) => say("HELLO", { ptp: { mapped } })));
    expect(told().every(({ session }) => session === idOf(a))).toBe(true);
    const plain = world.sent.slice(since).map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(plain.filter((text) => text.includes("198.51.100.101"))).toEqual([]);
  });

  test("is not asked to prove it where there is a straight way, which stays as it is", () => {
    const { world, a, b } = pair();
    const before = wayTo(b, a, world);
    maps(a, MAPPED);
    world.run(5_000);
    expect(wayTo(b, a, world)).toBe(before);
    expect(world.sent.filter(({ to }) => to === MAPPED)).toEqual([]);
  });

  test("is found there again when the one that brought them together is gone", () => {
    const { world, s, a, b, router } = trio();
    router.open = false;
    maps(a, MAPPED);
    join(a, b);
    world.run(5_000);
    expect(pathTo(b, a, world)).toBe("relay");
    s.command({ kind: "shutdown" });
    router.open = true;
    world.run(MAPPED_AGAIN_MS + 10_000);
    expect([pathTo(b, a, world), wayTo(b, a, world)]).toEqual(["direct", MAPPED]);
  });
});

describe("a port that does not lead to who says so", () => {
  test("is tried ever less often, and nothing but challenges goes there", () => {
    const { world, a, b } = trio();
    maps(a, VICTIM);
    join(a, b);
    world.run(3_600_000);
    const sent = world.sent.filter(({ to }) => to === VICTIM);
    expect(pathTo(b, a, world)).toBe("relay");
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length).toBeLessThan(60);
    expect(scales(world, VICTIM).out).toBeLessThan(60 * 100);
  });

  test("does not take the place of who is really there", () => {
    const { world, a, b, s } = trio();
    maps(a, S);
    join(a, b);
    world.run(10_000);
    expect(pathTo(b, a, world)).toBe("relay");
    expect([pathTo(b, s, world), wayTo(b, s, world)]).toEqual(["direct", S]);
    b.command(posts(1, "as before"));
    world.run(1_000);
    expect(a.posts()).toEqual(["as before"]);
  });

  test.each([
    "192.168.1.1:7667",
    "127.0.0.1:7667",
    "224.0.0.1:7667",
    "169.254.1.1:7667",
    "0.0.0.0:7667",
    "198.51.100.9:53",
    "[fe80::1]:7667",
  ])("is not tried at %s", (place) => {
    const { world, a, b } = trio();
    maps(a, place as Endpoint);
    join(a, b);
    world.run(5_000);
    expect(b.dropped("mapped-scope")).toBe(1);
    expect(world.sent.filter(({ to }) => to === place)).toEqual([]);
  });

  test("earns a liar no more tries by other names", () => {
    const { world, node } = lonely();
    const liar = world.bare(ATTACKER);
    const keys = intrude(world, liar, node);
    world.loses = ({ from }) => from === A; // it hears nothing, and so is not reached directly any more
    let seq = 0;
    const since = world.sent.length;
    for (let second = 0; second < 120; second++) {
      const message = encode("HELLO", { ptp: { mapped: `198.51.100.7:${20_000 + second}` } }).slice();
      liar.send(A, keys.frame(payloadOf((into, at) => writeMessage(into, at, CONTROL, seq++, message))));
      world.run(1_000);
    }
    const places = new Set(world.sent.slice(since).flatMap(({ to }) => (to.startsWith("198.51.100.7:") ? [to] : [])));
    expect(places.size).toBeLessThanOrEqual(3);
    expect(scales(world, "198.51.100.7:20000" as Endpoint, since).out).toBeLessThan(2_000);
  });

  test("that is named in the clear is not heard", () => {
    const { world, node } = lonely();
    spoof(world, VICTIM, A, say("HELLO", { ptp: { mapped: MAPPED } }));
    const known = world.bare(B);
    known.send(A, HELLO);
    known.send(A, say("HELLO", { ptp: { mapped: MAPPED } }));
    world.run(5_000);
    expect(world.sent.filter(({ to }) => to === MAPPED)).toEqual([]);
    expect(node.dropped("mapped-scope")).toBe(0);
  });
});

/** A, which has UDP to nobody and goes over TCP to S; B, which S hears over UDP. TCP to {@link MAPPED} is taken by `taker`. */
function withoutUdp(config: Partial<NodeConfig> = {}) {
  const world = new World();
  world.loses = ({ from, to }) => [from, to].some((at) => ipOf(at) === ipOf(A));
  const s = full(world, S, 9, { rendezvous: true, tcp: true });
  const a = full(world, A, 1, { peers: [S], tcp: true });
  const b = full(world, B, 2, { peers: [S], tcp: true, ...config });
  const taker: { host: Host | null } = { host: a };
  world.tcp.behind = (to) => (to === MAPPED ? (taker.host ?? undefined) : undefined);
  world.run(5_000);
  const called = () => world.tcp.calls.filter(({ to }) => to === MAPPED);
  return { world, s, a, b, taker, called };
}

describe("a node without UDP whose gateway keeps a port of TCP open", () => {
  const mapsTcp = (host: Host, endpoint: Endpoint | null = MAPPED) => host.step({ kind: "mapped", transport: "tcp", endpoint });

  test.each(["before", "after"])("that has it %s they meet is reached there, and the relay is needed no more", (when) => {
    const { world, s, a, b, called } = withoutUdp();
    if (when === "before") mapsTcp(a);
    join(a, b);
    world.run(3_000);
    expect([pathTo(a, b, world), pathTo(b, a, world)]).toEqual(["relay", "relay"]);
    if (when === "after") mapsTcp(a);
    world.run(MAPPED_TCP_AFTER_MS + 2_000);
    expect([pathTo(a, b, world), pathTo(b, a, world)]).toEqual(["tcp", "tcp"]);
    s.command({ kind: "shutdown" });
    world.crash(s);
    world.run(30_000);
    b.command(posts(1, "straight"));
    a.command(posts(2, "and back"));
    world.run(1_000);
    expect([a.posts(), b.posts()]).toEqual([["straight"], ["and back"]]);
    expect(called()).toHaveLength(1);
    expect(a.node?.mapped()).toEqual({ udp: null, tcp: MAPPED });
  });

  test("is called again when that connection breaks", () => {
    const { world, a, b, called } = withoutUdp();
    mapsTcp(a);
    join(a, b);
    world.run(10_000);
    world.tcp.reset(b);
    world.run(MAPPED_TCP_AFTER_MS + 10_000);
    expect([pathTo(a, b, world), pathTo(b, a, world)]).toEqual(["tcp", "tcp"]);
    expect(called()).toHaveLength(2);
  });

  test("is not called where UDP works", () => {
    const { world, a, b } = pair();
    mapsTcp(a);
    join(a, b);
    world.run(60_000);
    expect(world.tcp.calls).toEqual([]);
    expect(b.saw("session-up")).toHaveLength(1);
  });

  test("is called by nobody who has nothing to do with it, nor by who has TCP off", () => {
    const stranger = withoutUdp();
    mapsTcp(stranger.a);
    stranger.b.command({ kind: "connect", ref: 1, to: idOf(stranger.a) as NodeId, via: null });
    stranger.world.run(60_000);
    expect(pathTo(stranger.b, stranger.a, stranger.world)).toBe("relay");
    const off = withoutUdp({ tcp: false });
    mapsTcp(off.a);
    join(off.a, off.b);
    off.world.run(60_000);
    expect([...stranger.called(), ...off.called()]).toEqual([]);
  });

  test("that names the place of somebody else has a challenge sent there now and then, and does not become that one", () => {
    const { world, s, a, b, taker, called } = withoutUdp();
    taker.host = s;
    mapsTcp(a);
    join(a, b);
    world.run(3_600_000);
    expect(pathTo(b, a, world)).toBe("relay");
    expect(called().length).toBeGreaterThan(2);
    expect(called().length).toBeLessThan(12);
    const said = world.tcp.carried.filter(({ to }) => to === S).filter(({ from }) => ipOf(from) === ipOf(B));
    expect(said.length).toBeLessThanOrEqual(3 * called().length);
    expect(said.every(({ bytes }) => isFrame(bytes) && bytes.length < 64)).toBe(true);
  });

  test("that names a silent place keeps the user's own calls from nothing", () => {
    const { world, a, b } = withoutUdp();
    world.tcp.answer = (_from, to) => (to === MAPPED ? "silent" : "passes");
    mapsTcp(a);
    join(a, b);
    world.run(20_000);
    b.command({ kind: "connect", ref: 1, to: MAPPED, via: null });
    world.run(5_000);
    expect(world.tcp.calls.filter(({ to }) => to === MAPPED)).toHaveLength(2); // what was told is neither the user's call nor in its way
  });
});
