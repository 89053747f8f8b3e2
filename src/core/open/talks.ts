/**
 * Who begins a talk with us: a contact is answered at once, anybody else waits until the user takes it up. Until then who asked is kept, and nothing else;
 * what was said waits with who said it. PROTOCOL.md §19.7.
 */
import type { Guid, NodeId } from "../../wire/index.ts";
import { joinChannel } from "../joining.ts";
import { dmHash } from "../log/channel-hash.ts";
import { channelGuid } from "../log/event-message.ts";
import type { Peer } from "../peer-table.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Instant, Timestamp } from "../time.ts";

/** Strangers that are remembered as waiting: more than anybody looks through; the newest is forgotten first, so that nobody pushes others out. */
export const REQUESTS_MAX = 64;
/** How long one is remembered: those who never come again must not take the places of others for ever. */
export const REQUEST_KEPT_MS = 90 * 86_400_000;

/** A node that wants to talk and is no contact. */
export interface TalkRequest {
  readonly node: NodeId;
  /** When it said so first. */
  readonly at: Timestamp;
}

/** Takes up what the store kept, but for those with whom the user talks by now. Called at the start, after the channels. */
export function restoreRequests(node: NodeState): void {
  const talks = new Set(node.channels.joined().map(({ pair }) => pair));
  for (const request of node.config.restored.requests ?? [])
    if (!talks.has(request.node) && node.requests.size < REQUESTS_MAX) node.requests.set(request.node, request);
}

/** A node in a session with us is in a channel; where that is the talk of the two of us, and we are not in it, it is taken up, or noted. */
export function onTalk(node: NodeState, peer: Peer, channelId: Guid, now: Instant): void {
  if (peer.session === null || node.config.signingKey === null || node.config.rendezvous) return;
  if (node.channels.get(channelId)?.joined === true) return;
  const pair = peer.id as NodeId;
  const hash = dmHash(node.config.crypto, node.nodeId as NodeId, pair);
  if (channelGuid(hash) !== channelId || node.config.quiet.of(pair) === "blocked") return;
  if (node.config.contacts.has(pair) && node.leftChannels.get(hash) === undefined)
    return joinChannel(node, { channelId, name: "", at: [], pair }, now);
  if (node.requests.has(pair) || node.requests.size >= REQUESTS_MAX) return;
  const request = { node: pair, at: node.timestamp(now) };
  node.requests.set(pair, request);
  save(node, [{ kind: "request", request }]);
  node.emit({ type: "request", peer: pair });
}

/** Nobody waits for an answer there any more: the user talks with that node. */
export function endRequest(node: NodeState, of: NodeId): void {
  if (node.requests.delete(of)) save(node, [{ kind: "request-gone", nodeId: of }]);
}

/** Forgets those whom the user has blocked, and those who asked long ago. Called once a second. */
export function tendRequests(node: NodeState, now: Instant): void {
  const before = node.timestamp(now) - REQUEST_KEPT_MS;
  const gone = [...node.requests.values()].filter((request) => request.at < before || node.config.quiet.of(request.node) === "blocked");
  for (const request of gone) endRequest(node, request.node);
}

/** Those who wait, the oldest first; not whom the user has blocked since. */
export function requestsOf(node: NodeState): TalkRequest[] {
  return [...node.requests.values()].filter((request) => node.config.quiet.of(request.node) !== "blocked");
}
