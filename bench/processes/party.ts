/**
 * A few members of a channel in one process, each a whole node with an address of its own, that keeps what it hears in
 * memory. They say posts at a steady rate and note when each post of the others came. Beside them as many bare sockets: the
 * floor.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { createNode } from "../../src/app/index.ts";
import { serve, usageNow } from "../child.ts";

type Running = Awaited<ReturnType<typeof createNode>>;

export interface SayRequest {
  /** Which of the members here says it, from 0 on. */
  readonly member: number;
  /** The number of the first post. */
  readonly first: number;
  readonly count: number;
  readonly everyMs: number;
}

export interface Said {
  /** The posts that their author could not keep. */
  readonly failed: number;
}

/** What one member heard: the number of a post, and how long after it was given to its author, in ms. */
export type Heard = readonly [number: number, tookMs: number];

/** What the members here have sent and dropped so far, all together. */
export interface Traffic {
  readonly bytes: number;
  readonly datagrams: number;
  /** Posts that came once more than needed. */
  readonly repeated: number;
}

const TEXT_BYTES = 200;
const BUFFER_BYTES = 4 * 1_024 * 1_024;

const nodes: Running[] = [];
const sockets: Socket[] = [];
let channel = "";
let heard: Heard[] = [];

/** @returns `ip:port` of each */
async function open(ips: readonly string[]): Promise<string[]> {
  for (const ip of ips) {
    const node = await createNode({ memoryOnly: true, listen: `${ip}:0` });
    node.subscribe((event) => {
      if (event.type === "post" && !event.own) note(event.text);
    });
    nodes.push(node);
  }
  return nodes.map(({ udp }) => udp);
}

/** @param all - the addresses of all members, of which each calls those that come before it */
async function join({ to, all }: { to: string; all: readonly string[] }): Promise<void> {
  channel = to;
  for (const node of nodes) await node.join({ channel, at: all.slice(0, all.indexOf(node.udp)) });
}

/** The fewest members that one of those here has a session with. */
async function fewest(): Promise<number> {
  const counts = await Promise.all(
    nodes.map(async (node) => (await node.members({ channel })).filter(({ state, nodeId }) => state === "live" && nodeId !== null).length),
  );
  return Math.min(...counts);
}

async function say({ member, first, count, everyMs }: SayRequest): Promise<Said> {
  const node = nodes[member] as Running;
  let failed = 0;
  await steadily(count, everyMs, (at) => {
    node.send({ channel, text: textOf(first + at) }).catch(() => failed++);
  });
  return { failed };
}

async function traffic(): Promise<Traffic> {
  let [bytes, datagrams, repeated] = [0, 0, 0];
  for (const node of nodes) {
    const { counters } = await node.status();
    bytes += counters.bytesOut;
    datagrams += counters.datagramsOut;
    repeated += counters.dropped.duplicate ?? 0;
  }
  return { bytes, datagrams, repeated };
}

/** What was heard since the last question. */
function takeHeard(): Heard[] {
  const taken = heard;
  heard = [];
  return taken;
}

// ---- the floor ----

/** As many bare sockets as there are members. @returns their ports */
async function openRaw(ips: readonly string[]): Promise<[ip: string, port: number][]> {
  for (const ip of ips) {
    const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_BYTES });
    socket.on("message", (bytes) => note((JSON.parse(bytes.toString()) as { msg_data: { message: string } }).msg_data.message));
    socket.bind(0, ip);
    await once(socket, "listening");
    sockets.push(socket);
  }
  return sockets.map((socket) => [socket.address().address, socket.address().port]);
}

export interface SayRawRequest extends SayRequest {
  /** The other members. */
  readonly to: readonly (readonly [ip: string, port: number])[];
}

/** @returns the bytes that were sent */
async function sayRaw({ member, first, count, everyMs, to }: SayRawRequest): Promise<number> {
  const socket = sockets[member] as Socket;
  let bytes = 0;
  await steadily(count, everyMs, (at) => {
    const message = { channel_id: "00000000-0000-4000-8000-000000000000", message: textOf(first + at) };
    const datagram = Buffer.from(JSON.stringify({ msg_type: "MESSAGE", msg_data: message }));
    for (const [ip, port] of to) socket.send(datagram, port, ip);
    bytes += datagram.length * to.length;
  });
  return bytes;
}

// ---- within ----

/** Does something so many times, each at its own time however long the one before took. */
async function steadily(count: number, everyMs: number, work: (at: number) => void): Promise<void> {
  const began = performance.now();
  for (let at = 0; at < count; at++) {
    const dueMs = began + at * everyMs - performance.now();
    if (dueMs > 0) await wait(dueMs);
    work(at);
  }
}

function textOf(number: number): string {
  return `${number} ${clockMs()} `.padEnd(TEXT_BYTES, "m");
}

function note(text: string): void {
  const [number, saidAt] = text.split(" ");
  heard.push([Number(number), clockMs() - Number(saidAt)]);
}

/** One clock for all processes of the machine, in ms. */
function clockMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

async function end(): Promise<void> {
  for (const socket of sockets) socket.close();
  await Promise.all(nodes.map((node) => node.stop()));
}

const handlers = {
  open,
  join,
  fewest: (_: null) => fewest(),
  say,
  traffic: (_: null) => traffic(),
  takeHeard: (_: null) => takeHeard(),
  openRaw,
  sayRaw,
  usage: (_: null) => usageNow(),
};
export type PartyProcess = typeof handlers;

serve(handlers, end);
