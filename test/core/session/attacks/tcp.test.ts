/**
 * Row 54: whoever can open TCP connections wants to use up what a node has, to draw sessions there, or to become over UDP who it
 * is not. PROTOCOL.md §18.6.
 */
import { describe, expect, test } from "vitest";
import { type Endpoint, encode, isFrame } from "../../../../src/wire/index.ts";
import { join, LOBBY, posts, relay, text } from "../../said.ts";
import type { Script } from "../../tcp-wire.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full, idOf } from "../full.ts";
import { ATTACKER, talking, VICTIM } from "./attack.ts";
import { Forger, laterBytes, laterIn, type Opening } from "./forger.ts";

const S = "203.0.113.9:7667" as Endpoint;

/** One node that takes connections. */
function open(): { world: World; node: Host } {
  const world = new World();
  return { world, node: full(world, S, 9, { tcp: true }) };
}

/** A and S in a channel, over TCP, since UDP between them is lost as long as `blocked`. */
function overTcp() {
  const world = new World();
  const s = full(world, S, 9, { tcp: true });
  const met = { world, s, a: s, blocked: true };
  world.loses = ({ from, to }) => met.blocked && [from, to].includes(A) && [from, to].includes(S);
  met.a = full(world, A, 1, { peers: [S], tcp: true });
  for (const host of [s, met.a]) host.command({ kind: "join", channelId: LOBBY, name: "", at: [] });
  world.run(4_000);
  return met;
}

function pathOf(of: Host, to: Host): string | undefined {
  return of.node?.peers(of.world.now).find(({ id }) => id === idOf(to))?.path;
}

/** Message 3 of a handshake whose second message came over a connection. */
function thirdOf(opening: Opening, { got }: Script): Uint8Array {
  const later = got.map((bytes) => laterIn(bytes)).find((each) => each !== null);
  const seen = later == null ? null : opening.read(later);
  if (seen === null) throw new Error("the node did not answer the handshake");
  return laterBytes(opening.finish(seen.remoteIndex).third).slice();
}

function openOf(scripts: readonly Script[]): number {
  return scripts.filter(({ isEnded }) => !isEnded).length;
}

describe("who opens connections and says nothing", () => {
  test("has 16 from one address, and each for 10 s; others come in meanwhile", () => {
    const { world, node } = open();
    const scripts = Array.from({ length: 100 }, (_, n) => world.tcp.call(`192.0.2.66:${1_025 + n}` as Endpoint, node));
    world.run(1_000);
    expect(openOf(scripts)).toBe(16);
    expect(node.dropped("tcp-full")).toBe(84);
    world.loses = () => true;
    const a = full(world, A, 1, { peers: [S], tcp: true });
    world.run(3_000);
    expect(pathOf(a, node)).toBe("tcp");
    world.run(7_000);
    expect(openOf(scripts)).toBe(0);
    expect(world.tcp.count(node)).toBe(1);
  });

  test("has 256 from all addresses together", () => {
    const { world, node } = open();
    const scripts = Array.from({ length: 1_000 }, (_, n) => world.tcp.call(`192.0.${n >> 8}.${n & 255}:5000` as Endpoint, node));
    world.run(1_000);
    expect(openOf(scripts)).toBe(256);
    world.run(10_000);
    expect([openOf(scripts), world.tcp.count(node)]).toEqual([0, 0]);
  });

  test("is let in nowhere where TCP is off, or sessions are not held", () => {
    const world = new World();
    for (const node of [full(world, S, 9), world.node(B, { tcp: true })]) {
      const script = world.tcp.call(ATTACKER, node);
      world.run(100);
      expect([script.isEnded, node.dropped("tcp-full")]).toEqual([true, 1]);
    }
  });
});

describe("who says something else than a handshake", () => {
  test.each([
    ["HELLO", { msg_type: "HELLO" }],
    ["a text", text("hi")],
    ["JOIN", join()],
    ["RELAY", relay(VICTIM, { msg_type: "HELLO" })],
    ["CONNECT", { msg_type: "CONNECT", msg_data: { dst: "192.0.2.50", src: "5000" } }],
    ["the seed's own question for a certificate", { msg_type: "GETCERTIFICATE" }],
    ["an ACK", { msg_type: "ACK" }],
    ["no JSON", new TextEncoder().encode("GET / HTTP/1.1")],
    ["a frame of nobody", Uint8Array.from([0xf8, ...new Array<number>(60).fill(7)])],
    ["a frame too short", Uint8Array.of(0xf8)],
  ])("%s: is hung up on at once, gets no answer, and is nobody", (_name, said) => {
    const { world, node } = open();
    const script = world.tcp.call(ATTACKER, node);
    script.send(said);
    world.run(100);
    expect([script.isEnded, script.got, world.tcp.count(node)]).toEqual([true, [], 0]);
    expect(node.drops).toHaveLength(1);
    expect(node.node?.peers(world.now)).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  test("a length that cannot be: it is counted", () => {
    const { world, node } = open();
    world.tcp.call(ATTACKER, node).lie();
    world.run(100);
    expect([node.dropped("tcp-length"), world.tcp.count(node)]).toEqual([1, 0]);
  });

  test("what comes after the end of a connection is taken for nothing, above all not for UDP", () => {
    const { world, node } = open();
    const script = world.tcp.call(ATTACKER, node);
    world.run(10_500);
    node.step({ kind: "streamed", socket: -1, bytes: encode("HELLO") });
    expect([script.isEnded, node.node?.peers(world.now), node.node?.counters().received]).toEqual([true, [], {}]);
  });
});

describe("a handshake over TCP", () => {
  test("is one of its own connection: its third message over another brings nothing", () => {
    const { world, node } = open();
    const [one, other] = [world.tcp.call(ATTACKER, node), world.tcp.call(ATTACKER, node)] as const;
    const opening = new Forger(66).begin();
    one.send(opening.bytes());
    world.run(50);
    const third = thirdOf(opening, one);
    other.send(third);
    world.run(100);
    expect([node.dropped("handshake-stray"), node.saw("session-up"), other.isEnded]).toEqual([1, [], true]);
    one.send(third);
    world.run(100);
    expect(node.node?.sessions()).toHaveLength(1);
  });

  test("is not said without end: after 32 messages the connection is ended", () => {
    const { world, node } = open();
    const script = world.tcp.call(ATTACKER, node);
    const first = new Forger(66).begin().bytes().slice();
    for (let n = 0; n < 32; n++) script.send(first);
    world.run(100);
    expect([script.isEnded, script.got.length]).toEqual([false, 32]);
    for (let n = 0; n < 100; n++) script.send(first);
    world.run(100);
    expect([script.isEnded, script.got.length, node.dropped("handshake-busy")]).toEqual([true, 32, 1]);
  });

  test("counts against the address as one over UDP does", () => {
    const { world, node } = open();
    for (let n = 0; n < 400; n++) {
      const script = world.tcp.call(`192.0.2.66:${2_000 + n}` as Endpoint, node);
      script.send(new Forger(n % 200).begin().bytes());
      script.hangUp();
      world.run(1);
    }
    expect(node.dropped("handshake-busy")).toBeGreaterThan(50);
  });
});

describe("a node over TCP at the endpoint of somebody over UDP", () => {
  test("changes nothing for that one: it stays who it was, is served, is sent to and named as before", () => {
    const { world, node } = open();
    node.command({ kind: "join", channelId: LOBBY, name: "", at: [] });
    const bare = world.bare("203.0.113.1:4000");
    world.hello(bare, S, 12);
    bare.send(S, join());
    world.run(1_000);
    const before = node.node?.peers(world.now).find(({ id }) => id === "203.0.113.1:4000");
    expect(before?.live).toBe(true);
    const creditBefore = bare.inbox.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const m = full(world, "203.0.113.1:5555", 5, { tcp: true });
    world.loses = ({ from, to }) => [from, to].includes(m.endpoint);
    world.tcp.from = () => bare.endpoint; // the very ip:port, of TCP
    m.command({ kind: "connect", ref: 1, to: S, via: null });
    world.run(5_000);
    expect(pathOf(node, m)).toBe("tcp");
    expect(node.node?.peers(world.now)).toHaveLength(2);
    // It is still a bare peer, heard, a member, and answered.
    world.hello(bare, S, 2);
    expect(node.node?.peers(world.now).find(({ id }) => id === bare.endpoint)).toMatchObject({ kind: "bare", live: true, path: "direct" });
    bare.send(S, text("still here"));
    world.run(100);
    expect(node.posts()).toEqual(["still here"]);
    expect(bare.got("ACK").length).toBeGreaterThan(0);
    // What is meant for that name goes to it.
    const other = world.bare("203.0.113.77:4000");
    world.hello(other, S, 3);
    other.send(S, relay(bare.endpoint, text("for you")));
    world.run(100);
    expect(bare.got("RELAY")).toHaveLength(1);
    expect(bare.inbox.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(creditBefore);
  });

  test("earns no byte credit for UDP with what it says over TCP", () => {
    const { world, node } = open();
    const script = world.tcp.call(VICTIM, node);
    const opening = new Forger(66).begin();
    script.send(opening.bytes());
    world.run(50);
    script.send(thirdOf(opening, script));
    world.run(5_000);
    node.command({ kind: "join", channelId: LOBBY, name: "", at: [] });
    world.run(5_000);
    expect(world.sent.filter(({ to }) => to === VICTIM)).toEqual([]);
    world.carry(VICTIM, S, encode("GETCERTIFICATE"));
    world.run(100);
    const out = world.sent.filter(({ to }) => to === VICTIM).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(out).toBeLessThanOrEqual(encode("GETCERTIFICATE").length);
  });

  test("is called by its key where others are told of it", () => {
    const { world, s, a } = overTcp();
    const b = full(world, B, 2, { peers: [S] });
    world.run(3_000);
    const routes = b.node?.routes(world.now) ?? [];
    expect(routes.find(({ nodeId }) => nodeId === idOf(a))?.to).toMatch(/^\[100::[0-9a-f:]+\]:1$/);
    expect(pathOf(s, a)).toBe("tcp");
  });

  test("does not become the user's named endpoint where a peer is heard there over UDP", () => {
    const world = new World();
    const bare = world.bare(S);
    const a = full(world, A, 1, { peers: [S], tcp: true });
    world.run(1_000);
    world.rhythm(bare, A, 4_000);
    world.run(20_000);
    expect(world.tcp.calls).toEqual([]);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: S, kind: "bare", live: true }]);
  });

  test("nor where that peer is heard while the connection is being opened: there are two then", () => {
    const world = new World();
    const bare = world.bare(S);
    const m = full(world, "203.0.113.50:7667", 5, { tcp: true });
    world.tcp.behind = (to) => (to === S ? m : undefined);
    const a = full(world, A, 1, { peers: [S], tcp: true });
    world.run(1_755);
    expect(world.tcp.calls).toHaveLength(1);
    world.rhythm(bare, A);
    world.run(5_000);
    expect(a.node?.peers(world.now).find(({ id }) => id === S)).toMatchObject({ kind: "bare", live: true, path: "direct" });
    expect(pathOf(a, m)).toBe("tcp");
    const heard = bare.inbox.length;
    bare.send(A, text("from the one over UDP"));
    world.run(100);
    expect(bare.inbox.length).toBeGreaterThan(heard); // acknowledged
  });
});

describe("frames copied to where they do not belong", () => {
  test("from UDP onto a TCP connection, ahead of the true ones: data stays, and the connection is ended", () => {
    const world = new World();
    const met = talking(world);
    const { a, b } = met;
    const tcpB = full(world, "203.0.113.3:7667", 3, { tcp: true, peers: [A] });
    world.run(500);
    const script = world.tcp.call(ATTACKER, tcpB);
    const carry = world.carry.bind(world);
    world.carry = (from, to, bytes) => {
      if (from === A && to === tcpB.endpoint && isFrame(bytes) && !script.isEnded) {
        script.send(bytes.slice());
        world.later(20, () => carry(from, to, bytes));
      } else carry(from, to, bytes);
    };
    world.run(20_000);
    expect(script.got.length).toBeGreaterThan(0);
    expect(script.got.every((bytes) => isFrame(bytes) && bytes.length === 40)).toBe(true); // challenges, which it cannot answer
    expect([script.isEnded, pathOf(tcpB, a)]).toEqual([true, "direct"]);
    expect(tcpB.saw("path")).toEqual([]);
    expect(b.saw("session-down")).toEqual([]);
  });

  test("from TCP to UDP, from anywhere or from the very endpoint: data stays on TCP", () => {
    for (const from of [ATTACKER, A]) {
      const { world, s, a } = overTcp();
      world.loses = ({ from: source, to }) => [source, to].includes(A) || to === ATTACKER;
      const had = world.tcp.carried.length;
      world.tcp.onCarry = ({ from: source, bytes }) => {
        if (source !== S && isFrame(bytes)) world.later(0, () => s.step({ kind: "datagram", socket: 0, from, bytes }));
      };
      for (let n = 1; n <= 10; n++) {
        a.command(posts(n, `a ${n}`));
        world.run(1_000);
      }
      expect(world.tcp.carried.length).toBeGreaterThan(had);
      expect(s.posts()).toHaveLength(10);
      expect([pathOf(s, a), pathOf(a, s), s.saw("path")]).toEqual(["tcp", "tcp", []]);
    }
  });

  test("to the end that keeps the UDP endpoint of its node only by name: it is used after a challenge alone", () => {
    const { world, s, a } = overTcp();
    world.loses = ({ from, to }) => [from, to].includes(S);
    world.tcp.onCarry = ({ from, bytes }) => {
      if (from === S && isFrame(bytes)) world.later(0, () => a.step({ kind: "datagram", socket: 0, from: S, bytes }));
    };
    for (let n = 1; n <= 10; n++) {
      s.command(posts(n, `s ${n}`));
      a.command(posts(100 + n, `a ${n}`));
      world.run(1_000);
    }
    expect([a.posts().length, s.posts().length]).toEqual([10, 10]);
    expect([pathOf(a, s), a.saw("path")]).toEqual(["tcp", []]);
    a.step({ kind: "datagram", socket: 0, from: S, bytes: encode("HELLO") }); // nor does a HELLO in the clear
    world.run(1_000);
    expect(pathOf(a, s)).toBe("tcp");
  });
});

describe("over a neighbour that is reached over TCP", () => {
  test("a node without UDP reaches everyone, and everyone it; texts arrive both ways", () => {
    const { world, s, a } = overTcp();
    const isApart = world.loses;
    world.loses = (sent) => isApart(sent) || [sent.from, sent.to].some((each) => each.startsWith("203.0.113.1:"));
    const b = full(world, B, 2, { peers: [S] });
    b.command({ kind: "join", channelId: LOBBY, name: "", at: [] });
    world.run(10_000);
    expect([pathOf(a, b), pathOf(b, a), pathOf(b, s)]).toEqual(["relay", "relay", "direct"]);
    a.command(posts(1, "from a"));
    b.command(posts(2, "from b"));
    world.run(2_000);
    expect([a.posts(), b.posts()]).toEqual([["from b"], ["from a"]]);
    expect(a.saw("post-state").at(-1)).toMatchObject({ state: "delivered" });
  });
});
