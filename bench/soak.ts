/**
 * A node under a flood, beside sessions that work: forged handshakes, then frames at random, from many addresses of the
 * loopback range, over real sockets. Shows what the sessions, honest callers and the node's memory notice of it.
 *
 *   npm run soak -- [--seconds N] [--handshakes N] [--frames N]      N a second; 60 s of 10,000 and of 50,000
 *
 * Ends with 1 when a goal is not reached.
 */
import { setTimeout as passed } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Figure, Report } from "./figures.ts";
import type { Flooded, FloodKind, FloodProcess } from "./processes/flood.ts";
import type { NodeProcess } from "./processes/node.ts";
import type { Talked, TalkerProcess } from "./processes/talker.ts";
import { median, percentile } from "./samples.ts";

const TALKERS = 4;
const TALK_EVERY_MS = 50;
/** A new node calls this often while the flood lasts. */
const DIAL_EVERY_MS = 5_000;
const ADDRESSES = 512;
const QUIET_MS = 3_000;
const SETTLE_MS = 1_000;

const ECHO_P99_MS_GOAL = 250;
const DIAL_MS_GOAL = 3_000;
const GROWTH_BYTES_GOAL = 16 * 2 ** 20;

export interface SoakOptions {
  readonly kind: FloodKind;
  readonly perSecond: number;
  readonly forMs: number;
}

export interface Soaked {
  readonly flood: Flooded;
  /** Of all talkers together, before the flood and in it. */
  readonly quiet: Talked;
  readonly talked: Talked;
  /** How long new nodes took to get a session, in ms; NaN for one that got none. */
  readonly dialsMs: readonly number[];
  /** Held by the node before and after, garbage collected, in bytes. */
  readonly heldBefore: number;
  readonly heldAfter: number;
  /** What it dropped in the flood, by reason, and the CPU that it took, in ms. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly datagramsIn: number;
  /** Datagrams that it had no time for. */
  readonly turnedAway: number;
  readonly cpuMs: number;
}

/** Runs one flood at a node of its own. */
export async function soak({ kind, perSecond, forMs }: SoakOptions): Promise<Soaked> {
  const node = new Child<NodeProcess>("node.ts");
  const attacker = new Child<FloodProcess>("flood.ts");
  const at = await node.ask("start", { home: null });
  const talkers = await Promise.all(Array.from({ length: TALKERS }, (_, n) => newTalker(node, at, channelOf(n))));
  await attacker.ask("open", { addresses: ADDRESSES });
  const quiet = await talkAll(talkers, QUIET_MS);
  const heldBefore = await node.ask("held", null);
  const [before, usageBefore] = [await countersOf(node), await node.ask("usage", null)];

  const flooding = attacker.ask("flood", { kind, at, perSecond, forMs }, forMs + 60_000);
  const talking = talkAll(talkers, forMs);
  const dialsMs = await dialAll(at, forMs);
  const [flood, talked] = await Promise.all([flooding, talking]);

  await passed(SETTLE_MS);
  const [after, usageAfter] = [await countersOf(node), await node.ask("usage", null)];
  const heldAfter = await node.ask("held", null);
  await Promise.all([node.end(), attacker.end(), ...talkers.map(({ child }) => child.end())]);
  return {
    flood,
    quiet,
    talked,
    dialsMs,
    heldBefore,
    heldAfter,
    dropped: Object.fromEntries(Object.entries(after.dropped).map(([reason, times]) => [reason, times - (before.dropped[reason] ?? 0)])),
    datagramsIn: after.datagramsIn - before.datagramsIn,
    turnedAway: after.turnedAway - before.turnedAway,
    cpuMs: usageAfter.cpuMs - usageBefore.cpuMs,
  };
}

interface Talker {
  readonly child: Child<TalkerProcess>;
  readonly channel: string;
}

/** Each talks with the node alone, in a channel of the two. */
async function newTalker(node: Child<NodeProcess>, at: string, channel: string): Promise<Talker> {
  const child = new Child<TalkerProcess>("talker.ts");
  await node.ask("join", { channel });
  await child.ask("meet", { at, channel }, DIAL_MS_GOAL * 10);
  return { child, channel };
}

function channelOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}

async function talkAll(talkers: readonly Talker[], forMs: number): Promise<Talked> {
  const all = await Promise.all(
    talkers.map(({ child, channel }) => child.ask("talk", { channel, everyMs: TALK_EVERY_MS, forMs }, forMs + 60_000)),
  );
  return {
    roundTripsMs: all.flatMap((each) => each.roundTripsMs),
    failed: all.reduce((total, each) => total + each.failed, 0),
    up: all.reduce((total, each) => total + each.up, 0),
    down: all.reduce((total, each) => total + each.down, 0),
  };
}

/** New nodes call the one in the flood, one after the other. */
async function dialAll(at: string, forMs: number): Promise<number[]> {
  const dialsMs: number[] = [];
  for (let n = 0, until = performance.now() + forMs; performance.now() < until; n++) {
    const child = new Child<TalkerProcess>("talker.ts");
    dialsMs.push(await child.ask("meet", { at, channel: channelOf(1_000 + n) }, DIAL_MS_GOAL * 10).catch(() => Number.NaN));
    await child.end();
    await passed(Math.min(DIAL_EVERY_MS, Math.max(0, until - performance.now())));
  }
  return dialsMs;
}

type Counters = { readonly dropped: Readonly<Record<string, number>>; readonly datagramsIn: number; readonly turnedAway: number };

async function countersOf(node: Child<NodeProcess>): Promise<Counters> {
  const { counters, socketErrors } = await node.ask("status", null);
  const { dropped, datagramsIn } = counters;
  return { dropped: dropped as Record<string, number>, datagramsIn, turnedAway: socketErrors.busy ?? 0 };
}

/** What was measured, beside what is to be reached. */
export function reportOf(kind: FloodKind, perSecond: number, soaked: Soaked): Report {
  const { flood, quiet, talked, dialsMs, heldBefore, heldAfter, dropped, datagramsIn, turnedAway, cpuMs } = soaked;
  const p99 = percentile(talked.roundTripsMs, 0.99);
  const longestDial = dialsMs.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...dialsMs);
  const grown = heldAfter - heldBefore;
  const figures: Figure[] = [
    { what: "sent by the attacker", value: (1_000 * flood.sent) / flood.elapsedMs, unit: "/s", goal: `${perSecond}` },
    { what: "read by the node, all told", value: (1_000 * datagramsIn) / flood.elapsedMs, unit: "/s" },
    { what: "turned away for want of time, all told", value: (1_000 * turnedAway) / flood.elapsedMs, unit: "/s" },
    { what: "bytes back to the attacker, of those that it sent", value: (100 * flood.answerBytes) / flood.sentBytes, unit: "%" },
    { what: "CPU of the node", value: (100 * cpuMs) / flood.elapsedMs, unit: "% of a core" },
    {
      what: "echo in sessions p50, and before the flood",
      value: median(talked.roundTripsMs),
      unit: "ms",
      floor: median(quiet.roundTripsMs),
    },
    {
      what: "echo in sessions p99, and before the flood",
      value: p99,
      unit: "ms",
      floor: percentile(quiet.roundTripsMs, 0.99),
      goal: `< ${ECHO_P99_MS_GOAL}`,
      met: p99 < ECHO_P99_MS_GOAL,
    },
    { what: "messages that were not acknowledged", value: talked.failed, unit: "", goal: "0", met: talked.failed === 0 },
    { what: "sessions that ended", value: talked.down, unit: "", goal: "0", met: talked.down === 0 },
    {
      what: `longest of ${dialsMs.length} honest calls`,
      value: longestDial,
      unit: "ms",
      goal: `< ${DIAL_MS_GOAL}`,
      met: longestDial < DIAL_MS_GOAL,
    },
    { what: "growth of what the node holds", value: grown / 2 ** 20, unit: "MiB", goal: "< 16", met: grown < GROWTH_BYTES_GOAL },
  ];
  const reasons = Object.entries(dropped)
    .filter(([, times]) => times > 0)
    .sort((a, b) => b[1] - a[1]);
  return {
    name: "soak",
    title: `${kind} at random, ${perSecond.toLocaleString("en")} a second for ${Math.round(flood.elapsedMs / 1_000)} s from ${ADDRESSES} addresses, beside ${TALKERS} sessions`,
    figures,
    notes: [`dropped: ${reasons.map(([reason, times]) => `${reason} ${times.toLocaleString("en")}`).join(", ")}`],
  };
}
