/** A contact that is reached over relays only: looking at every datagram, our node never speaks to it at an address, and never says where it is. */
import { describe, expect, test } from "vitest";
import type { ContactNodes, PathPolicy } from "../../src/core/index.ts";
import type { Endpoint } from "../../src/wire/index.ts";
import { joins, LOBBY } from "./said.ts";
import { A, B, full, idOf } from "./session/full.ts";
import { type Host, type Sent, World } from "./world.ts";

const S = "203.0.113.9:7667" as Endpoint;
const LAN_A = "192.168.1.10:7667" as Endpoint;
const LAN_B = "192.168.1.11:7667" as Endpoint;

/** Contacts whose policies a test may change. */
function book(policies: Record<string, PathPolicy>): ContactNodes {
  return { has: (id) => id in policies, all: () => Object.keys(policies), policyOf: (id) => policies[id] ?? "direct" };
}

/** What went from one address to another, either way or one. */
const between = (world: World, from: Host, to: Host): Sent[] =>
  world.sent.filter((sent) => sent.from.startsWith(`${from.ip}:`) && sent.to.startsWith(`${to.ip}:`));

/** What `host` was told inside its session with `by`. */
function told(host: Host, by: Host): string[] {
  return host.saw("traffic").flatMap(({ direction, session, text }) => (direction === "in" && session === idOf(by) ? [text] : []));
}

function pathTo(world: World, from: Host, to: Host): string | undefined {
  return from.node?.peers(world.now).find(({ id }) => id === idOf(to))?.path;
}

/** `a` and `b` in one channel, with `s` as the peer of both; `b` is a contact of `a`'s. */
function over(policy: PathPolicy | null) {
  const world = new World();
  const policies: Record<string, PathPolicy> = {};
  const s = full(world, S, 9, { rendezvous: true });
  const b = full(world, B, 2, { peers: [S] });
  if (policy !== null) policies[idOf(b)] = policy;
  const a = full(world, A, 1, { peers: [S], contacts: book(policies) });
  for (const host of [a, b]) host.command({ kind: "tap", on: true });
  world.run(2_000);
  for (const host of [a, b]) host.command(joins([S]));
  return { world, a, b, s, policies };
}

describe("a contact over relays only", () => {
  test("is talked with, and in minutes of trying nothing of ours goes to its address, or says ours", () => {
    const { world, a, b } = over("relay");
    world.run(120_000);
    expect(pathTo(world, a, b)).toBe("relay");
    a.command({ kind: "post", id: "1".repeat(32), channelId: LOBBY, text: "hello" });
    world.run(2_000);
    expect(b.posts()).toEqual(["hello"]);
    expect(between(world, a, b)).toEqual([]);
    expect(told(b, a).filter((text) => text.includes(a.ip))).toEqual([]);
  });

  test("without that policy, the same two soon speak directly: what the test above shows is the policy's doing", () => {
    const { world, a, b } = over(null);
    world.run(20_000);
    expect(pathTo(world, a, b)).not.toBe("relay");
    expect(between(world, a, b).length).toBeGreaterThan(0);
  });

  test("that was spoken to directly is not any more, from the moment that the user says so", () => {
    const { world, a, b, policies } = over("direct");
    world.run(20_000);
    expect(pathTo(world, a, b)).not.toBe("relay");
    policies[idOf(b)] = "relay";
    a.command({ kind: "path-policy", nodeId: idOf(b) });
    const before = between(world, a, b).length;
    world.run(1_000);
    expect(pathTo(world, a, b)).toBe("relay");
    a.command({ kind: "post", id: "2".repeat(32), channelId: LOBBY, text: "still here" });
    world.run(1_000);
    expect(b.posts()).toContain("still here");
    world.run(60_000);
    expect(between(world, a, b)).toHaveLength(before);
  });

  test("that was never reached over a relay is found over whoever knows it", () => {
    const world = new World();
    full(world, S, 9, { rendezvous: true });
    const b = full(world, B, 2, { peers: [S] });
    const policies: Record<string, PathPolicy> = { [idOf(b)]: "direct" };
    const a = full(world, A, 1, { peers: [S, B], contacts: book(policies) });
    world.run(5_000);
    expect(pathTo(world, a, b)).toBe("direct");
    policies[idOf(b)] = "relay";
    a.command({ kind: "path-policy", nodeId: idOf(b) });
    world.run(1_000);
    expect(pathTo(world, a, b)).toBe("relay");
  });

  test("is not answered where a relay knows it to be, whatever it says in the clear, nor called there", () => {
    const { world, a, b } = over("relay");
    world.run(5_000);
    for (const said of ["HELLO", "GETCERTIFICATE"] as const) b.send(A, { msg_type: said });
    a.command({ kind: "connect", ref: 1, to: B, via: null });
    world.run(10_000);
    expect(between(world, a, b)).toEqual([]);
    expect(a.dropped("path-policy")).toBe(2);
    expect(a.saw("connect").at(-1)?.step).toEqual({ step: "failed", reason: "path-policy" });
  });

  test("is met by no punch, whoever of the two asks for it", () => {
    const { world, a, b } = over("relay");
    world.run(5_000);
    b.command({ kind: "connect", ref: 1, to: A, via: S });
    world.run(10_000);
    expect(between(world, a, b)).toEqual([]);
    expect(a.dropped("path-policy")).toBeGreaterThan(0);
  });

  test("is met by no punch over a rendezvous that holds no sessions either", () => {
    const world = new World();
    world.node(S, { rendezvous: true });
    const b = full(world, B, 2, { peers: [S] });
    const a = full(world, A, 1, { peers: [S], contacts: book({ [idOf(b)]: "relay" }) });
    world.run(2_000);
    for (const host of [a, b]) host.command(joins([S]));
    world.run(30_000);
    expect(a.node?.sessions().map(({ nodeId }) => nodeId)).toContain(idOf(b));
    expect(between(world, a, b)).toEqual([]);
  });

  test("that answers at an address which we called does not learn who called", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { contacts: book({ [idOf(b)]: "relay" }) });
    a.command({ kind: "connect", ref: 1, to: B, via: null });
    world.run(10_000);
    expect(b.saw("session-up")).toEqual([]);
    expect(a.dropped("path-policy")).toBeGreaterThan(0);
    expect(b.node?.sessions()).toEqual([]);
  });

  test("that calls us at an address gets no session there", () => {
    const world = new World();
    const b = full(world, B, 2, { peers: [A] });
    const a = full(world, A, 1, { contacts: book({ [idOf(b)]: "relay" }) });
    world.run(10_000);
    expect(a.node?.sessions()).toEqual([]);
    expect(a.dropped("path-policy")).toBeGreaterThan(0);
  });

  test("is not called at its address after a start: that is kept nowhere", () => {
    const world = new World();
    const b = full(world, B, 2);
    const policies: Record<string, PathPolicy> = { [idOf(b)]: "direct" };
    const a = full(world, A, 1, { peers: [B], contacts: book(policies) });
    for (const host of [a, b]) host.command(joins());
    world.run(5_000);
    expect(a.saves.flatMap((save) => save.changes)).toContainEqual(expect.objectContaining({ kind: "member" }));
    policies[idOf(b)] = "relay";
    a.command({ kind: "path-policy", nodeId: idOf(b) });
    const changes = a.saves.flatMap((save) => save.changes);
    const kept = new Set<string>();
    for (const change of changes) {
      if (change.kind === "member") kept.add(change.member.endpoint);
      if (change.kind === "member-gone") kept.delete(change.endpoint);
    }
    expect([...kept]).not.toContain(B);
  });

  test("is told no port that the gateway keeps open, and a wish to connect says why there is none", () => {
    const { world, a, b } = over("relay");
    world.run(10_000);
    a.step({ kind: "mapped", transport: "udp", endpoint: "203.0.113.77:7667" as Endpoint });
    a.command({ kind: "connect", ref: 7, to: idOf(b) as never, via: null });
    world.run(5_000);
    expect(told(b, a).filter((text) => text.includes("203.0.113.77"))).toEqual([]);
    expect(a.saw("connect").map(({ step }) => step)).toContainEqual({ step: "failed", reason: "path-policy" });
  });
});

describe("a contact on the same network only", () => {
  test("is spoken to there, and over no relay", () => {
    const world = new World();
    const b = full(world, LAN_B, 2);
    const a = full(world, LAN_A, 1, { peers: [LAN_B], contacts: book({ [idOf(b)]: "lan" }) });
    world.run(3_000);
    expect(pathTo(world, a, b)).toBe("direct");
  });

  test("is nobody at a public address, or behind a relay", () => {
    const { world, a, b } = over("lan");
    world.run(20_000);
    expect(a.node?.sessions().map(({ nodeId }) => nodeId)).not.toContain(idOf(b));
  });
});
