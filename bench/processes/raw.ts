/**
 * The floor: what two processes and `node:dgram` do without ptpchat. It echoes datagrams, with or without reading and
 * writing them as JSON, answers HELLO with HELLO, or is the one that asks; or it sends as fast as it can, to one that counts.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { serve, usageNow } from "../child.ts";

/** What an answer is made of: the datagram itself, its JSON written anew, or one HELLO. */
export type EchoKind = "bytes" | "json" | "hello";

const HOST = "127.0.0.1";
const BUFFER_BYTES = 4 * 1_024 * 1_024;
/** A datagram on loopback that takes longer is lost, in ms. */
const LOST_MS = 200;
/** Datagrams sent in one turn of the event loop. */
const FLOOD_TURN = 32;

const sockets: Socket[] = [];

async function open(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_BYTES });
  sockets.push(socket);
  socket.bind(0, HOST);
  await once(socket, "listening");
  return socket;
}

async function echo(kind: EchoKind): Promise<number> {
  const socket = await open();
  const heard = new Map<string, number>();
  socket.on("message", (bytes, { address, port }) => {
    if (kind === "hello") heard.set(`${address}:${port}`, performance.now());
    socket.send(kind === "bytes" ? bytes : written(JSON.parse(bytes.toString())), port, address);
  });
  return socket.address().port;
}

function written(message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function messageOf(text: string): object {
  return { msg_type: "MESSAGE", msg_data: { channel_id: "00000000-0000-4000-8000-000000000000", message: text } };
}

export interface PingRequest {
  readonly port: number;
  readonly json: boolean;
  readonly forMs: number;
  /** The text of each message, without its number. */
  readonly text: string;
}

export interface Pings {
  readonly elapsedMs: number;
  readonly roundTripsMs: number[];
  readonly lost: number;
}

/** Asks and waits for the echo, one datagram in flight. */
async function ping({ port, json, forMs, text }: PingRequest): Promise<Pings> {
  const socket = await open();
  const message = messageOf(text);
  const fixed = written(message);
  const roundTripsMs: number[] = [];
  let lost = 0;
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.send(json ? written(message) : fixed, port, HOST);
  };
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (performance.now() - sentAt < LOST_MS) return;
      lost++;
      send();
    }, LOST_MS);
    socket.on("message", (bytes) => {
      if (json) JSON.parse(bytes.toString());
      const now = performance.now();
      roundTripsMs.push(now - sentAt);
      if (now - began < forMs) return send();
      clearInterval(watch);
      resolve();
    });
    send();
  });
  const elapsedMs = performance.now() - began;
  socket.close();
  return { elapsedMs, roundTripsMs, lost };
}

export interface FloodRequest {
  readonly port: number;
  readonly forMs: number;
  /** The text of a message, written as JSON for each datagram; or so many bytes, always the same. */
  readonly content: string | number;
}

export interface Flooded {
  readonly sent: number;
  readonly elapsedMs: number;
}

/** Sends without waiting for anybody, and lets the event loop turn now and then. */
async function flood({ port, forMs, content }: FloodRequest): Promise<Flooded> {
  const socket = await open();
  const fixed = Buffer.alloc(typeof content === "number" ? content : 0, 1);
  let sent = 0;
  const began = performance.now();
  while (performance.now() - began < forMs) {
    for (let count = 0; count < FLOOD_TURN; count++, sent++)
      socket.send(typeof content === "number" ? fixed : written(messageOf(content)), port, HOST);
    await turn();
  }
  const elapsedMs = performance.now() - began;
  socket.close();
  return { sent, elapsedMs };
}

const sunk = { datagrams: 0, bytes: 0 };

/** Takes what comes and counts it. */
async function sink(json: boolean): Promise<number> {
  const socket = await open();
  socket.on("message", (bytes) => {
    if (json) JSON.parse(bytes.toString());
    sunk.datagrams++;
    sunk.bytes += bytes.length;
  });
  return socket.address().port;
}

/** What has come since the last question. */
function counted(): { datagrams: number; bytes: number } {
  const taken = { ...sunk };
  sunk.datagrams = sunk.bytes = 0;
  return taken;
}

const handlers = { echo, ping, flood, sink, counted: (_: null) => counted(), usage: (_: null) => usageNow() };
export type RawProcess = typeof handlers;

serve(handlers);
