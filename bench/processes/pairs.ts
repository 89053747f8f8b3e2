/**
 * Pairs of full nodes in one process, each with a key and a socket of its own and all of the core's verbs; each pair has a
 * channel of its own. They know each other, or they know a third and cannot hear each other: then all goes over that one.
 */
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { type Change, type Instant, Node, type NodeEvent, type Store } from "../../src/core/index.ts";
import { instant, RunLoop, type Sockets, UdpSockets, wallEpoch } from "../../src/net/index.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import type { Endpoint, Guid, Ip } from "../../src/wire/index.ts";
import { serve, usageNow } from "../child.ts";
import { newConfig } from "../node-config.ts";

export interface PairsRequest {
  readonly pairs: number;
  /** `ip:port` of the third; null where each pair knows itself. */
  readonly relay: string | null;
}

export interface TalkRequest {
  readonly forMs: number;
  /** Each pair says something so often; 0: as soon as the last was acknowledged. */
  readonly everyMs: number;
  /** Texts of one pair under way at a time, where it does not wait for a time. */
  readonly atATime: number;
  readonly text: string;
}

export interface Talked {
  readonly elapsedMs: number;
  readonly sent: number;
  /** Until it was at the other end, and until its ACK was back, in ms. */
  readonly oneWayMs: number[];
  readonly roundTripsMs: number[];
}

/** Bytes and datagrams of all nodes here, both ways. */
export interface Carried {
  readonly bytes: number;
  readonly datagrams: number;
}

const HOST = "127.0.0.1" as Ip;
const BATCH = 50;
/** What is not acknowledged so long after the last was said counts as lost, in ms. */
const LATE_MS = 5_000;

class Speaker {
  readonly node: Node;
  readonly udp: Endpoint;
  readonly loop: RunLoop;
  readonly channelId: Guid;
  readonly #sockets: UdpSockets;
  readonly #store: Store = openMemoryStore();
  /** When each text was said, by its command. */
  readonly #said = new Map<string, { readonly at: Instant; readonly acked: (ms: number | null) => void }>();
  readonly oneWayMs: number[] = [];

  private constructor(sockets: UdpSockets, peers: readonly Endpoint[], channelId: Guid, only: Endpoint | null) {
    this.#sockets = sockets;
    this.udp = sockets.local;
    this.channelId = channelId;
    this.node = new Node({ ...newConfig(peers), events: this.#store.events }, instant());
    const onSave = (batch: number, changes: readonly Change[]) =>
      void this.#store.write(changes).then(() => this.loop.input({ kind: "saved", batch }));
    const onEvent = (event: NodeEvent) => this.#take(event);
    this.loop = new RunLoop(this.node, only === null ? sockets : onlyTo(sockets, only), { onSave, onEvent }, wallEpoch());
    this.loop.begin();
  }

  static async open(peers: readonly Endpoint[], channelId: Guid, only: Endpoint | null): Promise<Speaker> {
    return new Speaker(await UdpSockets.open({ ip: HOST, port: 0 }), peers, channelId, only);
  }

  join(at: Endpoint): void {
    this.loop.command({ kind: "join", channelId: this.channelId, name: "", at: [at] });
  }

  /** By which way another node is there: `live`, `relay`, or not at all. */
  wayTo({ node: { nodeId } }: Speaker): string {
    return this.node.members(this.channelId, instant()).find((member) => member.nodeId === nodeId)?.state ?? "none";
  }

  /** @returns how long its ACK took, in ms; null when it failed */
  say(text: string): Promise<number | null> {
    const id = randomBytes(16).toString("hex");
    const at = performance.now();
    return new Promise((acked) => {
      this.#said.set(id, { at, acked });
      this.loop.command({ kind: "post", id, channelId: this.channelId, text: `${at} ${text}` });
    });
  }

  giveUp(): void {
    for (const { acked } of this.#said.values()) acked(null);
    this.#said.clear();
  }

  end(): void {
    this.loop.end();
    this.#sockets.closeAll();
  }

  #take(event: NodeEvent): void {
    if (event.type === "post" && !event.own) this.oneWayMs.push(performance.now() - Number(event.text.split(" ", 1)[0]));
    if (event.type !== "post-state" || (event.state !== "delivered" && event.state !== "failed")) return;
    const said = this.#said.get(event.ref);
    this.#said.delete(event.ref);
    said?.acked(event.state === "delivered" ? performance.now() - said.at : null);
  }
}

/** The same sockets, by which nobody but one is reached. */
function onlyTo(through: UdpSockets, only: Endpoint): Sockets {
  return {
    begin: (receive) => through.begin(receive),
    send: (socket, to, bytes) => {
      if (to === only) through.send(socket, to, bytes);
    },
    openFurther: (socket) => through.openFurther(socket),
    close: (socket) => through.close(socket),
  };
}

const pairs: (readonly [Speaker, Speaker])[] = [];

/** Makes the pairs. @returns by which way each has met: how many by each */
async function open({ pairs: count, relay }: PairsRequest): Promise<Record<string, number>> {
  while (pairs.length < count) {
    const size = Math.min(BATCH, count - pairs.length);
    const first = pairs.length;
    pairs.push(...(await Promise.all(Array.from({ length: size }, (_, at) => newPair(first + at, relay as Endpoint | null)))));
  }
  return ways();
}

async function newPair(number: number, relay: Endpoint | null): Promise<readonly [Speaker, Speaker]> {
  const channelId = `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}` as Guid;
  const known = relay === null ? [] : [relay];
  const one = await Speaker.open(known, channelId, relay);
  const other = await Speaker.open(relay === null ? [one.udp] : known, channelId, relay);
  return [one, other];
}

/** Lets all join, and waits until each has met its other. */
async function meet({ relay, withinMs }: { relay: string | null; withinMs: number }): Promise<Record<string, number>> {
  for (const [one, other] of pairs) {
    one.join((relay ?? other.udp) as Endpoint);
    other.join((relay ?? one.udp) as Endpoint);
  }
  const end = performance.now() + withinMs;
  while (performance.now() < end && pairs.some(([one, other]) => ![one.wayTo(other), other.wayTo(one)].every(isThere)))
    await new Promise((resolve) => setTimeout(resolve, 50));
  return ways();
}

function isThere(way: string): boolean {
  return way === "live" || way === "relay";
}

function ways(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [one, other] of pairs) counts[one.wayTo(other)] = (counts[one.wayTo(other)] ?? 0) + 1;
  return counts;
}

async function talk({ forMs, everyMs, atATime, text }: TalkRequest): Promise<Talked> {
  const roundTripsMs: number[] = [];
  let sent = 0;
  const began = performance.now();
  const isOver = () => performance.now() - began >= forMs;
  const say = async (speaker: Speaker) => {
    sent++;
    const ms = await speaker.say(text);
    if (ms !== null) roundTripsMs.push(ms);
  };
  for (const [, other] of pairs) other.oneWayMs.length = 0;
  const lanes = pairs.flatMap(([speaker], at) =>
    everyMs > 0
      ? [inRhythm(() => say(speaker), (everyMs * at) / pairs.length, everyMs, isOver)]
      : inLanes(() => say(speaker), atATime, isOver),
  );
  await within(Promise.all(lanes), forMs + LATE_MS);
  const elapsedMs = performance.now() - began;
  for (const [speaker] of pairs) speaker.giveUp();
  return { elapsedMs, sent, oneWayMs: pairs.flatMap(([, other]) => other.oneWayMs), roundTripsMs };
}

/** Says in a rhythm, whether the last has come or not. */
async function inRhythm(say: () => Promise<void>, firstMs: number, everyMs: number, isOver: () => boolean): Promise<void> {
  const saying: Promise<void>[] = [];
  for (let ms = firstMs; ; ms = everyMs) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (isOver()) break;
    saying.push(say());
  }
  await Promise.all(saying);
}

function inLanes(say: () => Promise<void>, count: number, isOver: () => boolean): Promise<void>[] {
  return Array.from({ length: count }, async () => {
    while (!isOver()) await say();
  });
}

async function within(all: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([all, late.promise]);
  clearTimeout(timer);
}

function carried(): Carried {
  let [bytes, datagrams] = [0, 0];
  for (const speaker of pairs.flat()) {
    const counters = speaker.node.counters();
    bytes += counters.bytesIn + counters.bytesOut;
    datagrams += counters.datagramsIn + counters.datagramsOut;
  }
  return { bytes, datagrams };
}

function end(): void {
  for (const speaker of pairs.flat()) speaker.end();
}

const handlers = { open, meet, talk, carried: (_: null) => carried(), usage: (_: null) => usageNow() };
export type PairsProcess = typeof handlers;

serve(handlers, end);
