/** Who gets a new event from us, and who is told of it. PROTOCOL.md §13.11. */
import { describe, expect, test } from "vitest";
import {
  DEGREE,
  MESH_MAX,
  PUSH_BURST,
  PUSH_PER_SECOND,
  RUN_MAX,
  TELL_CALM_MS,
  TELL_FANOUT,
  TELL_MS,
  TELL_YOUNG_MS,
  TELLS_IN_VAIN,
  YOUNG_TREE,
} from "../../../src/core/log/limits.ts";
import { isMesh } from "../../../src/core/log/neighbours.ts";
import { addKept, type KeptRun, Spread } from "../../../src/core/log/spread.ts";
import { meetByChance } from "../../../src/sim/channels/meet-by-chance.ts";
import { Random } from "../../../src/sim/random.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { Author } from "./author.ts";

const SELF = new Author(1);
const ANNA = new Author(2);
const [B, C, D] = ["b", "c", "d"] as const;

function spread(...peers: string[]): Spread {
  const made = new Spread(SELF.id, () => 0);
  made.isMesh = false;
  for (const peer of peers) made.meet(peer);
  return made;
}

const to = (sent: readonly { to: string }[]) => sent.map((each) => each.to).sort();

describe("a new event", () => {
  test("of ours goes to all neighbours", () => {
    expect(to(spread(B, C, D).onKept([SELF.post("x")], null, 0))).toEqual([B, C, D]);
  });

  test("of another goes to those that asked for what it writes, not back, and not to its author", () => {
    const of = spread(B, C, D, ANNA.id);
    expect(of.onKept([ANNA.post("x")], B, 0)).toEqual([]);
    for (const peer of [B, C, ANNA.id]) of.onGraft(peer, [ANNA.id]);
    expect(to(of.onKept([ANNA.post("y")], B, 0))).toEqual([C]);
  });

  test("does not go to who is known to have it", () => {
    const of = spread(B, C);
    for (const peer of [B, C]) of.onGraft(peer, [ANNA.id]);
    const event = ANNA.post("x");
    of.noteHeads(C, [event]);
    expect(of.onKept([event], B, 0)).toEqual([]);
    expect(to(of.onKept([ANNA.post("y")], B, 0))).toEqual([C]);
  });

  test("stops going to who gets it from elsewhere", () => {
    const of = spread(B, C);
    of.onGraft(C, [ANNA.id]);
    of.onPrune(C, [ANNA.id]);
    expect(of.onKept([ANNA.post("x")], B, 0)).toEqual([]);
  });

  test("of one author is passed on within a budget, ours without", () => {
    const of = spread(B, C);
    of.onGraft(C, [ANNA.id]);
    let pushed = 0;
    for (let tenth = 0; tenth < 100; tenth++) {
      for (let count = 0; count < 100; count++) pushed += of.onKept([ANNA.post("x")], B, 100 * tenth).length;
    }
    expect(pushed).toBeGreaterThanOrEqual(PUSH_BURST);
    expect(pushed).toBeLessThanOrEqual(PUSH_BURST + 10 * PUSH_PER_SECOND);
    for (let count = 0; count < 1_000; count++) expect(of.onKept([SELF.post("x")], null, 10_000)).toHaveLength(2);
  });
});

describe("an event that comes twice", () => {
  test("makes us ask its second sender to stop", () => {
    expect(spread(B, C).onDuplicate(ANNA.post("x"), C, false)).toEqual([{ to: C, message: { kind: "prune", authors: [ANNA.id] } }]);
  });

  test("does not when that was asked, or is its author", () => {
    const of = spread(B, ANNA.id);
    expect(of.onDuplicate(ANNA.post("x"), B, true)).toEqual([]);
    expect(of.onDuplicate(ANNA.post("x"), ANNA.id, false)).toEqual([]);
  });
});

describe("what came to the disk at once", () => {
  test("is looked at in runs of one log from one neighbour, the oldest first and not too long", () => {
    const all: KeptRun[] = [];
    const page = Array.from({ length: RUN_MAX + 2 }, (_, n) => ANNA.post(`${n}`)).reverse();
    for (const event of page) addKept(all, { events: [event], from: B });
    addKept(all, { events: [ANNA.post("from another")], from: C });
    addKept(all, { events: [SELF.post("of another")], from: C });
    expect(all.map(({ events, from }) => [from, events.length])).toEqual([
      [B, RUN_MAX],
      [B, 2],
      [C, 1],
      [C, 1],
    ]);
    for (const { events } of all) expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => (events[0]?.seq ?? 0) + at));
  });
});

describe("new heads", () => {
  test("are told to those that may not have them: one head for many events", () => {
    const of = spread(B, C, D);
    const events = [ANNA.post("x"), ANNA.post("y"), ANNA.post("z")];
    for (const event of events) of.onKept([event], B, 0);
    of.noteHeads(D, [events[2] as (typeof events)[0]]);
    expect(of.wakeAt).toBe(TELL_YOUNG_MS);
    expect(of.tick(TELL_YOUNG_MS - 1)).toEqual([]);
    expect(of.tick(TELL_YOUNG_MS)).toMatchObject([{ to: C, message: { kind: "heads", whole: false, heads: [{ id: events[2]?.id }] } }]);
    expect(of.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });

  test("are told to a few by chance, soon while the author's tree is young, then rarely", () => {
    const random = new Random(1);
    const of = new Spread(SELF.id, () => random.unit());
    of.isMesh = false;
    for (const peer of "bcdefghij") of.meet(peer);
    const told = new Set<string>();
    for (let count = 0; count < 30; count++) {
      of.onKept([ANNA.post(`${count}`)], B, 0);
      expect(of.wakeAt).toBe(count < YOUNG_TREE ? TELL_YOUNG_MS : TELL_MS);
      const tells = of.tick(TELL_MS);
      expect(tells.length).toBeLessThanOrEqual(TELL_FANOUT);
      for (const tell of tells) told.add(tell.to);
    }
    expect([...told].sort()).toEqual([..."cdefghij"]);
  });

  test("are told rarely from the first, where the author reaches all", () => {
    const of = spread(..."bcdefghij");
    of.isMesh = true;
    of.onKept([ANNA.post("x")], B, 0);
    expect(of.wakeAt).toBe(TELL_MS);
  });

  test("are told later where each is the neighbour of all and nobody fetches them, until one does, comes or goes", () => {
    const of = spread(..."bcdefghij");
    of.isMesh = true;
    const next = () => {
      of.onKept([ANNA.post("x")], B, 0);
      const { wakeAt } = of;
      of.tick(TELL_CALM_MS);
      return wakeAt;
    };
    const inVain = Array.from({ length: TELLS_IN_VAIN }, next);
    expect(new Set(inVain)).toEqual(new Set([TELL_MS]));
    expect([next(), next()]).toEqual([TELL_CALM_MS, TELL_CALM_MS]);
    for (const disturb of [() => of.onGraft(C, [ANNA.id]), () => of.meet("k"), () => of.lose("j")]) {
      disturb();
      expect([...Array.from({ length: TELLS_IN_VAIN }, next), next()].slice(-2)).toEqual([TELL_MS, TELL_CALM_MS]);
    }
  });

  test("are not told to their author, nor to who is gone", () => {
    const of = spread(B, C, ANNA.id);
    of.onKept([ANNA.post("x")], B, 0);
    of.lose(C);
    expect(of.tick(TELL_MS)).toEqual([]);
  });
});

describe("neighbours", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, number) => new Author(number + 1).id);

  test("are all members while they are few", () => {
    const [, ...members] = ids(MESH_MAX);
    expect(meetByChance(members, Math.random).sort()).toEqual(members.sort());
    expect(isMesh(MESH_MAX)).toBe(true);
    expect(isMesh(MESH_MAX + 1)).toBe(false);
  });

  test("are a dozen of many, and connect all, whatever chance says", () => {
    for (let seed = 0; seed < 5; seed++) {
      const random = new Random(seed);
      const all = ids(200);
      const chosen = new Map(
        all.map((id) => [
          id,
          meetByChance(
            all.filter((other) => other !== id),
            () => random.unit(),
          ),
        ]),
      );
      for (const [id, neighbours] of chosen) {
        expect(new Set(neighbours).size).toBe(DEGREE);
        expect(neighbours).not.toContain(id);
      }
      const reached = new Set([all[0] as NodeId]);
      for (const id of reached) for (const next of chosen.get(id) ?? []) reached.add(next);
      expect(reached.size).toBe(200);
    }
  });
});
