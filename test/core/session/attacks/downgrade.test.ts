/**
 * Rows 14 and 15: somebody wants two nodes that could speak inside a session to speak in the clear, or under a weaker
 * suite. Nothing that is lost, forged or said in the other's name may bring that about; the user sees that there is no
 * connection instead.
 */
import { describe, expect, test } from "vitest";
import { FULL_ENDPOINT_MS, SESSION_KEPT_MS } from "../../../../src/core/limits.ts";
import { type Endpoint, encode, isFrame, writeOut } from "../../../../src/wire/index.ts";
import { ACKED, at, HELLO, join, joins, LOBBY, posts, relay, say, text } from "../../said.ts";
import { verbOf, World } from "../../world.ts";
import { A, B, full, idOf, plainVerbs } from "../full.ts";
import { ATTACKER, inTheMiddle, intrude, sessionsOf, spoof, talking } from "./attack.ts";
import { type First, Forger, firstIn, laterIn, payloadOf } from "./forger.ts";

const SECRET = "for your eyes only";

/** Whatever says something that a stranger on the path could read. */
function leaks(world: World, since = 0): string[] {
  return world.sent
    .slice(since)
    .filter(({ bytes, text }) => !isFrame(bytes) && (text.includes(SECRET) || text.includes(LOBBY)))
    .map(({ text }) => text);
}

describe("two nodes that have met, and somebody who lets nothing of a session through", () => {
  /** Frames and handshakes are dropped, all else passes. */
  function cutOff() {
    const met = talking();
    const heal = inTheMiddle(met.world, (bytes) => (isFrame(bytes) || firstIn(bytes) !== null || laterIn(bytes) !== null ? [] : [bytes]));
    return { ...met, heal, since: met.world.sent.length };
  }

  test("say nothing in the clear but HELLO, for an hour", () => {
    const { world, a, b, since } = cutOff();
    for (let n = 1; n <= 60; n++) {
      a.command(posts(n, `${SECRET} ${n}`));
      b.command(posts(100 + n, `${SECRET} ${n}`));
      world.run(60_000);
    }
    expect(new Set(plainVerbs(world, since))).toEqual(new Set(["HELLO"]));
    expect(leaks(world, since)).toEqual([]);
    for (const host of [a, b]) expect(host.posts()).toEqual([]);
  });

  test("show their users that they are not connected, and that nothing was delivered", () => {
    const { world, a, b } = cutOff();
    a.command(posts(1, SECRET));
    world.run(SESSION_KEPT_MS + 60_000);
    expect(a.saw("session-down")).toMatchObject([{ peer: idOf(b), reason: "gone" }]);
    expect(sessionsOf(a)).toEqual([]);
    expect(a.node?.members(LOBBY, world.now).filter((member) => member.state === "live")).toEqual([]);
    expect(a.saw("post-state").map((event) => event.state)).not.toContain("delivered");
  });

  test("are in a session again when it ends, and talk", () => {
    const { world, a, b, heal } = cutOff();
    world.run(SESSION_KEPT_MS + 60_000);
    heal();
    world.run(30_000);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    a.command(posts(2, SECRET));
    world.run(2_000);
    expect(b.posts()).toEqual([SECRET]);
    expect(leaks(world)).toEqual([]);
  });

  test("are not talked out of it by what is said in the other's name meanwhile", () => {
    const { world, a, b, since } = cutOff();
    const forget = world.sent.length;
    for (let n = 0; n < 300; n++) {
      for (const [from, to] of [
        [B, A],
        [A, B],
      ] as const)
        for (const message of [HELLO, say("ACK"), join({ ptp: { pad: "x".repeat(500) } }), say("GETCERTIFICATE")])
          spoof(world, from, to, message);
      world.run(1_000);
      if (n % 20 === 0) a.command(posts(n + 1, SECRET));
    }
    const own = world.sent.slice(forget).filter(({ from, to, text }) => from === A && to === B && !text.includes('"n":"'));
    expect(own.filter(({ bytes }) => verbOf(bytes) === "MESSAGE" || verbOf(bytes) === "CHANNEL")).toEqual([]);
    expect(own.filter(({ text }) => text.includes(SECRET))).toEqual([]);
    expect([a.posts(), b.posts()]).toEqual([[], []]);
    expect(since).toBeGreaterThan(0);
  });
});

const IN_ITS_NAME: Record<string, object> = {
  HELLO,
  "HELLO with an id": say("HELLO", { node_id: "x" }),
  JOIN: join(),
  CHANNEL: say("CHANNEL", { channel_id: LOBBY, members: [{ address: at(9) }] }),
  LEAVE: say("LEAVE", { channel_id: LOBBY }),
  ACK: say("ACK", { msg_id: "00000000000000000000000000000001" }),
  ...Object.fromEntries(Object.entries(ACKED).map(([verb, body]) => [verb, say(verb, body)])),
  "MESSAGE with an id": text("lies", { msg_id: "0".repeat(32) }),
  RELAY: relay(at(9), text("lies")),
  "RELAY of a text": relay(A, text("lies"), at(9)),
  ROUTING: say("ROUTING", { nodes: [{ address: at(9) }] }),
};

/** All but HELLO, which says only that somebody is there. */
const SAID: Record<string, object> = Object.fromEntries(Object.entries(IN_ITS_NAME).filter(([name]) => !name.startsWith("HELLO")));

describe("in a full node's name", () => {
  test.each(Object.entries(IN_ITS_NAME))("%s in the clear is dropped and answered by nothing", (_name, message) => {
    const { world, a } = talking();
    world.run(1_000);
    const events = a.events.length;
    const [sent, drops] = [world.sent.length, a.dropped("full-peer")];
    a.step({ kind: "datagram", socket: 0, from: B, bytes: new TextEncoder().encode(JSON.stringify(message)) });
    expect(a.dropped("full-peer")).toBe(drops + 1);
    expect(world.sent.length).toBe(sent);
    expect(a.events.length).toBe(events);
  });

  test("HELLO after its session went silent is answered with HELLO and a first message, and with nothing else", () => {
    const { world, a, b } = talking();
    world.crash(b);
    world.run(SESSION_KEPT_MS + 5_000);
    a.command(posts(1, SECRET));
    const since = world.sent.length;
    for (let n = 0; n < 30; n++) {
      spoof(world, B, A, HELLO);
      world.run(1_000);
    }
    const said = world.sent.slice(since).filter(({ from, to }) => from === A && to === B);
    expect(new Set(said.map(({ bytes }) => verbOf(bytes)))).toEqual(new Set(["HELLO", "GETCERTIFICATE"]));
    expect(leaks(world, since)).toEqual([]);
  });

  test.each(Object.entries(SAID))("%s is dropped for a day after its session went silent", (_name, message) => {
    const { world, a, b } = talking();
    world.crash(b);
    world.run(SESSION_KEPT_MS + 5_000);
    for (const after of [0, FULL_ENDPOINT_MS - SESSION_KEPT_MS - 60_000]) {
      world.run(after);
      const [drops, events, posts] = [a.dropped("full-peer"), a.events.length, a.posts().length];
      a.step({ kind: "datagram", socket: 0, from: B, bytes: new TextEncoder().encode(JSON.stringify(message)) });
      expect(a.dropped("full-peer")).toBe(drops + 1);
      expect([a.events.length, a.posts().length]).toEqual([events, posts]);
    }
  });

  test("the same holds for an address that it moved to", () => {
    const { world, a, b } = talking();
    const elsewhere = "198.51.100.9:5555" as Endpoint;
    b.move(elsewhere);
    world.run(5_000);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: idOf(b), endpoint: elsewhere }]);
    world.crash(b);
    world.run(SESSION_KEPT_MS + 5_000);
    spoof(world, elsewhere, A, HELLO);
    spoof(world, elsewhere, A, text("lies"));
    world.run(100);
    expect(a.posts()).toEqual([]);
    expect(a.dropped("full-peer")).toBe(1);
  });

  test("an attacker's own goodbye from its address does not open the bare plane for it", () => {
    const { world, a, b } = talking();
    world.crash(b);
    world.run(SESSION_KEPT_MS + 5_000); // B is away; A remembers that it speaks inside sessions only
    const attacker = world.bare(ATTACKER);
    const session = intrude(world, attacker, a);
    spoof(world, B, A, session.frame(payloadOf())); // B's address becomes a candidate of the attacker's session
    world.run(20);
    attacker.send(A, session.frame(payloadOf((into, at) => writeOut(into, at, { type: "close", reason: 0 }))));
    world.run(100);
    expect(a.saw("session-down").at(-1)).toMatchObject({ reason: "closed" });
    spoof(world, B, A, HELLO);
    spoof(world, B, A, text("lies"));
    world.run(100);
    expect(a.posts()).toEqual([]);
  });
});

describe("before they have met", () => {
  test("acknowledgements in the other's name do not pass it off as one that knows only the seed", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    a.command(joins([B]));
    a.command(posts(1, SECRET));
    for (let n = 0; n < 1_000; n++) {
      spoof(world, B, A, say("ACK"));
      spoof(world, B, A, HELLO);
      world.run(1);
    }
    world.run(1_000);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    expect(leaks(world)).toEqual([]);
    a.command(posts(2, SECRET));
    world.run(1_000);
    expect(leaks(world)).toEqual([]);
  });

  test("not even when the first copies are lost", () => {
    const world = new World();
    const b = full(world, B, 2);
    world.loses = ({ from, at }) => from === A && at < 600;
    const a = full(world, A, 1);
    a.command(joins([B]));
    for (let n = 0; n < 100; n++) {
      spoof(world, B, A, say("ACK"));
      world.run(10);
    }
    world.run(1_000);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
    expect(leaks(world)).toEqual([]);
  });
});

describe("the list of suites", () => {
  /** A script that offers suites 1 and 2, and what a node makes of its first message when somebody on the path changes it. */
  function offered(change: (first: First) => First) {
    const world = new World();
    const node = full(world, A, 1);
    const host = world.bare(ATTACKER);
    const opening = new Forger(5).begin({ suites: [1, 2] });
    host.send(node.endpoint, encode("GETCERTIFICATE", { ptp: change(opening.first) }));
    world.run(50);
    const answers = host.inbox.map(({ bytes }) => laterIn(bytes)).filter((later) => later !== null);
    return { node, answers, opened: answers.map((answer) => opening.read(answer)) };
  }

  test("unchanged, gets an answer that opens", () => {
    expect(offered((first) => first).opened).toEqual([expect.objectContaining({ remoteIndex: expect.any(Number) })]);
  });

  test.each([
    ["shortened by the stronger one", [1]],
    ["with one more", [1, 2, 3]],
    ["in another order", [2, 1]],
    ["doubled", [1, 1, 2]],
  ])("%s, gets an answer that does not open: no session", (_name, suites) => {
    const { opened, answers } = offered((first) => ({ ...first, s: suites }));
    expect(answers).toHaveLength(1);
    expect(opened).toEqual([null]);
  });

  test.each([
    ["without the one that is known", [2]],
    ["empty", []],
  ])("%s, gets no answer", (_name, suites) => {
    const { answers, node } = offered((first) => ({ ...first, s: suites }));
    expect(answers).toEqual([]);
    expect(node.dropped("handshake-suite")).toBe(1);
  });

  test("of another version gets no answer", () => {
    const { answers } = offered((first) => ({ ...first, v: 2 }));
    expect(answers).toEqual([]);
  });
});
