/** One log, its holes and branches, against a model that holds everything. PROTOCOL.md §13.6. */
import { describe, expect, test } from "vitest";
import { BRANCHES_MAX, STRETCHES_MAX } from "../../../src/core/log/limits.ts";
import { type Link, Log, type Move, type Place } from "../../../src/core/log/log.ts";
import { Random } from "../../../src/sim/random.ts";
import type { EventId, InstanceId, NodeId } from "../../../src/wire/index.ts";
import { FULL_TIMEOUT_MS, runs } from "./scale.ts";

/** A log, and what a store would know of it. */
class Held {
  readonly log = new Log("a" as NodeId, "1" as InstanceId);
  readonly rows = new Map<EventId, Place>();
  lookedUp = 0;

  readonly lookUp = (_seq: number, id: EventId): number | null => {
    this.lookedUp++;
    return this.rows.get(id)?.branch ?? null;
  };

  take(link: Link): string {
    const placement = this.log.place(link, this.lookUp);
    if (placement.kind !== "placed") return placement.kind === "held" ? "held" : placement.reason;
    for (const move of placement.moves) this.#follow(move);
    this.rows.set(link.id, { branch: placement.branch, seq: link.seq });
    return "placed";
  }

  #follow({ from, to, low, high }: Move): void {
    for (const [id, { branch, seq }] of this.rows) {
      if (branch === from && seq >= low && seq <= high) this.rows.set(id, { branch: to, seq });
    }
  }

  holes(): string[] {
    return this.log.holes().map(({ from, to }) => `${from}-${to}`);
  }
}

/** Events named by branch and seq: `a3` follows `a2`; of `b`, which leaves `a` after 2, `b3` follows `a2`. */
function link(name: string, prev: string | null): Link {
  return { seq: Number(name.slice(1)), id: name as EventId, prev: prev as EventId | null, hlc: Number(name.slice(1)) };
}

function chain(letter: string, from: number, to: number, root: string | null = null): Link[] {
  const links: Link[] = [];
  for (let seq = from; seq <= to; seq++) links.push(link(`${letter}${seq}`, seq === from && root !== null ? root : `${letter}${seq - 1}`));
  return from === 1 && root === null ? [link(`${letter}1`, null), ...links.slice(1)] : links;
}

function holding(...links: Link[]): Held {
  const held = new Held();
  for (const each of links) expect(held.take(each)).toBe("placed");
  return held;
}

const heads = (held: Held) =>
  held.log
    .heads()
    .map(({ id }) => id)
    .sort();

describe("a log", () => {
  test("that comes in order has one stretch and no holes, and asks the store for nothing", () => {
    const held = holding(...chain("a", 1, 1_000));
    expect(held.log.branches.get(0)?.stretches).toHaveLength(1);
    expect(held.log.holes()).toEqual([]);
    expect(heads(held)).toEqual(["a1000"]);
    expect(held.lookedUp).toBe(0);
  });

  test("that is read backwards needs nothing but its newest event to tell what is expected", () => {
    const [last, ...rest] = chain("a", 1, 100).reverse() as [Link, ...Link[]];
    const held = holding(last);
    for (const each of rest) {
      expect(held.log.isExpected(each.seq, each.id)).toBe(true);
      expect(held.log.isExpected(each.seq, "x" as EventId)).toBe(false);
      expect(held.holes()).toEqual([`1-${each.seq}`]);
      expect(held.take(each)).toBe("placed");
    }
    expect(held.holes()).toEqual([]);
    expect(held.lookedUp).toBe(0);
  });

  test("tells its holes, the newest first, each with the id of its last event", () => {
    const held = holding(...chain("a", 1, 3), ...chain("a", 6, 7), ...chain("a", 20, 20));
    expect(held.log.holes()).toEqual([
      { from: 8, to: 19, id: "a19", before: 20 },
      { from: 4, to: 5, id: "a5", before: 6 },
    ]);
    expect(heads(held)).toEqual(["a20"]);
  });

  test("closes a hole from both sides", () => {
    const held = holding(...chain("a", 1, 3), ...chain("a", 6, 7), ...chain("a", 4, 5));
    expect(held.log.branches.get(0)?.stretches).toMatchObject([{ low: 1, high: 7, lowId: "a1", highId: "a7" }]);
  });

  test("knows what it holds, within a stretch too", () => {
    const held = holding(...chain("a", 1, 5), ...chain("a", 8, 9));
    for (const each of [...chain("a", 1, 5), ...chain("a", 8, 9)]) expect(held.take(each)).toBe("held");
  });

  test("does not miss what lies below its floor", () => {
    const held = holding(...chain("a", 50, 60));
    held.log.floor = 40;
    expect(held.holes()).toEqual(["40-49"]);
    held.log.floor = 50;
    expect(held.holes()).toEqual([]);
  });

  test("takes no more stretches than it has room for, until holes are filled", () => {
    const held = new Held();
    for (let count = 0; count < STRETCHES_MAX; count++)
      expect(held.take(...(chain("a", 10 + 2 * count, 10 + 2 * count) as [Link]))).toBe("placed");
    expect(held.take(...(chain("a", 500, 500) as [Link]))).toBe("too-many-holes");
    expect(held.take(...(chain("a", 11, 11) as [Link]))).toBe("placed");
    expect(held.take(...(chain("a", 500, 500) as [Link]))).toBe("placed");
  });
});

describe("a log that forks", () => {
  const trunk = chain("a", 1, 6);
  const fork = chain("b", 3, 5, "a2");

  test("keeps both branches, with a head for each", () => {
    const held = holding(...trunk, ...fork);
    expect(held.log.isForked).toBe(true);
    expect(heads(held)).toEqual(["a6", "b5"]);
    expect(held.log.holes()).toEqual([]);
    expect(held.log.branches.get(1)?.root).toEqual({ branch: 0, seq: 2 });
  });

  test("ends the same in whichever order it comes", () => {
    for (let seed = 0; seed < 500; seed++) {
      const held = holding(...shuffled([...trunk, ...fork], new Random(seed)));
      expect(heads(held), `seed ${seed}`).toEqual(["a6", "b5"]);
      expect(held.log.holes(), `seed ${seed}`).toEqual([]);
    }
  });

  test("is told from one with a hole as soon as two of its events claim one place", () => {
    const held = holding(...chain("a", 1, 4), ...chain("b", 6, 6));
    expect(held.log.isForked).toBe(false);
    expect(held.holes()).toEqual(["5-5"]);
    expect(held.take(link("b5", "b4"))).toBe("placed"); // names b4, where a4 lies
    expect(held.log.isForked).toBe(true);
    expect(heads(held)).toEqual(["a4", "b6"]);
    expect(held.holes()).toEqual(["1-4"]);
    expect(held.take(link("b4", "a3"))).toBe("placed");
    expect(held.log.holes()).toEqual([]);
  });

  test("at its very first event is a fork like any other", () => {
    const held = holding(...chain("a", 1, 3), ...chain("b", 1, 2));
    expect(heads(held)).toEqual(["a3", "b2"]);
    expect(held.log.holes()).toEqual([]);
  });

  test("takes no more branches than it has room for", () => {
    const held = holding(...trunk);
    for (let branch = 1; branch < BRANCHES_MAX; branch++) expect(held.take(link(`${"abcdefghijklmnopq"[branch]}4`, "a3"))).toBe("placed");
    expect(held.take(link("z4", "a3"))).toBe("too-many-branches");
    expect(held.take(link("a7", "a6"))).toBe("placed");
  });

  test("tells what lies before what, across branches", () => {
    const held = holding(...trunk, ...fork);
    const place = (id: string) => held.rows.get(id as EventId) as Place;
    const isBefore = (a: string, b: string) => held.log.isBefore(place(a), place(b));
    expect([isBefore("a1", "b5"), isBefore("a2", "b3"), isBefore("b3", "b5"), isBefore("b5", "b5")]).toEqual([true, true, true, true]);
    expect([isBefore("a3", "b5"), isBefore("b3", "a6"), isBefore("b5", "b3"), isBefore("a6", "b5")]).toEqual([false, false, false, false]);
  });
});

describe("any tree of events, in any order, some more than once", () => {
  const SEEDS = runs(1_500, 60_000);

  test("ends with all held, one head for each leaf, no holes, and the tree's own order", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = new Random(seed);
      const tree = randomTree(random);
      const held = new Held();
      for (const each of arrival(tree, random)) held.take(each);
      const at = `seed ${seed}`;
      expect(new Set(held.rows.keys()), at).toEqual(new Set(tree.map(({ id }) => id)));
      expect(heads(held), at).toEqual(leavesOf(tree).sort());
      expect(held.log.holes(), at).toEqual([]);
      expect(held.log.branches.size, at).toBe(leavesOf(tree).length);
      checkOrder(held, tree, at);
    }
  });

  test("names at every step what is missing: asked for again and again, it gets everything", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < SEEDS / 3; seed++) {
      const random = new Random(seed);
      const tree = randomTree(random);
      const byId = new Map(tree.map((each) => [each.id as string, each]));
      const held = new Held();
      for (const leaf of shuffled(leavesOf(tree), random)) held.take(byId.get(leaf) as Link);
      for (let asked = 0; held.log.holes().length > 0; asked++) {
        expect(asked, `seed ${seed}`).toBeLessThan(tree.length);
        const hole = random.pick(held.log.holes());
        expect(held.log.isExpected(hole.to, hole.id)).toBe(true);
        expect(held.take(byId.get(hole.id) as Link)).toBe("placed");
      }
      expect(held.rows.size).toBe(tree.length);
    }
  });

  test("has as many branches as its events, as far as they have come, force upon it", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < SEEDS / 3; seed++) {
      const random = new Random(seed);
      const tree = randomTree(random);
      const held = new Held();
      for (const each of shuffled(tree, random)) {
        held.take(each);
        const atOneSeq = Map.groupBy(held.rows.keys(), (id) => held.rows.get(id)?.seq);
        for (const ids of atOneSeq.values()) expect(held.log.branches.size).toBeGreaterThanOrEqual(ids.length);
        for (const [id, { branch, seq }] of held.rows) expect(held.log.find(seq, id, held.lookUp)).toEqual({ branch, seq });
      }
    }
  });

  function checkOrder(held: Held, tree: readonly Link[], at: string): void {
    const byId = new Map(tree.map((each) => [each.id, each]));
    for (const of of tree) {
      const before = new Set<EventId>();
      for (let each: Link | undefined = of; each !== undefined; each = each.prev === null ? undefined : byId.get(each.prev))
        before.add(each.id);
      for (const { id } of tree) {
        const isBefore = held.log.isBefore(held.rows.get(id) as Place, held.rows.get(of.id) as Place);
        expect(isBefore, `${at}: ${id} before ${of.id}`).toBe(before.has(id));
      }
    }
  }
});

/** What a user with three old backups can make of a log. */
const LEAVES = 4;

/** Up to `LEAVES` leaves and 23 events. */
function randomTree(random: Random): Link[] {
  const tree: Link[] = [{ seq: 1, id: "e0" as EventId, prev: null, hlc: 1 }];
  const size = 1 + random.below(22);
  const leaves = new Set<EventId>([tree[0]?.id as EventId]);
  while (tree.length < size) {
    const grow = leaves.size >= LEAVES || random.chance(0.75);
    const parent = grow ? tree.find(({ id }) => id === random.pick([...leaves])) : random.pick(tree);
    if (parent === undefined) continue;
    const child = { seq: parent.seq + 1, id: `e${tree.length}` as EventId, prev: parent.id, hlc: parent.seq + 1 };
    tree.push(child);
    leaves.delete(parent.id);
    leaves.add(child.id);
  }
  return tree;
}

function leavesOf(tree: readonly Link[]): EventId[] {
  const parents = new Set(tree.map(({ prev }) => prev));
  return tree.filter(({ id }) => !parents.has(id)).map(({ id }) => id);
}

/** All of them once at least, in an order of some kind. */
function arrival(tree: readonly Link[], random: Random): Link[] {
  const mostly = random.pick(["shuffled", "upwards", "downwards"]);
  const once =
    mostly === "shuffled" ? shuffled(tree, random) : [...tree].sort((a, b) => (mostly === "upwards" ? a.seq - b.seq : b.seq - a.seq));
  return [...once, ...shuffled(tree, random).slice(0, random.below(tree.length + 1))];
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}
