/**
 * Byte credit: what an address gets that has not shown that it receives what we send, in every verb and size, and the two
 * allowances that may exceed it. PROTOCOL.md §6.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALLOWANCE_BYTES_PER_SECOND, RHYTHM_BURST_BYTES, RHYTHM_BYTES_PER_SECOND } from "../../src/core/limits.ts";
import { type Endpoint, encode, ipOf, networkOf } from "../../src/wire/index.ts";
import { Chance } from "../hostile/chance.ts";
import { hostile } from "../hostile/generator.ts";
import { ACKED, at, HELLO, join, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { type Host, type Sent, verbOf, World } from "./world.ts";

const FRIEND = at(200);
const WATCHED_MS = 40_000;
/** What the rhythm allowance may pay for. */
const ALLOWED = new Set(["ROUTING", "CHANNEL", "LEAVE", "MESSAGE", "CERTIFICATE"]);

/** A node in LOBBY with one configured friend who is there, and strangers. */
function yard() {
  const world = new World();
  const friend = world.bare(FRIEND);
  const node = world.node(NODE, { peers: [FRIEND], certificate: new Uint8Array(400) });
  node.command(joins());
  world.rhythm(friend, node.endpoint);
  world.run(100);
  friend.send(node.endpoint, join());
  world.run(100);
  return { world, node, friend };
}

function bytes(sent: readonly Sent[]): number {
  return sent.reduce((sum, each) => sum + each.bytes.length, 0);
}

function within(network: string, of: Endpoint): boolean {
  return networkOf(ipOf(of)) === network;
}

/** What went to and came from the address of `of`. */
function scales(world: World, of: Endpoint): { into: number; out: number } {
  const network = networkOf(ipOf(of));
  return {
    into: bytes(world.sent.filter((sent) => within(network, sent.from))),
    out: bytes(world.sent.filter((sent) => within(network, sent.to))),
  };
}

const PADDED = "x".repeat(1_000);
const EVERY_VERB: [string, object][] = [
  ["HELLO", HELLO],
  ["HELLO with an id", say("HELLO", { node_id: "x" })],
  ["ACK", say("ACK", { msg_id: "m" })],
  ["JOIN", join()],
  ["JOIN, filled", join({ ptp: { pad: PADDED } })],
  ["JOIN, with a made-up cookie", join({ ptp: { cookie: "0".repeat(24) } })],
  ["CHANNEL", say("CHANNEL", { channel_id: LOBBY })],
  [
    "CHANNEL with members and a cookie",
    say("CHANNEL", {
      channel_id: LOBBY,
      members: Array.from({ length: 64 }, (_, n) => ({ address: at(n + 10, 5_000) })),
      ptp: { cookie: "c" },
    }),
  ],
  ["LEAVE", say("LEAVE", { channel_id: LOBBY })],
  ...Object.entries(ACKED).map(([verb, body]): [string, object] => [verb, say(verb, body)]),
  ["GETCERTIFICATE, filled", say("GETCERTIFICATE", { ptp: { pad: PADDED } })],
  ["MESSAGE with a long id", text("", { msg_id: "i".repeat(128) })],
  ["a MESSAGE of 8,000 bytes", text("x".repeat(8_000))],
  ["RELAY for the friend", relay(FRIEND, text("hi"))],
  ["RELAY from a made-up src", relay(NODE as Endpoint, text("hi"), at(77))],
  ["RELAY of a GETCERTIFICATE", relay(NODE as Endpoint, say("GETCERTIFICATE"), at(77))],
  ["RELAY of a HELLO", relay(NODE as Endpoint, HELLO, at(77))],
  ["CONNECT, step 1", say("CONNECT", { dst: ipOf(FRIEND), src: "4555" })],
  ["CONNECT, step 2", say("CONNECT", { dst: at(88, 4_777), src: "198.51.100.1" })],
  ["CONNECT, step 4", say("CONNECT", { dst: at(88, 4_777), src: "198.51.100.1:40000" })],
  ["ROUTING", say("ROUTING", { nodes: [{ address: at(3) }] })],
  ["junk", { no: "verb" }],
];

const ADDRESSES: [string, string][] = [
  ["a public address", "203.0.113.50:4000"],
  ["loopback", "127.0.0.9:4000"],
  ["a private address", "192.168.1.9:4000"],
  ["link-local", "169.254.1.9:4000"],
  ["version 6", "[2001:db8::9]:4000"],
];

describe("a fresh address gets no more bytes than it sent", () => {
  test.each(EVERY_VERB)("after %s, alone or repeated, as a stranger or after a HELLO", (_name, message) => {
    for (const [times, greeting] of [
      [1, 0],
      [1, 1],
      [20, 0],
      [20, 4],
    ] as const) {
      const { world, node } = yard();
      const stranger = world.bare(at(50));
      for (let n = 0; n < greeting; n++) stranger.send(node.endpoint, HELLO);
      for (let n = 0; n < times; n++) stranger.send(node.endpoint, message);
      world.run(WATCHED_MS);
      const { into, out } = scales(world, stranger.endpoint);
      expect(out).toBeLessThanOrEqual(into);
    }
  });

  test.each(ADDRESSES)("and %s is no exception", (_name, address) => {
    const { world, node } = yard();
    const stranger = world.bare(address);
    for (let n = 0; n < 4; n++) stranger.send(node.endpoint, HELLO);
    for (const [, message] of EVERY_VERB) {
      stranger.send(node.endpoint, message);
      world.run(1_000);
      const { into, out } = scales(world, stranger.endpoint);
      expect(out).toBeLessThanOrEqual(into);
    }
    world.run(WATCHED_MS);
    const { into, out } = scales(world, stranger.endpoint);
    expect(out).toBeLessThanOrEqual(into);
  });

  test("all ports of one address, and all addresses of one IPv6 /64, count together", () => {
    for (const ports of [
      [at(50), at(50, 4_001), at(50, 4_002)],
      ["[2001:db8::1]:4000", "[2001:db8::2]:4000", "[2001:db8::ffff]:4000"],
    ]) {
      const { world, node } = yard();
      for (const port of ports) {
        const stranger = world.bare(port);
        stranger.send(node.endpoint, HELLO);
        stranger.send(node.endpoint, join());
        stranger.send(node.endpoint, say("GETCERTIFICATE"));
      }
      world.run(WATCHED_MS);
      const { into, out } = scales(world, ports[0] as Endpoint);
      expect(out).toBeLessThanOrEqual(into);
    }
  });

  test("whatever it sends, in whatever order, at every moment; and nobody else gets anything but three probes", () => {
    const act = fc.record({ seed: fc.nat(), wait: fc.constantFrom(0, 0, 3, 700, 3_000) });
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 40 }), fc.boolean(), (acts, greets) => {
        const { world, node } = yard();
        const stranger = world.bare(at(50));
        if (greets) stranger.send(node.endpoint, HELLO);
        let hellos = 1;
        for (const act of acts) {
          const { bytes } = hostile(new Chance(act.seed));
          if (new TextDecoder().decode(bytes).includes("HELLO") && ++hellos > 4) continue; // no rhythm, so no allowance
          stranger.send(node.endpoint, bytes);
          world.run(act.wait);
          const { into, out } = scales(world, stranger.endpoint);
          expect(out).toBeLessThanOrEqual(into);
        }
        world.run(WATCHED_MS);
        const { into, out } = scales(world, stranger.endpoint);
        expect(out).toBeLessThanOrEqual(into);
        expectProbesOnly(world, node, [stranger.endpoint, FRIEND]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** To endpoints beyond `known` only HELLO goes, three times at most. */
function expectProbesOnly(world: World, node: Host, known: Endpoint[]): void {
  const own = new Set(node.sockets.values());
  const beyond = world.sent.filter((sent) => ipOf(sent.from) === node.ip && !known.includes(sent.to) && !own.has(sent.to));
  const to = new Map<string, number>();
  for (const sent of beyond) {
    expect(verbOf(sent.bytes)).toBe("HELLO");
    to.set(sent.to, (to.get(sent.to) ?? 0) + 1);
  }
  for (const times of to.values()) expect(times).toBeLessThanOrEqual(3);
}

describe("what is first in line", () => {
  test("HELLO and ACK still go out when the rest waits", () => {
    const { world, node } = yard();
    const stranger = world.bare(at(50));
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, say("GETCERTIFICATE"));
    stranger.send(node.endpoint, join());
    world.run(1_000);
    for (let n = 0; n < 3; n++) {
      stranger.send(node.endpoint, text(`${n}`));
      stranger.send(node.endpoint, HELLO);
      world.run(1_500);
    }
    expect(stranger.times("ACK")).toHaveLength(4);
    expect(stranger.times("HELLO")).toHaveLength(4);
    expect(stranger.times("CERTIFICATE")).toEqual([]);
  });

  test("40 bytes of credit are kept back for them", () => {
    const { world, node } = yard();
    const stranger = world.bare(at(50));
    const question = say("GETCERTIFICATE", {});
    const answer = encode("CERTIFICATE", { certificate: Buffer.from(new Uint8Array(400)).toString("base64") }).length;
    const ack = encode("ACK").length;
    const asked = JSON.stringify(question).length;
    stranger.send(node.endpoint, question);
    stranger.send(node.endpoint, "x".repeat(answer + ack - asked + 39));
    world.run(100);
    expect(stranger.times("CERTIFICATE")).toEqual([]);
    stranger.send(node.endpoint, "x");
    world.run(100);
    expect(stranger.times("CERTIFICATE")).toHaveLength(1);
  });
});

describe("the rhythm allowance", () => {
  /** `count` seed-only strangers that say HELLO every second for `seconds`, and JOIN at `joinAt` if that is given. */
  function crowd(count: number, seconds: number, joins: boolean) {
    const { world, node } = yard();
    const strangers = Array.from({ length: count }, (_, n) => world.bare(`198.19.${n >> 8}.${n & 255}:4000`));
    for (const stranger of strangers) stranger.send(node.endpoint, HELLO);
    world.run(10);
    if (joins) for (const stranger of strangers) stranger.send(node.endpoint, join());
    for (let second = 0; second < seconds; second++) {
      for (const stranger of strangers) stranger.send(node.endpoint, HELLO);
      world.run(1_000);
    }
    return { world, node, strangers };
  }

  function excess(world: World, strangers: Host[]): number[] {
    return strangers.map((stranger) => {
      const { into, out } = scales(world, stranger.endpoint);
      return Math.max(0, out - into);
    });
  }

  test("is closed to a peer before it has kept a HELLO rhythm for 10 s", () => {
    const { world, strangers } = crowd(5, 9, true);
    expect(excess(world, strangers)).toEqual([0, 0, 0, 0, 0]);
    expect(strangers.every((stranger) => stranger.times("ROUTING").length === 0)).toBe(true);
  });

  test("then pays for ROUTING and CHANNEL", () => {
    const { world, strangers } = crowd(5, 25, true);
    for (const stranger of strangers) {
      expect(stranger.times("ROUTING").length).toBeGreaterThan(0);
      expect(stranger.times("CHANNEL").length).toBeGreaterThan(0);
    }
    expect(Math.max(...excess(world, strangers))).toBeGreaterThan(0);
  });

  test("pays for MESSAGE and CERTIFICATE only once the peer has JOINed", () => {
    for (const joins of [true, false]) {
      const { world, node, strangers } = crowd(1, 15, joins);
      const [stranger] = strangers as [Host];
      stranger.send(node.endpoint, say("GETCERTIFICATE"));
      world.run(500);
      expect(stranger.times("CERTIFICATE").length > 0).toBe(joins);
    }
  });

  test("pays for nothing else: JOIN, KEY, GETKEY, CONNECT and RELAY stay within the credit", () => {
    const { world, node, strangers } = crowd(3, 40, true);
    for (const stranger of strangers) {
      const network = networkOf(ipOf(stranger.endpoint));
      const out = bytes(world.sent.filter((sent) => within(network, sent.to) && !ALLOWED.has(verbOf(sent.bytes) ?? "")));
      expect(out).toBeLessThanOrEqual(scales(world, stranger.endpoint).into);
    }
    expect(node.dropped("no-credit")).toBeGreaterThanOrEqual(0);
  });

  test("gives one endpoint a burst of 8 KiB and then 1 KiB/s", () => {
    const { world, node, strangers } = crowd(1, 12, true);
    const [stranger] = strangers as [Host];
    const start = world.now;
    for (let n = 0; n < 60; n++) node.command(posts(n, `${n} ${"x".repeat(1_500)}`));
    for (let second = 0; second < 30; second++) {
      stranger.send(node.endpoint, HELLO);
      for (let n = 0; n < 3; n++) stranger.send(node.endpoint, say("ACK"));
      world.run(1_000);
    }
    const [over] = excess(world, strangers) as [number];
    expect(over).toBeGreaterThan(RHYTHM_BURST_BYTES);
    expect(over).toBeLessThanOrEqual(RHYTHM_BURST_BYTES + (RHYTHM_BYTES_PER_SECOND * (world.now - start + 12_000)) / 1_000);
  });

  test("gives all of them together no more than 16 KiB/s", () => {
    const { world, node, strangers } = crowd(60, 12, true);
    const before = excess(world, strangers).reduce((sum, each) => sum + each, 0);
    const start = world.now;
    for (let n = 0; n < 100; n++) node.command(posts(n, `${n} ${"x".repeat(1_200)}`));
    for (let second = 0; second < 10; second++) {
      for (const stranger of strangers) for (const message of [HELLO, say("ACK"), say("ACK")]) stranger.send(node.endpoint, message);
      world.run(1_000);
      const over = excess(world, strangers).reduce((sum, each) => sum + each, 0) - before;
      expect(over).toBeLessThanOrEqual(ALLOWANCE_BYTES_PER_SECOND * (1 + (world.now - start) / 1_000));
    }
    const over = excess(world, strangers).reduce((sum, each) => sum + each, 0) - before;
    expect(over).toBeGreaterThan(ALLOWANCE_BYTES_PER_SECOND * 4); // it was short, and used
  }, 30_000);

  test("is closed again once the rhythm is broken", () => {
    const { world, node, strangers } = crowd(1, 15, true);
    const [stranger] = strangers as [Host];
    world.run(5_900);
    const before = excess(world, strangers)[0] as number;
    world.run(1_000); // a gap above 6 s
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(900);
    expect(stranger.times("CERTIFICATE")).toEqual([]);
    expect(excess(world, strangers)[0]).toBeLessThanOrEqual(before);
  });
});

describe("what is passed on", () => {
  function strangers(count: number) {
    const { world, node, friend } = yard();
    const hosts = Array.from({ length: count }, (_, n) => world.bare(`198.19.${n >> 8}.${n & 255}:4000`));
    for (const host of hosts) host.send(node.endpoint, HELLO);
    world.run(20);
    return { world, node, friend, hosts };
  }

  test("a RELAY is charged to its sender, not to its receiver", () => {
    const { world, node, hosts } = strangers(2);
    const [a, b] = hosts as [Host, Host];
    a.send(node.endpoint, relay(b.endpoint, text("x".repeat(2_000))));
    world.run(50);
    expect(b.times("RELAY")).toHaveLength(1);
    a.send(node.endpoint, say("GETCERTIFICATE")); // the 2,000 bytes are spent
    b.send(node.endpoint, say("GETCERTIFICATE")); // and were not earned by B
    world.run(1_000);
    for (const host of [a, b]) expect(host.times("CERTIFICATE")).toEqual([]);
  });

  test("a CONNECT leg is charged to its sender, not to its receiver", () => {
    const { world, node, hosts } = strangers(2);
    const [a, b] = hosts as [Host, Host];
    a.send(node.endpoint, say("CONNECT", { dst: ipOf(b.endpoint), src: "4555", filling: "x".repeat(30) }));
    world.run(50);
    expect(b.times("CONNECT")).toHaveLength(1);
    const paid = scales(world, a.endpoint);
    const leg = b.inbox.find((sent) => verbOf(sent.bytes) === "CONNECT")?.bytes.length ?? 0;
    const left = paid.into - paid.out - leg;
    expect(left).toBeLessThan(120);
    a.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(1_000);
    expect(a.times("CERTIFICATE")).toEqual([]);
  });

  test("a leg is never more than 96 bytes longer than what caused it, a RELAY never more than 64", () => {
    const { world, node, hosts } = strangers(20);
    for (const [n, host] of hosts.entries()) {
      const other = hosts[(n + 1) % hosts.length] as Host;
      const before = world.sent.length;
      host.send(node.endpoint, say("CONNECT", { dst: ipOf(other.endpoint), src: "4555" }));
      world.run(10);
      const [caused, leg] = world.sent.slice(before).filter((sent) => verbOf(sent.bytes) === "CONNECT");
      expect((leg?.bytes.length ?? 0) - (caused?.bytes.length ?? 0)).toBeLessThanOrEqual(96);
      host.send(node.endpoint, relay(other.endpoint, HELLO));
      world.run(10);
      const [sent, passed] = world.sent.slice(before).filter((each) => verbOf(each.bytes) === "RELAY");
      expect((passed?.bytes.length ?? 0) - (sent?.bytes.length ?? 0)).toBeLessThanOrEqual(64);
    }
  });

  test("all growth of RELAY and CONNECT together stays within 16 KiB/s", () => {
    const { world, node, hosts } = strangers(1_200);
    const before = bytes(world.sent.filter((sent) => sent.from === node.endpoint));
    const start = world.now;
    const asked: number[] = [];
    for (const [n, host] of hosts.entries()) {
      const other = hosts[(n + 1) % hosts.length] as Host;
      for (const message of [relay(other.endpoint, HELLO), say("CONNECT", { dst: other.endpoint, src: "4555" })]) {
        asked.push(JSON.stringify(message).length);
        host.send(node.endpoint, message);
      }
    }
    world.run(50);
    const passed = world.sent.filter((sent) => sent.from === node.endpoint && ["RELAY", "CONNECT"].includes(verbOf(sent.bytes) ?? ""));
    const shortest = Math.min(...asked.filter((_, n) => n % 2 === 1));
    const growth = passed.reduce(
      (sum, sent) => sum + sent.bytes.length - (verbOf(sent.bytes) === "RELAY" ? (asked[0] as number) : shortest),
      0,
    );
    expect(passed.length).toBeGreaterThan(300);
    expect(node.dropped("no-credit")).toBeGreaterThan(300); // the allowance was short
    expect(growth).toBeLessThanOrEqual(ALLOWANCE_BYTES_PER_SECOND * (1 + (world.now - start) / 1_000) * 1.1);
    expect(before).toBeGreaterThan(0);
  }, 30_000);

  test("probes come out of the punch allowance: three of 20 bytes for each step 2 that was taken, and four punches at a time", () => {
    const { world, node, hosts } = strangers(60);
    const start = world.now;
    for (let second = 0; second < 10; second++) {
      for (const [n, host] of hosts.entries())
        host.send(node.endpoint, say("CONNECT", { dst: `192.0.2.${n}:${5_000 + second}`, src: "198.51.100.1" }));
      world.run(1_000);
    }
    world.run(10_000);
    const probes = world.sent.filter((sent) => sent.to.startsWith("192.0.2."));
    expect(probes.every((sent) => sent.text === '{"msg_type":"HELLO"}')).toBe(true);
    expect(bytes(probes)).toBeLessThanOrEqual(((world.now - start) / 5_000 + 1) * 4 * 60);
    expect(probes.length).toBeGreaterThan(12);
  });
});

describe("exempt", () => {
  test("are peers that the user configured or named", () => {
    const { world, node, friend } = yard();
    friend.send(node.endpoint, say("GETCERTIFICATE"));
    const named = world.bare(at(51));
    node.command({ kind: "connect", ref: 1, to: named.endpoint, via: null });
    named.send(node.endpoint, HELLO);
    named.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(100);
    for (const host of [friend, named]) expect(host.times("CERTIFICATE").length).toBe(1);
  });

  /** A stranger that has JOINed, with the cookie that it was given. */
  function given() {
    const { world, node } = yard();
    const stranger = world.bare(at(50));
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, join({ ptp: { pad: "x".repeat(400) } }));
    world.run(50);
    const cookie = stranger.got("CHANNEL")[0]?.ptp?.cookie as string;
    expect(cookie).toMatch(/^[0-9a-f]{24}$/);
    return { world, node, stranger, cookie };
  }

  /** Whether an answer far beyond the credit goes to `host`. */
  function isFree(world: World, node: Host, host: Host): boolean {
    host.inbox.length = 0;
    host.send(node.endpoint, say("GETCERTIFICATE", { msg_id: world.now }));
    world.run(1_500);
    return host.times("CERTIFICATE").length > 0;
  }

  test("is an endpoint whose JOIN repeats our cookie", () => {
    const { world, node, stranger, cookie } = given();
    stranger.send(node.endpoint, join({ ptp: { cookie } }));
    world.run(50);
    expect(node.node?.peers(world.now)).toContainEqual(expect.objectContaining({ id: stranger.endpoint, proven: true }));
    expect(isFree(world, node, stranger)).toBe(true);
  });

  test("is none that repeats it from another address or port, or over a relay", () => {
    const { world, node, stranger, cookie } = given();
    for (const thief of [world.bare(at(50, 4_001)), world.bare(at(52))]) {
      thief.send(node.endpoint, HELLO);
      thief.send(node.endpoint, join({ ptp: { cookie } }));
      world.run(50);
      expect(isFree(world, node, thief)).toBe(false);
    }
    stranger.send(node.endpoint, relay(node.endpoint, HELLO, stranger.endpoint));
    stranger.send(node.endpoint, relay(node.endpoint, join({ ptp: { cookie } }), stranger.endpoint));
    world.run(50);
    expect(isFree(world, node, stranger)).toBe(false);
  });

  test("is none that makes a cookie up, or repeats one that is too old", () => {
    const { world, node, stranger, cookie } = given();
    stranger.send(node.endpoint, join({ ptp: { cookie: "0".repeat(24) } }));
    world.run(50);
    expect(node.node?.peers(world.now).find((peer) => peer.id === stranger.endpoint)?.proven).toBe(false);
    world.run(121_000);
    stranger.send(node.endpoint, HELLO);
    stranger.send(node.endpoint, join({ ptp: { cookie } }));
    world.run(50);
    expect(isFree(world, node, stranger)).toBe(false);
  });

  test("is a peer whose step 3 of CONNECT repeats what only it was sent", () => {
    const { world, node, friend } = yard();
    const b = world.bare(at(50));
    b.send(node.endpoint, HELLO);
    world.run(50);
    friend.send(node.endpoint, say("CONNECT", { dst: "203.0.113.50", src: "4555" }));
    world.run(50);
    expect(isFree(world, node, b)).toBe(false);
    b.send(node.endpoint, say("CONNECT", { dst: b.got("CONNECT")[0]?.dst ?? `${ipOf(FRIEND)}:4555`, src: "4888" }));
    world.run(50);
    expect(isFree(world, node, b)).toBe(true);
  });

  test("is nobody by anything else: not by an ACK, a HELLO rhythm, or a CHANNEL", () => {
    const { world, node } = yard();
    const stranger = world.bare(at(50));
    for (let n = 0; n < 15; n++) {
      for (const message of [HELLO, say("ACK"), say("CHANNEL", { channel_id: LOBBY, ptp: { cookie: "c" } })])
        stranger.send(node.endpoint, message);
      world.run(1_000);
    }
    expect(node.node?.peers(world.now).find((peer) => peer.id === stranger.endpoint)?.proven).toBe(false);
  });
});
