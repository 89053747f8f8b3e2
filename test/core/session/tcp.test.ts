/** Sessions over TCP, in virtual time: when a connection is opened, what travels on it, and how data moves to UDP and back. PROTOCOL.md §18. */
import { describe, expect, test } from "vitest";
import { decode, type Endpoint, isFrame } from "../../../src/wire/index.ts";
import { LOBBY, posts } from "../said.ts";
import { type Host, World } from "../world.ts";
import { A, B, full, idOf } from "./full.ts";

interface Met {
  readonly world: World;
  readonly a: Host;
  readonly b: Host;
}

/** A has configured B, or is to call it; UDP between the two is lost as long as `blocked`. */
function apart(config: { peers?: Endpoint[]; tcp?: boolean } = {}): Met & { blocked: boolean } {
  const world = new World();
  const b = full(world, B, 2, { tcp: true });
  const met = { world, b, a: b, blocked: true };
  world.loses = () => met.blocked;
  met.a = full(world, A, 1, { peers: [B], tcp: true, ...config });
  return met;
}

function pathOf(of: Host, to: Host): string | undefined {
  return of.node?.peers(of.world.now).find(({ id }) => id === idOf(to))?.path;
}

describe("a session over TCP", () => {
  test("comes about within 2 s where UDP does not get through, and says what it goes over", () => {
    const { world, a, b } = apart();
    world.run(1_700);
    expect(world.tcp.calls).toEqual([]);
    world.run(500);
    expect(world.tcp.calls).toHaveLength(1);
    expect(a.saw("session-up")).toMatchObject([{ peer: idOf(b), endpoint: B, path: "tcp" }]);
    expect(b.saw("session-up")).toMatchObject([{ peer: idOf(a), path: "tcp" }]);
    expect([pathOf(a, b), pathOf(b, a)]).toEqual(["tcp", "tcp"]);
    expect(a.node?.peers(world.now)).toHaveLength(1); // the configured endpoint is this node, not another one beside it
  });

  test("is not sought where UDP works, nor where TCP is off at either end", () => {
    const { world } = Object.assign(apart(), { blocked: false });
    world.run(60_000);
    const met = apart();
    met.blocked = false;
    met.world.run(60_000);
    expect(met.world.tcp.calls).toEqual([]);
    const off = apart({ tcp: false });
    off.world.run(60_000);
    expect(off.world.tcp.calls).toEqual([]);
  });

  test("carries handshake and frames, and nothing of the bare plane", () => {
    const { world, a, b } = apart();
    joined(a, b);
    world.run(5_000);
    for (let n = 1; n <= 5; n++) a.command(posts(n, `text ${n}`));
    world.run(1_000);
    expect(b.posts()).toEqual(["text 1", "text 2", "text 3", "text 4", "text 5"]);
    expect(a.saw("post-state").filter(({ state }) => state === "delivered")).toHaveLength(5);
    const plain = world.tcp.carried.filter(({ bytes }) => !isFrame(bytes)).map(({ bytes }) => decode(bytes));
    expect(plain.map((each) => each.ok && each.message.verb)).toEqual(["GETCERTIFICATE", "CERTIFICATE", "CERTIFICATE"]);
  });

  test("renews its keys over TCP, and lasts", () => {
    const { world, a, b } = apart();
    joined(a, b);
    world.run(3_000);
    for (let n = 1; n <= 40; n++) {
      a.command(posts(n, `text ${n}`));
      world.run(10_000);
    }
    expect(b.posts()).toHaveLength(40);
    expect(a.saw("session-down")).toEqual([]);
    expect(world.tcp.calls).toHaveLength(1);
  });

  test("moves to UDP when that gets through, and the connection is let go; back when it does not; no text is lost or doubled", () => {
    const met = apart();
    const { world, a, b } = met;
    joined(a, b);
    world.run(3_000);
    let n = 0;
    const talk = (seconds: number) => {
      for (let s = 0; s < seconds; s++) {
        a.command(posts(++n, `a ${n}`));
        b.command(posts(1_000 + n, `b ${n}`));
        world.run(1_000);
      }
    };
    talk(5);
    met.blocked = false;
    a.step({ kind: "network" }); // else it is tried when its time comes
    talk(15);
    expect([pathOf(a, b), pathOf(b, a)]).toEqual(["direct", "direct"]);
    expect([world.tcp.count(a), world.tcp.count(b)]).toEqual([0, 0]);
    met.blocked = true;
    talk(20);
    expect([pathOf(a, b), pathOf(b, a)]).toEqual(["tcp", "tcp"]);
    met.blocked = false;
    talk(120);
    expect([pathOf(a, b), pathOf(b, a)]).toEqual(["direct", "direct"]);
    world.run(5_000);
    expect(b.posts()).toEqual(Array.from({ length: n }, (_, at) => `a ${at + 1}`));
    expect(a.posts()).toEqual(Array.from({ length: n }, (_, at) => `b ${at + 1}`));
    expect(a.saw("session-down")).toEqual([]);
  });

  test("tries UDP anew by itself, seldom", () => {
    const met = apart();
    const { world, a, b } = met;
    world.run(3_000);
    const since = world.sent.length;
    world.run(3_600_000);
    const tried = world.sent.slice(since).filter(({ from }) => from === A);
    expect(tried.length).toBeGreaterThan(5);
    expect(tried.reduce((sum, { bytes }) => sum + bytes.length, 0) / 3_600).toBeLessThan(40); // bytes a second
    expect(world.sent.slice(since).filter(({ from }) => from === B)).toEqual([]);
    met.blocked = false;
    world.run(310_000);
    expect([pathOf(a, b), pathOf(b, a)]).toEqual(["direct", "direct"]);
  });

  test("is built anew when its connection breaks, or dies in silence", () => {
    const { world, a, b } = apart();
    joined(a, b);
    world.run(5_000);
    a.command(posts(1, "before a reset"));
    world.run(2);
    world.tcp.reset(a);
    world.run(3_000);
    expect(b.posts()).toEqual(["before a reset"]);
    world.tcp.isCut = true;
    world.run(1_000);
    a.command(posts(2, "into silence"));
    world.run(3_000);
    world.tcp.isCut = false; // the old connection stays dead: what was on its way is lost, and whoever held it has let go
    world.run(25_000);
    expect(b.posts()).toEqual(["before a reset", "into silence"]);
    expect(a.saw("session-down")).toEqual([]);
  });

  test("begins where the user says connect, and connect says so", () => {
    const met = apart({ peers: [] });
    const { world, a, b } = met;
    a.command({ kind: "connect", ref: 7, to: B, via: null });
    world.run(4_000);
    expect(a.saw("connect").map(({ step }) => step)).toMatchObject([{ step: "hello" }, { step: "direct", peer: B, path: "tcp" }]);
    expect(pathOf(a, b)).toBe("tcp");
    a.command({ kind: "connect", ref: 8, to: B, via: null });
    world.run(10);
    expect(a.saw("connect").at(-1)).toMatchObject({ ref: 8, step: { step: "direct", path: "tcp" } });
    world.run(60_000);
    expect(pathOf(a, b)).toBe("tcp");
  });

  test("ends when the other end says goodbye, and comes back when that is back", () => {
    const { world, a, b } = apart();
    world.run(3_000);
    b.command({ kind: "shutdown" });
    world.run(100);
    expect(a.saw("session-down")).toMatchObject([{ peer: idOf(b), reason: "closed" }]);
    world.crash(b);
    world.run(20_000);
    const again = full(world, B, 2, { tcp: true });
    world.run(90_000);
    expect(pathOf(a, again)).toBe("tcp");
  });
});

describe("a TCP connection that fails", () => {
  test.each([
    ["refused", "tcp-refused"],
    ["silent", "tcp-silent"],
  ] as const)("%s: it is noted, and tried again less and less often", (answer, outcome) => {
    const { world, a } = apart();
    world.tcp.answer = () => answer;
    world.run(3_600_000);
    const gaps = world.tcp.calls.slice(1).map(({ at }, n) => at - (world.tcp.calls[n]?.at ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(5_000);
    expect(gaps.length).toBeLessThan(25);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(300_000);
    const trials = [...(a.node?.reach(world.now) ?? [])].flatMap((each) => each.trials).filter(({ kind }) => kind === "tcp");
    expect(trials[0]).toMatchObject({ endpoint: B, outcome });
  });

  test("is tried anew at once where the network has changed", () => {
    const { world, a, b } = apart();
    world.tcp.answer = () => "refused";
    world.run(600_000);
    world.tcp.answer = () => "passes";
    a.step({ kind: "network" });
    world.run(1_000);
    expect(pathOf(a, b)).toBe("tcp");
  });

  test("towards many places at a time: so many are under way, and the others wait", () => {
    const world = new World();
    world.loses = () => true;
    world.tcp.answer = () => "silent";
    const peers = Array.from({ length: 40 }, (_, n) => `198.51.100.${n + 1}:7667` as Endpoint);
    full(world, A, 1, { peers, tcp: true });
    world.run(9_000);
    expect(world.tcp.calls).toHaveLength(16);
    world.run(60_000);
    expect(new Set(world.tcp.calls.map(({ to }) => to)).size).toBe(40);
  });
});

function joined(...hosts: Host[]): void {
  for (const host of hosts) host.command({ kind: "join", channelId: LOBBY, name: "", at: [] });
}
