/**
 * An attacker: forged first messages of handshakes, or frames at random, from many addresses of the loopback range, at a
 * rate that it keeps as long as it gets the time.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as passed } from "node:timers/promises";
import { encode, PADDED_BYTES } from "../../src/wire/index.ts";
import { serve, usageNow } from "../child.ts";

export type FloodKind = "handshakes" | "frames";

export interface FloodRequest {
  readonly kind: FloodKind;
  /** `127.x.y.z:port`. */
  readonly at: string;
  readonly perSecond: number;
  readonly forMs: number;
}

export interface Flooded {
  readonly sent: number;
  readonly elapsedMs: number;
  /** What came back, and its bytes. */
  readonly answers: number;
  readonly answerBytes: number;
  readonly sentBytes: number;
}

const SLICE_MS = 5;
/** Bytes of a frame at random: what a chat's have. */
const FRAME_BYTES = 128;
const KEY_BYTES = 32;
/** Addresses whose first three numbers are the same. */
const HOSTS = 250;

const sockets: Socket[] = [];
const totals = { sent: 0, answers: 0, answerBytes: 0, sentBytes: 0 };

/** Opens a socket on each of so many addresses. */
async function open({ addresses }: { addresses: number }): Promise<number> {
  for (let n = sockets.length; n < addresses; n++) sockets.push(await bound(`127.77.${Math.floor(n / HOSTS)}.${(n % HOSTS) + 1}`));
  return sockets.length;
}

async function bound(address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes) => {
    totals.answers++;
    totals.answerBytes += bytes.length;
  });
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

async function flood({ kind, at, perSecond, forMs }: FloodRequest): Promise<Flooded> {
  const host = at.slice(0, at.lastIndexOf(":"));
  if (!host.startsWith("127.")) throw new RangeError("a flood is only for loopback addresses");
  const port = Number(at.slice(at.lastIndexOf(":") + 1));
  const next = kind === "handshakes" ? firstMessages() : frames();
  Object.assign(totals, { sent: 0, answers: 0, answerBytes: 0, sentBytes: 0 });
  const began = performance.now();
  for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - began) {
    for (const due = (elapsed * perSecond) / 1_000; totals.sent < due; totals.sent++) {
      const bytes = next();
      totals.sentBytes += bytes.length;
      (sockets[totals.sent % sockets.length] as Socket).send(bytes, port, host);
    }
    await passed(SLICE_MS);
  }
  const elapsedMs = performance.now() - began;
  await passed(100);
  return { ...totals, elapsedMs };
}

/** Each with another key, written into the place of the one before: to make a whole one anew would be the attacker's limit. */
function firstMessages(): () => Uint8Array {
  const key = base64Of(new Uint8Array(KEY_BYTES));
  const bare = { v: 1, i: 7, s: [1], n: key };
  const missing = PADDED_BYTES - encode("GETCERTIFICATE", { ptp: { ...bare, pad: "" } }).length;
  const template = Buffer.from(encode("GETCERTIFICATE", { ptp: { ...bare, pad: "x".repeat(missing) } }));
  const place = template.indexOf(key);
  return () => {
    const bytes = Buffer.from(template);
    bytes.write(base64Of(randomBytes(KEY_BYTES)), place, "latin1");
    return bytes;
  };
}

function frames(): () => Uint8Array {
  return () => {
    const bytes = randomBytes(FRAME_BYTES);
    bytes[0] = 0xf8;
    bytes.fill(0, 5, 7); // a counter that may be
    return bytes;
  };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const handlers = { open, flood, usage: (_: null) => usageNow() };
export type FloodProcess = typeof handlers;

serve(handlers, () => {
  for (const socket of sockets) socket.close();
});
