/** A node that talks with one other in a session, a message at a time in a steady rhythm, and measures when each is acknowledged. */
import { performance } from "node:perf_hooks";
import { setTimeout as passed } from "node:timers/promises";
import { createNode } from "../../src/app/index.ts";
import { serve } from "../child.ts";

export interface TalkRequest {
  readonly channel: string;
  readonly everyMs: number;
  readonly forMs: number;
}

export interface Talked {
  readonly roundTripsMs: number[];
  readonly failed: number;
  /** Sessions that came up and that ended, since the node was started. */
  readonly up: number;
  readonly down: number;
}

const MESSAGE_MS = 20_000;
const MEET_MS = 20_000;

let node: Awaited<ReturnType<typeof createNode>> | null = null;
let up = 0;
let down = 0;
let count = 0;

function running() {
  if (node === null) throw new Error("the node is not started");
  return node;
}

/** Starts a node that keeps nothing. @returns the time from calling the other until its session is up, in ms */
async function meet({ at, channel }: { at: string; channel: string }): Promise<number> {
  node = await createNode({ memoryOnly: true, listen: "127.0.0.1:0", peers: [] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`no session within ${MEET_MS} ms`)), MEET_MS);
  node.subscribe((event) => {
    if (event.type === "session-down") down++;
    if (event.type !== "session-up") return;
    up++;
    clearTimeout(timer);
    resolve();
  });
  const began = performance.now();
  await node.join({ channel, at: [at] });
  await promise;
  return performance.now() - began;
}

async function talk({ channel, everyMs, forMs }: TalkRequest): Promise<Talked> {
  const roundTripsMs: number[] = [];
  let failed = 0;
  const open: Promise<void>[] = [];
  for (const until = performance.now() + forMs; performance.now() < until; ) {
    open.push(say(channel, roundTripsMs).catch(() => void failed++));
    await passed(everyMs);
  }
  await Promise.all(open);
  return { roundTripsMs, failed, up, down };
}

async function say(channel: string, roundTripsMs: number[]): Promise<void> {
  const sentAt = performance.now();
  await running().send({ channel, text: `message ${count++}`, wait: "delivered", timeoutMs: MESSAGE_MS });
  roundTripsMs.push(performance.now() - sentAt);
}

async function stop(): Promise<void> {
  const ending = node;
  node = null;
  await ending?.stop();
}

const handlers = { meet, talk, stop: (_: null) => stop() };
export type TalkerProcess = typeof handlers;

serve(handlers, stop);
