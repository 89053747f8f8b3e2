/**
 * The store's answers to the logs, where the disk may fail: what cannot be read is an answer like any other, never an
 * exception in the middle of a step. Whoever asks where an event lies must know that there is none: not held and not readable are not
 * the same, since an event that is taken for new would part its log. ARCHITECTURE.md "What happens to bad input".
 */
import type { EventId } from "../../wire/index.ts";
import { StoreError } from "../store.ts";
import type { ChannelHash, Event } from "./event.ts";
import type { EventPlace, EventRange, EventReader } from "./event-store.ts";
import type { Reference } from "./kind.ts";

/** The place of an event cannot be read. Thrown and caught among the logs. */
export class Unreadable extends Error {}

export class WatchedReader implements EventReader {
  readonly #reader: EventReader;
  readonly #onFault: (code: string) => void;

  /** @param onFault - told of each answer that the disk did not give */
  constructor(reader: EventReader, onFault: (code: string) => void) {
    this.#reader = reader;
    this.#onFault = onFault;
  }

  /** @throws Unreadable */
  branchOf(channel: ChannelHash, id: EventId, place: EventPlace): number | null {
    const branch = this.#ask<number | null | undefined>(() => this.#reader.branchOf(channel, id, place), undefined);
    if (branch === undefined) throw new Unreadable();
    return branch;
  }

  event(channel: ChannelHash, id: EventId): Event | null {
    return this.#ask(() => this.#reader.event(channel, id), null);
  }

  range(range: EventRange, most: number): Event[] {
    return this.#ask(() => this.#reader.range(range, most), []);
  }

  meant(channel: ChannelHash, reference: Reference): Event | null {
    return this.#ask(() => this.#reader.meant(channel, reference), null);
  }

  isTouched(post: Event): boolean {
    return this.#ask(() => this.#reader.isTouched(post), false);
  }

  effectsOn(...asked: Parameters<EventReader["effectsOn"]>): Event[] {
    return this.#ask(() => this.#reader.effectsOn(...asked), []);
  }

  latest(...asked: Parameters<EventReader["latest"]>): Event[] {
    return this.#ask(() => this.#reader.latest(...asked), []);
  }

  statementsBy(...asked: Parameters<EventReader["statementsBy"]>): Event[] {
    return this.#ask(() => this.#reader.statementsBy(...asked), []);
  }

  #ask<T>(ask: () => T, otherwise: T): T {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#onFault(error.code);
      return otherwise;
    }
  }
}
