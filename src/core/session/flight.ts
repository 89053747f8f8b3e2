import type { Instant } from "../time.ts";
import type { SendStream } from "./send-stream.ts";

/** Of the rings, once they are needed: so small a typed array lies in the heap, without a buffer of its own. */
const FIRST_CAPACITY = 8;
const NO_DOUBLES = new Float64Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_SIZES = new Uint16Array(0);
const NO_STATES = new Uint8Array(0);

/** Beside the size of a frame, which is far below: its ack may be late. */
const PATIENT = 0x8000;

/** Acknowledged. */
const SETTLED = 0;
const OUT = 1;
/** Still out, but its records are queued again: a probe repeated them. */
const REPEATED = 2;
/** Counts as lost, but may come after all. */
const LOST = 3;

// An item is a run of whole messages of one stream, or one fragment, in one number:
// stream << 24 | (messages, or index of the fragment) << 12 | fragments of the message, 0 for whole ones.
const STREAM_SHIFT = 24;
const COUNT_SHIFT = 12;
const FIELD = 0xfff;

/**
 * Frames that want an ack, in the order of their counters, and what each carries: those in flight, and those lost a short
 * while ago. A frame has a place, counted from the first ever sent; its fields lie in rings of numbers, so that a frame
 * allocates nothing.
 */
export class Flight {
  #head = 0;
  #tail = 0;
  /** From `head` to the place of the oldest frame in flight. */
  #firstOut = 0;
  #outCount = 0;
  #counters = NO_DOUBLES;
  #sentAts = NO_DOUBLES;
  #sizes = NO_SIZES;
  #states = NO_STATES;
  /** Place behind the frame's last item. */
  #itemEnds = NO_DOUBLES;
  #itemHead = 0;
  #itemTail = 0;
  #itemSeqs = NO_WORDS;
  #items = NO_WORDS;

  /** Place of the oldest frame that is kept. */
  get head(): number {
    return this.#head;
  }

  /** Place of the next frame. */
  get tail(): number {
    return this.#tail;
  }

  /** Place of the oldest frame in flight, or `tail`. */
  get firstOut(): number {
    while (this.#firstOut < this.#tail && !this.isOut(this.#firstOut)) this.#firstOut++;
    return this.#firstOut;
  }

  /** True when nothing is in flight. */
  get isEmpty(): boolean {
    return this.#outCount === 0;
  }

  counterAt(place: number): number {
    return this.#counters[place & (this.#counters.length - 1)] as number;
  }

  sentAt(place: number): Instant {
    return this.#sentAts[place & (this.#sentAts.length - 1)] as number;
  }

  sizeAt(place: number): number {
    return (this.#sizes[place & (this.#sizes.length - 1)] as number) & ~PATIENT;
  }

  /** True for a frame whose ack may be late. */
  isPatient(place: number): boolean {
    return ((this.#sizes[place & (this.#sizes.length - 1)] as number) & PATIENT) !== 0;
  }

  isOut(place: number): boolean {
    const state = this.#stateAt(place);
    return state === OUT || state === REPEATED;
  }

  isRepeated(place: number): boolean {
    return this.#stateAt(place) === REPEATED;
  }

  isLost(place: number): boolean {
    return this.#stateAt(place) === LOST;
  }

  /** The first place whose counter is not below `counter`. */
  placeOf(counter: number): number {
    let low = this.#head;
    let high = this.#tail;
    while (low < high) {
      const middle = low + ((high - low) >> 1);
      if (this.counterAt(middle) < counter) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Notes `count` whole messages from `seq` on, in the frame that is being written. */
  addMessages(stream: number, seq: number, count: number): void {
    this.#addItem(seq, (stream << STREAM_SHIFT) | (count << COUNT_SHIFT));
  }

  addFragment(stream: number, seq: number, index: number, of: number): void {
    this.#addItem(seq, (stream << STREAM_SHIFT) | (index << COUNT_SHIFT) | of);
  }

  /** Notes that the frame which was being written has left. @param patient - it said that its ack may be late */
  sent(counter: number, size: number, now: Instant, patient = false): void {
    if (this.#tail - this.#head === this.#counters.length) this.#growFrames();
    const index = this.#tail++ & (this.#counters.length - 1);
    this.#counters[index] = counter;
    this.#sentAts[index] = now;
    this.#sizes[index] = patient ? size | PATIENT : size;
    this.#states[index] = OUT;
    this.#itemEnds[index] = this.#itemTail;
    this.#outCount++;
  }

  /** Tells the streams that what the frame carried has arrived. */
  acked(place: number, streams: readonly SendStream[]): void {
    const end = this.#itemEnd(place);
    for (let item = this.#itemStart(place); item < end; item++) {
      const index = item & (this.#items.length - 1);
      const packed = this.#items[index] as number;
      const seq = this.#itemSeqs[index] as number;
      const stream = streams[packed >>> STREAM_SHIFT] as SendStream;
      const of = packed & FIELD;
      const count = (packed >>> COUNT_SHIFT) & FIELD;
      if (of === 0) stream.ackedMessages(seq, count);
      else stream.ackedFragment(seq, count, of);
    }
    this.#setState(place, SETTLED);
  }

  /** Gives what the frame carried back to the streams, unless a probe did so before. */
  lost(place: number, streams: readonly SendStream[]): void {
    if (!this.isRepeated(place)) this.#giveBack(place, streams);
    this.#setState(place, LOST);
  }

  /** Gives it back as well, but leaves the frame in flight. @returns records given back */
  repeat(place: number, streams: readonly SendStream[]): number {
    this.#setState(place, REPEATED);
    return this.#giveBack(place, streams);
  }

  /** Lets go the oldest frames: the settled ones, and those that were lost and sent before `since`. */
  trim(since: Instant): void {
    while (this.#head < this.#tail && !this.isOut(this.#head) && !(this.isLost(this.#head) && this.sentAt(this.#head) >= since)) {
      this.#itemHead = this.#itemEnd(this.#head);
      this.#head++;
    }
    this.#firstOut = Math.max(this.#firstOut, this.#head);
  }

  #giveBack(place: number, streams: readonly SendStream[]): number {
    let records = 0;
    const end = this.#itemEnd(place);
    for (let item = this.#itemStart(place); item < end; item++) {
      const index = item & (this.#items.length - 1);
      const packed = this.#items[index] as number;
      const seq = this.#itemSeqs[index] as number;
      const stream = streams[packed >>> STREAM_SHIFT] as SendStream;
      const of = packed & FIELD;
      const count = (packed >>> COUNT_SHIFT) & FIELD;
      records += of === 0 ? stream.lostMessages(seq, count) : stream.lostFragment(seq, count, of);
    }
    return records;
  }

  #stateAt(place: number): number {
    return this.#states[place & (this.#states.length - 1)] as number;
  }

  #setState(place: number, state: number): void {
    if (this.isOut(place)) this.#outCount--;
    this.#states[place & (this.#states.length - 1)] = state;
    if (state === REPEATED) this.#outCount++;
  }

  #itemStart(place: number): number {
    return place === this.#head ? this.#itemHead : this.#itemEnd(place - 1);
  }

  #itemEnd(place: number): number {
    return this.#itemEnds[place & (this.#itemEnds.length - 1)] as number;
  }

  #addItem(seq: number, packed: number): void {
    if (this.#itemTail - this.#itemHead === this.#items.length) this.#growItems();
    const index = this.#itemTail++ & (this.#items.length - 1);
    this.#itemSeqs[index] = seq;
    this.#items[index] = packed;
  }

  #growFrames(): void {
    const capacity = this.#counters.length * 2 || FIRST_CAPACITY;
    this.#counters = grown(this.#counters, new Float64Array(capacity), this.#head, this.#tail);
    this.#sentAts = grown(this.#sentAts, new Float64Array(capacity), this.#head, this.#tail);
    this.#sizes = grown(this.#sizes, new Uint16Array(capacity), this.#head, this.#tail);
    this.#states = grown(this.#states, new Uint8Array(capacity), this.#head, this.#tail);
    this.#itemEnds = grown(this.#itemEnds, new Float64Array(capacity), this.#head, this.#tail);
  }

  #growItems(): void {
    const capacity = this.#items.length * 2 || FIRST_CAPACITY;
    this.#itemSeqs = grown(this.#itemSeqs, new Uint32Array(capacity), this.#itemHead, this.#itemTail);
    this.#items = grown(this.#items, new Uint32Array(capacity), this.#itemHead, this.#itemTail);
  }
}

/** Copies what lies from `from` to `to` of one ring into a larger one. */
function grown<Ring extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(old: Ring, into: Ring, from: number, to: number): Ring {
  for (let at = from; at < to; at++) into[at & (into.length - 1)] = old[at & (old.length - 1)] as number;
  return into;
}
