/** Who may hold sessions: what is held back until that is known, and when a peer that did not answer is asked again. PROTOCOL.md §11.7. */
import { HANDSHAKE_AGAIN_MS, HANDSHAKE_FIRST_MS, HANDSHAKE_GAP_MS_MAX, HANDSHAKE_LOST_MS, HANDSHAKE_RETRY_MS } from "../limits.ts";
import type { Path } from "../path.ts";
import { bestPath, type Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { isFullEndpoint } from "../transmit.ts";

/** Letters of a key in Crockford base32. */
const NODE_ID_LENGTH = 52;

/**
 * True while a peer may turn out to hold sessions: what is meant for it waits, since it should travel inside.
 * 1. For HANDSHAKE_FIRST_MS after it was asked.
 * 2. As long as it is being asked, where any node says that it holds sessions.
 * 3. As long as it is being asked, over a relay that we hold a session with, unless that says that it holds none; and where
 *    that says that it does, in any case.
 */
export function mayBecomeFull(node: NodeState, peer: Peer, now: Instant): boolean {
  if (peer.session !== null) return false;
  const asked = peer.paths.flatMap((path) => node.handshakes.attemptOn(path) ?? []).filter((attempt) => attempt.answered === null);
  if (asked.some((attempt) => now - attempt.startedAt < HANDSHAKE_FIRST_MS)) return true;
  const said = saidByRelay(node, bestPath(peer, now) ?? peer.paths[0]);
  if (said === "full") return true;
  return asked.length > 0 && (said === "nothing" || isSaidToBeFull(node, peer));
}

/**
 * What an open channel keeps reaches a node by the log, once a session is there: said in the clear before that, it would be shown twice.
 * So also where it is the other end that calls, and a storm keeps its handshake from coming through; and behind a relay with
 * a session that has not said yet what its neighbour is: who knows only the seed acknowledges our question, and is told then.
 */
export function isForSession(node: NodeState, peer: Peer, letter: { readonly signed?: unknown }, now: Instant): boolean {
  if (node.link === null || letter.signed === undefined || peer.seedOnly) return false;
  return peer.knowsPtp || saidByRelay(node, bestPath(peer, now) ?? peer.paths[0]) === "nothing";
}

/** What the relay of a path says of its far end; null where there is none that we hold a session with. */
function saidByRelay(node: NodeState, path: Path | undefined): "full" | "bare" | "nothing" | null {
  const relay = path?.relay?.peer;
  if (path === undefined || relay?.session == null) return null;
  const route = node.routes.said(relay.endpoint, path.endpoint);
  if (route === undefined) return "nothing";
  return isKey(route.nodeId) ? "full" : "bare";
}

function isSaidToBeFull(node: NodeState, peer: Peer): boolean {
  return node.routes.to(peer.endpoint).some((route) => isKey(route.nodeId) && node.peers.named(route.via)?.session != null);
}

/** What old programs call themselves is shorter. */
function isKey(nodeId: string | null): boolean {
  return nodeId?.length === NODE_ID_LENGTH;
}

/** For how long a path is left alone after a handshake over it that failed. */
export function againAfter(node: NodeState, path: Path, now: Instant): number {
  const longest = isLikelyFull(node, path, now) ? HANDSHAKE_LOST_MS : HANDSHAKE_AGAIN_MS;
  return Math.min(longest, HANDSHAKE_RETRY_MS * 2 ** path.attemptsFailed);
}

/** Who held a session, has shown an extension of ours, or is said to be a node, though nothing came through. */
function isLikelyFull(node: NodeState, path: Path, now: Instant): boolean {
  if (path.byName) return false; // it is reached over TCP meanwhile
  if (isFullEndpoint(node, path, now)) return true;
  return path.peer !== null && (path.peer.session !== null || path.peer.knowsPtp || isSaidToBeFull(node, path.peer));
}

/** A frame came from there that we have no keys for: it holds a session with us from before our start. */
export function seekAnew(path: Path): void {
  path.claimed = true;
  if (path.peer?.session === null) path.handshakeAt = Math.min(path.handshakeAt, path.attemptedAt + HANDSHAKE_GAP_MS_MAX);
}

/** A peer has shown an extension of ours for the first time: where it did not answer before, it is asked again soon. */
export function askAgainSoon(peer: Peer, now: Instant): void {
  for (const path of peer.paths) path.handshakeAt = Math.min(path.handshakeAt, now + HANDSHAKE_LOST_MS);
}
