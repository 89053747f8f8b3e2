/** What is kept of mailboxes: parcels of others, and our own part. PROTOCOL.md §22. */
import type { Endpoint, InstanceId, NodeId } from "../../wire/index.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import type { Timestamp } from "../time.ts";

/** Something that was left for a contact. */
export interface StoredParcel {
  /** 32 hex digits: the same for the same parcel in the same slot. */
  readonly id: string;
  readonly owner: NodeId;
  readonly slot: string;
  readonly at: Timestamp;
  /** Base64. */
  readonly parcel: string;
}

/** A contact for whom we keep parcels. */
export interface StoredMailboxOwner {
  readonly nodeId: NodeId;
  readonly slots: readonly string[];
}

/** A contact that keeps parcels for us. */
export interface StoredOwnMailbox {
  readonly nodeId: NodeId;
  /** Where it was reached last. */
  readonly at: readonly Endpoint[];
  readonly addedAt: Timestamp;
}

/** How much of our log in a channel a member has, or a mailbox for it. */
export interface StoredLeftMark {
  readonly channel: ChannelHash;
  readonly nodeId: NodeId;
  readonly inst: InstanceId;
  readonly seq: number;
}

export type MailboxChange =
  | { readonly kind: "parcel"; readonly parcel: StoredParcel }
  | { readonly kind: "parcel-gone"; readonly id: string }
  /** Those of before that time go. */
  | { readonly kind: "parcels-expired"; readonly before: Timestamp }
  /** In the place of what was kept of that owner; what lies in a slot that is not named any more goes. */
  | { readonly kind: "mailbox-owner"; readonly owner: StoredMailboxOwner }
  /** With all that lies there. */
  | { readonly kind: "mailbox-owner-gone"; readonly nodeId: NodeId }
  | { readonly kind: "own-mailbox"; readonly mailbox: StoredOwnMailbox }
  | { readonly kind: "own-mailbox-gone"; readonly nodeId: NodeId }
  | { readonly kind: "left-mark"; readonly mark: StoredLeftMark };

/** True for a change that is about mailboxes alone. */
export function isOfMailboxes(change: { readonly kind: string }): change is MailboxChange {
  return KINDS.has(change.kind);
}

const KINDS: ReadonlySet<string> = new Set<MailboxChange["kind"]>([
  "parcel",
  "parcel-gone",
  "parcels-expired",
  "mailbox-owner",
  "mailbox-owner-gone",
  "own-mailbox",
  "own-mailbox-gone",
  "left-mark",
]);

export interface RestoredMailboxes {
  readonly owners: readonly StoredMailboxOwner[];
  readonly own: readonly StoredOwnMailbox[];
  readonly marks: readonly StoredLeftMark[];
}

/** For what a start is given: nothing where there is nothing. */
export function ofMailboxes(mailboxes: RestoredMailboxes): { readonly mailboxes?: RestoredMailboxes } {
  return mailboxes.owners.length + mailboxes.own.length + mailboxes.marks.length === 0 ? {} : { mailboxes };
}

/** What lies in one slot. */
export interface SlotUsage {
  readonly slot: string;
  readonly parcels: number;
  /** Of the parcels as they lie there. */
  readonly bytes: number;
}

/** What the core asks of the store. What was given to it and has not been answered as saved may be missing. */
export interface ParcelReader {
  /** Where a member of a channel last said that something can be left for it, as people see it; null where it said nothing. */
  mailboxOf(channel: ChannelHash, node: NodeId): Event | null;
  /** The oldest of one owner, `most` at most. */
  parcels(owner: NodeId, most: number): StoredParcel[];
  hasParcel(id: string): boolean;
  usage(owner: NodeId): SlotUsage[];
}
