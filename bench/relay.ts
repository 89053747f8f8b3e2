/**
 * Two nodes that reach each other over a third only, beside two that reach each other directly; and that third with a
 * thousand sessions and a hundred such pairs. The pairs of a kind share a process, so all figures are those of a busy end.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Child, cpuPercent } from "./child.ts";
import type { Bench, Figure, Report } from "./figures.ts";
import type { CrowdProcess } from "./processes/crowd.ts";
import type { NodeProcess } from "./processes/node.ts";
import type { Carried, PairsProcess, Talked, TalkRequest } from "./processes/pairs.ts";
import { median, percentile } from "./samples.ts";

const TEXT = "m".repeat(200);
const SESSIONS = 1_000;
const PAIRS = 100;
/** Each pair says something so often. */
const EVERY_MS = 1_000;
const MEET_MS = 30_000;
const CALL_MS = 45_000;
const WARM_MS = 3_000;
const WAITING = 64;
/** What one node may have carried a second (`src/core/limits.ts`). */
const BUDGET_BYTES = 131_072;
const MB = 1_000_000;
const KB = 1_000;

/** A pair, or many, and the third where there is one. */
interface Company {
  readonly pairs: Child<PairsProcess>;
  readonly relay: Child<NodeProcess> | null;
}

export const benchRelay: Bench = async ({ quick }) => {
  const turnMs = quick ? 2_000 : 5_000;
  const direct = await company(1, false);
  const relayed = await company(1, true);
  const figures = [...(await pairFigures(direct, relayed, turnMs)), ...(await idleFigures(direct, relayed, quick ? 5_000 : 20_000))];
  await Promise.all([endCompany(direct), endCompany(relayed)]);
  return report(
    "relay",
    "texts of 200 bytes between two nodes over a third, saved in memory and acknowledged; floor: the same two ends with a direct session",
    figures,
    [
      "both ends are in one process, the third in another; they take turns with the pair that is direct",
      `what one node may have carried is ${BUDGET_BYTES / 1_024} KiB a second, 1 MiB in a burst: beyond that it waits`,
    ],
  );
};

async function company(count: number, apart: boolean): Promise<Company> {
  const relay = apart ? new Child<NodeProcess>("node.ts") : null;
  const at = relay === null ? null : await relay.ask("start", { home: null, rendezvous: true });
  const pairs = new Child<PairsProcess>("pairs.ts");
  await meetAll(pairs, count, at);
  return { pairs, relay };
}

async function meetAll(pairs: Child<PairsProcess>, count: number, relay: string | null): Promise<void> {
  await pairs.ask("open", { pairs: count, relay }, CALL_MS);
  await wait(WARM_MS);
  const met = await pairs.ask("meet", { relay, withinMs: MEET_MS }, 2 * MEET_MS);
  if (met[relay === null ? "live" : "relay"] !== count) throw new Error(`of ${count} pairs have met: ${JSON.stringify(met)}`);
}

async function endCompany({ pairs, relay }: Company): Promise<void> {
  await Promise.all([pairs.end(), relay?.end()]);
}

async function pairFigures(direct: Company, relayed: Company, forMs: number): Promise<Figure[]> {
  const one: TalkRequest = { forMs, everyMs: 0, atATime: 1, text: TEXT };
  const many = { ...one, atATime: WAITING };
  for (const { pairs } of [direct, relayed]) await talk(pairs, { ...one, forMs: 1_000 }); // compiled from here on
  const [floor, after] = [await talk(direct.pairs, one), await costly(relayed, one)];
  const [floorMany, afterMany] = [await talk(direct.pairs, many), await costly(relayed, many)];
  return [
    ...latency("one after the other, until acknowledged", after.talked.roundTripsMs, floor.roundTripsMs),
    ...latency("the same, one way", after.talked.oneWayMs, floor.oneWayMs),
    { what: "texts a second, one after the other", value: perSecond(after.talked), unit: "", floor: perSecond(floor) },
    { what: `texts a second, ${WAITING} waiting`, value: perSecond(afterMany.talked), unit: "", floor: perSecond(floorMany) },
    { what: "CPU of the third, a text and its ACK", value: after.relayUs, unit: "µs" },
    { what: `the same, ${WAITING} waiting`, value: afterMany.relayUs, unit: "µs" },
    {
      what: "texts that were not acknowledged",
      value: lost(after.talked) + lost(afterMany.talked),
      unit: "",
      floor: lost(floor) + lost(floorMany),
      goal: "0",
      met: lost(after.talked) + lost(afterMany.talked) === 0,
    },
  ];
}

async function talk(pairs: Child<PairsProcess>, request: TalkRequest): Promise<Talked> {
  return pairs.ask("talk", request, request.forMs + 20_000);
}

async function costly({ pairs, relay }: Company, request: TalkRequest): Promise<{ talked: Talked; relayUs: number }> {
  const before = await relay?.ask("usage", null);
  const talked = await talk(pairs, request);
  const after = await relay?.ask("usage", null);
  const cpuMs = before === undefined || after === undefined ? Number.NaN : after.cpuMs - before.cpuMs;
  return { talked, relayUs: (1_000 * cpuMs) / talked.roundTripsMs.length };
}

function latency(what: string, ms: readonly number[], floor: readonly number[]): Figure[] {
  return [0.5, 0.99].map((share) => ({
    what: `${what}, p${100 * share}`,
    value: percentile(ms, share),
    unit: "ms",
    floor: percentile(floor, share),
  }));
}

function perSecond({ roundTripsMs, elapsedMs }: Talked): number {
  return (1_000 * roundTripsMs.length) / elapsedMs;
}

function lost({ sent, roundTripsMs }: Talked): number {
  return sent - roundTripsMs.length;
}

/** What it costs to be there for each other. */
async function idleFigures(direct: Company, relayed: Company, forMs: number): Promise<Figure[]> {
  const began = await Promise.all([direct, relayed].map(({ pairs }) => pairs.ask("carried", null)));
  await wait(forMs);
  const ended = await Promise.all([direct, relayed].map(({ pairs }) => pairs.ask("carried", null)));
  const bytes = (at: number) => ((ended[at] as Carried).bytes - (began[at] as Carried).bytes) / 2 / (forMs / 1_000);
  return [
    {
      what: "idle: bytes a second of one end, both ways (the third's session among them)",
      value: bytes(1),
      unit: "B/s",
      floor: bytes(0),
    },
  ];
}

/** One relay with many sessions, before and while pairs talk over it. */
export const benchRelays: Bench = async ({ quick }) => {
  const forMs = quick ? 5_000 : 15_000;
  const relay = new Child<NodeProcess>("node.ts");
  const at = await relay.ask("start", { home: null, rendezvous: true });
  const crowd = new Child<CrowdProcess>("crowd.ts");
  await crowd.ask("open", { count: SESSIONS, to: at }, CALL_MS);
  const { up } = await crowd.ask("call", { withinMs: CALL_MS }, 2 * CALL_MS);
  await wait(WARM_MS);
  const idle = await watch(relay, () => wait(forMs));
  const pairs = new Child<PairsProcess>("pairs.ts");
  await meetAll(pairs, PAIRS, at);
  const request = { forMs, everyMs: EVERY_MS, atATime: 1, text: TEXT };
  await talk(pairs, { ...request, forMs: 2 * EVERY_MS }); // compiled from here on
  const silent = await watch(relay, () => wait(forMs));
  const busy = await watch(relay, () => talk(pairs, request));
  const status = await relay.ask("status", null);
  await Promise.all([relay, crowd, pairs].map((child) => child.end()));
  const { roundTripsMs, oneWayMs } = busy.result;
  const perText = (1_000 * (busy.cpuMs - (silent.cpuMs * busy.elapsedMs) / silent.elapsedMs)) / roundTripsMs.length;
  return report(
    "relays",
    `a rendezvous with ${up} sessions, and ${PAIRS} pairs more that talk over it, a text of 200 bytes a second each; floor: before the pairs came`,
    [
      { what: "sessions", value: status.sessions, unit: "", floor: up },
      {
        what: "CPU of the rendezvous while the pairs are there and say nothing",
        value: silent.cpuPercent,
        unit: "% of a core",
        floor: idle.cpuPercent,
      },
      { what: "while they talk", value: busy.cpuPercent, unit: "% of a core", floor: idle.cpuPercent },
      { what: "what that is more, for a text and its ACK", value: perText, unit: "µs" },
      { what: "resident memory", value: busy.residentBytes / MB, unit: "MB", floor: idle.residentBytes / MB },
      { what: "the same, for each end of a pair", value: (busy.residentBytes - idle.residentBytes) / (2 * PAIRS) / KB, unit: "kB" },
      { what: "one way, p50", value: median(oneWayMs), unit: "ms" },
      { what: "one way, p99", value: percentile(oneWayMs, 0.99), unit: "ms" },
      { what: "until acknowledged, p50", value: median(roundTripsMs), unit: "ms" },
      { what: "until acknowledged, p99", value: percentile(roundTripsMs, 0.99), unit: "ms" },
      { what: "texts that were not acknowledged", value: lost(busy.result), unit: "", goal: "0", met: lost(busy.result) === 0 },
    ],
    ["the 1,000 nodes are in one process and the pairs in another, so 1,200 nodes share the machine with the one that is measured"],
  );
};

interface Watched<T> {
  readonly result: T;
  readonly cpuPercent: number;
  readonly cpuMs: number;
  readonly elapsedMs: number;
  readonly residentBytes: number;
}

async function watch<T>(relay: Child<NodeProcess>, run: () => Promise<T>): Promise<Watched<T>> {
  const before = await relay.ask("usage", null);
  const result = await run();
  const after = await relay.ask("usage", null);
  return {
    result,
    cpuPercent: cpuPercent(before, after),
    cpuMs: after.cpuMs - before.cpuMs,
    elapsedMs: after.atMs - before.atMs,
    residentBytes: after.residentBytes,
  };
}

function report(name: string, title: string, figures: readonly Figure[], notes: readonly string[]): Report {
  return { name, title, figures, notes };
}
