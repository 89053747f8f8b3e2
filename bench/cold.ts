/**
 * How long a person waits: from the start of a process until its first message is acknowledged, and until a command of
 * the command line is done. Floor: a process that sends one JSON datagram with `node:dgram` and gets it back.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Child } from "./child.ts";
import { Daemon, runCommand } from "./daemon.ts";
import type { Bench, Figure } from "./figures.ts";
import type { NodeProcess } from "./processes/node.ts";
import type { RawProcess } from "./processes/raw.ts";
import { median } from "./samples.ts";

const CHANNEL = "#cold";
const WORD = "delivered";
const STORE_GOAL_MS = 300;
const MEMORY_GOAL_MS = 150;
/** A start that takes longer has failed, in ms. */
const START_MS = 20_000;

export const benchCold: Bench = async ({ quick }) => {
  const times = quick ? 3 : 10;
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  try {
    return {
      name: "cold",
      title: "from the start of a process; floor: Node and one JSON datagram that comes back",
      figures: await measure(directory, times),
      notes: notesFor(times),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

async function measure(directory: string, times: number): Promise<Figure[]> {
  const raw = new Child<RawProcess>("raw.ts");
  const peer = new Child<NodeProcess>("node.ts");
  const port = await raw.ask("echo", "json");
  const at = await peer.ask("start", { home: null });
  await peer.ask("join", { channel: CHANNEL });
  const daemon = await Daemon.start(directory);
  try {
    await daemon.command("join", CHANNEL, "--at", at);
    return figuresOf(await takeTurns({ directory, times, port, at, daemon }));
  } finally {
    await daemon.end();
    await Promise.all([raw.end(), peer.end()]);
  }
}

interface Places {
  readonly directory: string;
  readonly times: number;
  /** Of the raw echo. */
  readonly port: number;
  /** The node to join at. */
  readonly at: string;
  readonly daemon: Daemon;
}

type Took = Record<"raw" | "store" | "again" | "memory" | "plain" | "help" | "send", number[]>;

/** The kinds take turns, so that whatever else the machine does meets all of them. */
async function takeTurns({ directory, times, port, at, daemon }: Places): Promise<Took> {
  const took: Took = { raw: [], store: [], again: [], memory: [], plain: [], help: [], send: [] };
  const cache = { NODE_COMPILE_CACHE: join(directory, "compiled") };
  for (let time = -1; time < times; time++) {
    const home = join(directory, `home${time}`);
    const turn = {
      raw: await untilWord(node("cold-raw.ts", String(port)), cache),
      store: await untilWord(node("cold.ts", at, CHANNEL, home), cache),
      again: await untilWord(node("cold.ts", at, CHANNEL, home), cache),
      memory: await untilWord(node("cold.ts", at, CHANNEL), cache),
      plain: await untilWord(node("cold.ts", at, CHANNEL)),
      help: await timed(() => runCommand(directory, "--help")),
      send: await timed(() => daemon.command("send", CHANNEL, `text ${time}`)),
    };
    if (time < 0) continue; // the first turn fills the caches of the disk
    for (const [kind, ms] of Object.entries(turn)) took[kind as keyof typeof took].push(ms);
  }
  return took;
}

function figuresOf(took: Took): Figure[] {
  const floor = median(took.raw);
  const store = median(took.store);
  const again = median(took.again);
  const memory = median(took.memory);
  return [
    {
      what: "new home, first message delivered",
      value: store,
      unit: "ms",
      floor,
      goal: `<= ${STORE_GOAL_MS} ms`,
      met: store <= STORE_GOAL_MS,
    },
    {
      what: "known home, first message delivered",
      value: again,
      unit: "ms",
      floor,
      goal: `<= ${STORE_GOAL_MS} ms`,
      met: again <= STORE_GOAL_MS,
    },
    {
      what: "nothing kept, first message delivered",
      value: memory,
      unit: "ms",
      floor,
      goal: `<= ${MEMORY_GOAL_MS} ms`,
      met: memory <= MEMORY_GOAL_MS,
    },
    { what: "the same, no compiled code kept", value: median(took.plain), unit: "ms", floor },
    { what: "ptpchat --help", value: median(took.help), unit: "ms", floor },
    { what: "ptpchat send, to a running node", value: median(took.send), unit: "ms", floor },
  ];
}

function node(file: string, ...words: string[]): string[] {
  return [process.execPath, join(import.meta.dirname, "processes", file), ...words];
}

/** Runs a program until it says the word, then lets it end. */
async function untilWord([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const began = performance.now();
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: START_MS,
    killSignal: "SIGKILL",
    env: { ...process.env, ...env },
  });
  let tookMs = Number.NaN;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (text.includes(WORD)) tookMs = performance.now() - began;
  });
  await once(child, "close");
  if (Number.isNaN(tookMs)) throw new Error(`${program} ${words.join(" ")} did not deliver`);
  return tookMs;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function notesFor(times: number): string[] {
  return [
    `medians of ${times}; the first turn, which fills the caches, is left out`,
    "from a checkout the node is TypeScript: unless compiled code is kept between starts, as the command line does, Node strips the types of every module",
    "the home is on the disk of the temporary directory; a new home flushes its key, its directory and its store",
  ];
}
