/**
 * Row 3: one datagram in another's name, and two nodes that answer each other for ever after. Nothing answers an answer: a
 * while later there is as much traffic as if the datagram had never been.
 */
import { describe, expect, test } from "vitest";
import { base64, type Endpoint, encode } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { ACKED, at, HELLO, join, joins, LOBBY, relay, say } from "../../said.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full } from "../full.ts";
import { spoof, talking } from "./attack.ts";
import { Forger } from "./forger.ts";

const C = "203.0.113.3:7667" as Endpoint;
const SETTLED_MS = 12_000;
const chance = new Chance(2);

const KINDS: Record<string, Uint8Array | object> = {
  HELLO,
  "HELLO with an id": say("HELLO", { node_id: "x" }),
  ACK: say("ACK"),
  "ACK with an id": say("ACK", { msg_id: "x" }),
  JOIN: join({ ptp: { pad: "x".repeat(1_000) } }),
  "JOIN with a cookie": join({ ptp: { cookie: "0".repeat(24) } }),
  CHANNEL: say("CHANNEL", { channel_id: LOBBY, members: [{ address: A }, { address: B }, { address: C }], ptp: { cookie: "c" } }),
  LEAVE: say("LEAVE", { channel_id: LOBBY }),
  ...Object.fromEntries(Object.entries(ACKED).map(([verb, body]) => [verb, say(verb, body)])),
  ROUTING: say("ROUTING", { nodes: [A, B, C].map((address) => ({ address })) }),
  "RELAY to the sender": relay(A, HELLO),
  "RELAY from itself": relay(A, HELLO, A),
  "RELAY of a text": relay(A, say("MESSAGE", ACKED.MESSAGE), C),
  "RELAY of message 1": relay(B, JSON.parse(new TextDecoder().decode(new Forger(5).begin().bytes())) as object, C),
  "RELAY of a frame": say("RELAY", { dst: A, src: B, d: base64(Uint8Array.of(0xf8, ...chance.bytes(80))) }),
  "CONNECT, step 1": say("CONNECT", { dst: "203.0.113.1", src: "4555" }),
  "CONNECT, step 2": say("CONNECT", { dst: A, src: "203.0.113.2" }),
  "CONNECT, step 4": say("CONNECT", { dst: A, src: "203.0.113.2:40000" }),
  "message 1": new Forger(5).begin().bytes(),
  "message 2": encode("CERTIFICATE", { ptp: { v: 1, to: 1, n: base64(chance.bytes(390)) } }),
  "a demand for a cookie": encode("CERTIFICATE", { ptp: { v: 1, to: 1, retry: "0".repeat(24) } }),
  "a frame": Uint8Array.of(0xf8, ...chance.bytes(100)),
  junk: chance.bytes(100),
  "broken JSON": new TextEncoder().encode('{"msg_type":'),
};

const SCENES: Record<string, () => World> = {
  "two nodes that have not met": () => {
    const world = new World();
    for (const [place, seed] of [
      [B, 2],
      [A, 1],
    ] as const)
      full(world, place, seed).command(joins());
    return world;
  },
  "two nodes in a session": () => talking().world,
  "two nodes without sessions": () => {
    const world = new World();
    for (const place of [B, A]) world.node(place).command(joins());
    return world;
  },
  "three nodes in a ring": () => {
    const world = new World();
    for (const [place, seed, next] of [
      [A, 1, B],
      [B, 2, C],
      [C, 3, A],
    ] as const)
      full(world, place, seed, { peers: [next] }).command(joins());
    world.run(3_000);
    return world;
  },
};

/** Datagrams in the ten seconds that begin SETTLED_MS from now. */
function trafficOf(world: World): number {
  world.run(SETTLED_MS);
  const since = world.sent.length;
  world.run(10_000);
  return world.sent.length - since;
}

describe.each(Object.entries(SCENES))("%s", (_scene, make) => {
  const quiet = trafficOf(make());

  test.each(Object.entries(KINDS))("come to rest after %s in the other's name", (_name, message) => {
    for (const times of [1, 5]) {
      const world = make();
      const [first, second] = world.hosts as [Host, Host];
      for (let n = 0; n < times; n++) {
        spoof(world, first.endpoint, second.endpoint, message);
        spoof(world, second.endpoint, first.endpoint, message);
        spoof(world, at(99), first.endpoint, message);
        world.run(50);
      }
      const traffic = trafficOf(world);
      expect(traffic).toBeLessThanOrEqual(quiet + 4); // a row of periodic messages may fall a little otherwise
      expect(Math.max(...world.hosts.map((host) => host.drops.length))).toBeLessThan(1_000);
    }
  });
});
