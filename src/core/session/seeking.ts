/** Who may hold sessions: what is held back until that is known, and when a peer that did not answer is asked again. PROTOCOL.md §11.7. */
import { HANDSHAKE_AGAIN_MS, HANDSHAKE_FIRST_MS, HANDSHAKE_GAP_MS_MAX, HANDSHAKE_LOST_MS, HANDSHAKE_RETRY_MS } from "../limits.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { isFullEndpoint } from "../transmit.ts";

/**
 * True while a peer is being asked whether it holds sessions: what is meant for it waits that long, since it should travel
 * inside. For HANDSHAKE_FIRST_MS, or until the handshake is given up where a node says that it does hold them.
 */
export function mayBecomeFull(node: NodeState, peer: Peer, now: Instant): boolean {
  if (peer.session !== null) return false;
  const attempts = peer.paths.map((path) => node.handshakes.attemptOn(path)).filter((attempt) => attempt?.answered === null);
  if (attempts.some((attempt) => attempt !== undefined && now - attempt.startedAt < HANDSHAKE_FIRST_MS)) return true;
  return attempts.length > 0 && isSaidToBeFull(node, peer);
}

/** Somebody whom we hold a session with says that a node is there, and so holds one with it. */
export function isSaidToBeFull(node: NodeState, peer: Peer): boolean {
  return node.routes.sayingNodeAt(peer.endpoint).some((via) => node.peers.named(via)?.session != null);
}

/** For how long a path is left alone after a handshake over it that failed. */
export function againAfter(node: NodeState, path: Path, now: Instant): number {
  const longest = isLikelyFull(node, path, now) ? HANDSHAKE_LOST_MS : HANDSHAKE_AGAIN_MS;
  return Math.min(longest, HANDSHAKE_RETRY_MS * 2 ** path.attemptsFailed);
}

/** Who held a session, has shown an extension of ours, or is said to be a node, though nothing came through. */
function isLikelyFull(node: NodeState, path: Path, now: Instant): boolean {
  if (isFullEndpoint(node, path, now)) return true;
  return path.peer !== null && (path.peer.session !== null || path.peer.knowsPtp || isSaidToBeFull(node, path.peer));
}

/** A frame came from there that we have no keys for: it holds a session with us from before our start. */
export function seekAnew(path: Path): void {
  if (path.peer?.session === null) path.handshakeAt = Math.min(path.handshakeAt, path.attemptedAt + HANDSHAKE_GAP_MS_MAX);
}

/** A peer has shown an extension of ours for the first time: where it did not answer before, it is asked again soon. */
export function askAgainSoon(peer: Peer, now: Instant): void {
  for (const path of peer.paths) path.handshakeAt = Math.min(path.handshakeAt, now + HANDSHAKE_LOST_MS);
}
