/**
 * Who begins a talk with us: a contact is answered at once, anybody else waits until the user takes it up. Until then nothing of it is kept here; what was said
 * waits with who said it. PROTOCOL.md §19.7.
 */
import type { Guid, NodeId } from "../../wire/index.ts";
import { joinChannel } from "../joining.ts";
import { dmHash } from "../log/channel-hash.ts";
import { channelGuid } from "../log/event-message.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant, Timestamp } from "../time.ts";

/** Strangers that are remembered as waiting: more than anybody looks through; the newest is forgotten first, so that nobody pushes others out. */
export const REQUESTS_MAX = 64;

/** A node that wants to talk and is no contact. */
export interface TalkRequest {
  readonly node: NodeId;
  readonly at: Timestamp;
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
  node.emit({ type: "request", peer: pair });
}

/** Those who wait, the oldest first; not whom the user has blocked since. */
export function requestsOf(node: NodeState): TalkRequest[] {
  return [...node.requests.values()].filter((request) => node.config.quiet.of(request.node) !== "blocked");
}
