/** Two nodes that a third introduces to each other in an open channel: how long it takes until they talk. PROTOCOL.md §8.4, §11.7. */
import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/index.ts";
import { SILENCE_FAST_MS } from "../../../src/core/limits.ts";
import type { Endpoint, Guid } from "../../../src/wire/index.ts";
import { type Host, LATENCY_MS, type Sent, verbOf, World } from "../world.ts";
import { A, B, full, idOf } from "./full.ts";

const S = "203.0.113.9:7667" as Endpoint;
const S2 = "203.0.113.8:7667" as Endpoint;
const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const joins: Command = { kind: "join", channelId: LOBBY, name: "lobby", at: [] };
const post = (n: number, text: string): Command => ({ kind: "post", id: `${n}`.padStart(32, "0"), channelId: LOBBY, text });
/** From a node over S to the other and back. */
const ROUND_MS = 4 * LATENCY_MS;

/** Nothing is in their way, but A and B know only who can introduce them. All have just had their pulse. */
function trio(rendezvous = [S]) {
  const world = new World();
  const between = rendezvous.map((at, n) => full(world, at, 9 + n, { rendezvous: true }));
  const a = full(world, A, 1, { peers: rendezvous });
  const b = full(world, B, 2, { peers: rendezvous });
  world.run(501);
  return { world, a, b, between };
}

const introductionAsked = ({ bytes }: Sent) => verbOf(bytes) === "CONNECT";

function knows(host: Host, other: Host): boolean {
  return host.node?.peers(host.world.now).some(({ id }) => id === idOf(other)) === true;
}

function ways(host: Host, to: Host): string[] {
  const events = host.events.filter((event) => event.type === "session-up" || event.type === "path");
  return events.filter(({ peer }) => peer === idOf(to)).map(({ path }) => path);
}

function isDirect(a: Host, b: Host): boolean {
  return [ways(a, b), ways(b, a)].every((all) => (all.at(-1) ?? "relay") !== "relay");
}

describe("two nodes that have both just joined", () => {
  test("have the other's text and a path of their own in ten round trips, and wait for no pulse", () => {
    const { world, a, b } = trio();
    for (const [n, host] of [a, b].entries()) {
      host.command(joins);
      host.command(post(n, `from ${n}`));
    }
    world.run(10 * ROUND_MS);
    expect([a.posts(), b.posts()]).toEqual([["from 1"], ["from 0"]]);
    expect([ways(a, b)[0], ways(b, a)[0], isDirect(a, b)]).toEqual(["relay", "relay", true]);
  });

  test("lack nothing of what either said before, however the two came to know each other", () => {
    for (const first of [0, 1]) {
      const { world, a, b } = trio();
      const inOrder = first === 0 ? [a, b] : [b, a];
      for (const [n, host] of inOrder.entries()) {
        host.command(joins);
        host.command(post(n, `from ${n}`));
        world.run(2_001);
      }
      expect(inOrder.map((host) => host.posts())).toEqual([["from 1"], ["from 0"]]);
    }
  });

  test("ask for an introduction only when they hold a session", () => {
    const { world, a, b } = trio();
    const asked: Sent[] = [];
    world.loses = (sent) => {
      if (introductionAsked(sent) && !knows(a, b) && !knows(b, a)) asked.push(sent);
      return false;
    };
    for (const host of [a, b]) host.command(joins);
    world.run(5_000);
    expect(asked).toEqual([]);
    expect(isDirect(a, b)).toBe(true);
  });

  test("have a path of their own too where two nodes can introduce them", () => {
    const { world, a, b } = trio([S, S2]);
    for (const host of [a, b]) host.command(joins);
    world.run(2_000);
    expect(isDirect(a, b)).toBe(true);
  });

  test("go on over the second of two relays when the first is gone", () => {
    const { world, a, b, between } = trio([S, S2]);
    world.loses = ({ from, to }) => ![S, S2].some((at) => [from, to].includes(at));
    for (const host of [a, b]) host.command(joins);
    world.run(10_000);
    const used = a.node?.peers(world.now).find(({ id }) => id === idOf(b))?.via;
    world.crash(between[used === S ? 0 : 1] as Host);
    a.command(post(1, "over the other"));
    world.run(SILENCE_FAST_MS + 1_000);
    expect(b.posts()).toEqual(["over the other"]);
    expect(b.saw("session-down")).toEqual([]);
  });
});
