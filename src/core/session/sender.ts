import {
  type AckRecord,
  COUNTER_MAX,
  FRAME_OVERHEAD_BYTES,
  type OutRecord,
  PAYLOAD_BYTES_MAX,
  RECORD_HEAD,
  writeHello,
  writeLoose,
  writeOut,
  writePadding,
  writePatient,
} from "../../wire/index.ts";
import { type Instant, NEVER } from "../time.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import { ACK_ROOM, HELLO_ROOM, LOOSE_MAX, PATIENT_ROOM, QUEUE_BYTES_MAX, STREAM_WINDOW_BYTES } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import { BULK, STREAM_IDS, type StreamId } from "./received.ts";
import { Recovery } from "./recovery.ts";
import { SendStream } from "./send-stream.ts";

/** A payload that may leave, under its counter. The bytes are good until any transport makes the next one. */
export interface OutPayload {
  readonly counter: number;
  readonly payload: Uint8Array;
}

/** One payload is made at a time. */
const slab = new Uint8Array(PAYLOAD_BYTES_MAX);

/**
 * The sending half of a transport: decides what the next frame carries, and whether one may leave at all. Order within a
 * frame: hello, control, chat, loose messages, bulk, the word that it can wait, ack, padding. PROTOCOL.md §12.
 */
export class Sender {
  readonly #acks: Acknowledgements;
  readonly #streams = STREAM_IDS.map((id) => new SendStream(id, QUEUE_BYTES_MAX[id], STREAM_WINDOW_BYTES[id]));
  /** Loose messages that wait. */
  readonly #loose: Uint8Array[] = [];
  readonly #recovery: Recovery;
  #pacer: Pacer;
  #counter = 0;
  #helloWanted = false;
  /** True while anything waits whose arrival matters at once: its frames are not to wait for their ack. */
  #pressing = false;
  /** True when nothing of what waits fits a frame: only something new can change that. */
  #stuck = false;
  /** The latest instant that was heard of. */
  #now: Instant;
  #droppedLoose = 0;

  constructor(acks: Acknowledgements, now: Instant, rttMs?: number) {
    this.#acks = acks;
    this.#now = now;
    this.#recovery = new Recovery(this.#streams, now, rttMs);
    this.#pacer = new Pacer(now);
  }

  get recovery(): Recovery {
    return this.#recovery;
  }

  get queuedBytes(): number {
    return this.#streams.reduce((total, stream) => total + stream.queuedBytes, 0);
  }

  get unackedBytes(): number {
    return this.#streams.reduce((total, stream) => total + stream.unackedBytes, 0);
  }

  get repeatedRecords(): number {
    return this.#streams.reduce((total, stream) => total + stream.repeated, 0);
  }

  get droppedLoose(): number {
    return this.#droppedLoose;
  }

  /** True when nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#loose.length === 0 && this.#recovery.flight.isEmpty && this.queuedBytes + this.unackedBytes === 0;
  }

  /** True when numbers run short, of messages or of frames. */
  get worn(): boolean {
    return this.#counter >= COUNTER_MAX / 2 || this.#streams.some((stream) => stream.isWorn);
  }

  send(stream: StreamId, message: Uint8Array, patient = false): boolean {
    this.#stuck = false;
    if (!patient) this.#pressing = true;
    return (this.#streams[stream] as SendStream).push(message);
  }

  sendLoose(message: Uint8Array): boolean {
    this.#stuck = false;
    this.#pressing = true;
    if (message.length > PAYLOAD_BYTES_MAX - RECORD_HEAD || this.#loose.length >= LOOSE_MAX) return false;
    this.#loose.push(message);
    return true;
  }

  sendHello(): void {
    this.#helloWanted = true;
  }

  /** False for an ack of a counter that was never used. */
  acked(ack: AckRecord, now: Instant): boolean {
    if (ack.largest >= this.#counter) return false;
    this.#now = now;
    this.#stuck = false;
    const { congestion } = this.#recovery;
    congestion.limiting = this.#waits() && (!this.#mayFly() || congestion.inFlight * 2 > congestion.window);
    this.#recovery.acked(ack, now);
    return true;
  }

  /** A frame of the other side has come, of a counter above all before. */
  heard(): void {
    this.#recovery.heard();
  }

  next(now: Instant, limit: number): OutPayload | null {
    this.#now = now;
    if (this.#counter >= COUNTER_MAX) return null;
    const ackDue = this.#acks.dueAt <= now;
    const mayCarry = this.#mayCarry(now);
    const isFilled = mayCarry && this.#loose[0] !== undefined && RECORD_HEAD + this.#loose[0].length > limit - ACK_ROOM - HELLO_ROOM;
    const greets = this.#helloWanted && !isFilled; // what fills a frame would never leave beside others
    let at = greets ? writeHello(slab, 0) : 0;
    const dataFrom = at;
    const presses = this.#pressing || this.#recovery.probes || this.#streams.some((stream) => stream.repeats);
    if (mayCarry) at = this.#writeData(at, ackDue && !isFilled ? limit - ACK_ROOM : limit, limit);
    const carries = at > dataFrom;
    if (!carries && !ackDue && !greets) return null;
    if (greets) this.#helloWanted = false;
    if (this.#loose.length === 0 && this.queuedBytes === 0) this.#pressing = false;
    const isPatient = carries && !presses && at + PATIENT_ROOM <= limit;
    if (isPatient) at = writePatient(slab, at);
    const ackFrom = at;
    if (this.#acks.owed) at = this.#acks.write(slab, at, limit, now);
    if (carries || at > ackFrom) at = writePadding(slab, at, limit);
    return this.#leave(at, carries, now, isPatient);
  }

  single(records: readonly OutRecord[]): OutPayload {
    let at = 0;
    for (const record of records) at = writeOut(slab, at, record);
    return this.#leave(at, false, this.#now);
  }

  get wakeAt(): Instant {
    return Math.min(this.#acks.dueAt, this.#recovery.timerAt, this.#helloWanted ? this.#now : this.#dataAt());
  }

  onTimer(now: Instant): void {
    this.#now = now;
    this.#stuck = false;
    this.#recovery.onTimer(now);
  }

  switchPath(now: Instant, rttMs?: number): void {
    this.#now = now;
    this.#stuck = false;
    this.#recovery.switchPath(now, rttMs);
    this.#pacer = new Pacer(now);
  }

  /** True when a frame with data may leave. */
  #mayCarry(now: Instant): boolean {
    const { congestion, rtt } = this.#recovery;
    if (this.#recovery.probes && !this.#waits()) this.#recovery.repeatForProbe();
    return this.#recovery.probes || (this.#waits() && this.#mayFly() && this.#pacer.mayGo(now, congestion, rtt));
  }

  /** When data may leave, as far as time decides that. */
  #dataAt(): Instant {
    const { congestion, rtt, probes } = this.#recovery;
    if (this.#stuck) return NEVER;
    if (probes) return this.#now;
    if (!this.#waits()) return NEVER;
    return this.#mayFly() ? this.#pacer.goesAt(congestion, rtt) : NEVER;
  }

  #waits(): boolean {
    return this.#waitsBeforeBulk() || (this.#streams[BULK] as SendStream).ready;
  }

  #waitsBeforeBulk(): boolean {
    return (this.#streams[0] as SendStream).ready || (this.#streams[1] as SendStream).ready || this.#loose.length > 0;
  }

  /** True when the window has room for the next frame; bulk alone does not get all of it. */
  #mayFly(): boolean {
    const { congestion } = this.#recovery;
    return congestion.hasRoomForBulk || (congestion.hasRoom && this.#waitsBeforeBulk());
  }

  /** @param end - where the data must end @param limit - where the payload must end */
  #writeData(at: number, end: number, limit: number): number {
    const { flight } = this.#recovery;
    const longest = limit - ACK_ROOM;
    let to = at;
    for (const stream of this.#streams) {
      if (stream.id === BULK) to = this.#writeLoose(to, end, limit);
      if (stream.ready) to = stream.write(slab, to, end, longest, flight);
    }
    this.#stuck = to === at;
    return to;
  }

  #writeLoose(at: number, end: number, limit: number): number {
    let to = at;
    for (let message = this.#loose[0]; message !== undefined; message = this.#loose[0]) {
      const bytes = RECORD_HEAD + message.length;
      if (bytes > limit) this.#droppedLoose++;
      else if (to + bytes > end) return to;
      else to = writeLoose(slab, to, message);
      this.#loose.shift();
    }
    return to;
  }

  /** Uses up a counter for the payload of `bytes` in the slab. */
  #leave(bytes: number, carries: boolean, now: Instant, patient = false): OutPayload {
    if (this.#counter >= COUNTER_MAX) throw new Error("the counters of this session are used up");
    const counter = this.#counter++;
    if (carries) {
      this.#recovery.sent(counter, bytes + FRAME_OVERHEAD_BYTES, now, patient);
      this.#pacer.spend(bytes + FRAME_OVERHEAD_BYTES);
    }
    return { counter, payload: slab.subarray(0, bytes) };
  }
}
