/** Two transports and a link between them that loses, delays, repeats and reorders, in virtual time and by a seed. */
import { type Received, type ReceivedMessage, type StreamId, Transport } from "../../../src/core/session/transport.ts";
import { type Instant, NEVER } from "../../../src/core/time.ts";
import { EventQueue } from "../../../src/sim/event-queue.ts";
import { Random } from "../../../src/sim/random.ts";
import { FRAME_OVERHEAD_BYTES, PAYLOAD_BYTES_MAX } from "../../../src/wire/index.ts";

/** One direction of a path. Times in ms. */
export interface PathOptions {
  readonly delayMs: number;
  /** Added to the delay, from 0 to this, frame by frame: more than the gap between two frames reorders them. */
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly duplicates?: number;
  /** The bottleneck; absent for none. */
  readonly bytesPerMs?: number;
  /** What waits before the bottleneck at most; absent for any amount. */
  readonly queueBytes?: number;
  readonly limit?: number;
  /** What the handshake says of the round trip; absent when it says nothing. */
  readonly firstRttMs?: number;
  /** Nothing passes from the first to the second instant. */
  readonly outages?: readonly (readonly [Instant, Instant])[];
}

export interface Arrival extends ReceivedMessage {
  readonly at: Instant;
}

/** Frames that one end may send in one go: far above what any window allows, so more means that it never stops. */
const BURST_MAX = 20_000;
/** Times that an end may be woken at one instant: more means that its timer does nothing. */
const WAKES_MAX = 1_000;

export class End {
  readonly transport: Transport;
  readonly arrivals: Arrival[] = [];
  /** What came in frame by frame, without the messages. */
  readonly received: Received[] = [];
  path: PathOptions;
  framesSent = 0;
  bytesSent = 0;
  /** When the bottleneck is free again. */
  freeAt: Instant = 0;
  wakeAt: Instant = NEVER;
  wakes = 0;

  constructor(path: PathOptions, now: Instant) {
    this.path = path;
    this.transport = new Transport(now, path.firstRttMs);
  }

  texts(stream: StreamId | null = 1): string[] {
    return this.arrivals.filter((arrival) => arrival.stream === stream).map(({ bytes }) => new TextDecoder().decode(bytes));
  }
}

export class Link {
  readonly a: End;
  readonly b: End;
  readonly #random: Random;
  readonly #queue = new EventQueue();
  now: Instant = 0;
  /** Called for every frame that leaves, before the link has its say; false drops it. */
  onFrame: (from: End, counter: number, payload: Uint8Array) => boolean = () => true;

  constructor(seed: number, path: PathOptions, back: PathOptions = path) {
    this.#random = new Random(seed);
    this.a = new End(path, 0);
    this.b = new End(back, 0);
  }

  /** Does something at an instant, then lets both ends go on. */
  at(instant: Instant, job: () => void): void {
    this.#queue.push(instant, () => {
      job();
      this.pump(this.a);
      this.pump(this.b);
    });
  }

  /** Lets time pass until `until`, or until `done` says so. */
  run(until: Instant, done: () => boolean = () => false): void {
    this.pump(this.a);
    this.pump(this.b);
    while (!done() && this.#queue.nextAt <= until) {
      const at = this.#queue.nextAt;
      if (at > this.now) this.a.wakes = this.b.wakes = 0;
      this.now = at;
      this.#queue.pop()();
    }
    if (!done()) this.now = until;
  }

  /** True when neither end has anything to say any more. */
  get idle(): boolean {
    return this.a.transport.idle && this.b.transport.idle;
  }

  /** Data of both ends goes over another path. */
  switchTo(path: PathOptions, back: PathOptions = path): void {
    this.a.path = path;
    this.b.path = back;
    this.a.freeAt = this.b.freeAt = this.now;
    this.a.transport.switchPath(this.now);
    this.b.transport.switchPath(this.now);
  }

  /** Sends all that an end may send now, and plans when it is to be asked again. */
  pump(end: End): void {
    for (let sent = 0; ; sent++) {
      if (sent > BURST_MAX) throw new Error("the transport does not stop sending");
      const out = end.transport.next(this.now, end.path.limit ?? PAYLOAD_BYTES_MAX);
      if (out === null) break;
      this.transmit(end, out.counter, Uint8Array.from(out.payload));
    }
    this.#plan(end);
  }

  transmit(from: End, counter: number, payload: Uint8Array): void {
    const { path } = from;
    from.framesSent++;
    from.bytesSent += payload.length + FRAME_OVERHEAD_BYTES;
    if (payload.length > (path.limit ?? PAYLOAD_BYTES_MAX)) throw new Error(`a payload of ${payload.length} bytes`);
    if (!this.onFrame(from, counter, payload)) return;
    if (this.#random.chance(path.loss ?? 0)) return;
    if (path.outages?.some(([begin, end]) => this.now >= begin && this.now < end)) return;
    const leavesAt = this.#leavesAt(from, payload.length + FRAME_OVERHEAD_BYTES);
    if (leavesAt === null) return;
    this.#deliver(from, counter, payload, leavesAt);
    if (this.#random.chance(path.duplicates ?? 0)) this.#deliver(from, counter, payload, leavesAt);
  }

  /** When a frame is through the bottleneck; null when the queue before it is full. */
  #leavesAt(from: End, bytes: number): Instant | null {
    const { bytesPerMs, queueBytes = Number.POSITIVE_INFINITY } = from.path;
    if (bytesPerMs === undefined) return this.now;
    const begins = Math.max(this.now, from.freeAt);
    if ((begins - this.now) * bytesPerMs + bytes > queueBytes) return null;
    from.freeAt = begins + bytes / bytesPerMs;
    return from.freeAt;
  }

  #deliver(from: End, counter: number, payload: Uint8Array, leavesAt: Instant): void {
    const { delayMs, jitterMs = 0 } = from.path;
    const to = from === this.a ? this.b : this.a;
    this.#queue.push(leavesAt + delayMs + this.#random.unit() * jitterMs, () => {
      this.take(to, counter, payload);
      this.pump(to);
    });
  }

  take(to: End, counter: number, payload: Uint8Array): void {
    if (!to.transport.mayAccept(counter)) return;
    const received = to.transport.receive(counter, payload, this.now);
    if (typeof received === "string") throw new Error(`an honest frame was refused: ${received}`);
    for (const { stream, bytes } of received.messages) to.arrivals.push({ stream, bytes: Uint8Array.from(bytes), at: this.now });
    to.received.push(received);
  }

  #plan(end: End): void {
    const at = Math.max(end.transport.wakeAt, this.now);
    if (at === NEVER || at === end.wakeAt) return;
    end.wakeAt = at;
    this.#queue.push(at, () => this.#wake(end, at));
  }

  #wake(end: End, at: Instant): void {
    if (end.wakeAt !== at) return;
    end.wakeAt = NEVER;
    if (++end.wakes > WAKES_MAX) throw new Error("the transport wants to be woken without end");
    end.transport.onTimer(this.now);
    this.pump(end);
  }
}

const encoder = new TextEncoder();

/** A message that says which one it is, of at least `bytes` bytes. */
export function numbered(number: number, bytes = 0): Uint8Array {
  return encoder.encode(`${number}`.padEnd(bytes, "."));
}

/** The numbers of messages made by {@link numbered}. */
export function numbersOf(arrivals: readonly Arrival[]): number[] {
  return arrivals.map(({ bytes }) => Number.parseInt(new TextDecoder().decode(bytes.subarray(0, 12)), 10));
}
