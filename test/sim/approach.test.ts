/** Two nodes behind every pair of NATs, whose session begins over a relay: which of them come to talk without it. PROTOCOL.md §11.9. */
import { describe, expect, it } from "vitest";
import type { ConnectStep } from "../../src/core/index.ts";
import { openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { BEHAVIOURS, type BehaviourName, type BoxRules, type Host, type Note, Simulator } from "../../src/sim/index.ts";
import { guidFrom, type NodeId } from "../../src/wire/index.ts";

const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, "lobby"));

type Class = "open" | "eif" | "adf" | "cone" | "counting" | "random" | "blocked";

/** As the laboratory's README groups them. */
const CLASSES: readonly [BehaviourName, Class][] = [
  ["public", "open"],
  ["firewall", "cone"],
  ["full-cone", "eif"],
  ["restricted-cone", "adf"],
  ["port-restricted", "cone"],
  ["linux", "cone"],
  ["apdm/eif", "eif"],
  ["symmetric", "random"],
  ["symmetric+sequential", "counting"],
  ["linux-random", "random"],
  ["cgnat", "cone"],
  ["cgnat-symmetric", "random"],
  ["udp-blocked", "blocked"],
];

/** `plain`: known places suffice. `guess`: by prediction or the birthday method. `relay`: neither can work. `none`: no S either. */
function outcomeOf(a: Class, b: Class): "plain" | "guess" | "relay" | "none" {
  const pair = [a, b];
  if (pair.includes("blocked")) return "none";
  if (pair.some((each) => each === "open" || each === "eif" || each === "adf")) return "plain";
  if (pair.includes("cone")) return pair.every((each) => each === "cone") ? "plain" : "guess";
  return pair.includes("random") ? "relay" : "guess";
}

const PAIRS = CLASSES.flatMap((a, at) => CLASSES.slice(at).map((b) => [a[0], b[0], outcomeOf(a[1], b[1])] as const));

function meet(a: readonly BoxRules[], b: readonly BoxRules[], seed = 91) {
  const simulator = new Simulator({ seed, crypto: sodiumCrypto });
  const notes: Note[] = [];
  const s = simulator.add({ name: "S", rendezvous: true });
  const [hostA, hostB] = [a, b].map((behind, at) => simulator.add({ name: "AB"[at] as string, at: { behind }, peers: [s.endpoint()] })) as [
    Host,
    Host,
  ];
  simulator.watch({ watch: (note) => void notes.push(note) });
  for (const host of simulator.hosts) host.start();
  simulator.run(1_000);
  for (const host of [hostA, hostB]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  return { simulator, notes, s, a: hostA, b: hostB };
}

/** The path by which `host` reaches `other`; null without a session. */
function pathTo(host: Host, other: Host): string | null {
  const peer = host.node.peers(host.now).find(({ id }) => id === other.nodeId);
  return peer === undefined || !peer.live || peer.kind !== "full" ? null : peer.path;
}

function isDirect(a: Host, b: Host): boolean {
  return [pathTo(a, b), pathTo(b, a)].every((path) => path === "direct" || path === "punched");
}

describe("two members of a channel that S introduces", () => {
  it("are 13 behaviours and 91 pairs, of which 52 need no guess and 17 more can be guessed", () => {
    expect(PAIRS).toHaveLength(91);
    const count = (outcome: string) => PAIRS.filter((pair) => pair[2] === outcome).length;
    expect([count("plain"), count("guess"), count("relay"), count("none")]).toEqual([52, 17, 9, 13]);
  });

  it.each(PAIRS)("%s and %s: %s", (a, b, outcome) => {
    const { simulator, a: hostA, b: hostB } = meet(BEHAVIOURS[a], BEHAVIOURS[b]);
    const isMet = () => pathTo(hostA, hostB) !== null && pathTo(hostB, hostA) !== null;
    expect(simulator.runUntil(isMet, 5_000)).toBe(outcome !== "none");
    if (outcome === "none") return;
    expect(simulator.runUntil(() => isDirect(hostA, hostB), outcome === "plain" ? 1_000 : 2_000)).toBe(outcome !== "relay");
  });
});

/** The steps of the `connect` with that reference. */
function stepsOf(host: Host, ref: number): ConnectStep[] {
  return host.events.flatMap((event) => (event.type === "connect" && event.ref === ref ? [event.step] : []));
}

function say(host: Host, id: number, text: string): void {
  host.command({ kind: "post", id: id.toString(16).padStart(32, "0"), channelId: CHANNEL, text });
}

function shown(host: Host): string[] {
  return host.events.flatMap((event) => (event.type === "post" && !event.own ? [event.text] : []));
}

const SYMMETRIC: readonly BoxRules[] = BEHAVIOURS.symmetric;

describe("an approach", () => {
  it("loses no text and none of their order, while data moves from the relay to the hole", () => {
    const { simulator, a, b } = meet(BEHAVIOURS["port-restricted"], BEHAVIOURS["symmetric+sequential"]);
    expect(simulator.runUntil(() => pathTo(a, b) !== null && pathTo(b, a) !== null, 5_000)).toBe(true);
    const texts = Array.from({ length: 60 }, (_, n) => `text ${n}`);
    for (const [n, text] of texts.entries()) {
      say(a, n + 1, text);
      simulator.run(50);
    }
    expect(isDirect(a, b)).toBe(true);
    simulator.run(1_000);
    expect(shown(b)).toEqual(texts);
    expect(b.events.some((event) => event.type === "path")).toBe(true);
  });

  it("never keeps the first text waiting: it goes over the relay at once", () => {
    const { simulator, a, b } = meet(BEHAVIOURS["port-restricted"], SYMMETRIC);
    expect(simulator.runUntil(() => pathTo(a, b) !== null && pathTo(b, a) !== null, 5_000)).toBe(true);
    say(a, 1, "hello");
    expect(simulator.runUntil(() => shown(b).length > 0, 200)).toBe(true);
    expect(pathTo(a, b)).toBe("relay");
  });

  it.each([5_000, 30_000])(
    "keeps its hole open through NATs that forget a mapping after %i ms, though nobody says anything",
    (lifetimeMs) => {
      const nat: readonly BoxRules[] = [{ type: "nat", mapping: "eim", filtering: "apdf", lifetimeMs }];
      const other: readonly BoxRules[] = [{ type: "nat", mapping: "apdm", filtering: "apdf", lifetimeMs }];
      const { simulator, a, b } = meet(nat, other);
      expect(simulator.runUntil(() => isDirect(a, b), 10_000)).toBe(true);
      simulator.run(5_000);
      const before = [a, b].map((host) => host.events.length);
      simulator.run(240_000);
      expect(isDirect(a, b)).toBe(true);
      expect([a, b].flatMap((host, at) => host.events.slice(before[at])).filter(({ type }) => type === "path")).toEqual([]);
    },
  );

  it.each<[BehaviourName, BehaviourName]>([
    ["symmetric", "linux-random"],
    ["port-restricted", "symmetric"],
    ["symmetric+sequential", "symmetric+sequential"],
  ])("between %s and %s closes every socket that no path uses", (na, nb) => {
    const { simulator, a, b } = meet(BEHAVIOURS[na], BEHAVIOURS[nb]);
    simulator.runUntil(() => isDirect(a, b), 8_000);
    simulator.run(8_000); // paths that lost against the best one are silent and gone by now
    for (const host of [a, b]) expect(host.sockets.size).toBeLessThanOrEqual(isDirect(a, b) ? 2 : 1);
  });

  it("comes to its end over links that lose a quarter of everything", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const { simulator, a, b } = meet(BEHAVIOURS["port-restricted"], seed % 2 === 0 ? BEHAVIOURS["port-restricted"] : SYMMETRIC, seed);
      for (const host of [a, b]) for (const box of host.site.boxes) box.link.loss = 0.13;
      expect(simulator.runUntil(() => isDirect(a, b), 60_000)).toBe(true);
    }
  });

  it("takes IPv6 where both have it, whatever their IPv4 NATs do", () => {
    const simulator = new Simulator({ seed: 6, crypto: sodiumCrypto });
    const s = simulator.add({ name: "S", rendezvous: true });
    const [a, b] = ["A", "B"].map((name) =>
      simulator.add({ name, at: { behind: "symmetric", v6: "firewall" }, families: ["v4", "v6"], peers: [s.endpoint()] }),
    ) as [Host, Host];
    for (const host of simulator.hosts) host.start();
    simulator.run(1_000);
    for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
    expect(simulator.runUntil(() => isDirect(a, b), 5_000)).toBe(true);
    expect(a.node.peers(a.now).find(({ id }) => id === b.nodeId)?.endpoint).toBe(b.endpoint("v6"));
  });

  it("guesses over the family that the other end has, though its first neighbour is met over the other one", () => {
    const simulator = new Simulator({ seed: 6, crypto: sodiumCrypto });
    const families = ["v4", "v6"] as const;
    const [s, t] = ["S", "T"].map((name) => simulator.add({ name, rendezvous: true, families })) as [Host, Host];
    const at = { behind: "symmetric+sequential", v6: "firewall" } as const;
    const contacts = { has: () => true, all: () => [] };
    const a = simulator.add({ name: "A", at, families, contacts, peers: [s.endpoint("v6"), t.endpoint()] });
    const b = simulator.add({ name: "B", at: { behind: "port-restricted" }, contacts, peers: [s.endpoint(), t.endpoint()] });
    for (const host of simulator.hosts) host.start();
    simulator.run(1_000);
    for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
    expect(simulator.runUntil(() => isDirect(a, b), 10_000)).toBe(true);
  });

  it("is one, though both users ask for it at once", () => {
    const { simulator, a, b } = meet(BEHAVIOURS["port-restricted"], BEHAVIOURS["symmetric+sequential"]);
    expect(simulator.runUntil(() => pathTo(a, b) !== null && pathTo(b, a) !== null, 5_000)).toBe(true);
    a.command({ kind: "connect", ref: 1, to: b.nodeId as NodeId, via: null });
    b.command({ kind: "connect", ref: 2, to: a.nodeId as NodeId, via: null });
    simulator.run(4_000);
    expect([stepsOf(a, 1).at(-1)?.step, stepsOf(b, 2).at(-1)?.step]).toEqual(["direct", "direct"]);
  });

  it("goes back to the relay within seconds when a NAT forgets the hole, and opens another", () => {
    const { simulator, a, b } = meet(BEHAVIOURS["port-restricted"], BEHAVIOURS["port-restricted"]);
    expect(simulator.runUntil(() => isDirect(a, b), 5_000)).toBe(true);
    simulator.run(20_000); // the way over the relay is gone by now
    a.site.boxes[0]?.rebind();
    say(b, 1, "still there?");
    expect(simulator.runUntil(() => shown(a).length > 0, 8_000)).toBe(true);
    expect(simulator.runUntil(() => isDirect(a, b), 3_000)).toBe(true);
  });

  it("that was in vain is repeated ever more rarely, and at once when the network changes", () => {
    const { simulator, notes, a, b } = meet(SYMMETRIC, SYMMETRIC);
    const opened = () => [a, b].map((host) => host.sockets.size).reduce((sum, each) => sum + each);
    let tries = 0;
    let most = 2;
    const count = (ms: number) => {
      tries = 0;
      for (let at = 0; at < ms; at += 50) {
        simulator.run(50);
        if (opened() > 2 && most === 2) tries++;
        most = opened();
      }
      return tries;
    };
    expect(count(60_000)).toBeGreaterThan(1);
    simulator.run(1_200_000);
    notes.length = 0;
    expect(count(600_000)).toBeLessThanOrEqual(1);
    a.move(simulator.internet.site("elsewhere", { behind: "full-cone" }), true);
    expect(simulator.runUntil(() => isDirect(a, b), 20_000)).toBe(true);
  });
});

function neighbours(rules: readonly BoxRules[], inner: readonly BoxRules[] = []) {
  const simulator = new Simulator({ seed: 4, crypto: sodiumCrypto });
  const s = simulator.add({ name: "S", rendezvous: true });
  const home = simulator.internet.site("home", { behind: rules });
  const [a, b] = ["A", "B"].map((name) =>
    simulator.add({ name, at: inner.length === 0 ? home : { behind: inner, within: home }, peers: [s.endpoint()] }),
  ) as [Host, Host];
  for (const host of simulator.hosts) host.start();
  simulator.run(1_000);
  for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  return { simulator, a, b };
}

describe("two hosts behind one NAT", () => {
  it.each<BehaviourName>(["linux", "port-restricted", "symmetric", "full-cone"])(
    "without hairpin (%s) meet at their private addresses",
    (name) => {
      const { simulator, a, b } = neighbours(BEHAVIOURS[name]);
      expect(simulator.runUntil(() => isDirect(a, b), 5_000)).toBe(true);
      expect(a.node.peers(a.now).find(({ id }) => id === b.nodeId)).toMatchObject({ path: "direct", endpoint: b.endpoint() });
    },
  );
});

describe("two homes behind one provider's NAT", () => {
  it("meet through its hairpin", () => {
    const { simulator, a, b } = neighbours([{ type: "nat", mapping: "eim", filtering: "apdf", hairpin: true }], BEHAVIOURS.linux);
    expect(simulator.runUntil(() => isDirect(a, b), 5_000)).toBe(true);
  });

  it("go on over the relay where it has none: private addresses that answer are not the other's", () => {
    const { simulator, a, b } = neighbours([{ type: "nat", mapping: "eim", filtering: "eif" }], BEHAVIOURS.linux);
    simulator.run(5_000);
    expect([pathTo(a, b), pathTo(b, a)]).toEqual(["relay", "relay"]);
  });
});

describe("`connect` to a node", () => {
  it("says each step inside the session, and the path won", () => {
    const { simulator, s, a, b } = meet(BEHAVIOURS["port-restricted"], SYMMETRIC);
    expect(simulator.runUntil(() => pathTo(a, b) === "relay", 5_000)).toBe(true);
    a.command({ kind: "connect", ref: 7, to: b.nodeId as NodeId, via: null });
    expect(simulator.runUntil(() => stepsOf(a, 7).some(({ step }) => step === "direct" || step === "failed"), 10_000)).toBe(true);
    const said = stepsOf(a, 7);
    const steps = said.filter(({ step }, at) => step !== said[at - 1]?.step); // where both ends began at once, it has offered twice
    expect(steps.map(({ step }) => step)).toEqual(["offered", "accepted", "offered", "accepted", "guessing", "direct"]);
    expect(steps[0]).toMatchObject({ way: "plain", via: s.endpoint() });
    expect(steps[4]).toMatchObject({ probes: 1_024, sockets: 1 });
    expect(steps[5]).toMatchObject({ path: "punched" });
  });

  it("ends with `nats-random` where neither port can be known, and the session goes on over the relay", () => {
    const { simulator, a, b } = meet(SYMMETRIC, BEHAVIOURS["symmetric+sequential"]);
    expect(simulator.runUntil(() => pathTo(a, b) === "relay", 5_000)).toBe(true);
    a.command({ kind: "connect", ref: 7, to: b.nodeId as NodeId, via: null });
    expect(simulator.runUntil(() => stepsOf(a, 7).some(({ step }) => step === "failed"), 10_000)).toBe(true);
    expect(stepsOf(a, 7).at(-1)).toEqual({ step: "failed", reason: "nats-random" });
    expect(pathTo(a, b)).toBe("relay");
  });

  it("reaches one that only a neighbour's ROUTING names, and says so where nobody knows it", () => {
    const simulator = new Simulator({ seed: 5, crypto: sodiumCrypto });
    const s = simulator.add({ name: "S", rendezvous: true });
    const [a, b] = ["A", "B"].map((name) => simulator.add({ name, at: { behind: "port-restricted" }, peers: [s.endpoint()] })) as [
      Host,
      Host,
    ];
    for (const host of simulator.hosts) host.start();
    simulator.run(4_000);
    a.command({ kind: "connect", ref: 8, to: b.nodeId as NodeId, via: null });
    expect(simulator.runUntil(() => isDirect(a, b), 10_000)).toBe(true);
    expect(stepsOf(a, 8).at(-1)).toMatchObject({ step: "direct", path: "punched" });
    a.command({ kind: "connect", ref: 9, to: "0".repeat(52) as NodeId, via: null });
    simulator.run(1_000);
    expect(stepsOf(a, 9)).toEqual([{ step: "failed", reason: "no-via" }]);
  });
});
