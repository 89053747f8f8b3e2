/** Row 37: who has others carry for it without end, or without having anything to do with them. */
import { describe, expect, test } from "vitest";
import { PAIR_BYTES_BURST, PAIR_BYTES_PER_SECOND } from "../../../../src/core/limits.ts";
import { CarryBudget } from "../../../../src/core/routing/carry-budget.ts";
import { base64 } from "../../../../src/wire/index.ts";
import { Insider } from "../../routing/insider.ts";
import { contactsOf } from "../../routing/net.ts";
import { joins, posts, say } from "../../said.ts";
import { World } from "../../world.ts";
import { full, idOf } from "../full.ts";

const R = "198.51.100.1:7667";
const A = "198.51.100.2:7667";
const D = "198.51.100.3:7667";

/** A and D talk over R, and hear each other no other way; whoever is of `192.0.2.` reaches R. */
function world() {
  const world = new World();
  const r = full(world, R, 1);
  const contacts = contactsOf(() => [idOf(a), idOf(d)]);
  const a = full(world, A, 2, { peers: [r.endpoint], contacts: { has: (id) => contacts.has(id), all: () => contacts.all() } });
  const d = full(world, D, 3, { peers: [r.endpoint], contacts: { has: (id) => contacts.has(id), all: () => contacts.all() } });
  world.loses = ({ from, to }) => from !== r.endpoint && to !== r.endpoint;
  for (const host of [r, a, d]) host.command(joins());
  world.run(10_000);
  return { world, r, a, d };
}

const frame = base64(Uint8Array.of(0xf8, ...new Uint8Array(600)));

describe("row 37: at a relay", () => {
  test("a stranger has nothing carried, to a member or from one", () => {
    const { world: net, r, a } = world();
    const stranger = new Insider(net, "192.0.2.1:6666", r, 60);
    const member = new Insider(net, "192.0.2.2:6666", r, 61).enter();
    net.run(100);
    const before = r.node?.counters().sent.RELAY ?? 0;
    for (let n = 0; n < 50; n++) {
      stranger.loose(say("RELAY", { dst: idOf(a), ttl: 2, d: frame }));
      stranger.loose(say("RELAY", { dst: member.id, ttl: 2, d: frame }));
      stranger.loose(say("RELAY", { dst: member.id, src: idOf(a), ttl: 2, d: frame })); // it passes for a relay before this one
      member.loose(say("RELAY", { dst: stranger.id, ttl: 2, d: frame }));
    }
    expect(r.node?.counters().sent.RELAY ?? 0).toBe(before);
    expect(r.dropped("relay-stranger")).toBe(200);
    net.run(100);
    expect(member.heard("RELAY").filter(({ ttl }) => ttl !== undefined)).toEqual([]);
  });

  test("a pair that wants more is cut, and the talk of others goes on", () => {
    const { world: net, r, a, d } = world();
    const [x, y] = [61, 62].map((seed, n) => new Insider(net, `192.0.2.${n + 1}:6666`, r, seed).enter()) as [Insider, Insider];
    const [v, w] = [63, 64].map((seed, n) => new Insider(net, `192.0.2.${n + 3}:6666`, r, seed).enter()) as [Insider, Insider];
    net.run(1_000);
    const loud = say("RELAY", { dst: y.id, ttl: 2, d: frame });
    for (let second = 1; second <= 10; second++) {
      for (const each of [x, y, v, w]) each.hello();
      for (let n = 0; n < 1_000; n++) x.loose(loud);
      for (let n = 0; n < 100; n++) v.loose(say("RELAY", { dst: w.id, ttl: 2, d: frame }));
      a.command(posts(second, `text ${second}`));
      const at = net.now;
      while (d.posts().length < second && net.now - at < 1_000) net.run(5);
      expect(net.now - at).toBeLessThan(100);
      net.run(at + 1_000 - net.now);
    }
    const wanted = 10_000;
    const allowed = (PAIR_BYTES_BURST + 10 * PAIR_BYTES_PER_SECOND) / JSON.stringify(loud).length;
    expect(r.dropped("relay-budget")).toBeGreaterThan(wanted - allowed - 200);
    expect(r.drops.filter(({ reason, from }) => reason === "relay-budget" && from === v.host.endpoint)).toEqual([]);
    expect(d.posts()).toHaveLength(10);
  });

  test("the blocked have nothing carried either", () => {
    const net = new World();
    const blocked: string[] = [];
    const r = full(net, R, 1, { quiet: { of: (id) => (blocked.includes(id) ? "blocked" : null) } });
    r.command(joins());
    const [x, y] = [61, 62].map((seed, n) => new Insider(net, `192.0.2.${n + 1}:6666`, r, seed).enter()) as [Insider, Insider];
    net.run(100);
    x.loose(say("RELAY", { dst: y.id, ttl: 2, d: frame }));
    blocked.push(x.id);
    x.loose(say("RELAY", { dst: y.id, ttl: 2, d: frame }));
    net.run(100);
    expect([y.heard("RELAY").length, r.dropped("relay-stranger")]).toEqual([1, 1]);
  });
});

describe("a budget", () => {
  const load = (from: string, src: string, dst: string, bytes = 1_000, forContact = false) => ({ from, src, dst, bytes, forContact });

  /** Loads taken of so many wanted at once. */
  function takenOf(budget: CarryBudget, wanted: number, of: (n: number) => ReturnType<typeof load>): number {
    return Array.from({ length: wanted }, (_, n) => budget.take(of(n), 0)).filter((taken) => taken).length;
  }

  test("is one for both directions of a pair, and fills up again", () => {
    const budget = new CarryBudget(0);
    const burst = Math.floor(PAIR_BYTES_BURST / 1_000);
    expect(takenOf(budget, 2_000, (n) => (n % 2 ? load("r", "a", "b") : load("q", "b", "a")))).toBe(burst);
    expect(budget.take(load("r", "a", "c"), 0)).toBe(true);
    expect(budget.take(load("r", "a", "b"), 10_000)).toBe(true);
  });

  test("of one that invents whom it relays for is its own", () => {
    const budget = new CarryBudget(0);
    const taken = takenOf(budget, 10_000, (n) => load("liar", `src ${n}`, "b"));
    expect(taken).toBeLessThan(4_200);
    expect(budget.take(load("r", "a", "b"), 0)).toBe(true);
  });

  test("of contacts is there when a crowd of members has used up theirs", () => {
    const budget = new CarryBudget(0);
    takenOf(budget, 20_000, (n) => load(`m ${n % 50}`, `m ${n % 50}`, "b"));
    expect(budget.take(load("m 99", "m 99", "c"), 0)).toBe(false);
    expect(budget.take(load("friend", "friend", "c", 1_000, true), 0)).toBe(true);
  });
});
