/**
 * Posts of a private channel beside those of an open one: sealed at the author, opened at the receiver, and otherwise the same.
 * Two daemons in two processes, each with a home on disk; the two channels take turns. The floor of each figure is that of the open one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.ts";
import { costOf } from "./cost.ts";
import { diskFlushesMs } from "./disk-flush.ts";
import type { Bench, Figure } from "./figures.ts";
import type { NodeProcess, SentMany } from "./processes/node.ts";
import { median, percentile, sum } from "./samples.ts";

const OPEN = "#open";
const PRIVATE = "#attic";
const TEXT_BYTES = 200;
const TURNS = 3;
/** Sends under way at a time. */
const WAITING = { single: 1, full: 64, burst: 1_024 } as const;
const FLUSHES = 40;

type Way = keyof typeof WAITING;

interface Sent extends SentMany {
  readonly fromCpuMs: number;
  readonly toCpuMs: number;
}

export const benchPrivate: Bench = async ({ quick }) => {
  const forMs = quick ? 1_000 : 4_000;
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  const [from, to] = [new Child<NodeProcess>("node.ts"), new Child<NodeProcess>("node.ts")];
  try {
    const at = await to.ask("start", { home: join(directory, "to") });
    await from.ask("start", { home: join(directory, "from") });
    await to.ask("join", { channel: OPEN });
    await from.ask("join", { channel: OPEN, at });
    const link = await to.ask("create", PRIVATE.slice(1));
    await to.ask("grant", { channel: PRIVATE, node: await from.ask("nodeId", null) });
    await from.ask("join", { channel: link, at });
    const send = async (channel: string, way: Way, ms: number): Promise<Sent> => {
      const request = { channel, text: "m".repeat(TEXT_BYTES - 8), forMs: ms, atATime: WAITING[way] };
      const { result, ...cpu } = await costOf(from, to, () => from.ask("send", request, 2 * ms + 30_000));
      return { ...result, ...cpu };
    };
    for (const channel of [OPEN, PRIVATE]) await send(channel, "burst", forMs / 2); // warm-up
    const flushesMs = diskFlushesMs(directory, FLUSHES);
    const figures: Figure[] = [];
    let failed = 0;
    for (const way of Object.keys(WAITING) as Way[]) {
      const [open, sealed]: [Sent[], Sent[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn++) {
        open.push(await send(OPEN, way, forMs));
        sealed.push(await send(PRIVATE, way, forMs));
      }
      figures.push(...figuresOf(way, sealed, open));
      failed += sum([...open, ...sealed].map((each) => each.failed));
    }
    flushesMs.push(...diskFlushesMs(directory, FLUSHES));
    return {
      name: "private",
      title: `posts of ${TEXT_BYTES} bytes in a private channel of two; floor: the same in an open channel, in the same run`,
      figures: [
        { what: "one write and flush of that disk, p50", value: median(flushesMs), unit: "ms" },
        ...figures,
        { what: "not delivered", value: failed, unit: "", goal: "0", met: failed === 0 },
      ],
      notes: [
        `the two channels take turns, ${TURNS} of ${forMs / 1_000} s each; medians of the turns, percentiles of all posts`,
        "delivered: until the receiver's ACK, which says that the post is flushed there; CPU is that of both whole processes, with the threads that write",
        "an epoch ends after 100 events, so in a burst one post in a hundred pays for new keys",
      ],
    };
  } finally {
    await Promise.all([from.end(), to.end()]);
    await rm(directory, { recursive: true, force: true });
  }
};

function figuresOf(way: Way, sealed: readonly Sent[], open: readonly Sent[]): Figure[] {
  const times = (all: readonly Sent[]) => all.flatMap(({ roundTripsMs }) => roundTripsMs);
  const figure = (what: string, unit: string, of: (all: readonly Sent[]) => number): Figure => ({
    what,
    value: of(sealed),
    unit,
    floor: of(open),
  });
  const each = way === "single" ? "one after the other" : `${WAITING[way].toLocaleString("en")} waiting`;
  const latency = [0.5, 0.99].map((share) => figure(`${each}: delivered, p${100 * share}`, "ms", (all) => percentile(times(all), share)));
  return [
    ...(way === "burst" ? [] : latency),
    figure(`${each}: posts a second`, "/s", (all) =>
      median(all.map(({ elapsedMs, roundTripsMs }) => (1_000 * roundTripsMs.length) / elapsedMs)),
    ),
    figure(`${each}: CPU of the author, a post`, "us", (all) =>
      median(all.map(({ fromCpuMs, roundTripsMs }) => (1_000 * fromCpuMs) / roundTripsMs.length)),
    ),
    figure(`${each}: CPU of the receiver, a post`, "us", (all) =>
      median(all.map(({ toCpuMs, roundTripsMs }) => (1_000 * toCpuMs) / roundTripsMs.length)),
    ),
  ];
}
