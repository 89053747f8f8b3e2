/** Nodes that hold sessions with a relay, and reach each other over it. */
import { describe, expect, test } from "vitest";
import { joins, LOBBY } from "../said.ts";
import { type Host, World } from "../world.ts";
import { A, B, full, plainVerbs } from "./full.ts";

const S = "203.0.113.9:7667";

/** A and B know only S, and nothing passes between them directly. */
function trio() {
  const world = new World();
  const s = full(world, S, 9, { rendezvous: true });
  const a = full(world, A, 1, { peers: [s.endpoint] });
  const b = full(world, B, 2, { peers: [s.endpoint] });
  const addresses = [a, b].map((host) => host.ip);
  world.loses = ({ from, to }) => addresses.every((ip) => [from, to].some((endpoint) => endpoint.startsWith(`${ip}:`)));
  return { world, s, a, b };
}

function reaches(host: Host, world: World): string[] | undefined {
  return host.node?.members(LOBBY, world.now).map((member) => member.state);
}

describe("two nodes behind a relay that they hold sessions with", () => {
  test("say nothing in the clear to it, not even to find each other", () => {
    const { world, a, b } = trio();
    world.run(500);
    const since = world.sent.length;
    for (const host of [a, b]) host.command(joins());
    world.run(5_000);
    expect([reaches(a, world), reaches(b, world)]).toEqual([["relay"], ["relay"]]);
    expect(plainVerbs(world, since).filter((verb) => verb !== "CONNECT" && verb !== "HELLO")).toEqual([]);
  });
});
