/**
 * One end of a session, without app, store and channels: the core's sessions over `net`'s sockets and run loop. It says
 * MESSAGEs as fast as they go, counts or echoes what comes, and sends bulk. Every message is decoded and checked.
 */
import { performance } from "node:perf_hooks";
import { sayBytes } from "../../src/core/session/frames.ts";
import { BULK } from "../../src/core/session/received.ts";
import type { Session } from "../../src/core/session/session.ts";
import { instant, RunLoop, type Sockets, UdpSockets, wallEpoch } from "../../src/net/index.ts";
import { decode, type Endpoint, encode, type Ip } from "../../src/wire/index.ts";
import { serve, usageNow } from "../child.ts";
import { newConfig } from "../node-config.ts";
import { SessionCore } from "../session-core.ts";
import type { Pings } from "./raw.ts";

/** What becomes of a MESSAGE that came. */
export type Reply = "count" | "echo";

export interface OpenRequest {
  /** Share of the datagrams sent from here that are dropped instead, 0 to 1. */
  readonly loss: number;
  /** The other end, which is called; null where it calls. */
  readonly peer: string | null;
}

export interface StreamRequest {
  /** The text of each message, without its number. */
  readonly text: string;
  readonly forMs: number;
}

export interface BulkRequest {
  readonly bytes: number;
  /** A chat message goes so often meanwhile; 0: none. */
  readonly chatEveryMs: number;
}

export interface Streamed {
  /** Messages, or blocks of bulk. */
  readonly sent: number;
  readonly chatSent: number;
  /** Until all of it was acknowledged by the other end's transport. */
  readonly elapsedMs: number;
}

/** What has come since the last question. */
export interface Arrived {
  readonly messages: number;
  /** Of bulk. */
  readonly blocks: number;
  readonly bulkBytes: number;
  /** Messages and blocks that were not the next of their stream, or damaged. */
  readonly wrong: number;
  /** How long each chat message was under way, in ms. */
  readonly chatMs: readonly number[];
}

const HOST = "127.0.0.1" as Ip;
const CHANNEL_ID = "00000000-0000-4000-8000-000000000000";
const DIGITS = 8;
/** Begins a chat message beside bulk; the time at which it was said follows. */
const CHAT = "said at ";
/** So much waits in the queue at most: a few turns of the event loop. */
const QUEUED_BYTES = 262_144;
/** A block of a file. */
const BLOCK_BYTES = 65_536;
/** Its first byte: no JSON begins so. */
const BLOCK_BYTE = 0;
/** Until a session must be there, and until what was sent must have arrived, in ms. */
const MEET_MS = 5_000;

let core: SessionCore | null = null;
let loop: RunLoop | null = null;
let sockets: UdpSockets | null = null;
let reply: Reply = "count";
/** Puts more into the queue, as long as something is to be said. */
let more: (session: Session, now: number) => void = () => {};
/** Told of every MESSAGE instead of counting it. */
let onReply: ((now: number) => void) | null = null;

let arrived = { messages: 0, blocks: 0, bulkBytes: 0, wrong: 0, chatMs: [] as number[] };
let nextMessage = 0;
let nextBlock = 0;
let said = 0;
let blocks = 0;

async function open({ loss, peer }: OpenRequest): Promise<string> {
  const config = newConfig(peer === null ? [] : [peer as Endpoint]);
  sockets = await UdpSockets.open({ ip: HOST, port: 0 });
  core = new SessionCore(config, { take, fill: (session, now) => more(session, now) }, instant());
  loop = new RunLoop(core, loss === 0 ? sockets : lossy(sockets, loss), { onSave: () => {}, onEvent: () => {} }, wallEpoch());
  loop.begin();
  if (peer !== null) await until(() => running().session !== undefined, MEET_MS);
  return sockets.local;
}

/** The same sockets, which lose some of what they are to send: the same ones in each run. */
function lossy(through: UdpSockets, share: number): Sockets {
  let seed = 1;
  const chance = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return seed / 0x8000_0000;
  };
  return {
    begin: (receive) => through.begin(receive),
    send: (socket, to, bytes) => {
      if (chance() >= share) through.send(socket, to, bytes);
    },
    openFurther: (socket) => through.openFurther(socket),
    close: (socket) => through.close(socket),
  };
}

function running(): SessionCore {
  if (core === null) throw new Error("nothing is open");
  return core;
}

function session(): Session {
  const there = running().session;
  if (there === undefined) throw new Error("there is no session");
  return there;
}

// ---- what comes ----

function take(bytes: Uint8Array, now: number): void {
  if (bytes[0] === BLOCK_BYTE) return takeBlock(bytes);
  const decoded = decode(bytes);
  if (!decoded.ok || decoded.message.verb !== "MESSAGE") {
    arrived.wrong++;
    return;
  }
  const { body } = decoded.message;
  if (onReply !== null) return onReply(now);
  if (reply === "echo") {
    sayBytes(running().state, session(), "MESSAGE", encode("MESSAGE", body), now);
    return;
  }
  if (body.message.startsWith(CHAT)) {
    arrived.chatMs.push(clockMs() - Number(body.message.slice(CHAT.length).trim()));
    return;
  }
  arrived.messages++;
  if (Number(body.message.slice(-DIGITS)) !== nextMessage++) arrived.wrong++;
}

/** A block bears its number at both ends. */
function takeBlock(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length === BLOCK_BYTES && view.getUint32(1) === nextBlock && view.getUint32(BLOCK_BYTES - 4) === nextBlock;
  nextBlock++;
  if (!whole) arrived.wrong++;
  arrived.blocks++;
  arrived.bulkBytes += bytes.length;
}

function counted(): Arrived {
  const taken = arrived;
  arrived = { messages: 0, blocks: 0, bulkBytes: 0, wrong: 0, chatMs: [] };
  return taken;
}

// ---- what goes ----

async function stream({ text, forMs }: StreamRequest): Promise<Streamed> {
  const from = said;
  const began = performance.now();
  more = (to, now) => {
    while (now - began < forMs && to.transport.queuedBytes < QUEUED_BYTES) sayNumbered(to, text, now);
  };
  const elapsedMs = await delivered(began, forMs + 2 * MEET_MS, () => performance.now() - began >= forMs);
  return { sent: said - from, chatSent: 0, elapsedMs };
}

function sayNumbered(to: Session, text: string, now: number): void {
  const body = { channel_id: CHANNEL_ID, message: text + String(said++).padStart(DIGITS, "0") };
  sayBytes(running().state, to, "MESSAGE", encode("MESSAGE", body), now);
}

async function bulk({ bytes, chatEveryMs }: BulkRequest): Promise<Streamed> {
  const from = blocks;
  const end = from + Math.ceil(bytes / BLOCK_BYTES);
  let chatSent = 0;
  const began = performance.now();
  more = (to) => {
    while (blocks < end && to.transport.queuedBytes < 4 * QUEUED_BYTES) if (to.transport.send(BULK, block(blocks))) blocks++;
  };
  const sayChat = () => {
    chatSent++;
    const text = `${CHAT}${clockMs()}`.padEnd(200);
    sayBytes(running().state, session(), "MESSAGE", encode("MESSAGE", { channel_id: CHANNEL_ID, message: text }), instant());
    wake();
  };
  const timer = chatEveryMs === 0 ? undefined : setInterval(sayChat, chatEveryMs);
  const elapsedMs = await delivered(began, 120_000, () => {
    if (blocks < end) return false;
    clearInterval(timer);
    return true;
  });
  return { sent: blocks - from, chatSent, elapsedMs };
}

function block(number: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  bytes[0] = BLOCK_BYTE;
  const view = new DataView(bytes.buffer);
  view.setUint32(1, number);
  view.setUint32(BLOCK_BYTES - 4, number);
  return bytes;
}

/** Waits until all is said and acknowledged. @returns how long that took, in ms */
async function delivered(began: number, withinMs: number, allSaid: () => boolean): Promise<number> {
  wake();
  let idleAt = 0;
  await until(() => {
    if (!allSaid() || !session().transport.idle) return false;
    idleAt = performance.now();
    return true;
  }, withinMs);
  more = () => {};
  return idleAt - began;
}

/** One MESSAGE under way at a time, echoed by the other end. */
async function ping({ text, forMs }: StreamRequest): Promise<Pings> {
  const roundTripsMs: number[] = [];
  const body = { channel_id: CHANNEL_ID, message: text };
  let sentAt = 0;
  const say = (now: number) => {
    sentAt = performance.now();
    sayBytes(running().state, session(), "MESSAGE", encode("MESSAGE", body), now);
  };
  const began = performance.now();
  await new Promise<void>((resolve) => {
    onReply = (at) => {
      const now = performance.now();
      roundTripsMs.push(now - sentAt);
      if (now - began < forMs) say(at);
      else resolve();
    };
    say(instant());
    wake();
  });
  onReply = null;
  return { elapsedMs: performance.now() - began, roundTripsMs, lost: 0 };
}

function wake(): void {
  loop?.input({ kind: "wake" });
}

async function until(reached: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!reached()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** One clock for all processes of the machine, in ms. */
function clockMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

function end(): void {
  loop?.end();
  sockets?.closeAll();
}

const handlers = {
  open,
  replyWith: (kind: Reply) => {
    reply = kind;
  },
  stream,
  bulk,
  ping,
  counted: (_: null) => counted(),
  transport: (_: null) => session().transport.stats,
  usage: (_: null) => usageNow(),
};
export type SessionProcess = typeof handlers;

serve(handlers, end);
