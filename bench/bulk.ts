/**
 * 100 MB of bulk over one session between two processes, a chat message every few milliseconds beside it. Floor: datagrams
 * of the same length with `node:dgram`, as many as arrive. Then the same with a fifth of all datagrams dropped on the way.
 */
import { setTimeout as wait } from "node:timers/promises";
import { FRAME_BYTES_MAX } from "../src/wire/index.ts";
import { Child } from "./child.ts";
import { costOf } from "./cost.ts";
import type { Bench, Figure } from "./figures.ts";
import type { RawProcess } from "./processes/raw.ts";
import type { Arrived, SessionProcess, Streamed } from "./processes/session.ts";
import type { StreamProcess } from "./processes/stream.ts";
import { median, percentile } from "./samples.ts";

const BULK_BYTES = 100_000_000;
const LOSS = 0.2;
const LOSSY_BYTES = 5_000_000;
const CHAT_EVERY_MS = 10;
const SHARE_GOAL = 0.4;
const CHAT_GOAL_MS = 20;
const FLOOD_MS = 1_000;
/** Until a socket that lags behind is read empty, in ms. */
const SETTLE_MS = 100;
const WITHIN_MS = 150_000;
const MB = 1_000_000;

/** One transfer: bytes a second that arrived, and CPU time for each megabyte of them. */
interface Transfer {
  readonly perSecond: number;
  readonly fromMsPerMb: number;
  readonly toMsPerMb: number;
}

/** A transfer over a session, and what went beside it. */
interface SessionTransfer extends Transfer {
  readonly chatMs: readonly number[];
  /** Blocks and chat messages that are not there, or not as they were sent. */
  readonly missing: number;
}

export const benchBulk: Bench = async ({ quick }) => {
  const turns = quick ? 1 : 5;
  const [raw, session, tcp] = [await rawPair(), await sessionPair(0), await tcpPair()];
  const taken = { raw: [] as Transfer[], session: [] as SessionTransfer[], tcp: [] as Transfer[] };
  await session.transfer(BULK_BYTES / 4); // warm-up
  for (let turn = 0; turn < turns; turn++) {
    taken.raw.push(await raw(FLOOD_MS));
    taken.session.push(await session.transfer(BULK_BYTES));
    taken.raw.push(await raw(FLOOD_MS));
    taken.tcp.push(await tcp(BULK_BYTES));
  }
  await session.end();
  const lossy = await sessionPair(LOSS);
  const lost = await lossy.transfer(quick ? LOSSY_BYTES / 4 : LOSSY_BYTES);
  return {
    name: "bulk",
    title: `${BULK_BYTES / MB} MB over one session, beside a chat message every ${CHAT_EVERY_MS} ms; floor: datagrams of ${FRAME_BYTES_MAX} bytes over node:dgram`,
    figures: [...bulkFigures(taken), ...lossFigures(lost)],
    notes: [
      "blocks of 64 KiB on the bulk stream, cut into fragments, put together and checked at the other end; no app, no store; only their own bytes are counted",
      `medians of ${turns} turn${turns === 1 ? "" : "s"}, a flood of ${FLOOD_MS} ms before and after each; CPU is that of the process, so it holds on a busy machine too`,
      `chat beside bulk: from the call that queues a message of 200 bytes until it is decoded at the other end, in another process`,
      `with ${LOSS * 100} % loss: each end drops so many of the datagrams that it sends, acks included`,
    ],
  };
};

async function rawPair(): Promise<(forMs: number) => Promise<Transfer>> {
  const [from, to] = [new Child<RawProcess>("raw.ts"), new Child<RawProcess>("raw.ts")];
  const port = await to.ask("sink", false);
  return async (forMs) => {
    const { result, ...cpu } = await costOf(from, to, async () => {
      const flooded = await from.ask("flood", { port, forMs, content: FRAME_BYTES_MAX });
      await wait(SETTLE_MS);
      return flooded;
    });
    const { bytes } = await to.ask("counted", null);
    return transfer(result.sent * FRAME_BYTES_MAX, bytes, result.elapsedMs, cpu);
  };
}

async function sessionPair(loss: number) {
  const [from, to] = [new Child<SessionProcess>("session.ts"), new Child<SessionProcess>("session.ts")];
  await from.ask("open", { loss, peer: await to.ask("open", { loss, peer: null }) });
  return {
    async transfer(bytes: number): Promise<SessionTransfer> {
      const { result, ...cpu } = await costOf(from, to, () => from.ask("bulk", { bytes, chatEveryMs: CHAT_EVERY_MS }, WITHIN_MS));
      const arrived = await to.ask("counted", null);
      return {
        ...transfer(arrived.bulkBytes, arrived.bulkBytes, result.elapsedMs, cpu),
        chatMs: arrived.chatMs,
        missing: missingOf(result, arrived),
      };
    },
    end: () => Promise.all([from.end(), to.end()]),
  };
}

function missingOf(said: Streamed, arrived: Arrived): number {
  return arrived.wrong + Math.abs(said.sent - arrived.blocks) + Math.abs(said.chatSent - arrived.chatMs.length);
}

async function tcpPair(): Promise<(bytes: number) => Promise<Transfer>> {
  const [from, to] = [new Child<StreamProcess>("stream.ts"), new Child<StreamProcess>("stream.ts")];
  await from.ask("connect", { port: await to.ask("listen", { tls: false, reply: "bytes" }), tls: false });
  return async (bytes) => {
    const { result, ...cpu } = await costOf(from, to, () => from.ask("bulk", bytes));
    await wait(SETTLE_MS);
    const { bytes: arrived } = await to.ask("counted", null);
    return transfer(result.sent, arrived, result.elapsedMs, cpu);
  };
}

function transfer(sent: number, arrived: number, elapsedMs: number, cpu: { fromCpuMs: number; toCpuMs: number }): Transfer {
  return {
    perSecond: (1_000 * arrived) / elapsedMs,
    fromMsPerMb: (MB * cpu.fromCpuMs) / sent,
    toMsPerMb: (MB * cpu.toCpuMs) / arrived,
  };
}

// ---- figures ----

function of(transfers: readonly Transfer[], key: keyof Transfer): number {
  return median(transfers.map((each) => each[key]));
}

/** What the busier end could take or give if no other process kept it from its core, in MB/s. */
function wholeCores(transfers: readonly Transfer[]): number {
  return 1_000 / Math.max(of(transfers, "fromMsPerMb"), of(transfers, "toMsPerMb"));
}

function bulkFigures({ raw, session, tcp }: { raw: Transfer[]; session: SessionTransfer[]; tcp: Transfer[] }): Figure[] {
  const rate = of(session, "perSecond") / MB;
  const floor = of(raw, "perSecond") / MB;
  const [whole, wholeFloor] = [wholeCores(session), wholeCores(raw)];
  const goal = `>= ${SHARE_GOAL * 100} % of the floor`;
  return [
    { what: "bulk: content a second", value: rate, unit: "MB/s", floor, goal, met: rate >= SHARE_GOAL * floor },
    {
      what: "bulk: the same, with a whole core for each end",
      value: whole,
      unit: "MB/s",
      floor: wholeFloor,
      goal,
      met: whole >= SHARE_GOAL * wholeFloor,
    },
    { what: "bulk: CPU of the sender, a megabyte", value: of(session, "fromMsPerMb"), unit: "ms", floor: of(raw, "fromMsPerMb") },
    { what: "bulk: CPU of the receiver, a megabyte", value: of(session, "toMsPerMb"), unit: "ms", floor: of(raw, "toMsPerMb") },
    ...besideFigures("bulk", session),
    { what: "TCP alone: content a second", value: of(tcp, "perSecond") / MB, unit: "MB/s", floor },
  ];
}

function lossFigures(lost: SessionTransfer): Figure[] {
  const name = `${LOSS * 100} % loss`;
  return [{ what: `${name}: content a second`, value: lost.perSecond / MB, unit: "MB/s" }, ...besideFigures(name, [lost], false)];
}

function besideFigures(name: string, transfers: readonly SessionTransfer[], withGoal = true): Figure[] {
  const chatMs = transfers.flatMap((each) => each.chatMs);
  const missing = transfers.reduce((total, each) => total + each.missing, 0);
  const p99 = percentile(chatMs, 0.99);
  const goal = withGoal ? { goal: `< ${CHAT_GOAL_MS} ms`, met: p99 < CHAT_GOAL_MS } : {};
  return [
    { what: `${name}: chat beside it, one way p50`, value: median(chatMs), unit: "ms" },
    { what: `${name}: chat beside it, one way p99`, value: p99, unit: "ms", ...goal },
    { what: `${name}: missing or damaged, bulk and chat`, value: missing, unit: "", goal: "0", met: missing === 0 },
  ];
}
