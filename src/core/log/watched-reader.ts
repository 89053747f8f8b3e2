/**
 * The store's answers to the logs, where the disk may fail: what cannot be read is an answer like any other, never an
 * exception in the middle of a step. Whoever asks where an event lies must know that there is none: not held and not readable are not
 * the same, since an event that is taken for new would part its log. ARCHITECTURE.md "What happens to bad input".
 */
import type { EventId, NodeId } from "../../wire/index.ts";
import type { SlotUsage, StoredParcel } from "../mailbox/mailbox-store.ts";
import type { Awaited, ClosedPlace, KeptSealed, NodeReader, StoredPrekey, StoredSenderKey } from "../private/secret-store.ts";
import { StoreError } from "../store.ts";
import type { ChannelHash, Event } from "./event.ts";
import type { EventPlace, EventRange } from "./event-store.ts";
import type { Reference } from "./kind.ts";

/** The place of an event cannot be read. Thrown and caught among the logs. */
export class Unreadable extends Error {}

export class WatchedReader implements NodeReader {
  readonly #reader: NodeReader;
  readonly #onFault: (code: string) => void;

  /** @param onFault - told of each answer that the disk did not give */
  constructor(reader: NodeReader, onFault: (code: string) => void) {
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

  effectsOn(...asked: Parameters<NodeReader["effectsOn"]>): Event[] {
    return this.#ask(() => this.#reader.effectsOn(...asked), []);
  }

  latest(...asked: Parameters<NodeReader["latest"]>): Event[] {
    return this.#ask(() => this.#reader.latest(...asked), []);
  }

  mailboxOf(...asked: Parameters<NodeReader["mailboxOf"]>): Event | null {
    return this.#ask(() => this.#reader.mailboxOf(...asked), null);
  }

  statementsBy(...asked: Parameters<NodeReader["statementsBy"]>): Event[] {
    return this.#ask(() => this.#reader.statementsBy(...asked), []);
  }

  published(...asked: Parameters<NodeReader["published"]>): Event[] {
    return this.#ask(() => this.#reader.published(...asked), []);
  }

  prekeys(...asked: Parameters<NodeReader["prekeys"]>): StoredPrekey[] {
    return this.#ask(() => this.#reader.prekeys(...asked), []);
  }

  senderKey(...asked: Parameters<NodeReader["senderKey"]>): StoredSenderKey | null {
    return this.#ask(() => this.#reader.senderKey(...asked), null);
  }

  unopened(...asked: Parameters<NodeReader["unopened"]>): Event[] {
    return this.#ask(() => this.#reader.unopened(...asked), []);
  }

  awaited(...asked: Parameters<NodeReader["awaited"]>): Awaited[] {
    return this.#ask(() => this.#reader.awaited(...asked), []);
  }

  closed(...asked: Parameters<NodeReader["closed"]>): ClosedPlace[] {
    return this.#ask(() => this.#reader.closed(...asked), []);
  }

  closedCounts(...asked: Parameters<NodeReader["closedCounts"]>): { author: NodeId; count: number }[] {
    return this.#ask(() => this.#reader.closedCounts(...asked), []);
  }

  sealedAt(...asked: Parameters<NodeReader["sealedAt"]>): KeptSealed | null {
    return this.#ask(() => this.#reader.sealedAt(...asked), null);
  }

  parcels(...asked: Parameters<NodeReader["parcels"]>): StoredParcel[] {
    return this.#ask(() => this.#reader.parcels(...asked), []);
  }

  hasParcel(id: string): boolean {
    return this.#ask(() => this.#reader.hasParcel(id), false);
  }

  usage(...asked: Parameters<NodeReader["usage"]>): SlotUsage[] {
    return this.#ask(() => this.#reader.usage(...asked), []);
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
