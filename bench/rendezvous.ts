/**
 * A rendezvous under thousands of bare peers, each with a socket of its own, and then under a flood of strangers. Floor: a
 * process that only answers each HELLO with `node:dgram` and notes who spoke.
 */
import { platform } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { Child, cpuPercent, type Usage } from "./child.ts";
import type { Bench, Figure, Report } from "./figures.ts";
import type { Counted, HelloProcess } from "./processes/hellos.ts";
import type { NodeProcess } from "./processes/node.ts";
import type { RawProcess } from "./processes/raw.ts";

const GAP_MS = 2_000;
const CROWDS = [1_000, 10_000];
const STRANGERS = 20_000;
/** Until every peer is known and the code is compiled. */
const WARM_MS = 3 * GAP_MS;
const FLOOD_MS = 8_000;
const CONFIGURED = 3;
const PROVEN_CHANNEL = "00000000-0000-4000-8000-000000000001";
/** Bounds of the core that the flood is to meet (`src/core/limits.ts`). */
const PEERS_MAX = 16_384;
const CPU_GOAL_PERCENT = 50;
const MIB = 1_048_576;

/** Something that answers HELLO. */
interface Answerer {
  readonly port: number;
  usage(): Promise<Usage>;
}

interface Window {
  readonly cpuPercent: number;
  readonly residentMib: number;
  readonly sent: number;
  readonly heard: number;
  readonly missed: number;
  readonly latestMs: number;
  readonly loadPercent: number;
}

export const benchRendezvous: Bench = async ({ quick }) => {
  const forMs = quick ? 10_000 : 30_000;
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const crowd of CROWDS) {
    const floor = await floorOf(crowd, quick ? 6_000 : 10_000);
    const last = crowd === CROWDS.at(-1);
    const { window, bytesEach, flooded } = await crowdAt(crowd, forMs, last, notes);
    figures.push(...crowdFigures(crowd, window, floor, bytesEach), ...flooded);
  }
  return report(figures, notes);
};

async function floorOf(crowd: number, forMs: number): Promise<Window> {
  const load = new Child<HelloProcess>("hellos.ts");
  const raw = new Child<RawProcess>("raw.ts");
  await load.ask("open", { count: crowd, host: "127.0.0.1" }, 60_000);
  const answerer = { port: await raw.ask("echo", "hello"), usage: () => raw.ask("usage", null) };
  await load.ask("begin", { port: answerer.port, gapMs: GAP_MS });
  const window = await watch(load, answerer, forMs);
  await Promise.all([load.end(), raw.end()]);
  return window;
}

/** One crowd at a fresh rendezvous, which has a few of them configured and one that proves itself. */
async function crowdAt(
  crowd: number,
  forMs: number,
  withFlood: boolean,
  notes: string[],
): Promise<{ window: Window; bytesEach: number; flooded: Figure[] }> {
  const load = new Child<HelloProcess>("hellos.ts");
  const node = new Child<NodeProcess>("node.ts");
  const { opened, filesMax } = await load.ask("open", { count: crowd, host: "127.0.0.1" }, 60_000);
  if (opened < crowd)
    notes.push(
      `the limit of open files (${filesMax}) allows ${opened} of ${crowd} peers: raise it (ulimit -n ${crowd + 1_000}) and run again`,
    );
  const configured = await load.ask("endpoints", CONFIGURED);
  const port = Number((await node.ask("start", { home: null, rendezvous: true, peers: configured })).split(":").at(-1));
  const heldAlone = await node.ask("held", null);
  await load.ask("begin", { port, gapMs: GAP_MS });
  const proven = await load.ask("prove", { port, channelId: PROVEN_CHANNEL });
  const window = await watch(load, { port, usage: () => node.ask("usage", null) }, forMs);
  const bytesEach = ((await node.ask("held", null)) - heldAlone) / opened;
  const flooded = withFlood ? await flood(load, node, [...configured, proven]) : [];
  await Promise.all([load.end(), node.end()]);
  return { window, bytesEach, flooded };
}

async function watch(load: Child<HelloProcess>, answerer: Answerer, forMs: number): Promise<Window> {
  await wait(WARM_MS);
  const before = await moment(load, answerer);
  await wait(forMs);
  const after = await moment(load, answerer);
  return {
    cpuPercent: cpuPercent(before.usage, after.usage),
    residentMib: after.usage.residentBytes / MIB,
    sent: after.counted.sent - before.counted.sent,
    heard: after.counted.heard - before.counted.heard,
    missed: after.counted.missed - before.counted.missed,
    latestMs: after.counted.latestMs,
    loadPercent: cpuPercent(before.load, after.load),
  };
}

async function moment(load: Child<HelloProcess>, answerer: Answerer): Promise<{ usage: Usage; load: Usage; counted: Counted }> {
  const [usage, ofLoad, counted] = await Promise.all([answerer.usage(), load.ask("usage", null), load.ask("counted", null)]);
  return { usage, load: ofLoad, counted };
}

function crowdFigures(crowd: number, window: Window, floor: Window, bytesEach: number): Figure[] {
  const goal = crowd === CROWDS.at(-1) ? { goal: `< ${CPU_GOAL_PERCENT} % of a core`, met: window.cpuPercent < CPU_GOAL_PERCENT } : {};
  const name = `${crowd.toLocaleString("en")} peers`;
  return [
    { what: `${name}: CPU`, value: window.cpuPercent, unit: "% of a core", floor: floor.cpuPercent, ...goal },
    { what: `${name}: HELLOs sent to it`, value: window.sent, unit: "", floor: floor.sent },
    { what: `${name}: HELLOs it answered`, value: window.heard, unit: "", floor: floor.heard },
    {
      what: `${name}: not answered before the next`,
      value: window.missed,
      unit: "",
      floor: floor.missed,
      goal: "0",
      met: window.missed === 0,
    },
    { what: `${name}: resident memory`, value: window.residentMib, unit: "MiB", floor: floor.residentMib },
    { what: `${name}: memory held for each`, value: bytesEach, unit: "bytes" },
    { what: `${name}: the load's own CPU`, value: window.loadPercent, unit: "% of a core", floor: floor.loadPercent },
    { what: `${name}: the load's latest HELLO`, value: window.latestMs, unit: "ms", floor: floor.latestMs },
  ];
}

/** Strangers by the thousand, each heard once: the tables stay bounded, and who was there before stays. */
async function flood(load: Child<HelloProcess>, node: Child<NodeProcess>, trusted: readonly string[]): Promise<Figure[]> {
  const before = await load.ask("counted", null);
  const usageBefore = await node.ask("usage", null);
  const sent = await load.ask("flood", { count: STRANGERS, hosts: strangerHosts(), overMs: FLOOD_MS }, 120_000);
  const usage = await node.ask("usage", null);
  const peers = await node.ask("peers", null);
  await wait(3 * GAP_MS); // long enough to see who fell silent
  const after = await load.ask("counted", null);
  const kept = new Set((await node.ask("peers", null)).filter((peer) => peer.live).map((peer) => peer.endpoint as string));
  const trustedKept = trusted.filter((endpoint) => kept.has(endpoint)).length;
  const answered = {
    what: "flood: HELLOs of the crowd not answered",
    value: after.missed - before.missed,
    unit: "",
    goal: "0",
    met: after.missed === before.missed,
  };
  return [
    { what: "flood: strangers, one HELLO each", value: sent, unit: "" },
    { what: "flood: CPU meanwhile", value: cpuPercent(usageBefore, usage), unit: "% of a core" },
    {
      what: "flood: peers in the table",
      value: peers.length,
      unit: "",
      goal: `<= ${PEERS_MAX.toLocaleString("en")}`,
      met: peers.length <= PEERS_MAX,
    },
    { what: "flood: resident memory", value: usage.residentBytes / MIB, unit: "MiB" },
    {
      what: "flood: configured and proven peers still live",
      value: trustedKept,
      unit: "",
      goal: `${trusted.length}`,
      met: trustedKept === trusted.length,
    },
    { what: "flood: peers of the crowd that went silent", value: after.silent, unit: "", goal: "0", met: after.silent === 0 },
    answered,
  ];
}

/** On Linux the whole of 127.0.0.0/8 is ours, so that no endpoint comes twice; elsewhere ports are used again. */
function strangerHosts(): string[] {
  if (platform() !== "linux") return ["127.0.0.1"];
  return Array.from({ length: 40 }, (_, at) => `127.0.${at + 1}.1`);
}

function report(figures: readonly Figure[], notes: readonly string[]): Report {
  return {
    name: "rendezvous",
    title: `bare peers that say HELLO every ${GAP_MS / 1_000} s to one rendezvous; floor: a process that only answers them with node:dgram`,
    figures,
    notes: ["all peers of the crowd share one address, and so one account of byte credit: the tightest case", ...notes],
  };
}
