/** Two nodes that reach each other over a third only, and have nothing to say. PROTOCOL.md §11.5. */
import { describe, expect, test } from "vitest";
import { SILENCE_FAST_MS } from "../../../src/core/limits.ts";
import { isLive, newPath } from "../../../src/core/path.ts";
import type { Peer } from "../../../src/core/peer-table.ts";
import { type Endpoint, ipOf } from "../../../src/wire/index.ts";
import { joins, posts } from "../said.ts";
import { World } from "../world.ts";
import { A, B, full, idOf } from "./full.ts";

const S = "203.0.113.9:7667" as Endpoint;
const MINUTE_MS = 60_000;

/** A and B in a channel, over S; a minute has passed. */
function apart() {
  const world = new World();
  const homes = [A, B].map(ipOf);
  world.loses = ({ from, to }) => [from, to].every((each) => homes.includes(ipOf(each)));
  const s = full(world, S, 9, { rendezvous: true });
  const [a, b] = [full(world, A, 1, { peers: [S] }), full(world, B, 2, { peers: [S] })];
  world.run(1_000);
  for (const host of [a, b]) host.command(joins());
  world.run(MINUTE_MS);
  const ofB = () => a.node?.peers(world.now).find(({ id }) => id === idOf(b));
  expect(ofB()).toMatchObject({ path: "relay", live: true });
  return { world, s, a, b, ofB };
}

describe("two that are idle over a relay", () => {
  test("stay there for each other, for less than half of what HELLO every 2 s would cost", () => {
    const { world, a } = apart();
    world.run(30 * MINUTE_MS); // what is tried in vain is tried ever more rarely
    const [since, events] = [world.sent.length, a.events.length];
    world.run(10 * MINUTE_MS);
    const bytes = world.sent.slice(since).reduce((sum, { from, to, bytes }) => sum + (from === A || to === A ? bytes.length : 0), 0);
    expect(bytes / 600).toBeLessThan(180); // a second, both ways, 30 of them for S itself; it was 363
    expect(a.events.slice(events).filter(({ type }) => type === "peer-down" || type === "session-down")).toEqual([]);
  });

  test("have no patience with a way that the other end was not seen to share: what proves it may be held back there", () => {
    const relay = newPath("direct", S, 0);
    const path = newPath("relay", B, 0, relay);
    const session = { announced: false };
    path.peer = { session, paths: [path] } as unknown as Peer;
    path.heardAt = 0;
    relay.heardAt = SILENCE_FAST_MS;
    expect(isLive(path, SILENCE_FAST_MS)).toBe(false);
    session.announced = true;
    expect(isLive(path, SILENCE_FAST_MS)).toBe(true);
  });

  test("learn that the other is gone when the relay does, not when its HELLO is missed", () => {
    const { world, a, b, ofB } = apart();
    world.run(20_000); // nothing is said now that would miss its acknowledgement
    world.crash(b);
    world.run(10_000);
    expect(ofB()?.live).toBe(false);
    expect(a.saw("peer-down").at(-1)).toMatchObject({ peer: idOf(b) });
  });

  test("are not parted by a relay that says so, as long as it carries", () => {
    const { world, s, a, b, ofB } = apart();
    const hears = world.loses;
    world.loses = (sent) => (sent.from === B && sent.to === S && world.now % 12_000 < 8_000) || hears(sent); // S misses B now and then
    world.run(3 * MINUTE_MS);
    expect(s.saw("peer-down").map(({ peer }) => peer)).toContain(idOf(b));
    world.loses = hears;
    world.run(10_000);
    expect(ofB()?.live).toBe(true);
    b.command(posts(1, "still here"));
    world.run(1_000);
    expect(a.posts()).toEqual(["still here"]);
    expect(a.saw("session-down")).toEqual([]);
  });
});
