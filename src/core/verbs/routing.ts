/** ROUTING: which neighbours we hear, to all neighbours; what they say is remembered and never called by itself. PROTOCOL.md §8.13. */
import { type BodyOf, ENTRIES_SENT_MAX, encode, hasZone } from "../../wire/index.ts";
import {
  ROUTE_KEPT_MS,
  ROUTING_CHANGE_BYTES_PER_SECOND,
  ROUTING_CHANGE_MS,
  ROUTING_MS,
  ROUTINGS_PER_PULSE,
  SESSION_ROUTING_MS,
} from "../limits.ts";
import { isLive, type Path } from "../path.ts";
import { directPath, type Peer } from "../peer-table.ts";
import { onList } from "../routing/listing.ts";
import { mayBecomeFull } from "../session/seeking.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { transmit } from "../transmit.ts";

export function onRouting(node: NodeState, path: Path, body: BodyOf<"ROUTING">, now: Instant): void {
  if (body.ptp !== undefined) onList(node, path, body.ptp, now);
  if (body.nodes !== undefined) onHeard(node, path, body.nodes, now);
}

function onHeard(node: NodeState, path: Path, nodes: NonNullable<BodyOf<"ROUTING">["nodes"]>, now: Instant): void {
  if (path.peer === null || path.relay !== null || !isLive(path, now)) return node.drop("unknown-peer", path.endpoint);
  const keptMs = path.peer.session === null ? ROUTE_KEPT_MS : 3 * SESSION_ROUTING_MS;
  const count = node.routes.put(path.peer.endpoint, nodes, now, keptMs);
  node.emit({ type: "routes", via: path.peer.endpoint, count });
}

/**
 * 1. Every neighbour gets ROUTING each ROUTING_MS, and on a change, at most once per ROUTING_CHANGE_MS and as seldom as
 *    ROUTING_CHANGE_BYTES_PER_SECOND wants it.
 * 2. At most ROUTINGS_PER_PULSE of them in one pulse; the rest come with the next.
 * 3. Who cannot pay for it waits for the next turn: ROUTING is never queued.
 * 4. Who is just being asked whether it holds sessions gets it after that, inside.
 */
export function tendRouting(node: NodeState, now: Instant): void {
  if (node.neighboursChanged && now - node.changeSentAt >= ROUTING_CHANGE_MS && now >= node.routingPaidAt) {
    node.neighboursChanged = false;
    node.changeSentAt = now;
    for (const peer of node.peers.all()) peer.routingAt = Math.min(peer.routingAt, now);
  }
  let live: Neighbour[] | null = null;
  let left = ROUTINGS_PER_PULSE;
  for (const peer of node.peers.all()) {
    if (peer.routingAt > now || !peer.up || mayBecomeFull(node, peer, now)) continue;
    if (left-- === 0) return;
    peer.routingAt = now + (peer.session === null ? ROUTING_MS : SESSION_ROUTING_MS);
    const path = directPath(peer, now);
    if (path === null) continue;
    live ??= neighbours(node, now);
    const body = bodyOf(live, peer.session !== null);
    if (transmit(node, path, "ROUTING", body, now)) payFor(node, encode("ROUTING", body).length, now);
  }
}

/** Whoever has told so many so much waits with the next change. */
function payFor(node: NodeState, bytes: number, now: Instant): void {
  const takesMs = (1_000 * bytes) / ROUTING_CHANGE_BYTES_PER_SECOND;
  node.routingPaidAt = Math.min(Math.max(node.routingPaidAt, now) + takesMs, now + SESSION_ROUTING_MS);
}

interface Neighbour {
  readonly peer: Peer;
  readonly path: Path;
}

/** The live neighbours; of more than fit, a run of them that begins at a place of chance. */
function neighbours(node: NodeState, now: Instant): Neighbour[] {
  const live: Neighbour[] = [];
  for (const peer of node.peers.all()) {
    const path = peer.up ? directPath(peer, now) : null;
    if (path !== null && !hasZone(path.endpoint)) live.push({ peer, path });
  }
  const [high = 0, low = 0] = node.config.random(2);
  const from = live.length > ENTRIES_SENT_MAX ? ((high << 8) | low) % live.length : 0;
  return [...live.slice(from), ...live.slice(0, from)].slice(0, ENTRIES_SENT_MAX);
}

/** @param inside - whether it is said in a session: in the clear it would tell everybody on the way whose keys are at which addresses */
function bodyOf(live: readonly Neighbour[], inside: boolean): BodyOf<"ROUTING"> {
  return {
    nodes: live.map(({ peer, path }) => ({ address: path.kind === "tcp" ? peer.endpoint : path.endpoint, ...nodeIdOf(peer, inside) })),
  };
}

/** The key of a node that proved it, or what an old program says of itself. */
function nodeIdOf(peer: Peer, inside: boolean): { node_id?: string } {
  const id = peer.session === null ? peer.nodeId : inside ? peer.id : null;
  return id === null ? {} : { node_id: id };
}
