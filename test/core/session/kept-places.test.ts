/** Whom a node calls when it is started anew: those it reached itself, whoever else was around. PROTOCOL.md §17.5. */
import { describe, expect, test } from "vitest";
import type { NodeConfig, Restored, StoredMember } from "../../../src/core/index.ts";
import type { Endpoint } from "../../../src/wire/index.ts";
import { joins, LOBBY, posts } from "../said.ts";
import { type Host, World } from "../world.ts";
import { A, B, full, idOf } from "./full.ts";

const S = "203.0.113.9:7667" as Endpoint;

/** What a host's store has of members. */
function kept(host: Host): Endpoint[] {
  const places = new Set<Endpoint>();
  for (const change of host.saves.flatMap(({ changes }) => changes)) {
    if (change.kind === "member") places.add(change.member.endpoint);
    if (change.kind === "member-gone") places.delete(change.endpoint);
  }
  return [...places];
}

/** The host with what its store has, and nothing configured. */
function again(world: World, host: Host, seed: number, config: Partial<NodeConfig> = {}): Host {
  const members = kept(host).map((endpoint): StoredMember => ({ channelId: LOBBY, endpoint, heardAt: 1 }));
  const restored: Restored = { channels: [{ id: LOBBY, name: "lobby", mode: "bare", joinedAt: 0 }], members, logs: [], recent: [] };
  world.crash(host);
  return full(world, host.endpoint, seed, { restored, ...config });
}

function hears(from: Host, to: Host, n: number): boolean {
  from.command(posts(n, `text ${n}`));
  from.world.run(2_000);
  return to.posts().includes(`text ${n}`);
}

describe("after a new start a node calls", () => {
  test("the rendezvous that it joined at, over which alone it finds the others", () => {
    const world = new World();
    world.loses = ({ from, to }) => ![from, to].some((at) => at.startsWith("203.0.113.9:"));
    full(world, S, 9, { rendezvous: true });
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    for (const host of [a, b]) host.command(joins([S]));
    world.run(5_000);
    expect(kept(a)).toEqual([S]);
    const anew = again(world, a, 1);
    world.run(10_000);
    expect(hears(b, anew, 1)).toBe(true);
  });

  test("a member that had ended for the day, and whom nobody else knows", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    a.command(joins([B]));
    b.command(joins());
    world.run(3_000);
    b.command({ kind: "shutdown" });
    world.run(1_000);
    expect(kept(a)).toEqual([B]);
    world.crash(b);
    const anew = again(world, a, 1);
    const back = full(world, B, 2);
    back.command(joins());
    world.run(5_000);
    expect(hears(back, anew, 1)).toBe(true);
  });

  test("nobody who says that it is a member no more", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    b.command(joins());
    world.run(10);
    a.command(joins());
    a.command({ kind: "connect", ref: 1, to: B, via: null });
    world.run(3_000);
    expect(kept(a)).toEqual([B]);
    b.command({ kind: "leave", channelId: LOBBY });
    world.run(70_000);
    expect(kept(a)).toEqual([]);
  });

  test("a member where it was met last", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    a.command(joins([B]));
    b.command(joins());
    world.run(3_000);
    const elsewhere = "192.0.2.77:7667" as Endpoint;
    b.move(elsewhere);
    b.step({ kind: "network" });
    world.run(120_000);
    expect(kept(a)).toEqual([elsewhere]);
  });

  test("two of a crowd at the addresses of one holder, and each of the others", () => {
    const world = new World();
    const a = full(world, A, 1);
    a.command(joins());
    const places = [21, 22, 23, 24, 25].map((n) => `192.0.2.${n}:7667`);
    const others = ["198.51.100.1:7667", "198.51.101.1:7667"];
    for (const [n, place] of [...places, ...others].entries()) full(world, place, 20 + n, { peers: [A] }).command(joins());
    world.run(5_000);
    expect(kept(a).sort()).toEqual([...places.slice(0, 2), ...others].sort());
    expect(a.node?.members(LOBBY, world.now)).toHaveLength(7);
  });

  test("every contact, and every place that the user joined at, whatever the crowd there", () => {
    const world = new World();
    const friends = new Set<string>();
    const a = full(world, A, 1, { contacts: { has: (id) => friends.has(id), all: () => friends } });
    const crowd = [21, 22, 23].map((n) => full(world, `192.0.2.${n}:7667`, n, { peers: [A] }));
    const friend = full(world, "192.0.2.40:7667", 40, { peers: [A] });
    const named = full(world, "192.0.2.50:7667", 50);
    friends.add(idOf(friend));
    for (const host of crowd) host.command(joins());
    a.command(joins());
    world.run(3_000);
    for (const host of [friend, named]) host.command(joins());
    a.command(joins([named.endpoint]));
    world.run(3_000);
    expect(kept(a)).toEqual(expect.arrayContaining([friend.endpoint, named.endpoint]));
    expect(kept(a)).toHaveLength(4);
  });
});
