/**
 * Tells people what events mean for them. All of it is made of what is on the disk, so the order in which events came does
 * not matter: an edit that came before its post is in the post when that is shown, and one that a later edit has overtaken
 * is not told at all. PROTOCOL.md §13.9.
 */
import { counts, type Entry, type Eyes, entryOf } from "../log/entry.ts";
import type { Event } from "../log/event.ts";
import { compareOrder, isAhead, US_PER_MS } from "../log/hlc.ts";
import { isEffect, isShown, referenceIn } from "../log/kind.ts";
import { NICK_BYTES_MAX, TOPIC_BYTES_MAX } from "../log/limits.ts";
import { changesOf, excerptOf, shownPost } from "../log/shown-post.ts";
import type { Role } from "../log/statement.ts";
import { utf8Length } from "../log/text-form.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";

/** The last reactions of one author to one post, among which are those with the text in hand. */
const REACTIONS_OF_ONE_MAX = 32;
/** Topics looked at for the one that counts: those of people without a right to set one are passed over. */
const TOPICS_LOOKED_AT = 256;

/** How the events of a channel look to the user at `now`. */
export function eyesOf(node: NodeState, open: OpenChannel | null, now: Instant): Eyes {
  const wall = node.timestamp(now);
  const roles = open?.lasting.roles;
  return {
    roleAt: (event) => roles?.roleAt(event) ?? "member",
    isOwned: roles !== undefined && roles.charter.owner !== null,
    isMuted: (author) => node.config.quiet.of(author) === "muted",
    isBlocked: (author) => node.config.quiet.of(author) === "blocked",
    isAhead: (hlc) => isAhead(hlc, wall),
  };
}

/** Tells of events that are on the disk now, the posts first, since what was done to them is told with them. */
export function showAll(node: NodeState, open: OpenChannel, events: readonly Event[], now: Instant): void {
  const eyes = eyesOf(node, open, now);
  const posts = events.filter(isShown);
  for (const post of posts) showPost(node, open, post, eyes);
  const shown = new Set(posts.map(({ id }) => id));
  showEffects(
    node,
    open,
    events.filter((event) => !shown.has(event.id)),
    eyes,
    shown,
  );
}

/** Tells of our own events that are on the disk now; the posts among them were shown when they were written. */
export function showOwn(node: NodeState, open: OpenChannel, events: readonly Event[], now: Instant): void {
  showEffects(
    node,
    open,
    events.filter((event) => !isShown(event)),
    eyesOf(node, open, now),
    new Set(),
  );
}

/** @param ref - of a post of ours: the command that it came from */
export function showPost(node: NodeState, open: OpenChannel, post: Event, eyes: Eyes, ref?: string): void {
  const isNew = ref !== undefined || !open.isTouched; // written this moment, nobody can have done anything to it; or nobody did to any
  const shown = open.sight.take(post) ? shownPost(node.events, post, eyes, isNew) : null;
  if (shown === null) return;
  const own = post.author === node.nodeId;
  const { text } = shown;
  node.emit({
    type: "post",
    id: post.id,
    ...saidIn(open, post),
    own,
    text,
    verified: true,
    kept: true,
    shown,
    ...(ref === undefined ? {} : { ref }),
  });
}

/** @param shown - posts that were shown just now, with all that was done to them */
function showEffects(node: NodeState, open: OpenChannel, events: readonly Event[], eyes: Eyes, shown: ReadonlySet<string>): void {
  for (const event of events) {
    if (isEffect(event)) showEffect(node, open, event, eyes, shown);
    else if (event.kind === "topic") showTopic(node, open, event, eyes);
    else if (event.kind === "nick") showNick(node, open, event, eyes);
  }
}

function showEffect(node: NodeState, open: OpenChannel, effect: Event, eyes: Eyes, shown: ReadonlySet<string>): void {
  open.sight.takeEffect(effect);
  const target = referenceIn(effect, "target");
  if (target === null || shown.has(target.id)) return;
  const found = postAndEffects(node, open, effect, eyes);
  if (found === null) return;
  const { post, effects } = found;
  const { id } = effect;
  const after = entryOf(post, effects, eyes);
  const before = entryOf(
    post,
    effects.filter((each) => each.id !== id),
    eyes,
  );
  if (before !== null && after !== null) tellChange(node, open, effect, before, after);
}

/** The post that an effect means, with what decides about it; null where that is not held. */
function postAndEffects(node: NodeState, open: OpenChannel, effect: Event, eyes: Eyes): { post: Event; effects: Event[] } | null {
  const target = referenceIn(effect, "target");
  const post = target === null ? null : node.events.meant(open.hash, target);
  if (post === null) return null;
  const { kind, author } = effect;
  const changes = changesOf(node.events, post, eyes);
  return {
    post,
    effects: kind === "reaction" ? [...changes, ...node.events.effectsOn(post, kind, REACTIONS_OF_ONE_MAX, author)] : changes,
  };
}

/** Tells again of what was done to a post, where its author had another role there than was thought. @param before - that role */
export function showEffectAnew(node: NodeState, open: OpenChannel, effect: Event, before: Role, now: Instant): void {
  const eyes = eyesOf(node, open, now);
  const found = postAndEffects(node, open, effect, eyes);
  if (found === null) return;
  const { post, effects } = found;
  const asWas: Eyes = { ...eyes, roleAt: (event) => (event.id === effect.id ? before : eyes.roleAt(event)) };
  const [was, is] = [entryOf(post, effects, asWas), entryOf(post, effects, eyes)];
  if (was === null || is === null) return; // the post itself went, or came, and with it all that was done to it
  if (was.deletedBy !== null && is.deletedBy === null) showPost(node, open, post, eyes);
  else tellChange(node, open, effect, was, is);
}

function tellChange(node: NodeState, open: OpenChannel, effect: Event, before: Entry, after: Entry): void {
  const done = {
    ...saidIn(open, effect),
    own: effect.author === node.nodeId,
    id: after.id,
    postAuthor: after.author,
    excerpt: excerptOf(before.text),
  };
  if (after.deletedBy !== before.deletedBy) return node.emit({ type: "post-deleted", ...done });
  if (after.editedAt !== before.editedAt) return node.emit({ type: "post-edited", ...done, text: after.text });
  const has = ({ reactions }: Entry) => reactions.some(({ text, by }) => text === effect.text && by.includes(effect.author));
  if (has(before) !== has(after)) node.emit({ type: "reaction", ...done, text: effect.text, off: !has(after) });
}

function showTopic(node: NodeState, open: OpenChannel, event: Event, eyes: Eyes): void {
  if (topicOf(node, open, eyes)?.id === event.id)
    node.emit({ type: "topic", ...saidIn(open, event), own: event.author === node.nodeId, text: event.text });
}

function showNick(node: NodeState, open: OpenChannel, event: Event, eyes: Eyes): void {
  const { author, hlc, text } = event;
  if (utf8Length(text) > NICK_BYTES_MAX || !counts(event, eyes) || eyes.isAhead(hlc)) return;
  node.emit({ type: "nick", ...saidIn(open, event), own: author === node.nodeId, nick: text, hlc });
}

/** The event that says the channel's topic, perhaps that it has none; null when there never was one. */
export function topicOf(node: NodeState, open: OpenChannel, eyes: Eyes): Event | null {
  const topics = node.events.latest(open.hash, "topic", TOPICS_LOOKED_AT);
  return (
    topics.sort((a, b) => compareOrder(b, a)).find((event) => utf8Length(event.text) <= TOPIC_BYTES_MAX && counts(event, eyes)) ?? null
  );
}

function saidIn(open: OpenChannel, { author, hlc }: Event): { channelId: OpenChannel["id"]; author: string; at: number } {
  return { channelId: open.id, author, at: Math.floor(hlc / US_PER_MS) };
}
