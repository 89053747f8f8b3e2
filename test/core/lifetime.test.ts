/** The lifetime of a NAT's mappings, where the system or the neighbours do not do their part. PROTOCOL.md §15.4. */
import { expect, test } from "vitest";
import type { LifetimeStep } from "../../src/core/index.ts";
import type { Endpoint } from "../../src/wire/index.ts";
import { type Pair, pair } from "./session/full.ts";

function stepsOf({ a }: Pair): LifetimeStep[] {
  return a.events.flatMap((event) => (event.type === "lifetime" ? [event.step] : []));
}

/** A asks B; that it sees A at an address of its own is not known to it. */
function asked(before: (met: Pair) => void = () => {}): Pair {
  const met = pair();
  before(met);
  met.a.command({ kind: "lifetime", ref: 1, own: [] });
  met.world.run(3_000);
  return met;
}

test("the system gives no further socket: nothing is found out, and that is said", () => {
  const met = asked(({ a }) => {
    a.openAnswer = "failed";
  });
  expect(stepsOf(met)).toEqual([{ step: "done", report: { atLeastS: null, belowS: null, reason: "no-socket" } }]);
  expect(met.a.sockets.size).toBe(1);
});

test("a survey is answered while a lifetime is sought", () => {
  const met = asked();
  met.a.command({ kind: "survey", ref: 2, own: [] });
  met.world.run(5_000);
  expect(met.a.events.flatMap((event) => (event.type === "nat" ? [event.nat.reason] : []))).toEqual([null]);
  expect(stepsOf(met)).toContainEqual({ step: "tried", silentS: 4, through: true });
  expect(met.b.dropped("survey-rate")).toBe(0);
});

test("each socket sends its helper one probe, and nothing else, for as long as it takes", () => {
  const met = asked();
  met.world.run(120_000);
  const probes = met.world.sent.filter(({ text, from }) => text.includes('"survey"') && from.startsWith("203.0.113.1:"));
  expect(probes).toHaveLength(8);
  met.world.run(10_000);
  expect(stepsOf(met).at(-1)).toEqual({ step: "done", report: { atLeastS: 125, belowS: null, reason: null } });
});

test("a NAT that gives out ports below 1,024, where no helper sends, is not taken for one that forgets", () => {
  const met = pair();
  const { world, a } = met;
  a.command({ kind: "lifetime", ref: 1, own: [] });
  for (let ms = 0; ms < 1_000 && a.sockets.size === 1; ms += 5) world.run(5);
  for (const socket of a.sockets.keys()) if (socket !== 0) a.sockets.set(socket, `203.0.113.1:${900 + socket}` as Endpoint);
  world.run(3_000);
  expect(stepsOf(met)).toEqual([{ step: "done", report: { atLeastS: null, belowS: null, reason: "no-answer" } }]);
});
