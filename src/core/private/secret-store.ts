/** What private channels keep, and ask of the store: as small as `log/event-store.ts`, and answered at once as there. */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import type { EventReader } from "../log/event-store.ts";
import type { HybridTime } from "../log/hlc.ts";
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
}

/** All that a node asks of its store while it runs. */
export interface NodeReader extends EventReader, SecretReader, ParcelReader {}
