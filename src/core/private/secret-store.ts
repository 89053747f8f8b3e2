/** What private channels keep, and ask of the store: as small as `log/event-store.ts`, and answered at once as there. */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import type { EventPlace, EventReader } from "../log/event-store.ts";
import type { HybridTime } from "../log/hlc.ts";
import type { Reference } from "../log/kind.ts";
import type { Words } from "../log/own-log.ts";
import type { ParcelReader } from "../mailbox/mailbox-store.ts";
import type { Timestamp } from "../time.ts";

/** A key pair that we have published in a channel, so that others seal their sender keys to it. */
export interface StoredPrekey {
  readonly channel: ChannelHash;
  /** 16 hex digits: see `prekeyId`. */
  readonly id: string;
  /** 32 bytes each. */
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly madeAt: Timestamp;
  /** When a newer one took its place; null for the one that others use. */
  readonly replacedAt: Timestamp | null;
}

/** The key from which all of one epoch follow; ours among them. */
export interface StoredSenderKey {
  readonly channel: ChannelHash;
  readonly author: NodeId;
  readonly epoch: HybridTime;
  /** The chain key of place 0, 32 bytes. */
  readonly key: Uint8Array;
  /** When we made or learned it. */
  readonly at: Timestamp;
}

/** A sealed event that was kept unopened is open now. */
export interface Opened {
  readonly channel: ChannelHash;
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly seq: number;
  readonly id: EventId;
  /** What people see of it. */
  readonly seen: Words;
  /** The message key that opened it, 32 bytes; null where it hides nothing. */
  readonly key: Uint8Array | null;
}

/** Where a sealed event lies that is kept unopened. */
export interface ClosedPlace extends EventPlace {
  readonly id: EventId;
  readonly prev: EventId | null;
  readonly hlc: HybridTime;
}

/** A sealed event with all that is kept of it. */
export interface KeptSealed {
  /** As it was signed. */
  readonly event: Event;
  /** What people see of it. */
  readonly seen: Words;
  /** The epoch whose key it waits for; null for one that is open, or never will be. */
  readonly waits: HybridTime | null;
  /** Its message key; null where it is not open, and where it was opened before keys were kept. */
  readonly key: Uint8Array | null;
}

/** Events that wait for one key. */
export interface Awaited {
  readonly author: NodeId;
  readonly epoch: HybridTime;
  readonly count: number;
}

export interface SecretReader {
  /** The last prekeys that a node has published in a channel, newest first, at most `most`. */
  published(channel: ChannelHash, node: NodeId, most: number): Event[];
  /** Our prekeys of a channel, the newest first, at most `PREKEYS_MAX`. */
  prekeys(channel: ChannelHash): StoredPrekey[];
  senderKey(channel: ChannelHash, author: NodeId, epoch: HybridTime): StoredSenderKey | null;
  /** Events of an epoch that are kept unopened, as they were signed, at most `most`. */
  unopened(channel: ChannelHash, author: NodeId, epoch: HybridTime, most: number): Event[];
  /** The epochs, begun after `since`, of which events are kept unopened, at most `most`. */
  awaited(channel: ChannelHash, since: HybridTime, most: number): Awaited[];
  /**
   * Events of epochs up to `upTo` that are kept unopened, the newest first, at most `most`.
   * @param before - only those that stand before this one in the order of §13.5; null: from the newest on
   */
  closed(channel: ChannelHash, upTo: HybridTime, before: Reference | null, most: number): ClosedPlace[];
  /** How many these are, author by author. It takes longer the more there are: for people who ask. */
  closedCounts(channel: ChannelHash, upTo: HybridTime): { readonly author: NodeId; readonly count: number }[];
  /** A sealed event; null where it is not held, or not sealed. */
  sealedAt(channel: ChannelHash, id: EventId, place: EventPlace): KeptSealed | null;
}

/** All that a node asks of its store while it runs. */
export interface NodeReader extends EventReader, SecretReader, ParcelReader {}
