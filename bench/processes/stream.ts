/**
 * One end of a connection of bytes, for comparison: TLS over TCP, or TCP alone. Messages are the same JSON as elsewhere, a
 * line each; those that are written in one turn leave together.
 */
import { once } from "node:events";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { serve, usageNow } from "../child.ts";
import { selfSigned } from "../tls-certificate.ts";
import type { Flooded, Pings } from "./raw.ts";

/** What becomes of a line: counted, or sent back as JSON written anew. Bytes without lines are counted too. */
export type Reply = "count" | "echo" | "bytes";

const HOST = "127.0.0.1";
const CHANNEL_ID = "00000000-0000-4000-8000-000000000000";
/** Messages written in one turn of the event loop. */
const TURN_MESSAGES = 64;
/** Bytes of one write of bulk. */
const CHUNK_BYTES = 65_536;
const LINE_END = 0x0a;

let server: Server | null = null;
let socket: Socket | null = null;
let onLine: (line: string) => void = () => {};
const taken = { messages: 0, bytes: 0 };

/** Waits for one connection after the other. */
async function listen({ tls, reply }: { tls: boolean; reply: Reply }): Promise<number> {
  const take = (from: Socket) => receive(from, reply);
  server = tls ? createTlsServer(selfSigned(), take) : createServer(take);
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

function receive(from: Socket, reply: Reply): void {
  from.setNoDelay(true);
  if (reply === "bytes") {
    from.on("data", (bytes) => {
      taken.bytes += bytes.length;
    });
    return;
  }
  onEachLine(from, (line) => {
    const message: unknown = JSON.parse(line);
    taken.messages++;
    if (reply === "echo") from.write(`${JSON.stringify(message)}\n`);
  });
}

function onEachLine(from: Socket, take: (line: string) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  from.on("data", (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let start = 0;
    for (let end = all.indexOf(LINE_END); end >= 0; end = all.indexOf(LINE_END, start)) {
      take(all.toString("utf8", start, end));
      start = end + 1;
    }
    rest = all.subarray(start);
  });
}

/** @returns how the connection is protected */
async function connect({ port, tls }: { port: number; tls: boolean }): Promise<string> {
  socket = tls ? connectTls({ port, host: HOST, rejectUnauthorized: false }) : connectTcp(port, HOST);
  await once(socket, tls ? "secureConnect" : "connect");
  socket.setNoDelay(true);
  onEachLine(socket, (line) => onLine(line));
  const secured = socket as TLSSocket;
  return tls ? `${secured.getProtocol()} ${secured.getCipher().name}` : "TCP";
}

function running(): Socket {
  if (socket === null) throw new Error("there is no connection");
  return socket;
}

function lineOf(text: string): string {
  return `${JSON.stringify({ msg_type: "MESSAGE", msg_data: { channel_id: CHANNEL_ID, message: text } })}\n`;
}

/** Messages one way, as fast as the connection takes them. */
async function stream({ text, forMs }: { text: string; forMs: number }): Promise<Flooded> {
  let sent = 0;
  const began = performance.now();
  while (performance.now() - began < forMs) {
    running().cork();
    let room = true;
    for (let count = 0; count < TURN_MESSAGES; count++, sent++) room = running().write(lineOf(text));
    running().uncork();
    await (room ? turn() : once(running(), "drain"));
  }
  return { sent, elapsedMs: performance.now() - began };
}

async function bulk(bytes: number): Promise<Flooded> {
  const chunk = Buffer.alloc(CHUNK_BYTES, 1);
  let sent = 0;
  const began = performance.now();
  while (sent < bytes) {
    sent += chunk.length;
    if (!running().write(chunk)) await once(running(), "drain");
  }
  return { sent, elapsedMs: performance.now() - began };
}

/** One message under way at a time, echoed by the other end. */
async function ping({ text, forMs }: { text: string; forMs: number }): Promise<Pings> {
  const roundTripsMs: number[] = [];
  let sentAt = 0;
  const say = () => {
    sentAt = performance.now();
    running().write(lineOf(text));
  };
  const began = performance.now();
  await new Promise<void>((resolve) => {
    onLine = (line) => {
      JSON.parse(line);
      const now = performance.now();
      roundTripsMs.push(now - sentAt);
      if (now - began < forMs) say();
      else resolve();
    };
    say();
  });
  onLine = () => {};
  return { elapsedMs: performance.now() - began, roundTripsMs, lost: 0 };
}

/** What has come since the last question. */
function counted(): { messages: number; bytes: number } {
  const now = { ...taken };
  taken.messages = taken.bytes = 0;
  return now;
}

function end(): void {
  socket?.destroy();
  server?.close();
}

const handlers = { listen, connect, stream, bulk, ping, counted: (_: null) => counted(), usage: (_: null) => usageNow() };
export type StreamProcess = typeof handlers;

serve(handlers, end);
