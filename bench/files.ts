/**
 * A file between two daemons with their disks, chat beside it. Floors: a plain copy of the same file over TCP, flushed at its
 * end, and the same bytes on the bulk stream of a session without app and disk.
 */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import { costOf } from "./cost.ts";
import type { Bench, Figure } from "./figures.ts";
import type { CopyProcess } from "./processes/copy.ts";
import type { NodeProcess } from "./processes/node.ts";
import type { SessionProcess } from "./processes/session.ts";
import { median, percentile } from "./samples.ts";

const CHANNEL = "#files";
const MB = 1_000_000;
const FILE_MB = 1_000;
const QUICK_MB = 100;
const BULK_MB = 100;
const CHAT_EVERY_MS = 25;
const CHAT_ALONE_MS = 4_000;
const WITHIN_MS = 300_000;
const BULK_GOAL = 0.5;
const MEMORY_GOAL_MB = 150;

interface Copied {
  readonly perSecond: number;
  readonly fromMsPerMb: number;
  readonly toMsPerMb: number;
}

export const benchFiles: Bench = async ({ quick }) => {
  const megabytes = quick ? QUICK_MB : FILE_MB;
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  try {
    const path = join(directory, "original.bin");
    writeRandom(path, megabytes);
    const copies = [await copied(directory, path, megabytes)];
    const bulk = [await bulkAlone()];
    const figures = await shared(directory, path, megabytes);
    bulk.push(await bulkAlone());
    copies.push(await copied(directory, path, megabytes));
    return {
      name: "files",
      title: `${megabytes.toLocaleString("en")} MB between two daemons, a chat message every ${CHAT_EVERY_MS} ms beside it`,
      figures: withFloors(figures, copies, bulk),
      notes: [
        "two daemons in two processes over UDP on loopback, each with a home on this disk; sealed blocks of 256 KiB are read at one, checked and written at the other, and put together to the file, flushed",
        "floor of the file: a copy over TCP from disk to disk, flushed at its end, before and after; ratio to bulk: 100 MB on the bulk stream of a session without app and disk, before and after",
        "CPU is that of the whole processes, with their threads, less what the chat took in as long a time without the file; growth: of the most that was resident, beyond what it was when the two had met",
        "chat: from the call of send until it is on the other's disk and acknowledged",
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

interface Shared {
  readonly sealMs: number;
  readonly getMs: number;
  readonly fromMsPerMb: number;
  readonly toMsPerMb: number;
  readonly growthMb: { readonly seal: number; readonly from: number; readonly to: number };
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  readonly failed: number;
  readonly isSame: boolean;
  readonly megabytes: number;
}

async function shared(directory: string, path: string, megabytes: number): Promise<Shared> {
  const [from, to] = [new Child<NodeProcess>("node.ts"), new Child<NodeProcess>("node.ts")];
  try {
    const at = await from.ask("start", { home: join(directory, "from") });
    await to.ask("start", { home: join(directory, "to") });
    await from.ask("join", { channel: CHANNEL });
    await to.ask("join", { channel: CHANNEL, at });
    await from.ask("talk", { channel: CHANNEL, everyMs: CHAT_EVERY_MS });
    const chat = await costOf(from, to, () => wait(CHAT_ALONE_MS));
    const alone = await from.ask("hush", null);
    const peaks = { from: await from.ask("peak", null), to: await to.ask("peak", null) };
    const sent = await from.ask("sendFile", { channel: CHANNEL, path }, WITHIN_MS);
    const sealed = await from.ask("peak", null);
    const target = join(directory, "got");
    mkdirSync(target);
    await from.ask("talk", { channel: CHANNEL, everyMs: CHAT_EVERY_MS });
    const { result, ...cpu } = await costOf(from, to, () => to.ask("getFile", { channel: CHANNEL, id: sent.id, to: target }, WITHIN_MS));
    const beside = await from.ask("hush", null);
    const after = { from: await from.ask("peak", null), to: await to.ask("peak", null) };
    return {
      sealMs: sent.tookMs,
      getMs: result.tookMs,
      fromMsPerMb: (cpu.fromCpuMs - (chat.fromCpuMs * result.tookMs) / CHAT_ALONE_MS) / megabytes,
      toMsPerMb: (cpu.toCpuMs - (chat.toCpuMs * result.tookMs) / CHAT_ALONE_MS) / megabytes,
      growthMb: { seal: (sealed - peaks.from) / MB, from: (after.from - peaks.from) / MB, to: (after.to - peaks.to) / MB },
      alone: alone.tookMs,
      beside: beside.tookMs,
      failed: alone.failed + beside.failed,
      isSame: await isSame(path, result.path),
      megabytes,
    };
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function copied(directory: string, path: string, megabytes: number): Promise<Copied> {
  const [from, to] = [new Child<CopyProcess>("copy.ts"), new Child<CopyProcess>("copy.ts")];
  try {
    const port = await from.ask("give", path);
    const copy = join(directory, "copy.bin");
    const { result, fromCpuMs, toCpuMs } = await costOf(from, to, () => to.ask("take", { port, to: copy }, WITHIN_MS));
    await rm(copy);
    return { perSecond: (1_000 * megabytes) / result, fromMsPerMb: fromCpuMs / megabytes, toMsPerMb: toCpuMs / megabytes };
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function bulkAlone(): Promise<Copied> {
  const [from, to] = [new Child<SessionProcess>("session.ts"), new Child<SessionProcess>("session.ts")];
  try {
    await from.ask("open", { loss: 0, peer: await to.ask("open", { loss: 0, peer: null }) });
    const send = () => from.ask("bulk", { bytes: BULK_MB * MB, chatEveryMs: CHAT_EVERY_MS }, WITHIN_MS);
    const { result, fromCpuMs, toCpuMs } = await costOf(from, to, send);
    return { perSecond: (1_000 * BULK_MB) / result.elapsedMs, fromMsPerMb: fromCpuMs / BULK_MB, toMsPerMb: toCpuMs / BULK_MB };
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const reader = new Child<CopyProcess>("copy.ts");
  try {
    return (await reader.ask("hash", one, WITHIN_MS)) === (await reader.ask("hash", other, WITHIN_MS));
  } finally {
    await reader.end();
  }
}

function writeRandom(path: string, megabytes: number): void {
  const file = openSync(path, "wx");
  for (let count = 0; count < megabytes; count++) writeSync(file, randomBytes(MB));
  closeSync(file);
}

function withFloors(file: Shared, copies: readonly Copied[], bulks: readonly Copied[]): Figure[] {
  const rate = (1_000 * file.megabytes) / file.getMs;
  const floorOf = (key: keyof Copied) => median(copies.map((each) => each[key]));
  const bulkOf = (key: keyof Copied) => median(bulks.map((each) => each[key]));
  const bulk = bulkOf("perSecond");
  const lost = file.isSame ? 0 : 1;
  const grown = Math.max(file.growthMb.from, file.growthMb.to);
  return [
    { what: "file: fetched, checked, put together and flushed", value: rate, unit: "MB/s", floor: floorOf("perSecond") },
    {
      what: "the same, beside bulk alone",
      value: rate,
      unit: "MB/s",
      floor: bulk,
      goal: `>= ${BULK_GOAL * 100} % of bulk`,
      met: rate >= BULK_GOAL * bulk,
    },
    { what: "sealed to be sent, and flushed", value: (1_000 * file.megabytes) / file.sealMs, unit: "MB/s" },
    { what: "CPU of the giver, a megabyte", value: file.fromMsPerMb, unit: "ms", floor: floorOf("fromMsPerMb") },
    { what: "CPU of the one that fetches, a megabyte", value: file.toMsPerMb, unit: "ms", floor: floorOf("toMsPerMb") },
    { what: "CPU of the giver, beside bulk alone", value: file.fromMsPerMb, unit: "ms", floor: bulkOf("fromMsPerMb") },
    { what: "CPU of the one that fetches, beside bulk alone", value: file.toMsPerMb, unit: "ms", floor: bulkOf("toMsPerMb") },
    { what: "growth of memory while it is sealed", value: file.growthMb.seal, unit: "MB" },
    {
      what: "growth of memory of the giver, in all",
      value: file.growthMb.from,
      unit: "MB",
      goal: `<= ${MEMORY_GOAL_MB} MB`,
      met: grown <= MEMORY_GOAL_MB,
    },
    {
      what: "growth of memory of the one that fetches",
      value: file.growthMb.to,
      unit: "MB",
      goal: `<= ${MEMORY_GOAL_MB} MB`,
      met: grown <= MEMORY_GOAL_MB,
    },
    { what: "chat without it, sent and delivered, p50", value: median(file.alone), unit: "ms" },
    { what: "chat without it, p99", value: percentile(file.alone, 0.99), unit: "ms" },
    { what: "chat beside it, sent and delivered, p50", value: median(file.beside), unit: "ms", floor: median(file.alone) },
    { what: "chat beside it, p99", value: percentile(file.beside, 0.99), unit: "ms", floor: percentile(file.alone, 0.99) },
    {
      what: "files that are not the same, and messages not delivered",
      value: lost + file.failed,
      unit: "",
      goal: "0",
      met: lost + file.failed === 0,
    },
  ];
}
