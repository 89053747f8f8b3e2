/**
 * Bare peers by the thousand, each with a socket of its own: they say HELLO in their rhythm and note whether it is
 * answered. Beside them strangers, who say HELLO once and are gone.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { serve, usageNow } from "../child.ts";

const HELLO = Buffer.from('{"msg_type":"HELLO"}');
/** Sockets that are bound at a time. */
const BATCH = 250;
/** How often the load looks for peers whose HELLO is due, in ms. */
const TICK_MS = 5;
/** Descriptors that are not sockets: the runtime's own. */
const SPARE_FILES = 100;

interface Peer {
  readonly socket: Socket;
  sent: number;
  answered: boolean;
  heard: number;
  heardAt: number;
}

export interface Counted {
  readonly peers: number;
  readonly sent: number;
  /** HELLOs that came back. */
  readonly heard: number;
  /** HELLOs after which none came back until the next one was due. */
  readonly missed: number;
  /** Datagrams that were no HELLO. */
  readonly others: number;
  /** Peers that heard nothing for two of their gaps. */
  readonly silent: number;
  /** The latest that a HELLO went out after it was due: the load's own limit, in ms. */
  readonly latestMs: number;
}

const peers: Peer[] = [];
const totals = { sent: 0, heard: 0, missed: 0, others: 0, latestMs: 0 };
let target = { host: "127.0.0.1", port: 0 };
let everyMs = 2_000;
let beganAt = 0;
let timer: NodeJS.Timeout | undefined;

/** Opens so many peers' sockets, as far as the limit of open files reaches. */
async function open({ count, host }: { count: number; host: string }): Promise<{ opened: number; filesMax: number | null }> {
  const filesMax = openFilesMax();
  const most = Math.min(count, filesMax === null ? count : filesMax - SPARE_FILES);
  while (peers.length < most) {
    const batch = await Promise.all(Array.from({ length: Math.min(BATCH, most - peers.length) }, () => bound(host)));
    for (const socket of batch) peers.push(newPeer(socket));
  }
  return { opened: peers.length, filesMax };
}

/** Node raises the soft limit to the hard one when it starts; null where there is none. */
function openFilesMax(): number | null {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : null;
}

async function bound(host: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  return socket;
}

function newPeer(socket: Socket): Peer {
  const peer: Peer = { socket, sent: 0, answered: true, heard: 0, heardAt: 0 };
  socket.on("message", (bytes) => onDatagram(peer, bytes));
  return peer;
}

function onDatagram(peer: Peer, bytes: Buffer): void {
  if (!bytes.equals(HELLO)) {
    totals.others++;
    return;
  }
  totals.heard++;
  peer.answered = true;
  peer.heard++;
  peer.heardAt = performance.now();
}

/** Begins the rhythm, the peers spread evenly over one gap. */
function begin({ port, gapMs }: { port: number; gapMs: number }): void {
  target = { host: "127.0.0.1", port };
  everyMs = gapMs;
  beganAt = performance.now();
  timer = setInterval(tick, TICK_MS);
}

function tick(): void {
  const now = performance.now() - beganAt;
  const stepMs = everyMs / peers.length;
  for (let slot = nextSlot; slot * stepMs <= now; slot = ++nextSlot) {
    totals.latestMs = Math.max(totals.latestMs, now - slot * stepMs);
    sayHello(peers[slot % peers.length] as Peer);
  }
}

let nextSlot = 0;

function sayHello(peer: Peer): void {
  if (!peer.answered) totals.missed++;
  peer.answered = false;
  peer.sent++;
  totals.sent++;
  peer.socket.send(HELLO, target.port, target.host);
}

function counted(): Counted {
  const now = performance.now();
  const silent = peers.filter((peer) => now - peer.heardAt > 2 * everyMs).length;
  const taken = { peers: peers.length, silent, ...totals };
  totals.latestMs = 0;
  return taken;
}

/** Sends one HELLO from each of so many new sockets, over several addresses so that no endpoint comes twice. */
async function flood({ count, hosts, overMs }: { count: number; hosts: readonly string[]; overMs: number }): Promise<number> {
  const began = performance.now();
  let sent = 0;
  while (sent < count) {
    const size = Math.min(BATCH, count - sent);
    const host = hosts[Math.floor(sent / BATCH) % hosts.length] as string;
    const strangers = await Promise.all(Array.from({ length: size }, () => bound(host)));
    await Promise.all(strangers.map(sendOnce));
    sent += size;
    const dueMs = (sent / count) * overMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - (performance.now() - began))));
  }
  return sent;
}

async function sendOnce(socket: Socket): Promise<void> {
  await new Promise((resolve) => socket.send(HELLO, target.port, target.host, resolve));
  socket.close();
}

/** A peer that shows that it receives: it JOINs, and repeats the cookie of the CHANNEL that comes back. */
async function prove({ port, channelId }: { port: number; channelId: string }): Promise<string> {
  const socket = await bound("127.0.0.1");
  const peer = newPeer(socket);
  peers.push(peer);
  const send = (message: object) => socket.send(JSON.stringify(message), port, "127.0.0.1");
  const cookie = new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error("no cookie came within 5 s")), 5_000).unref();
    socket.on("message", (bytes) => {
      const { msg_type, msg_data } = JSON.parse(bytes.toString());
      if (msg_type === "CHANNEL" && msg_data?.ptp?.cookie !== undefined) resolve(msg_data.ptp.cookie);
    });
  });
  socket.send(HELLO, port, "127.0.0.1");
  send({ msg_type: "JOIN", msg_data: { channel_id: channelId, ptp: { pad: "x".repeat(1_000) } } });
  send({ msg_type: "JOIN", msg_data: { channel_id: channelId, ptp: { cookie: await cookie } } });
  return `127.0.0.1:${socket.address().port}`;
}

function end(): void {
  clearInterval(timer);
  for (const { socket } of peers) socket.close();
}

const handlers = {
  open,
  begin,
  counted: (_: null) => counted(),
  flood,
  prove,
  endpoints: (most: number) => peers.slice(0, most).map(({ socket }) => `127.0.0.1:${socket.address().port}`),
  usage: (_: null) => usageNow(),
};
export type HelloProcess = typeof handlers;

serve(handlers, end);
