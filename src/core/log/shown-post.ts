/** A post as people see it now: its text after edits, what it answers, and what others say of it. PROTOCOL.md §13.9. */
import type { EventId, NodeId } from "../../wire/index.ts";
import { type Entry, type Eyes, entryOf, type Reaction } from "./entry.ts";
import type { Event } from "./event.ts";
import type { EventReader } from "./event-store.ts";
import type { Reference } from "./kind.ts";

/** What a post is besides its author and its time. */
export interface ShownPost {
  /** As it stands; empty once deleted. */
  readonly text: string;
  /** The text that stands is not the first. */
  readonly edited: boolean;
  readonly deletedBy: NodeId | null;
  readonly reactions: readonly Reaction[];
  readonly reply: Quote | null;
  /** Dated more than a minute ahead: a clock is wrong, its author's or ours. */
  readonly ahead: boolean;
}

/** What a post answers. */
export interface Quote {
  readonly id: EventId;
  /** Null where that post is not held, or not shown. */
  readonly author: NodeId | null;
  /** The beginning of its text in one line; null where it is not held, not shown, or deleted. */
  readonly excerpt: string | null;
}

/** Letters of a text that bring it to mind. */
const EXCERPT_MAX = 60;

/** The post with all that is on the disk about it; null when it is not shown. */
export function shownPost(reader: EventReader, post: Event, eyes: Eyes): ShownPost | null {
  const entry = entryOf(post, reader.effectsOn(post.channel, post), eyes);
  return entry === null ? null : shownEntry(reader, post, entry, eyes);
}

function shownEntry(reader: EventReader, { channel }: Event, entry: Entry, eyes: Eyes): ShownPost {
  const { text, editedAt, deletedBy, reactions, reply, isAhead } = entry;
  const quote = reply === null ? null : quoteOf(reader, channel, reply, eyes);
  return { text, edited: editedAt !== null, deletedBy, reactions, reply: quote, ahead: isAhead };
}

function quoteOf(reader: EventReader, channel: Event["channel"], reply: Reference, eyes: Eyes): Quote {
  const { id } = reply;
  const post = reader.meant(channel, reply);
  const entry = post === null ? null : entryOf(post, reader.effectsOn(channel, reply), eyes);
  if (entry === null) return { id, author: null, excerpt: null };
  return { id, author: entry.author, excerpt: entry.deletedBy === null ? excerptOf(entry.text) : null };
}

/** The beginning of a text, in one line. */
export function excerptOf(text: string): string {
  const letters = [
    ...text
      .slice(0, 4 * EXCERPT_MAX)
      .replace(/\s+/g, " ")
      .trim(),
  ];
  return letters.length <= EXCERPT_MAX ? letters.join("") : `${letters.slice(0, EXCERPT_MAX - 1).join("")}…`;
}
