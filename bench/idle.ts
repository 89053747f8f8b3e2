/** A node that nobody talks to: what it costs to be there, with one neighbour and with eight. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import { Daemon } from "./daemon.ts";
import type { Bench, Figure } from "./figures.ts";
import type { NodeProcess } from "./processes/node.ts";

const NEIGHBOURS = [1, 8];
/** Until every neighbour is up and all have said whom they hear. */
const WARM_MS = 12_000;
/** Eight nodes that start at once share the machine. */
const NEIGHBOUR_START_MS = 60_000;
const MB = 1_000_000;
const CPU_GOAL_PERCENT = 0.5;
const MEMORY_GOAL_MB = 90;
const WIRE_GOAL_BYTES = 60;
/** IPv4 and UDP headers of one datagram. */
const HEADER_BYTES = 28;

export const benchIdle: Bench = async ({ quick }) => {
  const forMs = quick ? 10_000 : 30_000;
  const figures: Figure[] = [];
  for (const neighbours of NEIGHBOURS) figures.push(...(await idleWith(neighbours, forMs)));
  return {
    name: "idle",
    title: `ptpchat start on a home of its own, in no conversation, for ${forMs / 1_000} s; its neighbours are nodes in other processes`,
    figures,
    notes: ["bytes are payloads both ways, by the node's own counters; with headers: 28 bytes more for each datagram (IPv4 and UDP)"],
  };
};

async function idleWith(neighbours: number, forMs: number): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  const others: Child<NodeProcess>[] = [];
  try {
    await (await Daemon.start(directory)).end(); // a first start compiles; what a user has day by day is a later one
    const daemon = await Daemon.start(directory);
    try {
      for (let at = 0; at < neighbours; at++) others.push(new Child<NodeProcess>("node.ts"));
      await Promise.all(others.map((other) => other.ask("start", { home: null, peers: [daemon.udp] }, NEIGHBOUR_START_MS)));
      return await watch(daemon, neighbours, forMs);
    } finally {
      await daemon.end();
    }
  } finally {
    await Promise.all(others.map((other) => other.end()));
    await rm(directory, { recursive: true, force: true });
  }
}

async function watch(daemon: Daemon, neighbours: number, forMs: number): Promise<Figure[]> {
  await wait(WARM_MS);
  const before = await daemon.status();
  const began = performance.now();
  const cpuBefore = daemon.cpuMs;
  await wait(forMs);
  const cpuAfter = daemon.cpuMs;
  const tookMs = performance.now() - began;
  const after = await daemon.status();
  if (after.peers.live !== neighbours) throw new Error(`${after.peers.live} of ${neighbours} neighbours are live`);
  const cpu = cpuBefore === null || cpuAfter === null ? Number.NaN : (100 * (cpuAfter - cpuBefore)) / tookMs;
  return figuresOf(neighbours, cpu, after.memory.resident_bytes / MB, wireOf(before, after, tookMs / 1_000, neighbours));
}

interface Wire {
  readonly payload: number;
  readonly withHeaders: number;
}

/** Bytes for each neighbour and second. */
function wireOf(
  { counters: before }: Awaited<ReturnType<Daemon["status"]>>,
  { counters: after }: Awaited<ReturnType<Daemon["status"]>>,
  seconds: number,
  neighbours: number,
): Wire {
  const bytes = after.bytes_in + after.bytes_out - before.bytes_in - before.bytes_out;
  const datagrams = after.datagrams_in + after.datagrams_out - before.datagrams_in - before.datagrams_out;
  return { payload: bytes / seconds / neighbours, withHeaders: (bytes + HEADER_BYTES * datagrams) / seconds / neighbours };
}

function figuresOf(neighbours: number, cpu: number, memoryMb: number, wire: Wire): Figure[] {
  const name = `${neighbours} neighbour${neighbours === 1 ? "" : "s"}`;
  return [
    { what: `${name}: CPU`, value: cpu, unit: "% of a core", goal: `< ${CPU_GOAL_PERCENT} %`, met: cpu < CPU_GOAL_PERCENT },
    { what: `${name}: resident memory`, value: memoryMb, unit: "MB", goal: `< ${MEMORY_GOAL_MB} MB`, met: memoryMb < MEMORY_GOAL_MB },
    {
      what: `${name}: bytes per neighbour and second`,
      value: wire.payload,
      unit: "B/s",
      goal: `< ${WIRE_GOAL_BYTES} B/s`,
      met: wire.payload < WIRE_GOAL_BYTES,
    },
    { what: `${name}: the same with headers`, value: wire.withHeaders, unit: "B/s" },
  ];
}
