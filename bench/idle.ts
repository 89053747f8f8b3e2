/** A node that nobody talks to: what it costs to be there, with one neighbour and with eight. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import { Daemon, type DaemonStatus } from "./daemon.ts";
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
      await wait(WARM_MS);
      return figuresOf(neighbours, await watchIdle(daemon, neighbours, forMs));
    } finally {
      await daemon.end();
    }
  } finally {
    await Promise.all(others.map((other) => other.end()));
    await rm(directory, { recursive: true, force: true });
  }
}

/** What a node costs that has nothing to do. */
export interface Idle {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** For each neighbour and second, both ways. */
  readonly wireBytes: number;
  readonly wireBytesWithHeaders: number;
}

/** Watches a node for a while. @throws Error unless exactly so many neighbours are live in the end */
export async function watchIdle(daemon: Daemon, neighbours: number, forMs: number): Promise<Idle> {
  const before = await daemon.status();
  const began = performance.now();
  const cpuBefore = daemon.cpuMs;
  await wait(forMs);
  const cpuAfter = daemon.cpuMs;
  const tookMs = performance.now() - began;
  const after = await daemon.status();
  if (after.peers.live !== neighbours) throw new Error(`${after.peers.live} of ${neighbours} neighbours are live`);
  return {
    cpuPercent: cpuBefore === null || cpuAfter === null ? Number.NaN : (100 * (cpuAfter - cpuBefore)) / tookMs,
    memoryBytes: after.memory.resident_bytes,
    ...wireOf(before, after, tookMs / 1_000, neighbours),
  };
}

/** Bytes for each neighbour and second. */
function wireOf(
  { counters: before }: DaemonStatus,
  { counters: after }: DaemonStatus,
  seconds: number,
  neighbours: number,
): Pick<Idle, "wireBytes" | "wireBytesWithHeaders"> {
  const bytes = after.bytes_in + after.bytes_out - before.bytes_in - before.bytes_out;
  const datagrams = after.datagrams_in + after.datagrams_out - before.datagrams_in - before.datagrams_out;
  return { wireBytes: bytes / seconds / neighbours, wireBytesWithHeaders: (bytes + HEADER_BYTES * datagrams) / seconds / neighbours };
}

function figuresOf(neighbours: number, { cpuPercent, memoryBytes, wireBytes, wireBytesWithHeaders }: Idle): Figure[] {
  const name = `${neighbours} neighbour${neighbours === 1 ? "" : "s"}`;
  const memoryMb = memoryBytes / MB;
  return [
    { what: `${name}: CPU`, value: cpuPercent, unit: "% of a core", goal: `< ${CPU_GOAL_PERCENT} %`, met: cpuPercent < CPU_GOAL_PERCENT },
    { what: `${name}: resident memory`, value: memoryMb, unit: "MB", goal: `< ${MEMORY_GOAL_MB} MB`, met: memoryMb < MEMORY_GOAL_MB },
    {
      what: `${name}: bytes per neighbour and second`,
      value: wireBytes,
      unit: "B/s",
      goal: `< ${WIRE_GOAL_BYTES} B/s`,
      met: wireBytes < WIRE_GOAL_BYTES,
    },
    { what: `${name}: the same with headers`, value: wireBytesWithHeaders, unit: "B/s" },
  ];
}
