import { describe, expect, it } from "vitest";
import { EventQueue, Random, tickAt } from "../../src/sim/index.ts";
import { portOf } from "../../src/wire/index.ts";
import { world } from "./bystander.ts";

describe("the event queue", () => {
  it("keeps the order of time, and of planning where the time is equal", () => {
    const random = new Random(3);
    const queue = new EventQueue();
    const planned = Array.from({ length: 500 }, (_, order) => ({ at: random.below(20), order }));
    const happened: typeof planned = [];
    for (const each of planned) queue.push(each.at, () => happened.push(each));
    while (queue.size > 0) queue.pop()();
    expect(happened).toEqual([...planned].sort((a, b) => a.at - b.at || a.order - b.order));
  });
});

describe("random", () => {
  it("repeats itself from a seed, and differs between seeds and between forks", () => {
    const draw = (random: Random) => [...random.bytes(64)].join();
    expect(draw(new Random(5))).toBe(draw(new Random(5)));
    expect(draw(new Random(5))).not.toBe(draw(new Random(6)));
    expect(draw(new Random(5).fork("a"))).not.toBe(draw(new Random(5).fork("b")));
  });

  it("spreads evenly over its range", () => {
    const random = new Random(1);
    const counts = new Array<number>(8).fill(0);
    for (let draw = 0; draw < 80_000; draw++) {
      const at = random.below(8);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});

describe("a link", () => {
  /** Sends 1,000 datagrams from one public host to another, and says from which ports they came, in the order of arrival. */
  function cross(worsen: { loss?: number; duplicate?: number; jitterMs?: number; island?: number; plugged?: boolean }): number[] {
    const { simulator, server, other } = world([]);
    Object.assign(server.link, worsen);
    for (let port = 1; port <= 1_000; port++) server.send(server.at(port), other.at(9));
    simulator.run(2_000);
    return other.received.map((datagram) => portOf(datagram.from));
  }

  const inOrder = Array.from({ length: 1_000 }, (_, at) => at + 1);

  it("delivers everything in order where nothing is wrong", () => expect(cross({})).toEqual(inOrder));
  it("loses its share", () => {
    const arrived = cross({ loss: 0.3 }).length;
    expect(arrived).toBeGreaterThan(640);
    expect(arrived).toBeLessThan(760);
  });
  it("doubles its share", () => {
    const arrived = cross({ duplicate: 0.2 });
    expect(arrived.length).toBeGreaterThan(1_150);
    expect(new Set(arrived).size).toBe(1_000);
  });
  it("reorders by jitter and loses nothing by it", () => {
    const arrived = cross({ jitterMs: 50 });
    expect(arrived).not.toEqual(inOrder);
    expect([...arrived].sort((a, b) => a - b)).toEqual(inOrder);
  });
  it("carries nothing to another island or when unplugged", () => {
    expect(cross({ island: 1 })).toEqual([]);
    expect(cross({ plugged: false })).toEqual([]);
  });
});

describe("the clock", () => {
  it("has a tick that adds up exactly", () => {
    for (const instant of [0.1, 1 / 3, 12_345.678]) {
      const at = tickAt(instant);
      expect(at).toBeGreaterThanOrEqual(instant);
      expect(7 + at - 7).toBe(at);
    }
  });
});
