/** What is shown of one post: the post and all that was done to it, whatever the order in which that came. PROTOCOL.md §13.9. */
import type { EventId, NodeId } from "../../wire/index.ts";
import type { Event } from "./event.ts";
import { compareOrder, type HybridTime } from "./hlc.ts";
import { mayWrite, type Reference, rankOf, referenceIn } from "./kind.ts";
import { REACTION_BYTES_MAX } from "./limits.ts";
import { detailOf, type Role } from "./statement.ts";
import { utf8Length } from "./text-form.ts";

/** One line of the conversation. */
export interface Entry {
  readonly id: EventId;
  readonly author: NodeId;
  readonly hlc: HybridTime;
  /** `post`, or a kind that we do not know and show as its text. */
  readonly kind: string;
  /** As it stands after edits; empty once deleted. */
  readonly text: string;
  readonly reply: Reference | null;
  /** When the text that stands was written, if that is not the first. */
  readonly editedAt: HybridTime | null;
  readonly deletedBy: NodeId | null;
  /** Who reacted with what, in the order of the first of each. */
  readonly reactions: readonly Reaction[];
  /** Why the reader does not want to see it, if so. */
  readonly quiet: "muted" | null;
  /** Dated more than a minute ahead. */
  readonly isAhead: boolean;
}

export interface Reaction {
  readonly text: string;
  /** In the order of their ids. */
  readonly by: readonly NodeId[];
}

/** What decides besides the events themselves. */
export interface Eyes {
  /** The role of an event's author at its place. */
  readonly roleAt: (event: Event) => Role;
  readonly isOwned: boolean;
  /** The reader shows this node's posts folded. */
  readonly isMuted: (node: NodeId) => boolean;
  /** The reader sees nothing of this node. */
  readonly isBlocked: (node: NodeId) => boolean;
  readonly isAhead: (hlc: HybridTime) => boolean;
}

/**
 * The entry of a post.
 * @param effects - events that target it, in any order, others among them
 * @returns null when it is not shown: its author may not post, or the reader blocked it
 */
export function entryOf(post: Event, effects: readonly Event[], eyes: Eyes): Entry | null {
  if (!counts(post, eyes) || eyes.isBlocked(post.author)) return null;
  const meant = effects.filter((effect) => isAbout(effect, post) && counts(effect, eyes)).sort(compareOrder);
  const deletedBy = meant.find((effect) => mayDelete(effect, post, eyes))?.author ?? null;
  const edit = meant.findLast(({ kind, author }) => kind === "edit" && author === post.author);
  return {
    id: post.id,
    author: post.author,
    hlc: post.hlc,
    kind: post.kind,
    text: deletedBy === null ? (edit ?? post).text : "",
    reply: referenceIn(post, "reply"),
    editedAt: deletedBy === null ? (edit?.hlc ?? null) : null,
    deletedBy,
    reactions: deletedBy === null ? reactionsIn(meant, eyes) : [],
    quiet: eyes.isMuted(post.author) ? "muted" : null,
    isAhead: eyes.isAhead(post.hlc),
  };
}

/** True for an event whose author had a role to write it. */
export function counts(event: Event, eyes: Eyes): boolean {
  return mayWrite(eyes.roleAt(event), event.kind, eyes.isOwned);
}

function isAbout(effect: Event, post: Event): boolean {
  const target = referenceIn(effect, "target");
  return target?.id === post.id && target.hlc === post.hlc;
}

/** One's own posts, and those of lower roles where one moderates. */
function mayDelete(effect: Event, post: Event, eyes: Eyes): boolean {
  if (effect.kind !== "delete") return false;
  if (effect.author === post.author) return true;
  const rank = rankOf(eyes.roleAt(effect));
  return rank >= rankOf("admin") && rank > rankOf(eyes.roleAt(post));
}

/** Of what one node said with one text the last counts: it can be taken back. */
function reactionsIn(meant: readonly Event[], eyes: Eyes): Reaction[] {
  const byText = new Map<string, Set<NodeId>>();
  for (const effect of meant) {
    const { kind, author, text } = effect;
    if (kind !== "reaction" || text === "" || utf8Length(text) > REACTION_BYTES_MAX || eyes.isBlocked(author)) continue;
    const by = byText.get(text) ?? new Set();
    byText.set(text, by);
    if (detailOf(effect, "off") === "yes") by.delete(author);
    else by.add(author);
  }
  return [...byText].filter(([, by]) => by.size > 0).map(([text, by]) => ({ text, by: [...by].sort() }));
}
