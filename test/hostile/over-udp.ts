/** The storm over real sockets: many ports of loopback addresses at one running node, at a bounded rate. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as passed } from "node:timers/promises";
import { Chance } from "./chance.ts";
import { hostile } from "./generator.ts";
import type { Run } from "./in-process.ts";

const SOCKETS = 64;
const SLICE_MS = 10;
/** What waits in the node's socket is read, and its garbage collected, within this. */
const COLLECT_MS = 3_000;
/** What UDP over IPv4 can carry; longer ones cannot be sent at all. */
const SENT_MAX = 65_507;

interface RunAt extends Run {
  /** `ip:port` of a node that listens on loopback. */
  readonly at: string;
  /** Its RPC socket; without it no memory is read. */
  readonly rpc: string | undefined;
  /** True for a node that was started with collect.mjs: it is told to give back what it does not hold before each reading. */
  readonly collect: boolean;
  /** Datagrams a second. */
  readonly rate: number;
}

/** @returns the node's resident size in bytes after the warm-up and at the end, null without an RPC socket */
export async function stormAt({
  at,
  rpc,
  collect,
  rate,
  count,
  warmUp,
  seed,
}: RunAt): Promise<{ before: number | null; after: number | null }> {
  const port = Number(at.slice(at.lastIndexOf(":") + 1));
  const host = at.slice(0, at.lastIndexOf(":"));
  if (!host.startsWith("127.")) throw new RangeError("the storm is only for loopback addresses");
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, (_, n) => bound(`127.0.77.${n + 1}`)));
  const chance = new Chance(seed);
  const play = async (datagrams: number) => {
    for (let sent = 0; sent < datagrams; ) {
      const until = performance.now() + SLICE_MS;
      for (let n = 0; n < (rate * SLICE_MS) / 1_000 && sent < datagrams; n++, sent++) {
        const { bytes } = hostile(chance);
        if (bytes.length <= SENT_MAX) chance.pick(sockets).send(bytes, port, host);
      }
      await passed(Math.max(0, until - performance.now()));
    }
  };
  try {
    await play(warmUp);
    const before = rpc === undefined ? null : await residentOf(rpc, collect);
    await play(count);
    return { before, after: rpc === undefined ? null : await residentOf(rpc, collect) };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function bound(address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", () => undefined);
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

/** The resident size of the node, in bytes, as its `status` says. */
async function residentOf(rpc: string, collect: boolean): Promise<number> {
  if (collect) {
    process.kill((await statusOf(rpc)).pid, "SIGUSR2");
    await passed(COLLECT_MS);
  }
  return (await statusOf(rpc)).memory.residentBytes;
}

interface Status {
  readonly pid: number;
  readonly memory: { readonly residentBytes: number };
}

async function statusOf(rpc: string): Promise<Status> {
  const socket = connect(rpc);
  socket.setEncoding("utf8");
  socket.write('{"jsonrpc":"2.0","id":1,"method":"status"}\n');
  let text = "";
  for await (const part of socket) {
    text += part as string;
    for (const line of text.split("\n").slice(0, -1)) {
      const { id, result } = JSON.parse(line) as { id?: number; result?: Status };
      if (id === 1 && result !== undefined) return result;
    }
    text = text.slice(text.lastIndexOf("\n") + 1);
  }
  throw new Error("the node ended");
}
