import { FRAGMENT_HEAD, MESSAGE_HEAD } from "../../wire/index.ts";
import { reserveOf, type Split } from "./split.ts";

const NO_BYTES = new Uint8Array(0);

/** A message, or a part of one, that is to be sent, for the first time or again. */
const WAITING = 0;
const FLYING = 1;
const ACKED = 2;

/** Stands for the whole message where else the index of a part does. */
export const WHOLE = -1;

/** A message on its way out: as a whole, or cut into parts that are sent, lost and acknowledged one by one. */
export class Outgoing {
  bytes: Uint8Array;
  /** What it takes of its stream's window: nothing until it is sent. */
  cost = 0;
  /** Null while it goes as a whole. */
  split: Split | null = null;
  /** The next part to be sent for the first time. */
  nextPart = 0;
  #state = WAITING;
  #partStates: Uint8Array | null = null;
  #partsAcked = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAcked(): boolean {
    return this.#state === ACKED;
  }

  /** True when it goes as a whole over a path whose records have `longest` bytes at most. */
  isShort(longest: number): boolean {
    return this.split === null && MESSAGE_HEAD + this.bytes.length <= longest;
  }

  /** True when the part, or the whole, is to be sent. */
  waits(index: number): boolean {
    if (this.#state === ACKED) return false;
    return index === WHOLE ? this.split === null && this.#state === WAITING : this.#partStates?.[index] === WAITING;
  }

  /** Bytes of the record that carries the part, or the whole. */
  recordBytes(index: number): number {
    if (index === WHOLE || this.split === null) return MESSAGE_HEAD + this.bytes.length;
    return FRAGMENT_HEAD + Math.min(this.split.size, this.bytes.length - index * this.split.size);
  }

  partOf({ size }: Split, index: number): Uint8Array {
    return this.bytes.subarray(index * size, (index + 1) * size);
  }

  /** Cuts the message, for the first time or into smaller parts than before; every part is to be sent. */
  cut(split: Split): void {
    this.split = split;
    this.cost = reserveOf(split);
    this.nextPart = 0;
    this.#partStates = new Uint8Array(split.of);
    this.#partsAcked = 0;
  }

  /** The part, or the whole, was put into a frame. */
  flies(index: number): void {
    if (index === WHOLE) this.#state = FLYING;
    else if (this.#partStates !== null) this.#partStates[index] = FLYING;
  }

  /** What flew was lost. @returns false when that does not matter: it arrived otherwise, or is queued again already */
  lose(index: number): boolean {
    if (index === WHOLE) {
      if (this.split !== null || this.#state !== FLYING) return false;
      this.#state = WAITING;
    } else {
      if (this.#partStates?.[index] !== FLYING) return false;
      this.#partStates[index] = WAITING;
    }
    return true;
  }

  /** A part has arrived. @returns true when that was the last one missing */
  ackPart(index: number): boolean {
    if (this.#partStates === null || this.#partStates[index] === ACKED) return false;
    this.#partStates[index] = ACKED;
    return ++this.#partsAcked === this.#partStates.length;
  }

  /** All of it has arrived: only its cost is still of interest. */
  settle(): void {
    this.#state = ACKED;
    this.bytes = NO_BYTES;
    this.split = null;
    this.#partStates = null;
  }
}
