/** Own posts: kept first, then sent to every member that is there, and reported as far as they have truly come. PROTOCOL.md §8.10. */
import type { Guid } from "../wire/index.ts";
import type { PeerId } from "./io.ts";
import { postRecipients } from "./membership.ts";
import { post as sendLetter } from "./outbox.ts";
import type { Post } from "./post-table.ts";
import { save } from "./saving.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** Writes a post of the user's: shown at once, sent once it is on the disk. */
export function writePost(node: NodeState, id: string, channelId: Guid, text: string, now: Instant): void {
  const at = node.timestamp(now);
  node.posts.add(id, channelId, text);
  node.emit({ type: "post", id, channelId, author: node.nodeId, own: true, at, text, verified: false, kept: true });
  const event = { id, channelId, author: node.nodeId, own: true, kind: "post", at, body: text, verified: false };
  save(node, [{ kind: "event", event }], {
    saved: (at) => postSaved(node, id, at),
    failed: (code) => postNotSaved(node, id, code),
  });
}

/** The post is on the disk: now the members get it. */
export function postSaved(node: NodeState, id: string, now: Instant): void {
  const post = node.posts.get(id);
  const channel = post === undefined ? undefined : node.channels.get(post.channelId);
  if (post === undefined || channel === undefined) return;
  const recipients = postRecipients(node, channel, now);
  post.of = recipients.length;
  post.open = recipients.length;
  report(node, post, "saved");
  if (recipients.length === 0) {
    post.reason = "nobody-there";
    finish(node, post);
    return;
  }
  const body = { channel_id: post.channelId, message: post.text };
  for (const peer of recipients) post.to.add(peer.id);
  for (const peer of recipients) sendLetter(node, peer, { verb: "MESSAGE", body, sender: { kind: "post", id } }, now);
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

/** One member acknowledged, or did not. */
export function settlePost(node: NodeState, id: string, acked: boolean, reason: string | null, _now: Instant): void {
  const post = node.posts.get(id);
  if (post === undefined) return;
  post.open--;
  if (acked) post.acked++;
  else post.reason = reason;
  if (post.open <= 0) finish(node, post);
}

function finish(node: NodeState, post: Post): void {
  node.posts.remove(post.id);
  report(node, post, post.of > 0 && post.acked === post.of ? "delivered" : "failed");
}

function report(node: NodeState, post: Post, state: "saved" | "delivered" | "failed"): void {
  const reason = state === "failed" && post.reason !== null ? { reason: post.reason } : {};
  node.emit({ type: "post-state", id: post.id, channelId: post.channelId, state, acked: post.acked, of: post.of, ...reason });
}
