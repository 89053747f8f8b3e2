/**
 * The log that we write: numbers, dates and chains our events, and signs the last of those that were written at once.
 * PROTOCOL.md §13.4, §13.5.
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { Timestamp } from "../time.ts";
import { type ChannelHash, type Detail, type Event, type EventFault, eventOf, signEvent, signedSize } from "./event.ts";
import type { LogName } from "./heads.ts";
import { HybridClock, isAhead } from "./hlc.ts";
import { BATCH_BYTES_MAX, BATCH_MAX, EVENT_BYTES_MAX } from "./limits.ts";
import type { Head } from "./log.ts";

/** What a user says, without its place. */
export interface Words {
  readonly kind: string;
  readonly text: string;
  readonly details: readonly Detail[];
}

export class OwnLog {
  readonly clock = new HybridClock();
  readonly #crypto: Crypto;
  readonly #channel: ChannelHash;
  readonly #author: NodeId;
  readonly #key: Ed25519KeyPair;
  #inst: InstanceId;
  #head: Head | null;
  #written: Event[] = [];
  #writtenBytes = 0;

  /** @param head - the last event of that instance on our disk, null for a new one */
  constructor(crypto: Crypto, channel: ChannelHash, author: NodeId, key: Ed25519KeyPair, inst: InstanceId, head: Head | null) {
    this.#crypto = crypto;
    this.#channel = channel;
    this.#author = author;
    this.#key = key;
    this.#inst = inst;
    this.#head = head;
  }

  get name(): LogName {
    return { author: this.#author, inst: this.#inst };
  }

  /**
   * True when a new instance has to begin before anything can be written: our clock was so far ahead when the last event
   * was that whatever followed it here would be dated ahead too.
   */
  mustBegin(wall: Timestamp): boolean {
    return this.#head !== null && isAhead(this.#head.hlc, wall);
  }

  /** Goes on after an event that was written elsewhere: the genesis, which has to be there before its channel. */
  follow(head: Head): void {
    this.#head = head;
  }

  /** Goes on in a new, empty log. What was written and not taken is lost: take it before. */
  begin(inst: InstanceId): void {
    this.#inst = inst;
    this.#head = null;
    this.#written = [];
    this.#writtenBytes = 0;
  }

  /** True when no more goes under one signature: take what is written first. */
  get isFull(): boolean {
    return this.#written.length >= BATCH_MAX || this.#writtenBytes > BATCH_BYTES_MAX - EVENT_BYTES_MAX;
  }

  /**
   * Writes the next event, unsigned.
   * @param deps - heads of others' logs that no event of ours has named yet; all of them were heard by `clock`
   * @returns the event; or why these words cannot be one, and then nothing was written
   */
  write(words: Words, deps: readonly EventId[], wall: Timestamp): Event | EventFault {
    const hlc = Math.max(this.clock.next(wall), (this.#head?.hlc ?? 0) + 1);
    const seq = (this.#head?.seq ?? 0) + 1;
    const prev = this.#head?.id ?? null;
    const { kind, text, details } = words;
    const place = { channel: this.#channel, author: this.#author, inst: this.#inst, seq, prev, deps, hlc };
    const event = eventOf(this.#crypto, { ...place, kind, text, details }, null);
    if (typeof event === "string") return event;
    this.clock.hear(hlc, wall);
    this.#head = { seq, id: event.id, hlc };
    this.#written.push(event);
    this.#writtenBytes += signedSize(event);
    return event;
  }

  /** Takes what was written since the last call, oldest first, the last event signed for all. */
  take(): Event[] {
    const taken = this.#written;
    const last = taken.pop();
    if (last !== undefined) taken.push(signEvent(this.#crypto, last, this.#key));
    this.#written = [];
    this.#writtenBytes = 0;
    return taken;
  }
}
