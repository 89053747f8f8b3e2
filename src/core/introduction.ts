/**
 * How a joiner comes to know the other members: the announcer names them, the joiner reaches them by RELAY over the
 * announcer at once, and asks it with CONNECT for a direct path. Everything it sends for that goes to the announcer,
 * so a lying one can aim us at nobody. PROTOCOL.md §8.4, ADR 0006.
 */
import type { Endpoint } from "../wire/index.ts";
import type { Channel } from "./channel-table.ts";
import { ANNOUNCED_MS, CONNECT_GAP_MS, HANDSHAKE_FIRST_MS, INTRODUCED_MAX, RELAYS_PER_PEER_MAX } from "./limits.ts";
import { keepIntroduced } from "./liveness.ts";
import { isMesh, wantsMore } from "./log/neighbours.ts";
import { admit, sizeOf } from "./members.ts";
import { isOwnName } from "./membership.ts";
import { isLive, type Path } from "./path.ts";
import { directPath, type Peer } from "./peer-table.ts";
import { beginAsking } from "./punch.ts";
import { mayBecomeFull } from "./session/seeking.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** A little above S's own limit, so that clocks and jitter do not make it refuse. */
const ASK_GAP_MS = CONNECT_GAP_MS * 1.2;

/** What somebody announces of a channel. */
export interface Announced {
  readonly endpoints: readonly Endpoint[];
  /** How many it says are there; 0 where it says nothing of that. */
  readonly size: number;
}

/** Takes the members that `from` announced for a channel of ours: all of a small one, of a large one by chance as many as we still want to meet. */
export function introduceMembers(node: NodeState, channel: Channel, from: Path, { endpoints, size: told }: Announced, now: Instant): void {
  if (from.relay !== null) return; // a RELAY is never nested
  const others = endpoints.slice(0, INTRODUCED_MAX).filter((endpoint) => endpoint !== from.endpoint && !isOwnName(node, endpoint, now));
  if (channel.open !== null && from.peer?.session != null) noteAnnounced(channel, others, told, now);
  const size = channel.open === null ? 0 : Math.max(sizeOf(channel, now), channel.told.until > now ? channel.told.size : 0);
  let held = isMesh(size) ? 0 : heldIn(node, channel, now);
  for (const endpoint of isMesh(size) ? others : shuffled(node, others)) {
    if (isMet(node, channel, endpoint, now) || !wantsMore(size, held)) continue;
    if (introduce(node, channel, from, endpoint, now)) held++;
  }
}

function noteAnnounced(channel: Channel, others: readonly Endpoint[], size: number, now: Instant): void {
  for (const endpoint of others) channel.announced.set(endpoint, now);
  if (size >= channel.told.size || channel.told.until <= now) channel.told = { size, until: now + ANNOUNCED_MS };
}

/** True for one that we hear already, or tried before: it is a member if it is there. */
function isMet(node: NodeState, channel: Channel, endpoint: Endpoint, now: Instant): boolean {
  const known = node.peers.pathTo(endpoint, now);
  if (known === undefined || (!isLive(known, now) && known.peer?.session != null)) return false;
  if (known.peer !== null && isLive(known, now)) admit(node, channel, known.peer, known, now);
  return true;
}

/** @returns false where there was no need, or no room, to meet it over `from` */
function introduce(node: NodeState, channel: Channel, from: Path, endpoint: Endpoint, now: Instant): boolean {
  if (relaysTo(node, endpoint, from, now) >= RELAYS_PER_PEER_MAX) return false;
  const path = node.peers.meetOver(from, endpoint);
  if (path === null || path.peer === null) {
    node.drop("peers-full", from.endpoint);
    return false;
  }
  keepIntroduced(node, path, now);
  admit(node, channel, path.peer, path, now);
  node.channels.putTarget(channel, path.peer.id, now);
  if (directPath(path.peer, now) === null && from.kind !== "tcp") node.wanted.set(endpoint, from);
  return true;
}

/** Members that we hear, or are about to. */
function heldIn(node: NodeState, { members }: Channel, now: Instant): number {
  const isHeld = (path: Path) => isLive(path, now) || path.keep === "introduced";
  return [...members.keys()].filter((id) => node.peers.get(id)?.paths.some(isHeld)).length;
}

function shuffled(node: NodeState, endpoints: readonly Endpoint[]): Endpoint[] {
  const chances = node.config.random(2 * endpoints.length);
  const chanceAt = (at: number) => 256 * (chances[2 * at] ?? 0) + (chances[2 * at + 1] ?? 0);
  const drawn = endpoints.map((endpoint, at) => ({ endpoint, chance: chanceAt(at) }));
  return drawn.sort((a, b) => a.chance - b.chance).map(({ endpoint }) => endpoint);
}

/** Asks each announcer for one introduction at a time. Called at every pulse, and when a session has begun. */
export function tendIntroductions(node: NodeState, now: Instant): void {
  for (const [endpoint, via] of node.wanted) {
    const path = node.peers.pathOver(via, endpoint);
    const peer = path?.peer ?? node.peers.named(endpoint); // whose session came about over another relay has that one's name, and perhaps no path over this
    if (peer === undefined || !isLive(via, now) || directPath(peer, now) !== null) node.wanted.delete(endpoint);
    else if (via.peer?.session != null && peer.session !== null)
      node.wanted.delete(endpoint); // the two of them see to it themselves
    else if (path !== undefined && isAwaited(node, path, peer, now)) continue;
    else if (via.peer?.session != null && mayBecomeFull(node, peer, now)) continue;
    else if (now - (node.askedAt.get(via.endpoint) ?? Number.NEGATIVE_INFINITY) >= ASK_GAP_MS) {
      if (!beginAsking(node, { via, to: endpoint, ref: null }, now)) return;
      node.askedAt.set(via.endpoint, now);
      node.wanted.delete(endpoint);
    }
  }
  for (const [via, at] of node.askedAt) if (now - at >= ASK_GAP_MS) node.askedAt.delete(via);
}

/**
 * The session is held over the relay first: a hole that is there before it belongs to somebody unproved, and what the two
 * have to say waits until it is known who that is.
 */
function isAwaited(node: NodeState, path: Path, peer: Peer, now: Instant): boolean {
  return node.link !== null && peer.session === null && now - path.keptSince < HANDSHAKE_FIRST_MS;
}

/** Live relays besides `except` that lead to a peer. */
function relaysTo(node: NodeState, peer: Endpoint, except: Path, now: Instant): number {
  return node.peers.named(peer)?.paths.filter((path) => path.relay !== null && path.relay !== except && isLive(path, now)).length ?? 0;
}
