/** Row 38: CONNECT inside a session as a reflector or a scanner. The liar holds a session, and says that it is elsewhere. PROTOCOL.md §11.9. */
import { describe, expect, it } from "vitest";
import { Node } from "../../src/core/index.ts";
import { CHALLENGES_MAX, CONNECT_PORT_MIN } from "../../src/core/limits.ts";
import { base32, openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { BEHAVIOURS, type Host, type Note, type SimNode, Simulator } from "../../src/sim/index.ts";
import { type Endpoint, guidFrom, type Ip, ipOf, type NodeId, OFFERED_MAX, portOf } from "../../src/wire/index.ts";

const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, "lobby"));
const CHALLENGE_BYTES = 40;
const VICTIM = "203.0.113.99" as Ip;

/** S, an honest node A, and a liar whose own places are what `lie` says. */
function meet(lie: readonly string[], { member, contact = false }: { member: boolean; contact?: boolean }) {
  let liar: string | null = null;
  const makeNode = (config: ConstructorParameters<typeof Node>[0]): SimNode => {
    const node = new Node({ ...config, contacts: { has: (nodeId) => contact && nodeId === liar, all: () => [] } });
    const { step } = node;
    node.step = (now, input, more) => {
      const isLie = base32(config.publicKey) === liar && input.kind === "own-endpoints";
      return step.call(node, now, isLie ? { kind: "own-endpoints", endpoints: lie as Endpoint[] } : input, more);
    };
    return node;
  };
  const simulator = new Simulator({ seed: 17, crypto: sodiumCrypto, makeNode });
  const s = simulator.add({ name: "S", rendezvous: true });
  const [a, b] = ["A", "B"].map((name) => simulator.add({ name, at: { behind: BEHAVIOURS.symmetric }, peers: [s.endpoint()] })) as [
    Host,
    Host,
  ];
  liar = b.nodeId;
  const notes: Note[] = [];
  simulator.watch({ watch: (note) => void notes.push(note) });
  for (const host of simulator.hosts) host.start();
  simulator.run(2_000);
  if (member) for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  b.command({ kind: "connect", ref: 1, to: a.nodeId as NodeId, via: null });
  /** What A sent to somebody who is neither S nor at an address of B. */
  const sent = () =>
    notes.flatMap((note) => {
      if (note.kind !== "sent" || note.host !== "A") return [];
      const { to, bytes } = note.datagram;
      return [s.endpoint(), b.site.boxes[0]?.ownIp].some((each) => each === to || each === ipOf(to)) || ipOf(to) === s.ips.get("v4")
        ? []
        : [{ to, bytes: bytes.length }];
    });
  return { simulator, a, b, sent };
}

const PORTS = Array.from({ length: 12 }, (_, n) => `${VICTIM}:${2_000 + n}`);

describe("a liar that names places of a victim", () => {
  it("who is a stranger has it sent three challenges of 40 bytes, whatever the number of ports", () => {
    const { simulator, sent } = meet(PORTS, { member: false });
    simulator.run(8_000);
    expect(sent()).toHaveLength(CHALLENGES_MAX);
    for (const { to, bytes } of sent()) expect([ipOf(to), bytes]).toEqual([VICTIM, CHALLENGE_BYTES]);
  });

  it("who is a member of a common channel has each of eight places sent three, and no port guessed", () => {
    const { simulator, sent } = meet(PORTS, { member: true });
    simulator.run(8_000);
    expect(sent().length).toBeLessThanOrEqual(OFFERED_MAX * CHALLENGES_MAX);
    expect(sent().reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(OFFERED_MAX * CHALLENGES_MAX * CHALLENGE_BYTES);
    expect(new Set(sent().map(({ to }) => to)).size).toBeLessThan(OFFERED_MAX);
  });

  it("again and again is served six times, then once in ten seconds", () => {
    const { simulator, a, b, sent } = meet(PORTS, { member: true });
    simulator.run(8_000);
    const asked = () => a.events.length;
    for (let n = 0; n < 60; n++) {
      b.command({ kind: "connect", ref: 100 + n, to: a.nodeId as NodeId, via: null });
      simulator.run(5_000);
    }
    expect(asked()).toBeGreaterThan(0);
    expect(sent().length).toBeLessThanOrEqual((6 + 31) * OFFERED_MAX * CHALLENGES_MAX);
    expect(a.node.counters().dropped["connect-rate"]).toBeGreaterThan(10);
  });

  it.each([
    ["loopback", "127.0.0.1:4000"],
    ["link-local", "169.254.1.1:4000"],
    ["multicast", "224.0.0.251:5353"],
    ["broadcast", "255.255.255.255:4000"],
    ["unspecified", "0.0.0.0:4000"],
    ["a private address", "10.0.0.1:4000"],
    ["a private address of everybody", "192.168.1.1:4000"],
    ["a provider's address", "100.64.0.1:4000"],
    ["a port of a system service", `${VICTIM}:53`],
    ["IPv6 multicast", "[ff02::1]:4000"],
    ["IPv6 link-local", "[fe80::1]:4000"],
    ["a unique local address", "[fd00::1]:4000"],
    ["IPv6 where there is none", "[2001:db8:9::1]:4000"],
  ])("cannot have anything sent to %s", (_, place) => {
    const { simulator, sent } = meet([place], { member: true });
    simulator.run(8_000);
    expect(sent()).toEqual([]);
    expect(portOf(place as Endpoint) < CONNECT_PORT_MIN || ipOf(place as Endpoint) !== VICTIM).toBe(true);
  });
});

describe("ports are guessed", () => {
  /** A behind a NAT that keeps to one port; B, behind one that does not, has moved since S met it. */
  function moved(contact: boolean) {
    let other: string | null = null;
    const makeNode = (config: ConstructorParameters<typeof Node>[0]) =>
      new Node({ ...config, contacts: { has: (nodeId) => contact && nodeId === other, all: () => [] } });
    const simulator = new Simulator({ seed: 3, crypto: sodiumCrypto, makeNode });
    const s = simulator.add({ name: "S", rendezvous: true });
    const a = simulator.add({ name: "A", at: { behind: "port-restricted" }, peers: [s.endpoint()] });
    const b = simulator.add({ name: "B", at: { behind: "symmetric" }, peers: [s.endpoint()] });
    other = b.nodeId;
    for (const host of simulator.hosts) host.start();
    simulator.run(2_000);
    const elsewhere = simulator.internet.site("elsewhere", { behind: "symmetric" });
    b.move(elsewhere, true);
    simulator.run(2_000);
    const notes: Note[] = [];
    simulator.watch({ watch: (note) => void notes.push(note) });
    for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
    simulator.run(8_000);
    return notes.filter(
      ({ kind, ...note }) =>
        kind === "sent" && "datagram" in note && note.datagram.origin === "A" && ipOf(note.datagram.to) === elsewhere.boxes[0]?.ownIp,
    );
  }

  it("for a member only at the address where the relay met it: elsewhere may be anybody", () => {
    expect(moved(false).length).toBeLessThanOrEqual(2 * CHALLENGES_MAX);
  });

  it("for a contact wherever it says", () => {
    expect(moved(true).length).toBeGreaterThan(2 * CHALLENGES_MAX);
  });
});
