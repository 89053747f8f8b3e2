/** What archives are made of, as it comes through the door: docs/cli.md "Archives" has the file. */
import type { ChannelMode, ImportOutcome, Words } from "../core/index.ts";
import type { Entry, PostView } from "./api.ts";

/** The format of the file, raised when older readers would not understand a new one. */
export const ARCHIVE_VERSION = 1;

/** What the first line of an archive says. */
export interface ArchiveHead {
  readonly ptpchat_archive: number;
  /** `#name`, or the GUID of a channel without one. */
  readonly channel: string;
  readonly channel_id: string;
  readonly mode: ChannelMode;
  /** The 32 bytes that its events are signed for, in hex; null where nothing is signed. */
  readonly hash: string | null;
  /** The node that wrote the file. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly exported_at: number;
}

/** A message as it goes on the wire: `msg_type` and `msg_data`; a text without a signature has `at`, `from` and `own` beside them, a sealed one `opened`. */
export interface ArchivedMessage {
  readonly msg_type: "MESSAGE";
  readonly msg_data: object;
  readonly at?: number;
  readonly from?: string;
  readonly own?: boolean;
  /** Of a sealed one: what it says; null where it could not be opened. */
  readonly opened?: Words | null;
}

export interface ArchivePage {
  readonly head: ArchiveHead;
  readonly entries: readonly ArchiveEntry[];
  /** What to give as `after` for the next page; null after the last. */
  readonly next: string | null;
}

/** An entry as it was first said, or as what was done to another says so. */
export type ArchivedEntry = Omit<Entry, Exclude<keyof PostView, "kind"> | "muted" | "count">;

export interface ArchiveEntry {
  readonly entry: ArchivedEntry;
  readonly message: ArchivedMessage;
}

export interface Imported {
  readonly channelId: string;
  /** For each message given, in its order. */
  readonly outcomes: readonly ImportOutcome[];
}
