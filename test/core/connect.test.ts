/** CONNECT in its four forms and three roles. PROTOCOL.md §8.12. */
import { describe, expect, test } from "vitest";
import type { ConnectStep } from "../../src/core/index.ts";
import { type Endpoint, ipOf } from "../../src/wire/index.ts";
import { at, connects, HELLO, joins, LOBBY, NODE, posts, say } from "./said.ts";
import { type Host, LATENCY_MS, World } from "./world.ts";

const A = at(2);
const B = at(3);
const S = at(1, 7_000);

function connect(dst: string, src: string | number, ptp?: object): object {
  return say("CONNECT", { dst, src, ...(ptp === undefined ? {} : { ptp }) });
}

function legs(host: Host): { dst: string; src: string | number }[] {
  return host.got("CONNECT");
}

function steps(node: Host, ref = 1): ConnectStep[] {
  return node.saw("connect").flatMap((event) => (event.ref === ref ? [event.step] : []));
}

/** A node as S, with bare A and B who say HELLO; A has paid for what it asks. */
function introducer() {
  const world = new World();
  const node = world.node(NODE, { peers: [A, B] });
  const [a, b] = [world.bare(A), world.bare(B)];
  for (const host of [a, b]) world.rhythm(host, node.endpoint);
  world.run(100);
  return { world, node, a, b };
}

/** A node that has S as its configured neighbour. */
function neighbour() {
  const world = new World();
  const node = world.node(NODE, { peers: [S] });
  const s = world.bare(S);
  world.rhythm(s, node.endpoint);
  world.run(100);
  return { world, node, s };
}

describe("as S", () => {
  test("step 1 from the HELLO endpoint: forwards to B with A's observed address and the port it claims", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4555"));
    world.run(100);
    expect(legs(b)).toEqual([{ dst: "203.0.113.2:4555", src: "203.0.113.3" }]);
  });

  test("step 1 from another port of A: the observed port counts, not the claimed one", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4555"), 4_777);
    world.run(100);
    expect(legs(b)).toEqual([{ dst: "203.0.113.2:4777", src: "203.0.113.3" }]);
  });

  test("a port may come as a number", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", 4_555));
    world.run(100);
    expect(legs(b)).toHaveLength(1);
  });

  test("steps 3 and 4: B's answer goes back to the endpoint that step 1 came from, swapped", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777"), 4_777);
    world.run(100);
    b.send(node.endpoint, connect("203.0.113.2:4777", "4888"), 4_888);
    world.run(100);
    const step4 = world.sent.filter((sent) => sent.from === node.endpoint && sent.to === "203.0.113.2:4777");
    expect(step4.map((sent) => JSON.parse(sent.text).msg_data)).toEqual([{ dst: "203.0.113.3:4888", src: "203.0.113.2:4777" }]);
    expect(legs(a)).toHaveLength(1);
    expect(legs(b)).toHaveLength(1); // step 2 alone: the answer was not taken for a new wish
  });

  test("steps 2 and 4 name the HELLO endpoints of both when step 1 has a ptp, even an empty one", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777", {}), 4_777);
    world.run(100);
    b.send(node.endpoint, connect("203.0.113.2:4777", "4888"), 4_888);
    world.run(100);
    expect(legs(b)).toEqual([{ dst: "203.0.113.2:4777", src: "203.0.113.3", ptp: { far: A } }]);
    expect(legs(a)).toEqual([{ dst: "203.0.113.3:4888", src: "203.0.113.2:4777", ptp: { far: B } }]);
  });

  test("a name that would make a leg grow by more than 96 bytes is left out", () => {
    const [asker, far] = ["[2001:1db8:1111:2222:3333:4444:5555:6666]:50001", "[2001:1db8:1111:2222:3333:4444:5555:7777]:50002"];
    const world = new World();
    const node = world.node(NODE, { peers: [asker as Endpoint, far as Endpoint] });
    const [a, b] = [world.bare(asker), world.bare(far)];
    for (const host of [a, b]) host.send(node.endpoint, HELLO);
    world.run(100);
    a.send(node.endpoint, connect("2001:1db8:1111:2222:3333:4444:5555:7777", "50003", {}), 50_003);
    world.run(100);
    expect(legs(b)).toEqual([{ dst: asker.replace("50001", "50003"), src: "2001:1db8:1111:2222:3333:4444:5555:7777" }]);
  });

  test("step 3 from B's HELLO endpoint: the claimed port counts", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777"));
    world.run(100);
    b.send(node.endpoint, connect("203.0.113.2:4777", "4888"));
    world.run(100);
    expect(legs(a)).toEqual([{ dst: "203.0.113.3:4888", src: "203.0.113.2:4777" }]);
  });

  test("a step 3 for a dst that S did not forward is none: nothing goes to A", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777"));
    world.run(100);
    b.send(node.endpoint, connect("203.0.113.2:4778", "4888"));
    world.run(100);
    expect(legs(a)).toEqual([]);
    expect(node.dropped("connect-unknown-far")).toBe(1); // read as a step 1 to a node that is not there
  });

  test("a step 3 from anybody but B is none", () => {
    const { world, node, a } = introducer();
    const c = world.bare(at(4));
    world.rhythm(c, node.endpoint);
    a.send(node.endpoint, connect("203.0.113.3", "4777"));
    world.run(100);
    c.send(node.endpoint, connect("203.0.113.2:4777", "4888"));
    world.run(100);
    expect(legs(a)).toEqual([]);
  });

  test.each([
    [9_500, 1],
    [10_500, 0],
  ])("a step 3 comes %i ms after step 2: forwarded %i times", (later, forwarded) => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777"));
    world.run(later);
    b.send(node.endpoint, connect("203.0.113.2:4777", "4888"));
    world.run(100);
    expect(legs(a)).toHaveLength(forwarded);
  });

  test("a step 3 is forwarded once", () => {
    const { world, node, a, b } = introducer();
    a.send(node.endpoint, connect("203.0.113.3", "4777"));
    world.run(100);
    for (let n = 0; n < 3; n++) b.send(node.endpoint, connect("203.0.113.2:4777", "4888"));
    world.run(100);
    expect(legs(a)).toHaveLength(1);
  });

  test("forwards one a second and source", () => {
    const { world, node, a, b } = introducer();
    for (let n = 0; n < 10; n++) {
      a.send(node.endpoint, connect("203.0.113.3", "4555"));
      a.send(node.endpoint, connect("203.0.113.3", "4556"), 4_999); // the source is the address
      world.run(300);
    }
    expect(legs(b)).toHaveLength(3);
    expect(node.dropped("connect-rate")).toBe(17);
  });

  test("does not know the asker: drops", () => {
    const { world, node, b } = introducer();
    world.bare(at(9)).send(node.endpoint, connect("203.0.113.3", "4555"));
    world.run(100);
    expect(legs(b)).toEqual([]);
    expect(node.dropped("unknown-peer")).toBe(1);
  });

  test("does not know B, or B went silent: drops", () => {
    const { world, node, a } = introducer();
    a.send(node.endpoint, connect("203.0.113.9", "4555"));
    world.run(100);
    expect(node.dropped("connect-unknown-far")).toBe(1);
  });

  test("refuses to guess between several nodes at one address", () => {
    const { world, node, a, b } = introducer();
    const second = world.bare(at(3, 4_100));
    world.rhythm(second, node.endpoint);
    world.run(100);
    a.send(node.endpoint, connect("203.0.113.3", "4555"));
    world.run(1_100);
    expect(node.dropped("connect-ambiguous-far")).toBe(1);
    a.send(node.endpoint, connect(second.endpoint, "4555"));
    world.run(1_100);
    expect(legs(second)).toMatchObject([{ src: "203.0.113.3" }]);
    a.send(node.endpoint, connect("203.0.113.3", "4555", { far: B }));
    world.run(1_100);
    expect(legs(b)).toHaveLength(1);
    expect(legs(second)).toHaveLength(1);
  });

  test("does not count the asker at that address", () => {
    const { world, node, b } = introducer();
    const beside = world.bare(at(3, 4_100));
    world.rhythm(beside, node.endpoint);
    world.run(100);
    beside.send(node.endpoint, connect("203.0.113.3", "4555"));
    world.run(100);
    expect(legs(b)).toEqual([{ dst: "203.0.113.3:4555", src: "203.0.113.3" }]);
  });

  test.each([
    ["a port below 1,024", "203.0.113.2:4000", "203.0.113.3:4000", "80"],
    ["a private B for a public A", "203.0.113.2:4000", "10.0.0.3:4000", "4555"],
    ["a public B for a private A", "192.168.1.2:4000", "203.0.113.3:4000", "4555"],
    ["two different private ranges", "192.168.1.2:4000", "10.0.0.3:4000", "4555"],
    ["loopback for a private A", "10.0.0.2:4000", "127.0.0.1:4000", "4555"],
    ["link-local", "169.254.1.2:4000", "169.254.1.3:4000", "4555"],
    ["multicast", "203.0.113.2:4000", "224.0.0.251:5353", "4555"],
    ["broadcast", "203.0.113.2:4000", "255.255.255.255:4000", "4555"],
    ["link-local of version 6", "[fe80::2]:4000", "[fe80::3]:4000", "4555"],
  ])("refuses %s", (_name, asker, far, port) => {
    const world = new World();
    const node = world.node(NODE, { peers: [asker as Endpoint, far as Endpoint] });
    const [a, b] = [world.bare(asker), world.bare(far)];
    for (const host of [a, b]) host.send(node.endpoint, HELLO);
    world.run(100);
    a.send(node.endpoint, connect(far, port));
    world.run(100);
    expect(legs(b)).toEqual([]);
    expect(node.dropped("connect-scope")).toBe(1);
  });

  test.each([
    ["the same private range", "10.0.0.2:4000", "10.9.0.3:4000"],
    ["loopback", "127.0.0.2:4000", "127.0.0.3:4000"],
    ["version 6", "[2001:db8::2]:4000", "[2001:db8:1::3]:4000"],
  ])("introduces two in %s", (_name, asker, far) => {
    const world = new World();
    const node = world.node(NODE, { peers: [asker as Endpoint, far as Endpoint] });
    const [a, b] = [world.bare(asker), world.bare(far)];
    for (const host of [a, b]) host.send(node.endpoint, HELLO);
    world.run(100);
    a.send(node.endpoint, connect(far.startsWith("[") ? "2001:db8:1::3" : far.slice(0, far.lastIndexOf(":")), "4555"));
    world.run(100);
    expect(legs(b)).toHaveLength(1);
  });
});

describe("as B", () => {
  test("opens a socket, answers from it with its port, and sends three HELLO probes half a second apart", () => {
    const { world, node, s } = neighbour();
    const a = world.bare(at(9, 4_777));
    s.send(node.endpoint, connect(a.endpoint, "198.51.100.1"));
    const start = world.now;
    world.run(10_000);
    const answer = world.sent.filter((sent) => sent.to === S && sent.text.includes("CONNECT"));
    expect(answer.map((sent) => [sent.from, JSON.parse(sent.text).msg_data])).toEqual([
      ["198.51.100.1:40000", { dst: a.endpoint, src: "40000" }],
    ]);
    expect(a.inbox.map((sent) => [sent.from, sent.text])).toEqual(new Array(3).fill(["198.51.100.1:40000", '{"msg_type":"HELLO"}']));
    const times = a.inbox.map((sent) => sent.at - start - LATENCY_MS);
    expect(times[0]).toBe(0);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] as number)).toBeGreaterThanOrEqual(500);
      expect(time - (times[index] as number)).toBeLessThanOrEqual(750);
    }
  });

  test("gives up after 5 s and closes the socket", () => {
    const { world, node, s } = neighbour();
    s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(4_900);
    expect(node.sockets.size).toBe(2);
    world.run(400);
    expect(node.sockets.size).toBe(1);
  });

  test("keeps what it hears from A, whatever the port: a punched path with HELLO every second", () => {
    const { world, node, s } = neighbour();
    const a = world.bare(at(9, 4_778));
    s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(200);
    a.send("198.51.100.1:40000" as Endpoint, HELLO);
    world.run(10_000);
    expect(node.node?.peers(world.now)).toContainEqual(expect.objectContaining({ endpoint: a.endpoint, path: "punched", live: true }));
    expect(a.inbox.every((sent) => sent.from === "198.51.100.1:40000")).toBe(true);
    expect(a.times("HELLO").length).toBeGreaterThanOrEqual(1);
  });

  test("counts the HELLO rhythm of the new path from its first HELLO, whatever opened it", () => {
    const { world, node, s } = neighbour();
    const a = world.bare(at(9, 4_778));
    s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(200);
    const own = "198.51.100.1:40000" as Endpoint;
    a.send(own, say("ROUTING", { nodes: [] }));
    world.run(4_000);
    const silence = world.rhythm(a, own);
    world.run(9_500);
    expect(a.times("ROUTING")).toEqual([]); // 13.5 s after the hole was opened, and no allowance yet
    world.run(8_000);
    expect(a.times("ROUTING")).toHaveLength(1); // at the next turn
    silence();
  });

  test("does not take what another address sends there", () => {
    const { world, node, s } = neighbour();
    const other = world.bare(at(8, 4_777));
    s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(200);
    other.send("198.51.100.1:40000" as Endpoint, HELLO);
    world.run(200);
    expect(node.node?.peers(world.now).filter((peer) => peer.path === "punched")).toEqual([]);
  });

  test("a repeated step 2 is answered with step 3 again, and no further socket", () => {
    const { world, node, s } = neighbour();
    for (let n = 0; n < 3; n++) {
      s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
      world.run(1_200);
    }
    expect(world.sent.filter((sent) => sent.to === S && sent.text.includes("CONNECT"))).toHaveLength(3);
    expect(node.sockets.size).toBe(2);
    expect(world.sent.filter((sent) => sent.to === at(9, 4_777))).toHaveLength(3);
  });

  test("takes one step 2 a second from one neighbour", () => {
    const { world, node, s } = neighbour();
    for (let n = 0; n < 3; n++) s.send(node.endpoint, connect(at(9, 4_800 + n), "198.51.100.1"));
    world.run(100);
    expect(node.sockets.size).toBe(2);
    expect(node.dropped("connect-rate")).toBe(2);
    world.run(1_000);
    s.send(node.endpoint, connect(at(9, 4_810), "198.51.100.1"));
    world.run(100);
    expect(node.sockets.size).toBe(3);
  });

  test("keeps four such punches at a time", () => {
    const { world, node } = neighbour();
    for (let n = 10; n < 16; n++) {
      const other = world.bare(at(n));
      other.send(node.endpoint, HELLO);
      other.send(node.endpoint, connect(at(90 + n, 4_777), "198.51.100.1"));
    }
    world.run(100);
    expect(node.sockets.size).toBe(5);
    expect(node.dropped("connect-punches-full")).toBe(2);
  });

  test("refuses a step 2 of an endpoint that never said HELLO", () => {
    const { world, node } = neighbour();
    world.bare(at(8)).send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(100);
    expect(node.dropped("unknown-peer")).toBe(1);
    expect(node.sockets.size).toBe(1);
  });

  test.each([
    "10.0.0.9:4777",
    "127.0.0.1:4777",
    "203.0.113.9:80",
    "224.0.0.1:4777",
    "255.255.255.255:4777",
    "0.0.0.0:4777",
    "169.254.0.9:4777",
    "[fe80::9]:4777",
    "[ff02::1]:4777",
    "[::1]:4777",
  ])("refuses to probe %s because a public S says so", (target) => {
    const { world, node, s } = neighbour();
    s.send(node.endpoint, connect(target, "198.51.100.1"));
    world.run(1_000);
    expect(node.dropped("connect-scope")).toBe(1);
    expect(world.sent.filter((sent) => sent.to === target)).toEqual([]);
  });

  test("without a further socket nothing is sent", () => {
    const { world, node, s } = neighbour();
    node.openAnswer = "failed";
    s.send(node.endpoint, connect(at(9, 4_777), "198.51.100.1"));
    world.run(10_000);
    expect(world.sent.filter((sent) => sent.to === at(9, 4_777) || sent.text.includes("CONNECT"))).toHaveLength(1);
  });
});

describe("as A", () => {
  function asking() {
    const it = neighbour();
    it.node.command(connects("203.0.113.9", S));
    it.world.run(100);
    return { ...it, b: it.world.bare(at(9, 4_888)), own: "198.51.100.1:40000" as Endpoint };
  }

  test("asks S from the socket that it offers", () => {
    const { world } = asking();
    const ask = world.sent.filter((sent) => sent.text.includes("CONNECT"));
    expect(ask.map((sent) => [sent.from, sent.to, JSON.parse(sent.text).msg_data])).toEqual([
      ["198.51.100.1:40000", S, { dst: "203.0.113.9", src: "40000", ptp: {} }],
    ]);
  });

  test("shows every step, and is done when something came over the new path", () => {
    const { world, node, s, b, own } = asking();
    s.send(own, connect(b.endpoint, own));
    world.run(100);
    expect(b.inbox.map((sent) => [sent.from, sent.text])).toEqual([[own, '{"msg_type":"HELLO"}']]);
    b.send(own, HELLO);
    world.run(100);
    expect(steps(node)).toEqual([
      { step: "hello", to: S },
      { step: "socket", port: 40_000 },
      { step: "asked", via: S, dst: "203.0.113.9", src: "40000" },
      { step: "answered", via: S, dst: b.endpoint, src: own },
      { step: "probing", to: b.endpoint },
      { step: "direct", peer: b.endpoint, path: "punched" },
    ]);
    expect(node.node?.peers(world.now)).toContainEqual(
      expect.objectContaining({ endpoint: b.endpoint, path: "punched", live: true, proven: true }),
    );
  });

  test("step 4 may come to the main socket, if it names our offer", () => {
    const { world, node, s, b, own } = asking();
    s.send(node.endpoint, connect(b.endpoint, own));
    world.run(100);
    expect(steps(node).at(-1)).toEqual({ step: "probing", to: b.endpoint });
  });

  test.each([
    ["naming another port of ours, to the main socket", S, "198.51.100.1:40001", at(9, 4_888)],
    ["for an address that was not asked for", S, "198.51.100.1:40000", at(8, 4_888)],
    ["from anybody but S", at(7), "198.51.100.1:40000", at(9, 4_888)],
  ])("refuses a step 4 %s", (_name, from, src, dst) => {
    const { world, node } = asking();
    const liar = world.hosts.find((host) => host.endpoint === from) ?? world.bare(from);
    liar.send(node.endpoint, HELLO);
    world.run(10);
    liar.send(node.endpoint, connect(dst, src));
    world.run(100);
    expect(node.dropped("connect-not-asked")).toBe(1);
    expect(world.sent.filter((sent) => sent.to === dst)).toEqual([]);
    expect(steps(node).some((step) => step.step === "answered")).toBe(false);
  });

  test("refuses a step 4 when nothing was asked", () => {
    const { world, node, s } = neighbour();
    s.send(node.endpoint, connect(at(9, 4_888), "198.51.100.1:40000"));
    s.send(node.endpoint, connect("203.0.113.9", "198.51.100.1"));
    world.run(100);
    expect(node.dropped("connect-not-asked")).toBe(2);
    expect(world.sent.filter((sent) => sent.to === at(9, 4_888))).toEqual([]);
  });

  test("fails with `scope` when S names a place that must not be probed", () => {
    const it = neighbour();
    it.node.command(connects("10.0.0.9", S));
    it.world.run(100);
    it.s.send("198.51.100.1:40000" as Endpoint, connect("10.0.0.9:4888", "198.51.100.1:40000"));
    it.world.run(100);
    expect(steps(it.node).at(-1)).toEqual({ step: "failed", reason: "scope" });
    expect(it.world.sent.filter((sent) => sent.to === "10.0.0.9:4888")).toEqual([]);
    expect(it.node.sockets.size).toBe(1);
  });

  test("asks again after 1.2 s, and fails with `via-silent` after 5 s", () => {
    const { world, node } = asking();
    world.run(10_000);
    const asks = world.sent.filter((sent) => sent.text.includes("CONNECT"));
    expect(asks).toHaveLength(4);
    expect(steps(node).at(-1)).toEqual({ step: "failed", reason: "via-silent" });
    expect(node.sockets.size).toBe(1);
  });

  test("sends three probes and fails with `far-silent` 5 s after the answer", () => {
    const { world, node, s, b, own } = asking();
    s.send(own, connect(b.endpoint, own));
    world.run(4_900);
    expect(steps(node).at(-1)).toEqual({ step: "probing", to: b.endpoint });
    world.run(5_000);
    expect(steps(node).at(-1)).toEqual({ step: "failed", reason: "far-silent" });
    expect(b.times("HELLO")).toHaveLength(3);
  });

  test("a probe of B that overtakes step 4 is remembered until it is there", () => {
    const { world, node, s, b, own } = asking();
    b.send(own, HELLO);
    world.run(100);
    expect(steps(node).some((step) => step.step === "direct")).toBe(false);
    expect(b.inbox).toEqual([]);
    s.send(own, connect(at(9, 4_999), own)); // S saw another port than the one that the probe came from
    world.run(100);
    expect(steps(node).at(-1)).toEqual({ step: "direct", peer: b.endpoint, path: "punched" });
  });

  test("an early probe of another address is not", () => {
    const { world, node, s, b, own } = asking();
    world.bare(at(8, 4_888)).send(own, HELLO);
    world.run(100);
    s.send(own, connect(b.endpoint, own));
    world.run(100);
    expect(steps(node).at(-1)).toEqual({ step: "probing", to: b.endpoint });
  });

  test("fails with `no-via` when S is not there, and with `no-answer` when the endpoint itself is not", () => {
    const world = new World();
    const node = world.node(NODE);
    node.command(connects("203.0.113.9", at(7), 1));
    node.command(connects(at(6), null, 2));
    node.command(connects("203.0.113.9", null, 3));
    world.run(10_000);
    expect(steps(node, 1).at(-1)).toEqual({ step: "failed", reason: "no-via" });
    expect(steps(node, 2).at(-1)).toEqual({ step: "failed", reason: "no-answer" });
    expect(steps(node, 3).at(-1)).toEqual({ step: "failed", reason: "no-via" });
  });

  test("fails with `no-socket` when the system gives none", () => {
    const { node, world } = neighbour();
    node.openAnswer = "failed";
    node.command(connects("203.0.113.9", S));
    world.run(100);
    expect(steps(node).at(-1)).toEqual({ step: "failed", reason: "no-socket" });
  });

  test("fails with `busy` beyond sixteen at a time", () => {
    const { node } = neighbour();
    for (let ref = 1; ref <= 18; ref++) node.command(connects(`203.0.113.${100 + ref}`, S, ref));
    const busy = node.saw("connect").filter((event) => event.step.step === "failed");
    expect(busy.map((event) => [event.ref, event.step])).toEqual([
      [17, { step: "failed", reason: "busy" }],
      [18, { step: "failed", reason: "busy" }],
    ]);
  });

  test("finds S by ROUTING when the endpoint does not answer by itself", () => {
    const { world, node, s } = neighbour();
    s.send(node.endpoint, say("ROUTING", { nodes: [{ address: at(9) }] }));
    world.run(100);
    node.command(connects(at(9)));
    world.run(3_000);
    expect(steps(node)).toContainEqual({ step: "asked", via: S, dst: "203.0.113.9", src: "40000" });
    expect(s.got("CONNECT")[0]).toMatchObject({ ptp: { far: at(9) } });
  });

  test("is done at once with a peer that is there, and with one that answers", () => {
    const { world, node } = neighbour();
    node.command(connects(S, null, 1));
    expect(steps(node, 1)).toEqual([{ step: "direct", peer: S, path: "direct" }]);
    const b = world.bare(at(9));
    node.command(connects(b.endpoint, null, 2));
    world.run(50);
    b.send(node.endpoint, HELLO);
    world.run(50);
    expect(steps(node, 2)).toEqual([
      { step: "hello", to: b.endpoint },
      { step: "direct", peer: b.endpoint, path: "direct" },
    ]);
  });
});

describe("three nodes of ours", () => {
  test("carry out the seed's five steps, and A and B are direct", () => {
    const world = new World();
    const s = world.node(S);
    const [a, b] = [world.node(A, { peers: [S] }), world.node(B, { peers: [S] })];
    world.run(2_000);
    const before = world.sent.length;
    a.command(connects("203.0.113.3", S));
    world.run(1_000);
    const trace = world.sent.slice(before).filter((sent) => sent.text.includes("CONNECT"));
    expect(trace.map((sent) => [sent.from, sent.to])).toEqual([
      ["203.0.113.2:40000", S],
      [S, B],
      ["203.0.113.3:40000", S],
      [S, "203.0.113.2:40000"],
    ]);
    expect(steps(a).at(-1)).toEqual({ step: "direct", peer: "203.0.113.3:40000", path: "punched" });
    expect(b.node?.peers(world.now)).toContainEqual(expect.objectContaining({ path: "punched", live: true }));
    expect(s.drops).toEqual([]);
  });

  test("keep the hole open for a minute, and close the socket once it fell silent", () => {
    const world = new World();
    world.node(S);
    const [a, b] = [world.node(A, { peers: [S] }), world.node(B, { peers: [S] })];
    world.run(2_000);
    a.command(connects("203.0.113.3", S));
    world.run(60_000);
    for (const host of [a, b]) expect(host.node?.peers(world.now).some((peer) => peer.path === "punched" && peer.live)).toBe(true);
    world.loses = (sent) => sent.from.endsWith(":40000") || sent.to.endsWith(":40000");
    world.run(20_000);
    for (const host of [a, b]) expect(host.sockets.size).toBe(1);
  });

  test("over and over: never a socket left behind", () => {
    const world = new World();
    world.node(S);
    const [a, b] = [world.node(A, { peers: [S] }), world.node(B, { peers: [S] })];
    world.run(2_000);
    for (let n = 0; n < 20; n++) {
      (n % 2 === 0 ? a : b).command(connects(n % 2 === 0 ? "203.0.113.3" : "203.0.113.2", S, n));
      world.run(1_500);
    }
    world.run(30_000);
    for (const host of [a, b]) {
      const punched = host.node?.peers(world.now).filter((peer) => peer.path === "punched").length ?? 0;
      expect(host.sockets.size).toBeLessThanOrEqual(1 + 20);
      expect(punched).toBeLessThanOrEqual(20);
    }
    world.loses = (sent) => sent.from.slice(-5) >= "40000" || sent.to.slice(-5) >= "40000";
    world.run(20_000);
    for (const host of [a, b]) expect(host.sockets.size).toBe(1);
  });

  test("a B that punches again and again from the same port leaves no socket behind", () => {
    const { world, node, s } = neighbour();
    const a = world.bare(at(9, 4_777));
    for (let n = 0; n < 8; n++) {
      s.send(node.endpoint, connect(at(9, 4_700 + n), "198.51.100.1"));
      world.run(200);
      a.send(`198.51.100.1:${40_000 + n}` as Endpoint, HELLO);
      world.run(1_000);
    }
    expect(node.sockets.size).toBe(2);
  });
});

describe("two members who were introduced, and one of whom the user then connects to by address", () => {
  test("stay one member for each other, and no text finds its way back to its author", () => {
    const world = new World();
    const s = world.node(NODE, { rendezvous: true });
    const [a, b] = [A, B].map((endpoint) => world.node(endpoint, { peers: [s.endpoint] }));
    for (const host of [a, b] as Host[]) host.command(joins());
    world.run(8_000);
    (a as Host).command(connects(ipOf(B), s.endpoint));
    world.run(20_000);
    expect(steps(a as Host).at(-1)).toMatchObject({ step: "direct" });
    (a as Host).command(posts(0, "hi"));
    world.run(5_000);
    expect(a?.node?.members(LOBBY, world.now).map(({ endpoint }) => endpoint)).toEqual([B]);
    expect(b?.node?.members(LOBBY, world.now).map(({ endpoint }) => endpoint)).toEqual([A]);
    expect(a?.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
    expect([a?.posts(), b?.posts()]).toEqual([[], ["hi"]]);
  });
});
