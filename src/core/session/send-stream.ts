import { writeFragment, writeMessage } from "../../wire/index.ts";
import type { Flight } from "./flight.ts";
import { QUEUED_MESSAGE_BYTES, SEQ_MAX, SEQ_WORN, STREAM_WINDOW_MESSAGES } from "./limits.ts";
import { NumberQueue } from "./number-queue.ts";
import { Outgoing, WHOLE } from "./outgoing.ts";
import { reserveOf, type Split, splitOf } from "./split.ts";

const FIRST_CAPACITY = 8;

/** What was lost is noted as one number: seq times this, plus 0 for a whole message, or the index of the part plus 1. */
const LOST_KEYS = 4_096;

/**
 * The sending half of one stream: messages that wait, messages in flight, and what was lost of those and goes first.
 * PROTOCOL.md §12.3.
 *
 *     oldest        front          next
 *   ----+-------------+-------------+---->  seq
 *       | in flight   | queued      |
 *
 * A message gets its number when it is queued. Numbers do not begin anew: at 2^32 the stream takes no more.
 */
export class SendStream {
  readonly id: number;
  readonly #queueMax: number;
  readonly #windowBytes: number;
  #ring: (Outgoing | undefined)[] = [];
  #oldest: number;
  #front: number;
  #next: number;
  readonly #lost = new NumberQueue();
  /** What the messages from `oldest` to `front` take of the window. */
  #ahead = 0;
  #messages = 0;
  #heldBytes = 0;
  #queuedBytes = 0;
  #repeated = 0;

  /** @param firstSeq - where numbers begin: 0, except in tests of where they end */
  constructor(id: number, queueMax: number, windowBytes: number, firstSeq = 0) {
    this.id = id;
    this.#queueMax = queueMax;
    this.#windowBytes = windowBytes;
    this.#oldest = this.#front = this.#next = firstSeq;
  }

  /** True when its numbers run short. */
  get isWorn(): boolean {
    return this.#next >= SEQ_WORN;
  }

  /** Bytes of messages that were never sent as a whole. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes of messages that were sent and not acknowledged. */
  get unackedBytes(): number {
    return this.#heldBytes - this.#queuedBytes;
  }

  /** Records that were sent more than once. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Queues a message; false when the queue is full or the numbers are used up. Its bytes must not change any more. */
  push(bytes: Uint8Array): boolean {
    const held = this.#heldBytes + bytes.length + (this.#messages + 1) * QUEUED_MESSAGE_BYTES;
    if (held > this.#queueMax || this.#next === SEQ_MAX) return false;
    if (this.#next - this.#oldest === this.#ring.length) this.#grow();
    this.#ring[this.#next & (this.#ring.length - 1)] = new Outgoing(bytes);
    this.#next++;
    this.#messages++;
    this.#heldBytes += bytes.length;
    this.#queuedBytes += bytes.length;
    return true;
  }

  /** True when something that was sent before is to go again. */
  get repeats(): boolean {
    return this.#lost.size > 0;
  }

  /** True when something may go, as far as the stream itself is concerned. */
  get ready(): boolean {
    if (this.#lost.size > 0) return true;
    if (this.#front === this.#next) return false;
    const message = this.#at(this.#front) as Outgoing;
    return message.split !== null || this.#hasRoom(message.bytes.length);
  }

  /**
   * Writes as many records as fit between `at` and `end`: what was lost first, then new messages in their order.
   * @param longest - bytes of the longest record that a frame takes over this path; longer messages are cut
   * @param flight - is told what was written
   * @returns where the last record ends
   */
  write(into: Uint8Array, at: number, end: number, longest: number, flight: Flight): number {
    let to = at;
    for (;;) {
      if (this.#lost.size > 0) to = this.#writeLost(into, to, end, longest, flight);
      if (this.#front === this.#next) return to;
      const from = to;
      const message = this.#at(this.#front) as Outgoing;
      if (message.isShort(longest)) to = this.#writeRun(into, from, end, longest, flight);
      else to = this.#writeParts(message, into, from, end, longest, flight);
      if (to === from) return to;
    }
  }

  /** `count` messages from `seq` on have arrived. */
  ackedMessages(seq: number, count: number): void {
    for (let each = seq; each < seq + count; each++) {
      const message = this.#at(each);
      if (message !== undefined && !message.isAcked) this.#settle(message);
    }
    this.#advance();
  }

  /** @param of - into how many the message was cut then: parts of before it was cut anew do not count */
  ackedFragment(seq: number, index: number, of: number): void {
    const message = this.#at(seq);
    if (message?.split?.of !== of || !message.ackPart(index)) return;
    this.#settle(message);
    this.#advance();
  }

  /** Messages that went as a whole may not have arrived. @returns how many of them go again */
  lostMessages(seq: number, count: number): number {
    let lost = 0;
    for (let each = seq; each < seq + count; each++) {
      if (!this.#at(each)?.lose(WHOLE)) continue;
      this.#noteLost(each, WHOLE);
      lost++;
    }
    return lost;
  }

  lostFragment(seq: number, index: number, of: number): number {
    const message = this.#at(seq);
    if (message?.split?.of !== of || !message.lose(index)) return 0;
    this.#noteLost(seq, index);
    return 1;
  }

  // ---- new messages ----

  /** Whole messages from `front` on, until one does not fit. */
  #writeRun(into: Uint8Array, at: number, end: number, longest: number, flight: Flight): number {
    const first = this.#front;
    let to = at;
    while (this.#front < this.#next) {
      const message = this.#at(this.#front) as Outgoing;
      const length = message.bytes.length;
      if (to + message.recordBytes(WHOLE) > end || !message.isShort(longest) || !this.#hasRoom(length)) break;
      to = writeMessage(into, to, this.id, this.#front, message.bytes);
      message.flies(WHOLE);
      message.cost = length;
      this.#ahead += length;
      this.#passFront(message);
    }
    if (this.#front > first) flight.addMessages(this.id, first, this.#front - first);
    return to;
  }

  /** Parts of the message at `front`, which is too long to go as a whole. */
  #writeParts(message: Outgoing, into: Uint8Array, at: number, end: number, longest: number, flight: Flight): number {
    const seq = this.#front;
    if (message.split === null && !this.#cut(message, longest)) return at;
    if (message.recordBytes(0) > longest) {
      return this.#cutAgain(seq, message, longest) ? this.#writeLost(into, at, end, longest, flight) : at;
    }
    const { of } = message.split as Split;
    let to = at;
    while (message.nextPart < of && to + message.recordBytes(message.nextPart) <= end) {
      to = this.#writePart(message, message.nextPart++, seq, into, to, flight);
    }
    if (message.nextPart === of) this.#passFront(message);
    return to;
  }

  /** Cuts a message that was never sent; false when the window has no room for it, or no frame is large enough. */
  #cut(message: Outgoing, longest: number): boolean {
    const split = splitOf(message.bytes.length, longest);
    if (split === null || !this.#hasRoom(reserveOf(split))) return false;
    message.cut(split);
    this.#ahead += message.cost;
    return true;
  }

  #passFront(message: Outgoing): void {
    this.#front++;
    this.#queuedBytes -= message.bytes.length;
  }

  #hasRoom(cost: number): boolean {
    if (this.#front - this.#oldest >= STREAM_WINDOW_MESSAGES) return false;
    return this.#ahead === 0 || this.#ahead + cost <= this.#windowBytes;
  }

  // ---- what was lost ----

  /** What was lost, the oldest loss first, until something does not fit. What has arrived meanwhile is passed over. */
  #writeLost(into: Uint8Array, at: number, end: number, longest: number, flight: Flight): number {
    let to = at;
    for (; this.#lost.size > 0; this.#lost.drop()) {
      const key = this.#lost.first;
      const seq = Math.floor(key / LOST_KEYS);
      const index = (key % LOST_KEYS) - 1;
      const message = this.#at(seq);
      if (!message?.waits(index)) continue;
      const bytes = message.recordBytes(index);
      if (bytes > longest) {
        if (!this.#cutAgain(seq, message, longest)) return to;
      } else {
        if (to + bytes > end) return to;
        to = this.#writeAgain(message, index, seq, into, to, flight);
      }
    }
    return to;
  }

  #writeAgain(message: Outgoing, index: number, seq: number, into: Uint8Array, at: number, flight: Flight): number {
    this.#repeated++;
    if (index !== WHOLE) return this.#writePart(message, index, seq, into, at, flight);
    message.flies(WHOLE);
    flight.addMessages(this.id, seq, 1);
    return writeMessage(into, at, this.id, seq, message.bytes);
  }

  /**
   * Cuts a message that was sent before anew, for a path whose frames are smaller. Every part goes, since the receiver
   * begins again when a message comes in more fragments than before. False when no frame is large enough.
   */
  #cutAgain(seq: number, message: Outgoing, longest: number): boolean {
    const split = splitOf(message.bytes.length, longest);
    if (split === null) return false;
    this.#ahead += reserveOf(split) - message.cost;
    message.cut(split);
    for (let index = 0; index < split.of; index++) this.#noteLost(seq, index);
    if (seq === this.#front) this.#passFront(message);
    return true;
  }

  #noteLost(seq: number, index: number): void {
    this.#lost.push(seq * LOST_KEYS + index + 1);
  }

  // ---- both ----

  #writePart(message: Outgoing, index: number, seq: number, into: Uint8Array, at: number, flight: Flight): number {
    const split = message.split as Split;
    message.flies(index);
    flight.addFragment(this.id, seq, index, split.of);
    return writeFragment(into, at, this.id, seq, index, split.of, message.partOf(split, index));
  }

  #settle(message: Outgoing): void {
    this.#messages--;
    this.#heldBytes -= message.bytes.length;
    message.settle();
  }

  /** Lets go what has arrived, up to the oldest message that has not. */
  #advance(): void {
    while (this.#oldest < this.#front) {
      const index = this.#oldest & (this.#ring.length - 1);
      const message = this.#ring[index] as Outgoing;
      if (!message.isAcked) return;
      this.#ahead -= message.cost;
      this.#ring[index] = undefined;
      this.#oldest++;
    }
  }

  /** The message with a number, unless that is long settled or not yet given. */
  #at(seq: number): Outgoing | undefined {
    return seq < this.#oldest ? undefined : this.#ring[seq & (this.#ring.length - 1)];
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Array<Outgoing | undefined>(old.length === 0 ? FIRST_CAPACITY : old.length * 2).fill(undefined);
    for (let seq = this.#oldest; seq < this.#next; seq++) ring[seq & (ring.length - 1)] = old[seq & (old.length - 1)];
    this.#ring = ring;
  }
}
