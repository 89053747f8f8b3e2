/**
 * Small messages over one session between two processes, beside a loop of two processes that only write and read JSON with
 * `node:dgram`, and beside TLS over TCP. All take turns, so that whatever else the machine does meets all of them.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import { costOf } from "./cost.ts";
import type { Bench, Figure } from "./figures.ts";
import type { Pings, RawProcess } from "./processes/raw.ts";
import type { SessionProcess } from "./processes/session.ts";
import type { StreamProcess } from "./processes/stream.ts";
import { median, percentile } from "./samples.ts";

/** What a long line of a chat has. */
const TEXT_BYTES = 200;
const NUMBER_DIGITS = 8;
const TEXT = "m".repeat(TEXT_BYTES);
/** Until a socket that lags behind is read empty, in ms. */
const SETTLE_MS = 100;
/** The floor that the design's 280,000 a second stand beside is 281,000 on the machine where it was measured. */
const RATE_GOAL = "none fewer than raw";
const ECHO_GOAL_MS = 0.095;
const ECHO_GOAL_SHARE = 1.1;

/** Messages one way in one turn. */
interface OneWay {
  readonly perSecond: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** Sent, and not there in the end, or not in order. */
  readonly lost: number;
}

/** Two ends that take turns with others. */
interface Pair {
  stream(forMs: number): Promise<OneWay>;
  ping(forMs: number): Promise<Pings>;
}

interface Turns {
  readonly oneWay: OneWay[];
  readonly pings: Pings[];
}

export const benchSession: Bench = async ({ quick }) => {
  const turns = quick ? 3 : 9;
  const turnMs = quick ? 500 : 1_000;
  const session = await sessionPair();
  const tls = await tlsPair();
  const pairs = { raw: await rawPair(), session: session.pair, tls: tls.pair };
  const taken = { raw: newTurns(), session: newTurns(), tls: newTurns() };
  for (let turn = -1; turn < turns; turn++) {
    for (const name of ["raw", "session", "tls"] as const) {
      const oneWay = await pairs[name].stream(turnMs);
      const pings = await pairs[name].ping(turnMs / 2);
      if (turn < 0) continue; // warm-up
      taken[name].oneWay.push(oneWay);
      taken[name].pings.push(pings);
    }
  }
  return {
    name: "session",
    title: `MESSAGE of ${TEXT_BYTES} bytes over one session, decoded and checked, not kept; floor: the same JSON over node:dgram`,
    figures: [...oneWayFigures(taken), ...echoFigures(taken), ...tlsFigures(taken)],
    notes: [
      "one session between two processes: frames, streams, acks, sealing, JSON of core and net, on real sockets; no app, store, channels and verbs",
      `medians of ${turns} turns of ${turnMs} ms; CPU is that of the process, so it holds on a busy machine too; TLS is ${tls.protection}, 64 messages to a write`,
      "raw sends without waiting for anybody and loses what its receiver is too slow for; received ones are counted",
    ],
  };
};

function newTurns(): Turns {
  return { oneWay: [], pings: [] };
}

// ---- the three pairs ----

async function sessionPair(): Promise<{ pair: Pair }> {
  const [from, to] = [new Child<SessionProcess>("session.ts"), new Child<SessionProcess>("session.ts")];
  await from.ask("open", { loss: 0, peer: await to.ask("open", { loss: 0, peer: null }) });
  const text = TEXT.slice(NUMBER_DIGITS);
  return {
    pair: {
      async stream(forMs) {
        await to.ask("replyWith", "count");
        const { result, fromCpuMs, toCpuMs } = await costOf(from, to, () => from.ask("stream", { text, forMs }));
        const { messages, wrong } = await to.ask("counted", null);
        return oneWay(result.sent, messages, result.elapsedMs, { fromCpuMs, toCpuMs }, wrong);
      },
      async ping(forMs) {
        await to.ask("replyWith", "echo");
        return from.ask("ping", { text: TEXT, forMs });
      },
    },
  };
}

async function rawPair(): Promise<Pair> {
  const [from, to] = [new Child<RawProcess>("raw.ts"), new Child<RawProcess>("raw.ts")];
  const sink = await to.ask("sink", true);
  const echo = await to.ask("echo", "json");
  return {
    async stream(forMs) {
      const { result, fromCpuMs, toCpuMs } = await costOf(from, to, async () => {
        const flooded = await from.ask("flood", { port: sink, forMs, content: TEXT });
        await wait(SETTLE_MS);
        return flooded;
      });
      const { datagrams } = await to.ask("counted", null);
      return oneWay(result.sent, datagrams, result.elapsedMs, { fromCpuMs, toCpuMs });
    },
    ping: (forMs) => from.ask("ping", { port: echo, json: true, text: TEXT, forMs }),
  };
}

async function tlsPair(): Promise<{ pair: Pair; protection: string }> {
  const [from, to] = [new Child<StreamProcess>("stream.ts"), new Child<StreamProcess>("stream.ts")];
  const [asker, echo] = [new Child<StreamProcess>("stream.ts"), new Child<StreamProcess>("stream.ts")];
  const protection = await from.ask("connect", { port: await to.ask("listen", { tls: true, reply: "count" }), tls: true });
  await asker.ask("connect", { port: await echo.ask("listen", { tls: true, reply: "echo" }), tls: true });
  const pair: Pair = {
    async stream(forMs) {
      const { result, fromCpuMs, toCpuMs } = await costOf(from, to, async () => {
        const streamed = await from.ask("stream", { text: TEXT, forMs });
        await wait(SETTLE_MS);
        return streamed;
      });
      const { messages } = await to.ask("counted", null);
      return oneWay(result.sent, messages, result.elapsedMs, { fromCpuMs, toCpuMs });
    },
    ping: (forMs) => asker.ask("ping", { text: TEXT, forMs }),
  };
  return { pair, protection };
}

function oneWay(sent: number, arrived: number, elapsedMs: number, cpu: { fromCpuMs: number; toCpuMs: number }, wrong = 0): OneWay {
  return {
    perSecond: (1_000 * arrived) / elapsedMs,
    fromUs: (1_000 * cpu.fromCpuMs) / sent,
    toUs: (1_000 * cpu.toCpuMs) / arrived,
    lost: sent - arrived + wrong,
  };
}

// ---- figures ----

type Taken = Readonly<Record<"raw" | "session" | "tls", Turns>>;

function of(turns: Turns, key: keyof OneWay): number {
  return median(turns.oneWay.map((turn) => turn[key]));
}

/** What the busier end could take or give if no other process kept it from its core. */
function wholeCores(turns: Turns): number {
  return 1e6 / Math.max(of(turns, "fromUs"), of(turns, "toUs"));
}

function oneWayFigures({ raw, session }: Taken): Figure[] {
  const rate = of(session, "perSecond");
  const floor = of(raw, "perSecond");
  const [whole, wholeFloor] = [wholeCores(session), wholeCores(raw)];
  const lost = session.oneWay.reduce((total, turn) => total + turn.lost, 0);
  return [
    { what: "one way: messages a second", value: rate, unit: "/s", floor, goal: RATE_GOAL, met: rate >= floor },
    {
      what: "one way: the same, with a whole core for each end",
      value: whole,
      unit: "/s",
      floor: wholeFloor,
      goal: RATE_GOAL,
      met: whole >= wholeFloor,
    },
    { what: "one way: lost, or out of order", value: lost, unit: "", goal: "0", met: lost === 0 },
    { what: "one way: CPU of the sender, a message", value: of(session, "fromUs"), unit: "us", floor: of(raw, "fromUs") },
    { what: "one way: CPU of the receiver, a message", value: of(session, "toUs"), unit: "us", floor: of(raw, "toUs") },
  ];
}

function echoFigures({ raw, session }: Taken): Figure[] {
  const [trips, floor] = [tripsOf(session), tripsOf(raw)];
  const p50 = median(trips);
  const met = p50 <= ECHO_GOAL_MS || p50 <= ECHO_GOAL_SHARE * median(floor);
  const goal = `<= ${ECHO_GOAL_MS} ms or <= ${ECHO_GOAL_SHARE} x the floor`;
  return [
    { what: "echo: round trip p50", value: p50, unit: "ms", floor: median(floor), goal, met },
    { what: "echo: round trip p99", value: percentile(trips, 0.99), unit: "ms", floor: percentile(floor, 0.99) },
  ];
}

function tlsFigures({ raw, tls }: Taken): Figure[] {
  return [
    { what: "TLS over TCP, one way: messages a second", value: of(tls, "perSecond"), unit: "/s", floor: of(raw, "perSecond") },
    { what: "TLS over TCP, one way: CPU of the sender, a message", value: of(tls, "fromUs"), unit: "us", floor: of(raw, "fromUs") },
    { what: "TLS over TCP, one way: CPU of the receiver, a message", value: of(tls, "toUs"), unit: "us", floor: of(raw, "toUs") },
    { what: "TLS over TCP, echo: round trip p50", value: median(tripsOf(tls)), unit: "ms", floor: median(tripsOf(raw)) },
  ];
}

function tripsOf({ pings }: Turns): number[] {
  return pings.flatMap(({ roundTripsMs }) => roundTripsMs);
}
