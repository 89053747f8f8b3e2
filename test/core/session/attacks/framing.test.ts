/**
 * Row 42: somebody wants a third party to be shunned, mistaken for another or cut off, by what it says in its name, or by
 * what a relay claims. What nobody has proved is held against nobody.
 */
import { describe, expect, test } from "vitest";
import { base64, CHALLENGE, type Endpoint, encode, RecordTable, writeOut } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { at, HELLO, join, joins, LOBBY, posts, relay, say, text } from "../../said.ts";
import { World } from "../../world.ts";
import { A, B, full, idOf } from "../full.ts";
import { ATTACKER, intrude, sessionsOf, spoof, talking } from "./attack.ts";
import { type ForgedSession, Forger, laterBytes, laterIn, payloadOf } from "./forger.ts";

const encoder = new TextEncoder();
/** A bare peer whom A hears directly, and who is in the channel. */
const V = at(50);
/** A neighbour of A that lies about whom it relays. */
const R = at(60);

function garbage(): Uint8Array[] {
  const chance = new Chance(3);
  return [
    ...Array.from({ length: 50 }, () => chance.bytes(1 + chance.below(1_200))),
    ...Array.from({ length: 50 }, () => Uint8Array.of(0xf8, ...chance.bytes(28 + chance.below(1_100)))),
    ...Array.from({ length: 50 }, (_, n) =>
      encode("GETCERTIFICATE", { ptp: { v: 1, i: n, s: [1], n: base64(chance.bytes(32)), c: "0".repeat(24) } }),
    ),
    ...Array.from({ length: 50 }, () => encode("CERTIFICATE", { ptp: { v: 1, to: chance.below(2 ** 32), n: base64(chance.bytes(300)) } })),
    ...Array.from({ length: 50 }, () => encode("CERTIFICATE", { ptp: { v: 1, to: chance.below(2 ** 32), retry: chance.hex(24) } })),
    ...["{", "[]", '{"msg_type":"MESSAGE","msg_data":[]}', '{"msg_type":"?"}', JSON.stringify(say("ACK"))].map((each) =>
      encoder.encode(each),
    ),
  ];
}

describe("garbage in a victim's name", () => {
  test("does not disturb the victim's session, nor end it, nor slow it down", () => {
    const { world, a, b } = talking();
    for (let n = 1; n <= 60; n++) {
      for (const bytes of garbage()) spoof(world, B, A, bytes);
      b.command(posts(n, `text ${n}`));
      world.run(1_000);
      expect(a.posts()).toHaveLength(n);
    }
    expect(a.saw("session-up")).toHaveLength(1);
    expect(a.saw("session-down")).toEqual([]);
    expect(sessionsOf(b)).toEqual([idOf(a)]);
  });

  test("does not keep the victim from being met afterwards, even from the same address", () => {
    const world = new World();
    const a = full(world, A, 1);
    for (let n = 0; n < 10; n++) {
      for (const bytes of garbage()) spoof(world, B, A, bytes);
      world.run(100);
    }
    const b = full(world, B, 2, { peers: [A] });
    world.run(1_000);
    expect(sessionsOf(a)).toEqual([idOf(b)]);
  });

  test("does not keep a bare victim's texts from being shown", () => {
    const { world, a } = talking();
    const victim = world.bare(V);
    world.rhythm(victim, A);
    for (let n = 0; n < 20; n++) {
      for (const bytes of garbage()) spoof(world, V, A, bytes);
      victim.send(A, text(`text ${n}`));
      world.run(1_000);
    }
    expect(a.posts()).toEqual(Array.from({ length: 20 }, (_, n) => `text ${n}`));
  });
});

describe("a relay that lies about whom it relays", () => {
  /** A full node A, a bare member V that says HELLO to it, and R, over which the attacker makes a session as if it were V. */
  function lied() {
    const world = new World();
    const a = full(world, A, 1, { peers: [V] });
    a.command(joins());
    const victim = world.bare(V);
    const r = world.bare(R);
    for (const host of [victim, r]) world.rhythm(host, A);
    world.run(2_000);
    victim.send(A, join());
    world.run(2_000);
    r.send(A, relay(A, HELLO, V));
    world.run(100);
    const opening = new Forger(66).begin();
    const carried = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as object;
    for (let n = 0; n < 3; n++) r.send(A, relay(A, carried(opening.bytes()), V)); // so that the answer is paid for
    world.run(50);
    for (const { text } of r.inbox) {
      const inner = (JSON.parse(isJson(text) ? text : "{}") as { msg_data?: { message?: object } }).msg_data?.message;
      const later = inner === undefined ? null : laterIn(encoder.encode(JSON.stringify(inner)));
      const seen = later === null ? null : opening.read(later);
      if (seen === null) continue;
      const { third, keys } = opening.finish(seen.remoteIndex);
      r.send(A, relay(A, carried(laterBytes(third)), V));
      world.run(50);
      return { world, a, victim, r, keys };
    }
    throw new Error("the node answered nothing over the relay");
  }

  function isJson(text: string): boolean {
    return text.startsWith("{");
  }

  test("gets a session of its own key, and nothing of what belongs to the victim", () => {
    const { world, a, victim } = lied();
    expect(a.saw("session-up")).toHaveLength(1);
    const peers = a.node?.peers(world.now) ?? [];
    expect(peers.find((peer) => peer.id === V)).toMatchObject({ kind: "bare", path: "direct", live: true, configured: true });
    expect(a.node?.members(LOBBY, world.now)).toContainEqual(expect.objectContaining({ endpoint: V, nodeId: null, state: "live" }));
    victim.inbox.length = 0;
    a.command(posts(1, "to everybody"));
    world.run(6_000);
    expect(victim.got("MESSAGE")).toContainEqual(expect.objectContaining({ message: "to everybody" }));
  });

  test("does not get what others have relayed to the victim, once it shows an address of its own", () => {
    const { world, a, victim, keys } = lied();
    const attacker = world.bare(ATTACKER);
    attacker.send(A, keys.frame(payloadOf()));
    world.run(20);
    const challenge = attacker.inbox.flatMap(({ bytes }) => challengesIn(keys, bytes))[0];
    expect(challenge).toBeDefined();
    attacker.send(A, keys.frame(payloadOf((into, at) => writeOut(into, at, { type: "response", data: challenge ?? new Uint8Array(8) }))));
    world.run(20);
    expect(a.node?.peers(world.now).find((peer) => peer.kind === "full")).toMatchObject({ endpoint: ATTACKER, path: "direct" });
    const other = world.bare(at(70));
    world.rhythm(other, A);
    world.run(1_000);
    victim.inbox.length = attacker.inbox.length = 0;
    other.send(A, relay(V, text("for the victim")));
    world.run(200);
    expect(victim.inbox.some(({ text }) => text.includes("for the victim"))).toBe(true);
    const told = attacker.inbox.map(({ bytes }) => new TextDecoder().decode(keys.open(bytes) ?? bytes));
    expect(told.filter((each) => each.includes("for the victim"))).toEqual([]);
  });

  test("does not get the victim's own texts dropped, neither now nor after that session", () => {
    const { world, a, victim } = lied();
    victim.send(A, text("still here"));
    world.run(200);
    expect(a.posts()).toEqual(["still here"]);
    world.run(200_000); // the attacker's session is gone by then
    victim.send(A, text("and still"));
    world.run(200);
    expect(a.posts()).toEqual(["still here", "and still"]);
    expect(a.dropped("full-peer")).toBe(0);
  });

  test("of a full node: the session there is stays, over its own path", () => {
    const { world, a, b } = talking();
    const r = world.bare(R);
    world.rhythm(r, A);
    world.run(1_000);
    const opening = new Forger(66).begin();
    for (let n = 0; n < 5; n++) {
      r.send(A, relay(A, JSON.parse(new TextDecoder().decode(opening.bytes())) as object, B));
      r.send(A, relay(A, HELLO, B));
      r.send(A, relay(A, text("lies"), B));
      r.send(A, say("RELAY", { dst: A, src: B, d: base64(Uint8Array.of(0xf8, ...new Uint8Array(60))) }));
      world.run(1_000);
    }
    expect(a.posts()).toEqual([]);
    b.command(posts(1, "truth"));
    world.run(500);
    expect(a.posts()).toEqual(["truth"]);
    expect(a.node?.peers(world.now).find((peer) => peer.id === idOf(b))).toMatchObject({ path: "direct", live: true });
  });
});

/** The challenges in a frame of the attacker's session. */
function challengesIn(keys: ForgedSession, frame: Uint8Array): Uint8Array[] {
  const payload = keys.open(frame);
  const table = new RecordTable();
  if (payload === null || table.read(payload) !== null) return [];
  return [...table.types.slice(0, table.count)].flatMap((type, at) =>
    type === CHALLENGE ? [payload.slice(table.starts[at], table.ends[at])] : [],
  );
}

test("an attacker's session cannot push the other end's true new address out by naming many", () => {
  const { world, a, b } = talking();
  const attacker = world.bare(ATTACKER);
  const session = intrude(world, attacker, a);
  for (let n = 0; n < 50; n++) spoof(world, `192.0.3.${n}:5000` as Endpoint, A, session.frame(payloadOf()));
  b.move("198.51.100.9:5555" as Endpoint);
  b.command(posts(1, "moved"));
  world.run(3_000);
  expect(a.posts()).toEqual(["moved"]);
  expect(a.node?.peers(world.now).find((peer) => peer.id === idOf(b))?.endpoint).toBe("198.51.100.9:5555");
});
