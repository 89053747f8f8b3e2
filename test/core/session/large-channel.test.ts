/** Whom a node meets of the members that others announce in an open channel. PROTOCOL.md §8.4, §13.11. */
import { describe, expect, test } from "vitest";
import { DEGREE, MESH_MAX } from "../../../src/core/log/limits.ts";
import type { Endpoint, Guid } from "../../../src/wire/index.ts";
import { Insider } from "../routing/insider.ts";
import { at, HELLO, join, joins, say } from "../said.ts";
import { type Host, World } from "../world.ts";
import { A, full } from "./full.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
/** Of one list: more do not fit what the member says in one piece. */
const LIST = 24;

/** A node in the channel, and a member that it holds a session with. */
function meeting(): { readonly world: World; readonly a: Host; readonly member: Insider } {
  const world = new World();
  const a = full(world, A, 1);
  world.run(501);
  a.command(joins([], LOBBY));
  const member = new Insider(world, "203.0.113.9:7667", a, 7);
  member.say(join({ channel_id: LOBBY }));
  world.run(500);
  return { world, a, member };
}

const crowd = (from: number, count: number) => Array.from({ length: count }, (_, at) => `198.51.100.${from + at}:7667` as Endpoint);

function announce(member: Insider, members: readonly Endpoint[], size?: number): void {
  const said = size === undefined ? {} : { size };
  member.say(say("CHANNEL", { channel_id: LOBBY, members: members.map((address) => ({ address })), ptp: { member: true, ...said } }));
}

/** Those that the node wants to be brought to, by the member that announced them. */
function metOver(member: Insider): Set<string> {
  return new Set(member.heard("RELAY").map(({ dst }) => dst ?? ""));
}

describe("of members that are announced", () => {
  test("all are met while the channel is small", () => {
    const { world, member } = meeting();
    announce(member, crowd(1, LIST));
    world.run(1_000);
    expect(metOver(member)).toEqual(new Set(crowd(1, LIST)));
  });

  test("a dozen are met where it is said to be large, the announcer among them, and not always the first of the list", () => {
    const { world, member } = meeting();
    announce(member, crowd(1, LIST), MESH_MAX + 1);
    world.run(1_000);
    expect(metOver(member).size).toBe(DEGREE - 1);
    expect(metOver(member)).not.toEqual(new Set(crowd(1, DEGREE - 1)));
  });

  test("no more are met when others announce more of them, and do not know how large it is", () => {
    const { world, member } = meeting();
    announce(member, crowd(1, LIST), MESH_MAX + 1);
    for (let list = 0; list < 4; list++) announce(member, crowd(1 + LIST * list, LIST));
    world.run(1_000);
    expect(metOver(member).size).toBe(DEGREE - 1);
  });

  test("a dozen are met where more were announced than a small one has", () => {
    const { world, member } = meeting();
    for (let list = 0; list < 3; list++) announce(member, crowd(1 + LIST * list, LIST));
    world.run(1_000);
    const before = metOver(member).size;
    announce(member, crowd(1 + 3 * LIST, LIST));
    world.run(1_000);
    expect([before, metOver(member).size]).toEqual([2 * LIST, 2 * LIST]);
  });

  test("all are met though somebody who proves nothing says that it is large", () => {
    const { world, a, member } = meeting();
    const liar = world.bare(at(50));
    liar.send(a.endpoint, HELLO);
    liar.send(a.endpoint, say("CHANNEL", { channel_id: LOBBY, members: [], ptp: { member: true, size: 1_000 } }));
    world.run(500);
    announce(member, crowd(1, LIST));
    world.run(1_000);
    expect(metOver(member)).toEqual(new Set(crowd(1, LIST)));
  });

  test("others are met in the place of those that were not there", () => {
    const { world, member } = meeting();
    announce(member, crowd(1, LIST), MESH_MAX + 1);
    for (let second = 0; second < 30; second++) {
      member.hello();
      world.run(1_000);
    }
    announce(member, crowd(101, LIST), MESH_MAX + 1);
    world.run(1_000);
    expect(metOver(member).size).toBe(2 * (DEGREE - 1));
  });
});
