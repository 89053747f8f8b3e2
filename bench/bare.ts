/**
 * MESSAGE and ACK between two nodes in two processes, beside a loop of two processes that only read and write JSON with
 * `node:dgram`. Both take turns, so that whatever else the machine does meets both.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.ts";
import { diskFlushesMs } from "./disk-flush.ts";
import type { Bench, Figure, Report } from "./figures.ts";
import type { NodeProcess, SentMany } from "./processes/node.ts";
import type { Pings, RawProcess } from "./processes/raw.ts";
import { median, percentile, sum } from "./samples.ts";

const CHANNEL = "00000000-0000-4000-8000-000000000000";
const NUMBER_DIGITS = 8;
/** What a long line of a chat has. */
const TEXT_BYTES = 200;
const TEXT = "m".repeat(TEXT_BYTES - NUMBER_DIGITS);
/** Sends under way when the queue is kept full; one is in flight, by the seed. */
const FULL = 64;
const SHARE_GOAL = 0.5;
/** Flushes measured in each turn. */
const FLUSHES = 20;

type RawPair = { readonly asker: Child<RawProcess>; readonly jsonPort: number; readonly bytesPort: number };

/** What was measured in all turns together. */
interface Turns {
  /** How long the disk took to write and flush; empty where nothing is kept. */
  readonly flushesMs: number[];
  readonly json: Pings[];
  readonly bytes: Pings[];
  readonly single: SentMany[];
  readonly full: SentMany[];
}

export const benchBare: Bench = async ({ quick }) => {
  const turns = quick ? 3 : 7;
  const turnMs = quick ? 400 : 1_000;
  const raw = await startRaw();
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  try {
    const inMemory = await measure(null, raw, turns, turnMs);
    const onDisk = await measure(directory, raw, turns, turnMs);
    return report([...memoryFigures(inMemory), ...diskFigures(onDisk)]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

async function startRaw(): Promise<RawPair> {
  const asker = new Child<RawProcess>("raw.ts");
  const echo = new Child<RawProcess>("raw.ts");
  return { asker, jsonPort: await echo.ask("echo", "json"), bytesPort: await echo.ask("echo", "bytes") };
}

/** @param directory - for the homes of both nodes; null for nodes that keep nothing */
async function measure(directory: string | null, raw: RawPair, turns: number, turnMs: number): Promise<Turns> {
  const from = new Child<NodeProcess>("node.ts");
  const to = new Child<NodeProcess>("node.ts");
  const at = await to.ask("start", { home: directory === null ? null : join(directory, "to") });
  await from.ask("start", { home: directory === null ? null : join(directory, "from") });
  await to.ask("join", { channel: CHANNEL });
  await from.ask("join", { channel: CHANNEL, at });
  const taken: Turns = { flushesMs: [], json: [], bytes: [], single: [], full: [] };
  await oneTurn(raw, from, turnMs, { flushesMs: [], json: [], bytes: [], single: [], full: [] }); // warm-up
  for (let turn = 0; turn < turns; turn++) {
    await oneTurn(raw, from, turnMs, taken);
    if (directory !== null) taken.flushesMs.push(...diskFlushesMs(directory, FLUSHES));
  }
  await Promise.all([from.end(), to.end()]);
  return taken;
}

async function oneTurn({ asker, jsonPort, bytesPort }: RawPair, from: Child<NodeProcess>, turnMs: number, into: Turns): Promise<void> {
  const text = `${TEXT}${"0".repeat(NUMBER_DIGITS)}`;
  into.json.push(await asker.ask("ping", { port: jsonPort, json: true, text, forMs: turnMs }));
  into.single.push(await from.ask("send", { channel: CHANNEL, text: TEXT, forMs: turnMs, atATime: 1 }));
  into.bytes.push(await asker.ask("ping", { port: bytesPort, json: false, text, forMs: turnMs / 4 }));
  into.full.push(await from.ask("send", { channel: CHANNEL, text: TEXT, forMs: turnMs, atATime: FULL }));
}

function memoryFigures(turns: Turns): Figure[] {
  const { json, bytes, single, full } = turns;
  const floor = rateOf(json);
  return [
    ...tripFigures("kept in memory", turns, 0),
    withGoal({ what: "kept in memory: messages a second, each after the last", value: rateOf(single), unit: "/s", floor }),
    withGoal({ what: `kept in memory: messages a second, ${FULL} waiting`, value: rateOf(full), unit: "/s", floor }),
    { what: "the raw loop without JSON", value: rateOf(bytes), unit: "/s", floor },
    ...failures("kept in memory", turns),
  ];
}

/** Here the floor of one message is one echo and one flush. */
function diskFigures(turns: Turns): Figure[] {
  const flushMs = median(turns.flushesMs);
  const floor = 1_000 / (1_000 / rateOf(turns.json) + flushMs);
  return [
    ...tripFigures("kept on disk", turns, flushMs),
    { what: "kept on disk: messages a second, each after the last", value: rateOf(turns.single), unit: "/s", floor },
    { what: `kept on disk: messages a second, ${FULL} waiting`, value: rateOf(turns.full), unit: "/s", floor },
    { what: "one write and flush of that disk, p50", value: flushMs, unit: "ms" },
    ...failures("kept on disk", turns),
  ];
}

function tripFigures(where: string, { json, single }: Turns, flushMs: number): Figure[] {
  const floor = json.flatMap((turn) => turn.roundTripsMs);
  const trips = single.flatMap((turn) => turn.roundTripsMs);
  return [
    { what: `${where}: round trip p50`, value: median(trips), unit: "ms", floor: median(floor) + flushMs },
    { what: `${where}: round trip p99`, value: percentile(trips, 0.99), unit: "ms", floor: percentile(floor, 0.99) + flushMs },
  ];
}

function failures(where: string, { single, full }: Turns): Figure[] {
  const failed = sum([...single, ...full].map((turn) => turn.failed));
  return failed === 0 ? [] : [{ what: `${where}: not delivered`, value: failed, unit: "", goal: "0", met: false }];
}

function withGoal(figure: Figure): Figure {
  return { ...figure, goal: `>= ${SHARE_GOAL * 100} % of the floor`, met: figure.value >= SHARE_GOAL * (figure.floor ?? 0) };
}

function rateOf(turns: readonly { readonly elapsedMs: number; readonly roundTripsMs: readonly number[] }[]): number {
  return (1_000 * sum(turns.map((turn) => turn.roundTripsMs.length))) / sum(turns.map((turn) => turn.elapsedMs));
}

function report(figures: readonly Figure[]): Report {
  return {
    name: "bare",
    title: `MESSAGE of ${TEXT_BYTES} bytes and its ACK between two processes; floor: the same JSON echoed by node:dgram`,
    figures,
    notes: [
      "one MESSAGE is in flight to a bare peer at a time, by the protocol: more waiting sends save only the turn from answer to call",
      "a node keeps a text before it sends it: on disk each round trip holds one flush, and sends that wait share one; floor there: one echo and one flush",
    ],
  };
}
