/**
 * What the core asks of a store. The core only says what to keep (a `save` output) and is told when it is on disk
 * (`saved`) or could not be kept (`save-failed`); reading history is between the store and `app`.
 */
import type { Endpoint, Guid, InstanceId, NodeId } from "../wire/index.ts";
import type { PathPolicy, VerifiedBy } from "./contacts.ts";
import type { ChannelHash, Event } from "./log/event.ts";
import type { LogCut, LogRow, Low } from "./log/event-store.ts";
import { type HybridTime, US_PER_MS } from "./log/hlc.ts";
import type { Words } from "./log/own-log.ts";
import type { LogMove } from "./log/unsaved.ts";
import type { MailboxChange, RestoredMailboxes } from "./mailbox/mailbox-store.ts";
import type { TalkRequest } from "./open/talks.ts";
import type { NodeReader, Opened, StoredPrekey, StoredSenderKey } from "./private/secret-store.ts";
import type { Quiet } from "./quiet.ts";
import type { Timestamp } from "./time.ts";

/** One entry of a channel's history: a text without a signature, or what people see of a signed event. */
export interface StoredEvent {
  /** 32 hex digits; of a signed event its 64. */
  readonly id: string;
  readonly channelId: Guid;
  /** Who wrote it: an endpoint in the bare plane, a node id where a signature says so. */
  readonly author: string;
  /** True for what this node wrote itself. */
  readonly own: boolean;
  /** `post`, in signed events also `edit`, `reaction` and others; unknown kinds are kept. */
  readonly kind: string;
  /** When this node wrote or received it; of a signed event when its author says so. */
  readonly at: Timestamp;
  /** For a post its text; opaque to the store but for search. */
  readonly body: string;
  /** True when a signature proves the author; never in the bare plane. */
  readonly verified: boolean;
}

/** An entry of the history. */
export interface StoredEntry extends StoredEvent {
  /** As people see it, opened where it was sealed; absent for a text that is not signed. */
  readonly signed?: Event;
}

export type StoredChannel = StoredBareChannel | StoredOpenChannel;

export interface StoredBareChannel extends ChannelFields {
  readonly mode: "bare";
}

export interface StoredOpenChannel extends ChannelFields {
  readonly mode: "open";
  /** The log that we write there; null while we have written nothing. */
  readonly inst: InstanceId | null;
  /** The id of the event that made it; absent where nobody owns it. */
  readonly genesis?: ChannelHash;
  /** The other one, of a talk of two. */
  readonly pair?: NodeId;
}

interface ChannelFields {
  readonly id: Guid;
  /** `lobby` for `#lobby`; empty where it has no name. */
  readonly name: string;
  readonly joinedAt: Timestamp;
}

/** A signed event, and where it lies. */
export interface StoredSigned {
  readonly channelId: Guid;
  /** True for what this node wrote itself. */
  readonly own: boolean;
  /** As it was signed. */
  readonly event: Event;
  /** The branch of its log. */
  readonly branch: number;
  /** What people see of it, where that is something else: of a sealed event what it hides, or nothing yet. */
  readonly seen?: Words;
  /** The epoch whose key it waits for; absent for one that does not. */
  readonly waits?: HybridTime;
  /** The message key that opened it, 32 bytes; it goes with the text. Absent for what is not sealed, or not open. */
  readonly key?: Uint8Array;
}

/** What people see of a signed event. */
export function shownOf({ channelId, own, event, seen }: StoredSigned): StoredEvent {
  const { id, author, hlc } = event;
  const { kind, text } = seen ?? event;
  return { id, channelId, author, own, kind, at: Math.floor(hlc / US_PER_MS), body: text, verified: true };
}

/** A place at which a node comes back to a channel when it is started anew. `own` members live in the channel row itself. */
export interface StoredMember {
  readonly channelId: Guid;
  readonly endpoint: Endpoint;
  readonly heardAt: Timestamp;
}

/** A key that a peer gave for a bare channel, for the user to see. */
export interface StoredKey {
  readonly channelId: Guid;
  readonly from: Endpoint;
  readonly cipher: string;
  readonly key: string;
  readonly at: Timestamp;
}

/** A node to which the user gave a name of his own. */
export interface StoredContact {
  /** 52 characters of Crockford base32. */
  readonly nodeId: string;
  readonly name: string;
  readonly addedAt: Timestamp;
  /** When the user made sure of it; null while he has not. */
  readonly verifiedAt: Timestamp | null;
  /** How he did; absent while he has not. */
  readonly verifiedBy?: VerifiedBy;
  /** Absent where every path will do. */
  readonly path?: Exclude<PathPolicy, "direct">;
}

/** Contacts that a store gives at most: more than anybody knows, few enough to be read at once. */
export const CONTACTS_MAX = 10_000;

/** What a node called itself when a text of its was kept, so that history has names while it is away. */
export interface StoredNick {
  /** 52 characters of Crockford base32. */
  readonly nodeId: string;
  readonly nick: string;
  readonly at: Timestamp;
  /** The time of the event in which the node said so; absent for what it only told in a session. */
  readonly said?: HybridTime;
}

/** Nicks that a store keeps; the oldest goes first. */
export const NICKS_MAX = 10_000;

/** How much of a channel is kept: so many bytes, or what is not older than so many days. Null in both: all. */
export interface Quota {
  readonly bytes: number | null;
  readonly days: number | null;
}

export interface StoredQuota {
  /** Null: of all channels that have none of their own. */
  readonly channelId: Guid | null;
  readonly quota: Quota;
}

/** What a store has of one channel. */
export interface Holding {
  readonly entries: number;
  /** About what they take on the disk, with the words of the search index. */
  readonly bytes: number;
  /** Entries up to this time were dropped; 0: none. */
  readonly horizon: HybridTime;
  /** How many of them people saw. */
  readonly dropped: number;
}

/** What is to go first. */
export interface OldestQuery {
  readonly channelId: Guid;
  /** Entries up to this time, ... */
  readonly upTo: HybridTime;
  /** ... until so many bytes are free. */
  readonly bytes: number;
  /** Entries looked at, 1 to 1,000. */
  readonly most: number;
}

export interface Oldest {
  /** All up to here can go. */
  readonly upTo: HybridTime;
  readonly lows: readonly Low[];
}
/** A node that the user has muted or blocked. */
export interface StoredQuiet {
  /** 52 characters of Crockford base32. */
  readonly nodeId: string;
  readonly how: Quiet;
  readonly at: Timestamp;
}

/** Such nodes that a store gives at most, as of contacts. */
export const QUIET_NODES_MAX = 10_000;

/** One change to keep. A batch of them is kept whole or not at all. */
export type Change =
  | { readonly kind: "event"; readonly event: StoredEvent }
  | { readonly kind: "channel"; readonly channel: StoredChannel }
  | { readonly kind: "channel-left"; readonly channelId: Guid }
  | { readonly kind: "member"; readonly member: StoredMember }
  | { readonly kind: "member-gone"; readonly channelId: Guid; readonly endpoint: Endpoint }
  | { readonly kind: "key"; readonly key: StoredKey }
  /** A signed event. One that is kept already stays as it is, but takes this branch, and this signature where it had none. */
  | ({ readonly kind: "signed" } & StoredSigned)
  /** A sealed event that was kept unopened is open now. */
  | { readonly kind: "opened"; readonly channelId: Guid; readonly opened: Opened }
  /** A prekey of ours, in the place of what was kept of it. */
  | { readonly kind: "prekey"; readonly prekey: StoredPrekey }
  /** In the place of what was kept for that epoch. */
  | { readonly kind: "sender-key"; readonly key: StoredSenderKey }
  /** Sender keys that were learned, and prekeys that were replaced, before a time are gone, their bytes as well. */
  | { readonly kind: "keys-old"; readonly before: Timestamp }
  /** Events of a log that are kept already change their branch: comes before the events that are kept with it. */
  | { readonly kind: "log-move"; readonly channel: ChannelHash; readonly move: LogMove }
  /** Entries up to a time go to make room: those without a signature, and of logs what `cuts` says; who may do what stays. */
  | {
      readonly kind: "drop";
      readonly channelId: Guid;
      /** Of a channel with logs. */
      readonly hash: ChannelHash | null;
      readonly upTo: HybridTime;
      readonly cuts: readonly LogCut[];
    }
  /** What was dropped of a channel is wanted again: nothing is hidden, and the count begins anew. */
  | { readonly kind: "want"; readonly channelId: Guid }
  /** In the place of the quota of a channel, or of all that have none of their own (`channelId` null); null takes it away. */
  | { readonly kind: "quota"; readonly channelId: Guid | null; readonly quota: Quota | null }
  | MailboxChange
  /** A node that is no contact wants to talk. One that is kept already stays as it is. */
  | { readonly kind: "request"; readonly request: TalkRequest }
  | { readonly kind: "request-gone"; readonly nodeId: string }
  /** In the place of what was kept of that log. */
  | { readonly kind: "log"; readonly channel: ChannelHash; readonly row: LogRow }
  /** In the place of what was kept for that node. */
  | { readonly kind: "contact"; readonly contact: StoredContact }
  | { readonly kind: "contact-gone"; readonly nodeId: string }
  /** In the place of what that node called itself before. */
  | { readonly kind: "nick"; readonly nick: StoredNick }
  /** In the place of what was kept for that node. */
  | { readonly kind: "quiet"; readonly quiet: StoredQuiet }
  | { readonly kind: "quiet-gone"; readonly nodeId: string };

/** What a node remembers when it starts. */
export interface Restored {
  readonly channels: readonly StoredChannel[];
  readonly members: readonly StoredMember[];
  /** The logs of all channels, those that were left among them. */
  readonly logs: readonly RestoredLogs[];
  /**
   * Ids of the newest texts of others that are not signed, at most {@link RECENT_MAX}: what is sent again after a restart is
   * shown once.
   */
  readonly recent: readonly string[];
  /** Of the channels of which something was dropped to make room; absent where there are none. */
  readonly horizons?: readonly RestoredHorizon[];
  /** Absent where there are none. */
  readonly mailboxes?: RestoredMailboxes;
  /** Nodes that want to talk and are no contacts, the oldest first; absent where there are none. */
  readonly requests?: readonly TalkRequest[];
}

/** For what a start is given: nothing where there is nothing. */
export function ofRequests(requests: readonly TalkRequest[]): Pick<Restored, "requests"> {
  return requests.length === 0 ? {} : { requests };
}

/** The time up to which entries of a channel were dropped. */
export interface RestoredHorizon {
  readonly channelId: Guid;
  readonly horizon: HybridTime;
}

/** The logs of one channel. */
export interface RestoredLogs {
  readonly channel: ChannelHash;
  readonly rows: readonly LogRow[];
}

/** What a sender may send again: as much as waits for an ACK at a time, from a few of them. */
export const RECENT_MAX = 16_384;

export interface HistoryQuery {
  readonly channelId: Guid;
  /** Only entries after this one (an id of this channel; after an unknown one come none) or at or after this time. */
  readonly since?: string | Timestamp;
  /** The newest so many, 1 to 1,000. */
  readonly most: number;
}

/** One entry as it was kept, for an archive. */
export type Archived =
  | { readonly kind: "signed"; readonly own: boolean; readonly event: Event; readonly seen?: Words }
  | { readonly kind: "text"; readonly event: StoredEvent };

export interface PageQuery {
  readonly channelId: Guid;
  /** The last entry of the page before; null for the first page. After an unknown one comes nothing. */
  readonly after: string | null;
  /** 1 to 1,000. */
  readonly most: number;
}

/** The store as `app` sees it. `write` flushes to the disk before it answers; the rest are bounded reads. */
export interface Store {
  /** Keeps a batch. Resolves once it is flushed; rejects with a {@link StoreError}, nothing of the batch kept. */
  write(batch: readonly Change[]): Promise<void>;
  restore(): Restored;
  /** Signed events as they were given, for the logs. What was given to `write` and has not resolved may be missing. */
  readonly events: NodeReader;
  /**
   * Entries that people see (PROTOCOL.md §13.9), each as it was first said, oldest first: signed events by their time and id (PROTOCOL.md §13.5), so that a late one comes to its place;
   * those without a signature among them by their time, and within a millisecond as they were kept.
   */
  history(query: HistoryQuery): StoredEntry[];
  /**
   * Entries whose ids begin so, of all channels, at most `most`.
   * @param prefix - 6 to 64 hex digits in lower case
   */
  named(prefix: string, most: number): StoredEntry[];
  /**
   * Posts that have all of `words` (the last one may be a beginning), or that were edited so, newest first, `most` (1 to 1,000) at most; of one
   * channel, or (null) of all. Which text stands is not looked at. A post is found moments after it was kept, not at once.
   */
  search(words: string, most: number, channelId: Guid | null): StoredEntry[];
  /** Posts next to an entry, up to `most` on either side, oldest first. */
  around(channelId: Guid, id: string, most: number): { readonly before: StoredEntry[]; readonly after: StoredEntry[] };
  holding(channelId: Guid): Holding;
  /** The next entries that can be dropped; null where there are none. */
  oldest(query: OldestQuery): Oldest | null;
  quotas(): StoredQuota[];
  /** All that is kept of a channel, page by page, the oldest first, in the order of `history`. */
  page(query: PageQuery): Archived[];
  /** The keys given for a channel, oldest first: of each peer and cipher the last one. */
  keys(channelId: Guid): StoredKey[];
  /** The contacts, in the order they were added. */
  contacts(): StoredContact[];
  /** What nodes called themselves, the oldest first. */
  nicks(): StoredNick[];
  /** The nodes that are muted or blocked, in the order in which that was said. */
  quietNodes(): StoredQuiet[];
  /** Keeps what was given to `write` and lets go of the file; every later call fails with `closed`. */
  close(): Promise<void>;
}

/** Why a store could not do its work; `code` is stable. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message);
    this.code = code;
    if (options !== undefined && "cause" in options) Object.defineProperty(this, "cause", { value: options.cause, configurable: true });
  }
}

/** Stable; each has its line in cli.md. */
export type StoreErrorCode =
  | "disk-full" // nothing of the batch was kept; works again once there is space
  | "io-error" // the disk did not take or give the data
  | "damaged" // the file is ours and does not read; it is left as it is
  | "too-new" // written by a later ptpchat
  | "wrong-key" // encrypted with another key
  | "unreadable" // may not be opened or written, or is in use
  | "bad-value" // the caller's mistake: no change of this shape can be kept
  | "closed";
