/**
 * Full nodes by the hundred or thousand in one process, each with a key, a certificate and a socket of its own: what calls
 * a rendezvous, or a node with very many neighbours. They talk to the one node they are told, and to nobody else.
 */
import { performance } from "node:perf_hooks";
import { type Instant, Node, type NodeEvent } from "../../src/core/index.ts";
import { instant, RunLoop, UdpSockets, wallEpoch } from "../../src/net/index.ts";
import type { Endpoint, Ip } from "../../src/wire/index.ts";
import { serve, usageNow } from "../child.ts";
import { newConfig } from "../node-config.ts";

export interface Called {
  /** Sessions that are up. */
  readonly up: number;
  /** From the first call to the last session, in ms. */
  readonly elapsedMs: number;
}

interface Caller {
  readonly loop: RunLoop;
  readonly sockets: UdpSockets;
}

const HOST = "127.0.0.1" as Ip;
/** Sockets that are opened at a time. */
const BATCH = 100;

const callers: Caller[] = [];
let up = 0;
let lastUpAt: Instant = 0;

/** Makes the nodes, with nothing said yet. */
async function open({ count, to }: { count: number; to: string }): Promise<number> {
  while (callers.length < count) {
    const size = Math.min(BATCH, count - callers.length);
    callers.push(...(await Promise.all(Array.from({ length: size }, () => newCaller(to as Endpoint)))));
  }
  return callers.length;
}

async function newCaller(to: Endpoint): Promise<Caller> {
  const config = newConfig([to]);
  const sockets = await UdpSockets.open({ ip: HOST, port: 0 });
  const loop = new RunLoop(new Node(config, instant()), sockets, { onSave: () => {}, onEvent }, wallEpoch());
  return { loop, sockets };
}

function onEvent(event: NodeEvent): void {
  if (event.type === "session-up") {
    up++;
    lastUpAt = performance.now();
  } else if (event.type === "session-down") up--;
}

/** Lets all of them call at once, and waits for their sessions. */
async function call({ withinMs }: { withinMs: number }): Promise<Called> {
  const began = performance.now();
  for (const { loop } of callers) loop.begin();
  while (up < callers.length && performance.now() - began < withinMs) await new Promise((resolve) => setTimeout(resolve, 5));
  return { up, elapsedMs: lastUpAt - began };
}

function end(): void {
  for (const { loop, sockets } of callers) {
    loop.end();
    sockets.closeAll();
  }
}

const handlers = { open, call, up: (_: null) => up, usage: (_: null) => usageNow() };
export type CrowdProcess = typeof handlers;

serve(handlers, end);
