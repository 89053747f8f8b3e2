import { beforeEach, describe, expect, test } from "vitest";
import { Presence } from "../../../src/faces/line/presence.ts";
import type { NodeEvent } from "../../../src/faces/shared/door.ts";
import { BOB, LOBBY, peer } from "../fake-node.ts";

const AT = "203.0.113.5:7667";
const BARE = "?203.0.113.5:7667";
const bob = { peer: BOB, name: "bob~0BRW" } as const;
const bare = { peer: AT, name: BARE } as const;

const up = (path: "direct" | "punched" | "relay" = "direct"): NodeEvent => ({
  type: "session-up",
  ...bob,
  endpoint: AT as never,
  nick: "bob",
  path,
});
const down = (reason: "gone" | "closed"): NodeEvent => ({ type: "session-down", ...bob, reason });
const joined = (who: typeof bob | typeof bare, channelId = LOBBY): NodeEvent => ({
  type: "member-joined",
  ...who,
  channelId: channelId as never,
  member: AT as never,
});
const left = (who: typeof bob | typeof bare, why: "left" | "expired" = "left"): NodeEvent => ({
  type: "member-left",
  ...who,
  channelId: LOBBY as never,
  member: AT as never,
  why,
});
const heard = (who: typeof bob | typeof bare): NodeEvent => ({ type: "peer-up", ...who, path: "direct" });
const silent = (who: typeof bob | typeof bare): NodeEvent => ({ type: "peer-down", ...who });

let presence: Presence;
let now: number;
beforeEach(() => {
  now = 0;
  presence = new Presence((id) => (id === LOBBY ? "#lobby" : null));
});

/** Notes events at one moment, and gives the lines of the time that follows. */
function within(ms: number, ...events: readonly NodeEvent[]): string[] {
  for (const event of events) presence.note(event, now);
  const lines: string[] = [];
  for (const end = now + ms; now < end; ) {
    now = Math.min(end, Math.max(now, presence.dueAt));
    if (presence.dueAt <= now) lines.push(...presence.take(now).map(({ text }) => text));
  }
  return lines;
}

describe("a node that comes", () => {
  test("is one line, with the channels that it joins at once", () => {
    expect(within(5_000, heard(bare), silent(bare), up(), joined(bob))).toEqual(["bob~0BRW is here, encrypted (direct), in #lobby"]);
  });

  test("is told with the way to it", () => {
    expect(within(5_000, up("relay"))).toEqual(["bob~0BRW is here, encrypted (over a relay)"]);
  });

  test("and joins later is told again, in channels of ours only", () => {
    within(5_000, up());
    expect(within(5_000, joined(bob))).toEqual(["bob~0BRW is in #lobby"]);
    expect(within(5_000, joined(bob, "99999999-2222-8333-8444-555555555555"))).toEqual([]);
  });

  test("and goes before it is told is not told", () => {
    presence.note(up(), now);
    expect(within(60_000, down("closed"))).toEqual([]);
  });

  test("is not told when it was here before we were", () => {
    presence.begin([peer({ id: BOB, kind: "full", name: "bob~0BRW" }), peer({ id: "203.0.113.9:1", live: false })], now);
    expect(within(60_000)).toEqual([]);
    expect(within(60_000, joined(bob))).toEqual(["bob~0BRW is in #lobby"]);
  });
});

describe("a node that goes", () => {
  beforeEach(() => void within(5_000, up(), joined(bob)));

  test("is one line, whatever it leaves behind", () => {
    expect(within(60_000, left(bob), silent(bob), down("closed"))).toEqual(["bob~0BRW has left"]);
  });

  test("and is back at once, as after a new start, is not told", () => {
    expect(within(60_000, down("closed"), up())).toEqual([]);
  });

  test("and comes again is told both times", () => {
    expect(within(5_000, down("closed"))).toEqual(["bob~0BRW has left"]);
    expect(within(5_000, up())).toEqual(["bob~0BRW is here, encrypted (direct)"]);
  });

  test("from a channel only is told so, and not when it merely expired there", () => {
    expect(within(5_000, left(bob))).toEqual(["bob~0BRW left #lobby"]);
    expect(within(5_000, left(bob, "expired"))).toEqual([]);
  });
});

describe("silence", () => {
  beforeEach(() => void within(5_000, up()));

  test("is told when it lasts, once, and so is its end", () => {
    expect(within(19_000, silent(bob))).toEqual([]);
    expect(within(100_000)).toEqual(["bob~0BRW is silent: nothing was heard for a while"]);
    expect(within(5_000, heard(bob))).toEqual(["bob~0BRW is back"]);
  });

  test("that is short is not told", () => {
    within(10_000, silent(bob));
    expect(within(100_000, heard(bob))).toEqual([]);
  });

  test("does not keep back what happens meanwhile", () => {
    within(1_000, silent(bob));
    expect(within(5_000, joined(bob))).toEqual(["bob~0BRW is in #lobby"]);
    expect(within(60_000)).toEqual(["bob~0BRW is silent: nothing was heard for a while"]);
  });

  test("that ends the session was told already", () => {
    within(100_000, silent(bob));
    expect(within(60_000, down("gone"))).toEqual([]);
    expect(within(5_000, up())).toEqual(["bob~0BRW is here, encrypted (direct)"]);
  });

  test("matters, like its end, only of people one talks with", () => {
    presence.note(silent(bob), now);
    expect(presence.take(now + 20_000)).toMatchObject([{ matters: false }]);
    presence.note(heard(bob), now + 20_000);
    expect(presence.take(now + 30_000)).toMatchObject([{ matters: false }]);
  });
});

describe("a bare peer", () => {
  test("is told to be not encrypted, after it had time to prove a key", () => {
    expect(within(1_500, heard(bare), joined(bare))).toEqual([]);
    expect(within(5_000)).toEqual([`${BARE} is here, not encrypted, in #lobby`]);
  });

  test("that proves a key later is that node from then on", () => {
    within(5_000, heard(bare));
    expect(within(100_000, silent(bare), up())).toEqual(["bob~0BRW is here, encrypted (direct)"]);
  });

  test("that was heard once is not told", () => {
    expect(within(60_000, heard(bare), silent(bare))).toEqual([]);
  });
});

test("nothing is due while nothing happens", () => {
  within(5_000, up());
  expect(presence.dueAt).toBe(Number.POSITIVE_INFINITY);
});

test("of very many, those met longest ago are told as if met for the first time", () => {
  for (let n = 0; n <= 4_096; n++) presence.note({ ...up(), peer: `${BOB}${n}`, name: `n~${n}` } as NodeEvent, now);
  expect(presence.take(now + 10_000)).toHaveLength(4_096);
});
