/**
 * Rows 1, 2 and 2b: a node that is asked in somebody else's name. Whatever is sent, and whatever handshakes and sessions
 * the attacker holds itself, the victim gets no more bytes than were sent in its name; the two allowances of PROTOCOL.md
 * §6.3 apart, whose bounds are tested too.
 */
import { describe, expect, test } from "vitest";
import { ALLOWANCE_BYTES_PER_SECOND, RHYTHM_BURST_BYTES, RHYTHM_BYTES_PER_SECOND } from "../../../../src/core/limits.ts";
import { base64, type Endpoint, encode, ipOf, writeMessage, writeOut } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { ACKED, at, HELLO, join, joins, LOBBY, NODE, relay, say, text } from "../../said.ts";
import { type Host, type Sent, verbOf, type World } from "../../world.ts";
import { A, B, full } from "../full.ts";
import { ATTACKER, intrude, lonely, scales, spoof, talking, VICTIM } from "./attack.ts";
import { Forger, laterBytes, laterIn, payloadOf } from "./forger.ts";

const WATCHED_MS = 10_000;
const CHALLENGE_FRAME_BYTES = 40;
/** What others have passed on, and pay for. */
const PASSED_ON = new Set(["RELAY", "CONNECT"]);
const SIZES = [0, 100, 600, 1_200, 8_000];
const encoder = new TextEncoder();
const chance = new Chance(1);

const N = base64(new Uint8Array(32).fill(9));
const FIRST = { v: 1, i: 7, s: [1], n: N };

/** Every message of a handshake, as a stranger can write it. */
const HANDSHAKE: Record<string, object> = {
  "message 1": say("GETCERTIFICATE", { ptp: FIRST }),
  "message 1 with a made-up cookie": say("GETCERTIFICATE", { ptp: { ...FIRST, c: "0".repeat(24) } }),
  "message 1 without a key": say("GETCERTIFICATE", { ptp: { v: 1, i: 7, s: [1] } }),
  "message 1 with a short key": say("GETCERTIFICATE", { ptp: { ...FIRST, n: base64(new Uint8Array(31)) } }),
  "message 1 with a key of small order": say("GETCERTIFICATE", { ptp: { ...FIRST, n: base64(new Uint8Array(32)) } }),
  "message 1 with foreign suites": say("GETCERTIFICATE", { ptp: { ...FIRST, s: [2, 3] } }),
  "message 1 without suites": say("GETCERTIFICATE", { ptp: { ...FIRST, s: [] } }),
  "message 1 of another version": say("GETCERTIFICATE", { ptp: { ...FIRST, v: 2 } }),
  "message 2": say("CERTIFICATE", { ptp: { v: 1, to: 7, n: base64(chance.bytes(400)) } }),
  "message 2 and a certificate": say("CERTIFICATE", { certificate: "MIIB", ptp: { v: 1, to: 7, n: base64(chance.bytes(400)) } }),
  "a demand for a cookie": say("CERTIFICATE", { ptp: { v: 1, to: 7, retry: "0".repeat(24) } }),
  "a CERTIFICATE with nothing in it": say("CERTIFICATE", { ptp: { v: 1 } }),
};

const BARE: Record<string, object> = {
  HELLO,
  ACK: say("ACK"),
  JOIN: join(),
  CHANNEL: say("CHANNEL", { channel_id: LOBBY, ptp: { cookie: "c" } }),
  LEAVE: say("LEAVE", { channel_id: LOBBY }),
  ...Object.fromEntries(Object.entries(ACKED).map(([verb, body]) => [verb, say(verb, body)])),
  "a MESSAGE of any length": text("hi"),
  RELAY: relay(B, HELLO),
  "RELAY of message 1": relay(NODE as Endpoint, say("GETCERTIFICATE", { ptp: FIRST }), at(77)),
  "RELAY of a frame": say("RELAY", { dst: NODE, src: at(77), d: base64(Uint8Array.of(0xf8, ...chance.bytes(60))) }),
  "CONNECT, step 1": say("CONNECT", { dst: ipOf(B), src: "4555" }),
  "CONNECT, step 2": say("CONNECT", { dst: "192.0.2.9:4777", src: ipOf(A) }),
  "CONNECT, step 4": say("CONNECT", { dst: "192.0.2.9:4777", src: `${ipOf(A)}:40000` }),
  ROUTING: say("ROUTING", { nodes: [{ address: at(3) }] }),
};

/** The message as JSON, filled up to `size` bytes where its own data is shorter. */
function filled(message: object, size: number): Uint8Array {
  const head = message as { msg_type: string; msg_data?: { ptp?: object } };
  const short = encoder.encode(JSON.stringify(head)).length;
  if (size <= short) return encoder.encode(JSON.stringify(head));
  const data = { ...head.msg_data, ptp: { ...head.msg_data?.ptp, pad: "x".repeat(size) } };
  return encoder.encode(JSON.stringify({ ...head, msg_data: data }));
}

function frameOf(size: number): Uint8Array {
  return Uint8Array.of(0xf8, ...chance.bytes(size));
}

/** Sends `bytes` so often in the victim's name, and weighs what comes of it. */
function weigh(world: World, node: Host, bytes: Uint8Array, times: number, hellos: number): number {
  for (let n = 0; n < hellos; n++) spoof(world, VICTIM, node.endpoint, HELLO);
  for (let n = 0; n < times; n++) spoof(world, VICTIM, node.endpoint, bytes);
  world.run(WATCHED_MS);
  const own = world.sent.filter(({ from, to, bytes }) => from === node.endpoint && to === VICTIM && !PASSED_ON.has(verbOf(bytes) ?? ""));
  return sum(own) / scales(world, VICTIM).into;
}

function sum(sent: readonly Sent[]): number {
  return sent.reduce((total, { bytes }) => total + bytes.length, 0);
}

describe.each([
  ["that has met nobody", () => lonely({ peers: [B] })],
  ["with a session", () => ({ world: talking().world, node: null })],
])("a node %s sends a victim no more than was sent in its name", (_, scene) => {
  test.each([...Object.entries(HANDSHAKE), ...Object.entries(BARE)])("by %s, of any size, once or often", (_name, message) => {
    for (const size of SIZES) {
      for (const [times, hellos] of [
        [1, 0],
        [1, 1],
        [30, 0],
        [30, 4],
      ] as const) {
        const { world, node } = scene();
        expect(weigh(world, node ?? (world.hosts.at(-1) as Host), filled(message, size), times, hellos)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("by frames of any length", () => {
    for (const size of [0, 1, 12, 28, 29, 200, 1_199, 1_400]) {
      const { world, node } = scene();
      expect(weigh(world, node ?? (world.hosts.at(-1) as Host), frameOf(size), 20, 0)).toBe(0);
    }
  });

  test("by a hundred different first messages, when cookies are demanded too", () => {
    for (const isFilled of [true, false]) {
      const { world, node: lone } = scene();
      const node = lone ?? (world.hosts.at(-1) as Host);
      const forger = new Forger(9);
      for (let n = 0; n < 100; n++) spoof(world, VICTIM, node.endpoint, forger.begin({ filled: isFilled }).bytes());
      world.run(WATCHED_MS);
      const { into, out } = scales(world, VICTIM);
      expect(node.dropped("handshake-cookie")).toBeGreaterThan(50);
      expect(out).toBeLessThanOrEqual(into);
    }
  });
});

describe("an address is proved by nobody but who receives there", () => {
  /** The victim as bulk would see it: how much the node sends there once the attacker has done its part. */
  function flood(world: World, node: Host): number {
    for (let n = 0; n < 50; n++)
      node.command({ kind: "post", id: (n + 1).toString(16).padStart(32, "0"), channelId: LOBBY, text: "x".repeat(5_000) });
    world.run(WATCHED_MS);
    const { into, out } = scales(world, VICTIM);
    return out - into;
  }

  test("message 1 in the victim's name, its copy for oneself, message 3 in the victim's name again", () => {
    const { world, node } = lonely();
    const attacker = world.bare(ATTACKER);
    const opening = new Forger(66).begin();
    spoof(world, VICTIM, node.endpoint, opening.bytes());
    world.run(20);
    attacker.send(node.endpoint, opening.bytes());
    world.run(20);
    const seen = attacker.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null) ?? null;
    expect(seen).not.toBeNull(); // the attacker may well hold a handshake of its own
    const { third, keys } = opening.finish(seen?.remoteIndex ?? 0);
    spoof(world, VICTIM, node.endpoint, laterBytes(third));
    const joining = encode("JOIN", { channel_id: LOBBY });
    spoof(world, VICTIM, node.endpoint, keys.frame(payloadOf((into, at) => writeMessage(into, at, 0, 0, joining))));
    world.run(20);
    expect(flood(world, node)).toBeLessThanOrEqual(0);
  });

  test("frames of the attacker's own session in the victim's name: a challenge, at most three times, and no data", () => {
    const { world, node } = lonely();
    const attacker = world.bare(ATTACKER);
    const session = intrude(world, attacker, node);
    const joining = encode("JOIN", { channel_id: LOBBY });
    spoof(world, VICTIM, node.endpoint, session.frame(payloadOf((into, at) => writeMessage(into, at, 0, 0, joining))));
    world.run(20);
    flood(world, node);
    const got = world.sent.filter(({ to }) => to === VICTIM);
    expect(got.length).toBeLessThanOrEqual(3);
    expect(got.every(({ bytes }) => bytes.length === CHALLENGE_FRAME_BYTES)).toBe(true);
  });

  test("a frame full of challenges in the victim's name is answered with no more bytes than it has", () => {
    const { world, node } = lonely();
    const attacker = world.bare(ATTACKER);
    const session = intrude(world, attacker, node);
    const challenge = { type: "challenge", data: new Uint8Array(8).fill(1) } as const;
    const payload = payloadOf(...Array.from({ length: 100 }, () => (into: Uint8Array, at: number) => writeOut(into, at, challenge)));
    for (let n = 0; n < 10; n++) {
      spoof(world, VICTIM, node.endpoint, session.frame(payload));
      world.run(100);
    }
    world.run(WATCHED_MS);
    const { into, out } = scales(world, VICTIM);
    expect(out).toBeLessThanOrEqual(into + 3 * CHALLENGE_FRAME_BYTES); // our own challenges, out of the punch allowance
  });
});

describe("a peer with a session is no victim either", () => {
  test.each([true, false])("of first messages in its name (filled: %s)", (isFilled) => {
    const { world, a } = talking();
    const opening = new Forger(9).begin({ filled: isFilled });
    const since = world.sent.length;
    for (let n = 0; n < 200; n++) {
      spoof(world, B, a.endpoint, opening.bytes());
      world.run(5);
    }
    const answers = world.sent.slice(since).filter(({ to, bytes }) => to === B && verbOf(bytes) === "CERTIFICATE");
    expect(sum(answers)).toBeLessThanOrEqual(200 * opening.bytes().length);
  });

  test("of third messages that are repeated to it: each earns one hello at most", () => {
    const { world, a, b } = talking();
    const third = world.sent.find(({ from, bytes }) => from === A && laterIn(bytes) !== null);
    expect(third).toBeDefined();
    const since = world.sent.length;
    for (let n = 0; n < 100; n++) spoof(world, A, b.endpoint, third?.bytes ?? {});
    world.run(1_000);
    const { into, out } = scales(world, A, since);
    expect(out).toBeLessThanOrEqual(into);
    expect(a.saw("session-up")).toHaveLength(1);
  });
});

describe("nobody makes a node dial a third party", () => {
  test.each([...Object.entries(HANDSHAKE), ...Object.entries(BARE)])("with %s in its name, repeated for a minute", (_name, message) => {
    const { world, node } = lonely({ peers: [B] });
    for (let n = 0; n < 60; n++) {
      spoof(world, VICTIM, node.endpoint, message);
      world.run(1_000);
    }
    const got = world.sent.filter(({ to }) => to === VICTIM);
    expect(got.map(({ bytes }) => verbOf(bytes))).not.toContain("GETCERTIFICATE");
    if (message !== HELLO) expect(sum(got)).toBeLessThanOrEqual(scales(world, VICTIM).into);
  });

  test("with a CONNECT of a neighbour, even when the victim seems to answer: three probes of 20 bytes", () => {
    const { world, node } = lonely();
    const s = world.bare(at(4, 7_000));
    world.rhythm(s, node.endpoint);
    world.run(100);
    s.send(node.endpoint, say("CONNECT", { dst: VICTIM, src: ipOf(A) }));
    world.run(100);
    const offered = [...node.sockets.values()].at(-1) as Endpoint;
    for (let n = 0; n < 5; n++) {
      spoof(world, VICTIM, offered, HELLO);
      world.run(1_000);
    }
    world.run(WATCHED_MS);
    const { into, out } = scales(world, VICTIM);
    expect(world.sent.filter(({ to, bytes }) => to === VICTIM && bytes.length > 20)).toEqual([]);
    expect(out).toBeLessThanOrEqual(into + 60);
  });

  test("with the candidate of a session: a hundred victims share the punch allowance", () => {
    const { world, node } = lonely();
    const attacker = world.bare(ATTACKER);
    const session = intrude(world, attacker, node);
    const since = world.now;
    for (let n = 0; n < 2_000; n++) {
      spoof(world, `192.0.3.${n % 250}:${5_000 + n}` as Endpoint, node.endpoint, session.frame(payloadOf()));
      if (n % 10 === 0) world.run(1);
    }
    world.run(5_000);
    const got = world.sent.filter(({ to }) => to.startsWith("192.0.3."));
    const said = world.sent.filter(({ from }) => from.startsWith("192.0.3."));
    expect(sum(got)).toBeLessThanOrEqual(sum(said) + (ALLOWANCE_BYTES_PER_SECOND * (1_000 + world.now - since)) / 1_000);
  });
});

describe("a victim that was enrolled by a forged HELLO and JOIN", () => {
  /** A, whom the attacker speaks to, and members of its channel that hold sessions with it. */
  function group(members: number) {
    const { world, a } = talking();
    for (let n = 0; n < members; n++) full(world, at(100 + n, 7_667), 100 + n, { peers: [A] }).command(joins());
    world.run(2_000);
    return { world, a };
  }

  /** The attacker has them say HELLO for as long as it takes until all members are told who is there. */
  function keepThere(world: World, a: Host, victims: readonly Endpoint[]): void {
    for (let n = 0; n < 14; n++) {
      world.run(5_000);
      for (const victim of victims) spoof(world, victim, a.endpoint, HELLO);
    }
    world.run(20_000);
  }

  test.each([0, 1, 5, 20])("is told of to %i further members, and none of them sends it a first message", (members) => {
    const { world, a } = group(members);
    const since = world.sent.length;
    spoof(world, VICTIM, a.endpoint, HELLO);
    spoof(world, VICTIM, a.endpoint, join());
    keepThere(world, a, [VICTIM]);
    const got = world.sent.slice(since).filter(({ to }) => to === VICTIM);
    expect(got.filter(({ text }) => text.includes("GETCERTIFICATE"))).toEqual([]);
  });

  test("and seems to answer them, by forged RELAYs: their first messages come out of the rhythm allowance", () => {
    const { world, a } = group(5);
    const [since, began] = [world.sent.length, world.now];
    spoof(world, VICTIM, a.endpoint, HELLO);
    spoof(world, VICTIM, a.endpoint, join());
    for (let n = 0; n < 80; n++) {
      for (const member of world.hosts) if (member !== a && member.node !== null) spoof(world, VICTIM, A, relay(member.endpoint, HELLO));
      spoof(world, VICTIM, A, HELLO);
      world.run(1_000);
    }
    const firsts = world.sent.slice(since).filter(({ to, text }) => to === VICTIM && text.includes("GETCERTIFICATE"));
    const rhythm = RHYTHM_BURST_BYTES + (RHYTHM_BYTES_PER_SECOND * (world.now - began)) / 1_000;
    expect(sum(firsts)).toBeLessThanOrEqual(rhythm); // it keeps a rhythm for that, second by second
    expect(a.dropped("no-credit")).toBeGreaterThan(0);
  });

  test("gets no more from all of them together than the punch allowance of the one that passes it on", () => {
    const { world, a } = group(20);
    const since = world.sent.length;
    const began = world.now;
    const victims: Endpoint[] = [];
    for (let n = 0; n < 250; n++) {
      const victim = `192.0.3.${n}:5000` as Endpoint;
      spoof(world, victim, a.endpoint, HELLO);
      spoof(world, victim, a.endpoint, join());
      victims.push(victim);
    }
    keepThere(world, a, victims);
    const sent = world.sent.slice(since);
    const into = sum(sent.filter(({ from }) => from.startsWith("192.0.3.")));
    const out = sum(sent.filter(({ from, to }) => from === a.endpoint && to.startsWith("192.0.3.")));
    expect(out).toBeLessThanOrEqual(into + (ALLOWANCE_BYTES_PER_SECOND * (1_000 + world.now - began)) / 1_000);
  });
});
