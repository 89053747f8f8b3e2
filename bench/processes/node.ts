/** One ptpchat node in a process of its own, as a program that uses the SDK has it, to be driven and measured. */
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createNode } from "../../src/app/index.ts";
import { serve, usageNow } from "../child.ts";

type Running = Awaited<ReturnType<typeof createNode>>;

export interface StartRequest {
  /** The directory; null for a node that keeps nothing. */
  readonly home: string | null;
  readonly peers?: readonly string[];
  readonly rendezvous?: boolean;
}

export interface SendRequest {
  readonly channel: string;
  /** The text of each message, without its number. */
  readonly text: string;
  readonly forMs: number;
  /** Sends under way at a time; 1: each waits for the one before. */
  readonly atATime: number;
}

export interface SentMany {
  readonly elapsedMs: number;
  /** From the call until the peer has acknowledged. */
  readonly roundTripsMs: number[];
  readonly failed: number;
}

/** How long a node may take to hear of another, in ms. */
const MEET_MS = 10_000;
/** Everything here is on one machine: what takes longer has failed, in ms. */
const SEND_MS = 5_000;
const LOOK_MS = 20;

let node: Running | null = null;
let count = 0;

async function start({ home, peers = [], rendezvous = false }: StartRequest): Promise<string> {
  const place = home === null ? { memoryOnly: true } : { home };
  node = await createNode({ ...place, peers, rendezvous, listen: "127.0.0.1:0" });
  return node.udp;
}

function running(): Running {
  if (node === null) throw new Error("the node is not started");
  return node;
}

/** Makes a private channel. @returns what others join it by */
async function create(name: string): Promise<string> {
  return `#${(await running().create({ name, private: true })).link}`;
}

/** Invites one node to a private channel. @returns the link and a word code */
async function invite(channel: string): Promise<{ link: string; code: string }> {
  const { link, code } = await running().invite({ channel, code: true });
  return { link, code: code ?? "" };
}

/** Comes into a channel, by an invite or at a member. @returns how long that took, and until a first post was delivered, in ms */
async function comeIn({ channel, ...by }: { channel: string; invite: string } | { channel: string; at: string }): Promise<{
  inMs: number;
  saidMs: number;
}> {
  const began = performance.now();
  if ("invite" in by) await running().redeem(by);
  else await join({ channel, ...by });
  const inMs = performance.now() - began;
  await running().send({ channel, text: `here I am ${count++}`, wait: "delivered", timeoutMs: MEET_MS });
  return { inMs, saidMs: performance.now() - began };
}

/** Joins, and with `at` waits until a member is there. */
async function join({ channel, at }: { channel: string; at?: string }): Promise<void> {
  const met = at === undefined ? Promise.resolve() : member(channel);
  await running().join({ channel, ...(at === undefined ? {} : { at: [at] }) });
  await met;
}

function member(channel: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`nobody came into ${channel} within ${MEET_MS} ms`)), MEET_MS);
  const unsubscribe = running().subscribe((event) => {
    if (event.type !== "member-joined") return;
    clearTimeout(timer);
    unsubscribe();
    resolve();
  });
  return promise;
}

/** Sends for a while and waits for each to be delivered. Every text differs: an equal one would rightly wait for 4 s. */
async function send({ channel, text, forMs, atATime }: SendRequest): Promise<SentMany> {
  const roundTripsMs: number[] = [];
  let failed = 0;
  const began = performance.now();
  const lane = async () => {
    while (performance.now() - began < forMs) {
      const sentAt = performance.now();
      try {
        await running().send({ channel, text: `${text}${String(count++).padStart(8, "0")}`, wait: "delivered", timeoutMs: SEND_MS });
        roundTripsMs.push(performance.now() - sentAt);
      } catch {
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return { elapsedMs: performance.now() - began, roundTripsMs, failed };
}

let talking: { readonly timer: NodeJS.Timeout; readonly said: Promise<unknown>[]; readonly tookMs: number[] } | null = null;

/** Says something at a steady rate until `hush`, and waits for each to be delivered. */
function talk({ channel, everyMs }: { channel: string; everyMs: number }): void {
  const said: Promise<unknown>[] = [];
  const tookMs: number[] = [];
  const say = async () => {
    const sentAt = performance.now();
    await running().send({ channel, text: `beside ${count++}`, wait: "delivered", timeoutMs: SEND_MS });
    tookMs.push(performance.now() - sentAt);
  };
  talking = { timer: setInterval(() => said.push(say().catch(() => {})), everyMs), said, tookMs };
}

async function hush(): Promise<{ tookMs: number[]; failed: number }> {
  if (talking === null) throw new Error("nobody talks");
  const { timer, said, tookMs } = talking;
  clearInterval(timer);
  talking = null;
  await Promise.all(said);
  return { tookMs, failed: said.length - tookMs.length };
}

/** @returns its id, and how long it took to seal it */
async function sendFile({ channel, path }: { channel: string; path: string }): Promise<{ id: string; tookMs: number }> {
  const began = performance.now();
  const { id } = await running().sendFile({ channel, path });
  return { id, tookMs: performance.now() - began };
}

/** Waits until a file is announced, then gets it. */
async function getFile({ channel, id, to }: { channel: string; id: string; to: string }): Promise<{ path: string; tookMs: number }> {
  for (const end = performance.now() + MEET_MS; ; await wait(LOOK_MS)) {
    if ((await running().files({ channel })).some((file) => file.id === id)) break;
    if (performance.now() > end) throw new Error("the file was not announced");
  }
  const began = performance.now();
  const { path } = await running().getFile({ id, to });
  return { path, tookMs: performance.now() - began };
}

/** What is held once garbage is collected, in bytes. */
function held(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Entries of a channel that are on the disk. */
async function kept(channel: string): Promise<number> {
  return (await running().keep({ channel })).entries ?? 0;
}

async function found(request: { words: string; channel: string }): Promise<number> {
  return (await running().search({ ...request, most: 1 })).length;
}

/** The most that was resident so far, in bytes. */
function peak(): number {
  return process.resourceUsage().maxRSS * 1_024;
}

async function stop(): Promise<void> {
  const ending = node;
  node = null;
  await ending?.stop();
}

const handlers = {
  start,
  join,
  create,
  grant: ({ channel, node: guest }: { channel: string; node: string }) => running().grant({ channel, node: guest, role: "member" }),
  nodeId: (_: null) => running().nodeId,
  invite,
  comeIn,
  send,
  stop: (_: null) => stop(),
  status: (_: null) => running().status(),
  peers: (_: null) => running().peers(),
  usage: (_: null) => usageNow(),
  held: (_: null) => held(),
  peak: (_: null) => peak(),
  kept,
  found,
  talk,
  hush: (_: null) => hush(),
  sendFile,
  getFile,
};
export type NodeProcess = typeof handlers;

serve(handlers, stop);
