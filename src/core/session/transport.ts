/**
 * The transport of one session: what is said in its frames. Three ordered, reliable streams share one congestion window
 * over the data path; what a lost frame carried goes again in another. Frames are sealed and opened by whoever calls this,
 * and keys may change under it: counters run on. PROTOCOL.md §12; RFC 9002.
 */
import { type OutRecord, SESSION_MESSAGE_MAX } from "../../wire/index.ts";
import type { Instant } from "../time.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { FrameRefusal, Received, StreamId } from "./received.ts";
import { Receiver } from "./receiver.ts";
import { type OutPayload, Sender } from "./sender.ts";

export type { FrameRefusal, Received, ReceivedMessage, StreamId } from "./received.ts";
export type { OutPayload } from "./sender.ts";

/** For views. */
export interface TransportStats {
  /** Bytes on the wire that may be, and are, in flight over the data path. */
  readonly windowBytes: number;
  readonly inFlightBytes: number;
  readonly lostFrames: number;
  readonly repeatedRecords: number;
  /** Bytes kept of messages that are incomplete or before their turn. */
  readonly heldBytes: number;
  /** Frames that were not acknowledged, for want of room or because their fragments do not go together. */
  readonly refusedFrames: number;
  /** Loose messages that no frame of the data path could take. */
  readonly droppedLoose: number;
}

export class Transport {
  readonly #sender: Sender;
  readonly #receiver: Receiver;

  /** @param rttMs - the round trip of the data path, where the handshake has measured it */
  constructor(now: Instant, rttMs?: number) {
    const acks = new Acknowledgements();
    this.#sender = new Sender(acks, now, rttMs);
    this.#receiver = new Receiver(acks, this.#sender);
  }

  /**
   * Queues one message, which arrives once and in its order within the stream, as long as the session lives.
   * @param message - 1 byte to 1 MiB; kept, not copied, so it must not change any more
   * @param patient - it is no matter when we hear that it has arrived
   * @returns false when the stream holds as much as it may, or its 2^32 numbers are used up (see {@link worn})
   */
  send(stream: StreamId, message: Uint8Array, patient = false): boolean {
    if (message.length === 0 || message.length > SESSION_MESSAGE_MAX) throw new RangeError("a message has 1 to 1,048,576 bytes");
    return this.#sender.send(stream, message, patient);
  }

  /** Queues a message that goes at most once, in no order. False when no frame could hold it, or too many wait. */
  sendLoose(message: Uint8Array): boolean {
    if (message.length === 0) throw new RangeError("a message has at least one byte");
    return this.#sender.sendLoose(message);
  }

  /** Puts a hello into the next frame, which goes even if it carries nothing else. */
  sendHello(): void {
    this.#sender.sendHello();
  }

  /**
   * The payload of the next frame that may leave over the data path, and its counter; each call that returns one uses one
   * up. Null when there is nothing to say, the window is full, or it is too early; {@link wakeAt} says when to ask again.
   * @param limit - bytes of payload at most
   */
  next(now: Instant, limit: number): OutPayload | null {
    return this.#sender.next(now, limit);
  }

  /** A frame with just these records, for any path: it is neither paced nor sent again. */
  single(records: readonly OutRecord[], _now: Instant): OutPayload {
    return this.#sender.single(records);
  }

  /** False for a counter that is surely a replay or too old: not worth opening the frame. Changes nothing. */
  mayAccept(counter: number): boolean {
    return this.#receiver.mayAccept(counter);
  }

  /**
   * Takes the payload of a frame whose tag was right. What it returns may point into `payload`.
   * @returns or why the frame has no effect: `replay`; `frame-too-long`, `record-cut`, `bad-record`; `bad-ack`, which
   *   includes an ack of a counter that was never used
   */
  receive(counter: number, payload: Uint8Array, now: Instant): Received | FrameRefusal {
    return this.#receiver.receive(counter, payload, now);
  }

  /** When {@link onTimer} and then {@link next} should be called at the latest. */
  get wakeAt(): Instant {
    return this.#sender.wakeAt;
  }

  /** Finds what is lost by now. */
  onTimer(now: Instant): void {
    this.#sender.onTimer(now);
  }

  /**
   * The data path is another one: its congestion and round trip are learnt anew. What is in flight is not lost by it.
   * @param rttMs - the new path's round trip, where a challenge has measured it
   */
  switchPath(now: Instant, rttMs?: number): void {
    this.#sender.switchPath(now, rttMs);
  }

  get rttMs(): number {
    return this.#sender.recovery.rtt.smoothed;
  }

  /** True while several probes in a row brought no acknowledgement of anything. */
  get stalled(): boolean {
    return this.#sender.recovery.stalled;
  }

  /** True when nothing is queued or in flight. */
  get idle(): boolean {
    return this.#sender.idle;
  }

  /** Bytes of messages that wait to be sent for the first time. */
  get queuedBytes(): number {
    return this.#sender.queuedBytes;
  }

  /** Bytes of messages that were sent and not acknowledged. */
  get unackedBytes(): number {
    return this.#sender.unackedBytes;
  }

  /**
   * True when numbers run short: a stream has used all but 2^28 of its 2^32, or half of the counters are gone. The session
   * is then to be replaced by a new one with a transport of its own; a new key under the same session does not help.
   */
  get worn(): boolean {
    return this.#sender.worn;
  }

  get stats(): TransportStats {
    const { recovery } = this.#sender;
    return {
      windowBytes: recovery.congestion.window,
      inFlightBytes: recovery.congestion.inFlight,
      lostFrames: recovery.lostFrames,
      repeatedRecords: this.#sender.repeatedRecords,
      heldBytes: this.#receiver.heldBytes,
      refusedFrames: this.#receiver.refusedFrames,
      droppedLoose: this.#sender.droppedLoose,
    };
  }
}
