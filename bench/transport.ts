/**
 * The transport of a session alone: two of them in one process, their payloads handed from one to the other as they are.
 * No sealing, no JSON, no sockets. What is measured is CPU time of both sides together: queueing, frames, acks, receiving.
 */
import { performance } from "node:perf_hooks";
import { type StreamId, Transport } from "../src/core/session/transport.ts";
import { PAYLOAD_BYTES_MAX } from "../src/wire/index.ts";
import type { Bench, Figure } from "./figures.ts";
import { median } from "./samples.ts";

/** What a long line of a chat has. */
const SMALL_BYTES = 200;
const LARGE_BYTES = 65_536;
const SMALL_GOAL_US = 1.2;
const FRAME_GOAL_US = 3;
/** Frames that go from one side to the other before that one answers: about what a socket hands over in one turn. */
const TURN_FRAMES = 32;

interface Run {
  readonly cpuUs: number;
  readonly messages: number;
  readonly frames: number;
  readonly acks: number;
}

export const benchTransport: Bench = async ({ quick }) => {
  const runs = quick ? 3 : 9;
  const small = measure(runs, 1, SMALL_BYTES, quick ? 200_000 : 500_000);
  const large = measure(runs, 2, LARGE_BYTES, quick ? 1_000 : 1_600);
  return {
    name: "transport",
    title: "CPU time of the transport of a session, both sides together; no sealing, no JSON, no sockets",
    figures: [
      withGoal(`a message of ${SMALL_BYTES} bytes, several to a frame`, perUnit(small, "messages"), SMALL_GOAL_US),
      { what: `a frame of messages of ${SMALL_BYTES} bytes`, value: perUnit(small, "frames"), unit: "us" },
      withGoal("a full frame of bulk", perUnit(large, "frames"), FRAME_GOAL_US),
      { what: "frames of bulk to an ack", value: median(large.map(({ frames, acks }) => frames / acks)), unit: "" },
    ],
    notes: [`medians of ${runs} runs; bulk in messages of ${LARGE_BYTES} bytes`],
  };
};

function withGoal(what: string, value: number, goal: number): Figure {
  return { what, value, unit: "us", goal: `<= ${goal} us`, met: value <= goal };
}

function perUnit(runs: readonly Run[], unit: "messages" | "frames"): number {
  return median(runs.map((run) => run.cpuUs / run[unit]));
}

/** The first run only warms up. */
function measure(runs: number, stream: StreamId, bytes: number, messages: number): Run[] {
  return Array.from({ length: runs + 1 }, () => transfer(stream, bytes, messages)).slice(1);
}

function transfer(stream: StreamId, bytes: number, messages: number): Run {
  const message = new Uint8Array(bytes).fill(0x6d);
  const from = new Transport(performance.now());
  const to = new Transport(performance.now());
  const before = process.cpuUsage();
  let queued = 0;
  let arrived = 0;
  let frames = 0;
  let acks = 0;
  while (arrived < messages) {
    while (queued < messages && from.send(stream, message)) queued++;
    const now = performance.now();
    if (from.wakeAt <= now) from.onTimer(now);
    if (to.wakeAt <= now) to.onTimer(now);
    for (let turn = 0; turn < TURN_FRAMES; turn++) {
      const out = from.next(now, PAYLOAD_BYTES_MAX);
      if (out === null) break;
      arrived += received(to, out.counter, out.payload, now);
      frames++;
    }
    for (let out = to.next(now, PAYLOAD_BYTES_MAX); out !== null; out = to.next(now, PAYLOAD_BYTES_MAX)) {
      received(from, out.counter, out.payload, now);
      acks++;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: user + system, messages, frames, acks };
}

function received(by: Transport, counter: number, payload: Uint8Array, now: number): number {
  const got = by.mayAccept(counter) ? by.receive(counter, payload, now) : "replay";
  if (typeof got === "string") throw new Error(`refused: ${got}`);
  return got.messages.length;
}
