/** Own posts: kept first, then sent to every member that is there, and reported as far as they have truly come. PROTOCOL.md §8.10. */
import type { Guid } from "../wire/index.ts";
import type { PeerId, PostState } from "./io.ts";
import type { Event } from "./log/event.ts";
import { eventBody } from "./log/event-message.ts";
import type { Reference } from "./log/kind.ts";
import { postRecipients } from "./members.ts";
import { isSecret } from "./open/secrecy.ts";
import { putUnheard } from "./open/unheard.ts";
import { type Act, writeAct, writePostEvent } from "./open/writing.ts";
import { type Letter, post as sendLetter } from "./outbox.ts";
import type { Post } from "./post-table.ts";
import { save } from "./saving.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * Writes a post of the user's: shown at once, sent once it is on the disk.
 * @param reply - the post that it answers, where the channel is an open one
 */
export function writePost(node: NodeState, id: string, channelId: Guid, text: string, reply: Reference | null, now: Instant): void {
  const at = node.timestamp(now);
  node.posts.add(id, channelId, text);
  const channel = node.channels.get(channelId);
  const open = channel === undefined ? null : channel.open;
  if (channel !== undefined && open !== null) return writePostEvent(node, channel, open, id, text, reply, now);
  node.seen.note(`${channelId} ${id}`, now); // if it finds its way back here, it is no news
  node.emit({ type: "post", id, ref: id, channelId, author: node.nodeId, own: true, at, text, verified: false, kept: true });
  const event = { id, channelId, author: node.nodeId, own: true, kind: "post", at, body: text, verified: false };
  save(node, [{ kind: "event", event }], {
    saved: (at) => postSaved(node, id, at),
    failed: (code) => postNotSaved(node, id, code),
  });
}

/** Writes what the user does to a post or a channel. Members that know only texts of the seed hear nothing of it, but of a file its text. */
export function writeActIn(node: NodeState, id: string, channelId: Guid, act: Act, now: Instant): void {
  node.posts.add(id, channelId, act.kind === "file" ? act.text : null);
  const channel = node.channels.get(channelId);
  const open = channel === undefined ? null : channel.open;
  if (channel === undefined || open === null) return postNotSaved(node, id, "bare-channel");
  writeAct(node, channel, open, id, act, now);
}

/** A post, or what was done to one, that is an event of an open channel. */
export interface SignedPost {
  readonly event: Event;
  /** Members that whoever calls sends it to. */
  readonly reached: ReadonlySet<PeerId>;
}

/** The post is on the disk: now the members get it. */
export function postSaved(node: NodeState, id: string, now: Instant, signed: SignedPost | null = null): void {
  const post = node.posts.get(id);
  const channel = post === undefined ? undefined : node.channels.get(post.channelId);
  if (post === undefined || channel === undefined) return;
  const { text } = post;
  post.event = signed?.event ?? null;
  const recipients = postRecipients(node, channel, now).filter(
    (peer) =>
      signed?.reached.has(peer.id) === true || (text !== null && !isSecret(channel) && (channel.open === null || peer.session === null)),
  );
  post.of = recipients.length;
  post.open = recipients.length;
  report(node, post, "saved");
  if (recipients.length === 0) return finish(node, post);
  for (const peer of recipients) post.to.add(peer.id);
  const others = recipients.filter((peer) => signed?.reached.has(peer.id) !== true);
  if (text === null || others.length === 0) return;
  const letter: Letter<"MESSAGE"> = {
    verb: "MESSAGE",
    body: { channel_id: post.channelId, message: text },
    sender: { kind: "post", id },
    ...(signed === null ? {} : { signed: eventBody(signed.event, post.channelId) }),
  };
  for (const peer of others) sendLetter(node, peer, letter, now);
}

/**
 * A bare peer that a post is on its way to turned out to be the node `to`.
 * @returns false when the post goes to that node anyway: it has one recipient less
 */
export function redirectPost(node: NodeState, id: string, to: PeerId): boolean {
  const post = node.posts.get(id);
  if (post === undefined || !post.to.has(to)) {
    post?.to.add(to);
    return true;
  }
  post.of--;
  post.open--;
  if (post.open <= 0) finish(node, post);
  return false;
}

/** The post could not be kept, so it is not sent either. */
export function postNotSaved(node: NodeState, id: string, code: string): void {
  const post = node.posts.get(id);
  if (post === undefined) return;
  post.reason = code;
  finish(node, post);
}

/** The disk did not take it; it is tried again, and sent then. */
export function postStalled(node: NodeState, id: string, code: string): void {
  const post = node.posts.get(id);
  if (post !== undefined) report(node, post, "stalled", code);
}

/** One member acknowledged, or did not. */
export function settlePost(node: NodeState, id: string, told: { acked: boolean; bare: boolean; reason: string | null }): void {
  const post = node.posts.get(id);
  if (post === undefined) return;
  post.open--;
  if (told.acked) post.acked++;
  else if (told.reason === "absent") post.of--;
  else post.reason = told.reason;
  if (told.acked && told.bare) post.bare++;
  if (post.open <= 0) finish(node, post);
}

/** Nobody is waited for any more. */
export function abandonPosts(node: NodeState, commands: readonly string[]): void {
  for (const command of commands) {
    const post = node.posts.get(command);
    if (post !== undefined) end(node, post);
  }
}

function finish(node: NodeState, post: Post): void {
  if (post.of === 0) post.reason ??= "nobody-there";
  const open = node.channels.get(post.channelId)?.open ?? null;
  if (post.acked > 0 || post.event === null || open === null || LASTING.has(post.reason ?? "")) return end(node, post);
  report(node, post, "waiting", post.reason);
  post.of = 0;
  post.to.clear();
  abandonPosts(node, putUnheard(open, post.command, post.event));
}

/** Why a member did not get a post that is there, and will not get it however often it comes. */
const LASTING: ReadonlySet<string> = new Set(["queue-full", "verb-not-known"]);

function end(node: NodeState, post: Post): void {
  node.posts.remove(post.command);
  const isDelivered = post.of > 0 && post.acked === post.of;
  report(node, post, isDelivered ? "delivered" : "failed", isDelivered ? null : post.reason);
}

function report(node: NodeState, post: Post, state: PostState, why: string | null = null): void {
  const reason = why === null ? {} : { reason: why };
  node.emit({
    type: "post-state",
    id: post.id,
    ref: post.command,
    channelId: post.channelId,
    state,
    acked: post.acked,
    of: post.of,
    ...(post.bare === 0 ? {} : { bare: post.bare }),
    ...reason,
  });
}
