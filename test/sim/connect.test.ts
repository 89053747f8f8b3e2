import { describe, expect, it } from "vitest";
import type { ConnectStep } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import {
  BEHAVIOURS,
  type BehaviourName,
  type Filtering,
  type Host,
  type Mapping,
  messageIn,
  type Note,
  Simulator,
} from "../../src/sim/index.ts";
import { type Endpoint, type Guid, type Ip, ipOf } from "../../src/wire/index.ts";

/** Mapping and filtering of each behaviour as a whole; a public host filters nothing. */
const CLASSES: readonly [BehaviourName, Mapping | "none" | "blocked", Filtering | "blocked"][] = [
  ["public", "none", "eif"],
  ["firewall", "none", "apdf"],
  ["full-cone", "eim", "eif"],
  ["restricted-cone", "eim", "adf"],
  ["port-restricted", "eim", "apdf"],
  ["linux", "eim", "apdf"],
  ["apdm/eif", "apdm", "eif"],
  ["symmetric", "apdm", "apdf"],
  ["symmetric+sequential", "apdm", "apdf"],
  ["linux-random", "apdm", "apdf"],
  ["cgnat", "eim", "apdf"],
  ["cgnat-symmetric", "apdm", "apdf"],
  ["udp-blocked", "blocked", "blocked"],
];
type Class = (typeof CLASSES)[number];

/**
 * Whether a plain punch can succeed, both sides probing what S observed: one way suffices, the other answers to where
 * it came from. The observed endpoint is where an endpoint-independent side sends from to anybody.
 */
function canPunch(a: Class, b: Class): boolean {
  const known = ([, mapping]: Class) => mapping === "none" || mapping === "eim";
  const reaches = (from: Class, to: Class) => to[2] === "eif" || (to[2] === "adf" ? known(to) : known(from) && known(to));
  if (a[1] === "blocked" || b[1] === "blocked") return false;
  return reaches(a, b) || reaches(b, a);
}

const PAIRS = CLASSES.flatMap((a, at) => CLASSES.slice(at).map((b) => [a, b] as const));
const CHANNEL = "7b0e6f2c-3e6b-4b47-9d0d-0f7c5a1b2c3d" as Guid;

/** S public, A and B behind their boxes; A asks S for B. */
function introduce(a: Class, b: Class) {
  const simulator = new Simulator({ seed: 91, crypto: sodiumCrypto });
  const notes: Note[] = [];
  const s = simulator.add({ name: "S", rendezvous: true, bareOnly: true });
  const [hostA, hostB] = [a, b].map(([behind], at) =>
    simulator.add({ name: "AB"[at] as string, at: { behind: BEHAVIOURS[behind] }, peers: [s.endpoint()], bareOnly: true }),
  ) as [Host, Host];
  simulator.watch({ watch: (note) => void notes.push(note) });
  for (const host of simulator.hosts) host.start();
  simulator.run(2_000);
  hostA.command({ kind: "connect", ref: 1, to: addressOf(hostB, notes), via: s.endpoint() });
  const steps = () => hostA.events.flatMap((event) => (event.type === "connect" ? [event.step] : []));
  const ended = simulator.runUntil(() => steps().some((step) => step.step === "direct" || step.step === "failed"), 20_000);
  return { simulator, notes, s, hostA, hostB, ended, steps: steps() };
}

/** The address at which S hears a host; where it never does, that of its box. */
function addressOf(host: Host, notes: readonly Note[]): Ip {
  const heard = notes.find((note) => note.kind === "arrived" && note.host === "S" && note.datagram.origin === host.name);
  if (heard?.kind === "arrived") return ipOf(heard.datagram.from);
  return host.site.boxes[0]?.ownIp ?? (host.ips.get("v4") as Ip);
}

function directPeer(steps: readonly ConnectStep[]): Endpoint | null {
  const last = steps.at(-1);
  return last?.step === "direct" ? last.peer : null;
}

describe("CONNECT over a public S", () => {
  it("is expected to punch 52 of the 91 pairs", () => {
    expect(PAIRS).toHaveLength(91);
    expect(PAIRS.filter(([a, b]) => canPunch(a, b))).toHaveLength(52);
  });

  it.each(PAIRS.map(([a, b]) => [a[0], b[0], canPunch(a, b) ? "a direct path" : "a reason", a, b] as const))(
    "%s to %s ends with %s",
    (_a, _b, _end, a, b) => {
      const { simulator, notes, hostA, hostB, ended, steps } = introduce(a, b);
      expect(ended).toBe(true);
      const peer = directPeer(steps);
      expect(peer !== null).toBe(canPunch(a, b));
      if (peer === null) {
        const last = steps.at(-1);
        const reason = a[1] === "blocked" ? "no-via" : b[1] === "blocked" ? "via-silent" : "far-silent";
        expect(last).toEqual({ step: "failed", reason });
        return;
      }
      chatsDirectly(simulator, notes, hostA, hostB, peer);
    },
  );

  it("takes the seed's five steps, each with the endpoints that the seed says", () => {
    const { notes, s, hostA, hostB } = introduce(CLASSES[4] as Class, CLASSES[3] as Class);
    const legs = notes.flatMap((note) => {
      if (note.kind !== "arrived") return [];
      const message = messageIn(note.datagram);
      return message?.verb === "CONNECT"
        ? [{ from: note.datagram.origin, to: note.host, seen: note.datagram.from, body: message.body }]
        : [];
    });
    const [ask, offer, reply, answer] = legs;
    expect(legs.slice(0, 4).map((leg) => `${leg.from} to ${leg.to}`)).toEqual(["A to S", "S to B", "B to S", "S to A"]);
    const [ipA, ipB] = [addressOf(hostA, notes), addressOf(hostB, notes)];
    expect(ask?.body).toMatchObject({ dst: ipB, src: expect.stringMatching(/^\d+$/) });
    expect(offer?.body).toMatchObject({ dst: ask?.seen, src: ipB });
    expect(ipOf(ask?.seen as Endpoint)).toBe(ipA);
    expect(reply?.body).toMatchObject({ dst: ask?.seen, src: expect.stringMatching(/^\d+$/) });
    expect(answer?.body).toMatchObject({ dst: reply?.seen, src: ask?.seen });
    expect(ipOf(reply?.seen as Endpoint)).toBe(ipB);
    expect(answer?.seen).toBe(s.endpoint());
  });

  it("succeeds over links that lose a third of all datagrams, or says why not", () => {
    const reasons: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const simulator = new Simulator({ seed, crypto: sodiumCrypto });
      const s = simulator.add({ name: "S", rendezvous: true, bareOnly: true });
      const a = simulator.add({ name: "A", at: { behind: "port-restricted" }, peers: [s.endpoint()], bareOnly: true });
      const b = simulator.add({ name: "B", at: { behind: "port-restricted" }, peers: [s.endpoint()], bareOnly: true });
      for (const box of [...a.site.boxes, ...b.site.boxes]) box.link.loss = 0.18; // two links: a third is lost
      for (const host of simulator.hosts) host.start();
      simulator.run(6_000);
      a.command({ kind: "connect", ref: 1, to: b.site.boxes[0]?.ownIp as Ip, via: s.endpoint() });
      simulator.run(15_000);
      const last = a.events.flatMap((event) => (event.type === "connect" ? [event.step] : [])).at(-1);
      reasons.push(last?.step === "failed" ? last.reason : (last?.step ?? "nothing"));
    }
    expect(reasons.filter((reason) => reason === "direct").length).toBeGreaterThan(12);
    for (const reason of reasons) expect(["direct", "via-silent", "far-silent"]).toContain(reason);
  });
});

/** A MESSAGE from A is shown by B, acknowledged, and never carried by a RELAY. */
function chatsDirectly(simulator: Simulator, notes: readonly Note[], a: Host, b: Host, peer: Endpoint): void {
  const before = notes.length;
  a.command({ kind: "join", channelId: CHANNEL, name: "", at: [peer] });
  a.command({ kind: "post", id: "0123456789abcdef0123456789abcdef", channelId: CHANNEL, text: "through the hole" });
  const isDelivered = () => a.events.some((event) => event.type === "post-state" && event.state === "delivered" && event.acked === 1);
  expect(simulator.runUntil(isDelivered, 5_000)).toBe(true);
  expect(b.events.some((event) => event.type === "post" && event.text === "through the hole")).toBe(true);
  const carried = notes.slice(before).filter((note) => note.kind === "sent" && messageIn(note.datagram)?.verb === "RELAY");
  expect(carried).toEqual([]);
}
