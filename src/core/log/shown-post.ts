/** A post as people see it now: its text after edits, what it answers, and what others say of it. PROTOCOL.md §13.9. */
import type { EventId, NodeId } from "../../wire/index.ts";
import { type FileInfo, fileIn } from "../files/announced.ts";
import { type Eyes, entryOf, type Reaction } from "./entry.ts";
import type { Event } from "./event.ts";
import type { EventReader } from "./event-store.ts";
import type { Reference } from "./kind.ts";

/** What a post is besides its author and its time. */
export interface ShownPost {
  /** `post`, or a kind that we do not know and show as its text. */
  readonly kind: string;
  /** As it stands; empty once deleted. */
  readonly text: string;
  /** The text that stands is not the first. */
  readonly edited: boolean;
  readonly deletedBy: NodeId | null;
  readonly reactions: readonly Reaction[];
  readonly reply: Quote | null;
  /** What it announces, if it is a file. */
  readonly file: FileInfo | null;
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

/** The last so many edits and deletes of an author: one decides, unless its author had no role any more. */
const CHANGES_MAX = 16;
/** The last so many deletes of anybody, among which is that of who moderates. */
const DELETES_MAX = 64;
/** The last so many reactions to a post. */
const REACTIONS_MAX = 1_000;
/** Letters of a text that bring it to mind. */
const EXCERPT_MAX = 60;

/**
 * The post with all that is on the disk about it; null when it is not shown.
 * @param isNew - true for one that nothing can be about yet
 */
export function shownPost(reader: EventReader, post: Event, eyes: Eyes, isNew = false): ShownPost | null {
  const isTouched = !isNew && reader.isTouched(post);
  const effects = isTouched ? [...changesOf(reader, post, eyes), ...reader.effectsOn(post, "reaction", REACTIONS_MAX)] : [];
  const entry = entryOf(post, effects, eyes);
  if (entry === null) return null;
  const { text, editedAt, deletedBy, reactions, reply, isAhead } = entry;
  const quote = reply === null ? null : quoteOf(reader, post.channel, reply, eyes);
  return {
    kind: post.kind,
    text,
    edited: editedAt !== null,
    deletedBy,
    reactions,
    reply: quote,
    file: deletedBy === null ? fileIn(post) : null,
    ahead: isAhead,
  };
}

/**
 * What decides about the text of a post: what its author did, and deletes where others may delete. Each is asked for by
 * itself and of its own, so that no crowd of reactions, or of edits by strangers, covers it or makes it slow to find.
 */
export function changesOf(reader: EventReader, post: Event, { isOwned }: Eyes): Event[] {
  const { author } = post;
  return [
    ...reader.effectsOn(post, "edit", CHANGES_MAX, author),
    ...reader.effectsOn(post, "delete", CHANGES_MAX, author),
    ...(isOwned ? reader.effectsOn(post, "delete", DELETES_MAX) : []),
  ];
}

function quoteOf(reader: EventReader, channel: Event["channel"], reply: Reference, eyes: Eyes): Quote {
  const { id } = reply;
  const post = reader.meant(channel, reply);
  const entry = post === null ? null : entryOf(post, changesOf(reader, post, eyes), eyes);
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
