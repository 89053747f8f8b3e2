/** Nodes of one network that heard of each other, and what somebody who lies on that network can make of it. PROTOCOL.md §14. */
import { describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/core/index.ts";
import { CANDIDATE_AGAIN_MS, CANDIDATES_KEPT_MAX, CANDIDATES_PER_ADDRESS, CANDIDATES_PER_MINUTE } from "../../../src/core/limits.ts";
import type { Endpoint } from "../../../src/wire/index.ts";
import { FakeCertificates } from "../fake-certificates.ts";
import { connects, HELLO, joins, LOBBY } from "../said.ts";
import { type Host, type Sent, World } from "../world.ts";
import { full, idOf, plainVerbs } from "./full.ts";

const home = (n: number, port = 7_667) => `192.168.1.${n}:${port}` as Endpoint;
/** The bytes of one dial that nobody answers: four copies of the first message. */
const DIAL_BYTES = 4 * 1_200;

function nodeAt(world: World, n: number, config: Partial<NodeConfig> = {}): Host {
  return full(world, home(n), n, config);
}

/** Lets in only whom a CA has certified: nobody here. */
function pinning(): FakeCertificates {
  const certificates = new FakeCertificates();
  certificates.pinned = true;
  return certificates;
}

function hears(host: Host, ...endpoints: string[]): void {
  for (const endpoint of endpoints) host.step({ kind: "candidate", endpoint: endpoint as Endpoint });
}

function neighbours(): { world: World; a: Host; b: Host } {
  const world = new World();
  return { world, a: nodeAt(world, 1), b: nodeAt(world, 2) };
}

function bytesTo(world: World, fits: (sent: Sent) => boolean): number {
  return world.sent.filter(fits).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

describe("a node that is heard of", () => {
  test("is dialled, and known by its key and by how it was found", () => {
    const { world, a, b } = neighbours();
    hears(a, b.endpoint);
    world.run(100);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: idOf(b), kind: "full", found: "lan", live: true, configured: false }]);
    expect(b.node?.peers(world.now)).toMatchObject([{ id: idOf(a), kind: "full", found: "came", live: true }]);
    expect(plainVerbs(world)).toEqual(["GETCERTIFICATE", "CERTIFICATE", "CERTIFICATE"]);
  });

  test("that called first is found as well once it is heard of, and not dialled again", () => {
    const { world, a, b } = neighbours();
    hears(a, b.endpoint);
    world.run(100);
    const since = world.sent.length;
    hears(b, a.endpoint, a.endpoint);
    world.run(100);
    expect(b.node?.peers(world.now)).toMatchObject([{ id: idOf(a), found: "lan" }]);
    expect(plainVerbs(world, since)).toEqual([]);
  });

  test("at both ends at once becomes one session", () => {
    const { world, a, b } = neighbours();
    hears(a, b.endpoint);
    hears(b, a.endpoint);
    world.run(1_000);
    for (const host of [a, b]) expect(host.node?.sessions()).toHaveLength(1);
    for (const host of [a, b]) expect(host.saw("session-up")).toHaveLength(1);
  });

  test.each(["before", "after"])("is told of the channels that were joined %s that", (when) => {
    const { world, a, b } = neighbours();
    if (when === "before") for (const host of [a, b]) host.command(joins());
    hears(a, b.endpoint);
    world.run(100);
    if (when === "after") for (const host of [a, b]) host.command(joins());
    world.run(2_000);
    expect(a.node?.members(LOBBY, world.now)).toMatchObject([{ nodeId: idOf(b), state: "live" }]);
    expect(b.node?.members(LOBBY, world.now)).toMatchObject([{ nodeId: idOf(a), state: "live" }]);
    expect(plainVerbs(world)).not.toContain("JOIN");
  });

  test("is told of a channel in which others are known already", () => {
    const { world, a, b } = neighbours();
    const c = nodeAt(world, 3);
    c.command(joins());
    hears(a, b.endpoint, c.endpoint);
    world.run(500);
    a.command(joins());
    world.run(500);
    b.command(joins());
    world.run(2_000);
    expect(b.node?.members(LOBBY, world.now).map(({ nodeId }) => nodeId)).toContain(idOf(a));
  });

  test("stays a peer while nothing is said, and is not called at its address once it is gone", () => {
    const { world, a, b } = neighbours();
    hears(a, b.endpoint);
    world.run(60_000);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: idOf(b), live: true }]);
    world.crash(b);
    world.run(240_000);
    const since = world.sent.length;
    world.run(300_000);
    expect(a.node?.peers(world.now)).toEqual([]);
    expect(world.sent.slice(since)).toEqual([]);
  });

  test("and was refused is no news: the user did not ask for it", () => {
    const world = new World();
    const a = nodeAt(world, 1, { certificates: pinning() });
    const b = nodeAt(world, 2);
    hears(a, b.endpoint);
    world.run(60_000);
    expect(a.dropped("not-certified")).toBeGreaterThan(0);
    expect(a.saw("session-refused")).toEqual([]);
  });

  test("is the user's own when he names it as well", () => {
    const { world, a, b } = neighbours();
    hears(a, b.endpoint);
    world.run(100);
    a.command(connects(b.endpoint));
    world.run(100);
    expect(a.saw("connect").at(-1)).toMatchObject({ step: { step: "direct" } });
  });
});

describe("somebody who lies on the network", () => {
  test.each([
    ["a public address", "203.0.113.9:7667"],
    ["a public address of IPv6", "[2001:db8::9]:7667"],
    ["loopback", "127.0.0.1:7667"],
    ["a group", "239.255.76.67:7667"],
    ["everybody", "255.255.255.255:7667"],
    ["a service", "192.168.1.9:53"],
  ])("cannot aim it at %s", (_, place) => {
    const world = new World();
    const a = nodeAt(world, 1);
    hears(a, place);
    world.run(5_000);
    expect(a.dropped("candidate-scope")).toBe(1);
    expect(world.sent).toEqual([]);
  });

  test("makes it say four first messages to a place where nobody is, and no HELLO", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    hears(a, home(9));
    world.run(15_000);
    expect(plainVerbs(world)).toEqual(["GETCERTIFICATE", "GETCERTIFICATE", "GETCERTIFICATE", "GETCERTIFICATE"]);
    expect(a.node?.peers(world.now)).toEqual([]);
  });

  test("cannot make it call there again soon, and ever less often", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    for (let second = 0; second < 600; second++) {
      hears(a, home(9));
      world.run(1_000);
    }
    const dials = world.sent.filter(({ text }) => text.includes("GETCERTIFICATE")).map(({ at }) => Math.floor(at / CANDIDATE_AGAIN_MS));
    expect([...new Set(dials)]).toEqual([0, 1, 3, 7, 15]);
  });

  test("with all addresses of the network gets as many dials as are allowed in a minute", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    for (let n = 2; n < 250; n++) hears(a, home(n));
    world.run(3_000);
    expect(bytesTo(world, ({ from }) => from === a.endpoint)).toBeLessThanOrEqual(CANDIDATES_PER_MINUTE * DIAL_BYTES);
    expect(new Set(world.sent.map(({ to }) => to)).size).toBe(CANDIDATES_PER_MINUTE);
    expect(a.dropped("candidate-rate")).toBe(248 - CANDIDATES_PER_MINUTE);
  });

  test("with all ports of its own address leaves dials for others", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    const b = nodeAt(world, 2);
    for (let port = 2_000; port < 2_400; port++) hears(a, home(66, port));
    hears(a, b.endpoint);
    world.run(3_000);
    expect(new Set(world.sent.map(({ to }) => to).filter((to) => to.startsWith("192.168.1.66:"))).size).toBe(CANDIDATES_PER_ADDRESS);
    expect(a.node?.peers(world.now)).toMatchObject([{ id: idOf(b), kind: "full" }]);
  });

  test("with a crowd of nodes is kept to so many", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    for (let n = 2; n < CANDIDATES_KEPT_MAX + 10; n++) {
      nodeAt(world, n);
      hears(a, home(n));
      world.run(2_500);
    }
    expect(a.node?.peers(world.now).filter(({ found }) => found === "lan")).toHaveLength(CANDIDATES_KEPT_MAX);
    expect(a.dropped("candidates-full")).toBe(8);
  });

  test("gets nothing in the clear from it besides, whatever it says there", () => {
    const world = new World();
    const a = nodeAt(world, 1);
    const liar = world.bare(home(9));
    a.command(joins());
    hears(a, liar.endpoint);
    world.rhythm(liar, a.endpoint);
    world.run(1_500);
    liar.send(a.endpoint, HELLO);
    world.run(1_500);
    expect(plainVerbs(world).filter((verb) => verb === "JOIN" || verb === "MESSAGE")).toEqual([]);
  });
});

test("a neighbour that only this machine can name is named to nobody", () => {
  const world = new World();
  const a = nodeAt(world, 1);
  const b = full(world, "[fe80::2%eth0]:7667", 2);
  const c = nodeAt(world, 3);
  for (const host of [a, b, c]) host.command(joins());
  hears(a, b.endpoint, c.endpoint);
  world.run(3_000);
  expect(a.node?.members(LOBBY, world.now)).toHaveLength(2);
  expect(c.node?.routes(world.now).map(({ to }) => to)).not.toContain(b.endpoint);
  expect(c.drops).toEqual([]);
  expect(a.saves.flatMap(({ changes }) => changes.filter(({ kind }) => kind === "member"))).toEqual([]);
});
