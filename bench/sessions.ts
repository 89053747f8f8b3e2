/** A node with hundreds of sessions in which nothing is said: what each of them costs, beside the same node with one. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import { Daemon } from "./daemon.ts";
import type { Bench, Figure } from "./figures.ts";
import { type Idle, watchIdle } from "./idle.ts";
import type { CrowdProcess } from "./processes/crowd.ts";

const SESSIONS = 200;
/** Until all have told one another whom they hear, and the code is compiled. */
const WARM_MS = 15_000;
const CALL_MS = 30_000;
/** How often a ROUTING goes over each session, whatever happens (`src/core/limits.ts`). */
const ROUTING_MS = 300_000;
/** With one session there is little that could vary. */
const ONE_MS = 60_000;
const CPU_GOAL_PERCENT = 0.5;
const MEMORY_GOAL_MB = 90;
const WIRE_GOAL_BYTES = 60;
const MB = 1_000_000;
const KB = 1_000;

export const benchSessions: Bench = async ({ quick }) => {
  const forMs = quick ? 10_000 : ROUTING_MS;
  const one = await idleWith(1, Math.min(forMs, ONE_MS));
  const many = await idleWith(SESSIONS, forMs);
  return {
    name: "sessions",
    title: `ptpchat start on a home of its own, with ${SESSIONS} idle sessions for ${forMs / 1_000} s; floor: the same with one session`,
    figures: figuresOf(one, many),
    notes: [
      "the nodes at the other ends are in one process, each with a key and a socket of its own",
      "bytes are payloads both ways, by the node's own counters; with headers: 28 bytes more for each datagram (IPv4 and UDP)",
      `a ROUTING goes over each session every ${ROUTING_MS / 1_000} s, with up to 32 neighbours in it; a shorter run may see none`,
    ],
  };
};

async function idleWith(sessions: number, forMs: number): Promise<Idle> {
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  const crowd = new Child<CrowdProcess>("crowd.ts");
  try {
    await (await Daemon.start(directory)).end(); // a first start compiles; what a user has day by day is a later one
    const daemon = await Daemon.start(directory);
    try {
      await crowd.ask("open", { count: sessions, to: daemon.udp }, CALL_MS);
      const { up } = await crowd.ask("call", { withinMs: CALL_MS }, 2 * CALL_MS);
      if (up < sessions) throw new Error(`${up} of ${sessions} sessions are up`);
      await wait(WARM_MS);
      return await watchIdle(daemon, sessions, forMs);
    } finally {
      await daemon.end();
    }
  } finally {
    await crowd.end();
    await rm(directory, { recursive: true, force: true });
  }
}

function figuresOf(one: Idle, many: Idle): Figure[] {
  const perSession = (many.memoryBytes - one.memoryBytes) / (SESSIONS - 1);
  return [
    { what: "CPU", value: many.cpuPercent, unit: "% of a core", floor: one.cpuPercent, ...under(many.cpuPercent, CPU_GOAL_PERCENT, "%") },
    {
      what: "resident memory",
      value: many.memoryBytes / MB,
      unit: "MB",
      floor: one.memoryBytes / MB,
      ...under(many.memoryBytes / MB, MEMORY_GOAL_MB, "MB"),
    },
    { what: "resident memory, a session", value: perSession / KB, unit: "kB" },
    {
      what: "bytes on the wire, a session and second",
      value: many.wireBytes,
      unit: "B/s",
      floor: one.wireBytes,
      ...under(many.wireBytes, WIRE_GOAL_BYTES, "B/s"),
    },
    { what: "the same with headers", value: many.wireBytesWithHeaders, unit: "B/s", floor: one.wireBytesWithHeaders },
  ];
}

function under(value: number, most: number, unit: string): Pick<Figure, "goal" | "met"> {
  return { goal: `< ${most} ${unit}`, met: value < most };
}
