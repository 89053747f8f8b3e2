/**
 * Ways over several hops to those whom no shorter way reaches: two that share no node are kept ready, so that one is
 * there when the other dies. PROTOCOL.md §17.3.
 *
 * 1. Looked for are contacts and co-members whose list counts, and to whom no path without a relay works.
 * 2. Relays that know them by an endpoint count as ways as well, and come before these.
 * 3. A way that works comes first, a short one before a long one; one that failed waits.
 */
import type { NodeId } from "../../wire/index.ts";
import { SOUGHT_MAX, WAYS_KEPT } from "../limits.ts";
import { seekSession } from "../liveness.ts";
import { isLive, isSameWay, type Path, type Way } from "../path.ts";
import { directPath, type Peer } from "../peer-table.ts";
import { offerPath } from "../session/session-paths.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { nearnessOf } from "./acquaintance.ts";
import { routedPath } from "./carrying.ts";
import { type Acquaintance, acquaintances, mix } from "./listing.ts";

/** Called once a second. */
export function tendWays(node: NodeState, now: Instant): void {
  if (node.link === null || node.config.rendezvous) return;
  const lists = node.routing.topology.lists(now);
  const sought = lists.filter(({ node: to }) => isSought(node, to, now)).slice(0, SOUGHT_MAX);
  if (sought.length === 0) return;
  const beside = carriers(node, now);
  for (const { node: to } of sought) keepWays(node, to, beside, now);
}

/** Those beside us that may carry for us: they say whom they carry for. */
export function carriers(node: NodeState, now: Instant): Acquaintance[] {
  return acquaintances(node, now).filter(({ id }) => node.routing.topology.beside(id, now).size > 0);
}

function isSought(node: NodeState, to: NodeId, now: Instant): boolean {
  if (to === node.nodeId || nearnessOf(node, to) === null) return false;
  return !hasDirectWay(node.peers.get(to), now);
}

function hasDirectWay(peer: Peer | undefined, now: Instant): boolean {
  return peer?.session != null && peer.paths.some((path) => path.relay === null && path.trusted && !path.suspect && isLive(path, now));
}

function keepWays(node: NodeState, to: NodeId, beside: readonly Acquaintance[], now: Instant): void {
  const peer = node.peers.get(to);
  const inUse = waysInUse(peer, now);
  for (let missing = WAYS_KEPT - inUse.length; missing > 0; missing--) {
    const way = chooseWay(node, to, beside, inUse, now);
    if (way === null) return;
    const path = openWay(node, to, way, now);
    if (path === null) return;
    inUse.push(path);
  }
}

/** Those that work, and those that are being tried. */
function waysInUse(peer: Peer | undefined, now: Instant): Path[] {
  if (peer === undefined) return [];
  if (peer.session === null) return peer.paths.filter((path) => path.route !== null);
  const live = peer.paths.filter((path) => path.relay !== null && isLive(path, now) && !path.suspect && now >= path.doubtedUntil);
  return [...live, ...peer.session.candidates.filter((path) => path.relay !== null)];
}

/** The best that shares no node with those in use; where there is none, and nothing is in use, any. */
function chooseWay(node: NodeState, to: NodeId, beside: readonly Acquaintance[], inUse: readonly Path[], now: Instant): Way | null {
  const taken = new Set(inUse.flatMap(nodesOf));
  const isFree = ({ first, via }: Way) => !taken.has(first) && (via === null || !taken.has(via));
  return waysTo(node, to, beside, now).find(({ way, worth }) => worth !== "failed" && isFree(way))?.way ?? null;
}

/** All ways to a node with what they are worth, the best first. */
export function waysTo(node: NodeState, to: NodeId, beside: readonly Acquaintance[], now: Instant) {
  const { topology, worths } = node.routing;
  const lists = (id: string) => topology.beside(id, now).has(node.nodeId);
  const ways = topology.waysTo(
    to,
    node.nodeId,
    beside.map(({ id }) => id),
    now,
  );
  return ways
    .map((way) => {
      const worth = worths.of(to, way, now);
      const place = (WORTHS.indexOf(worth) * 2 + (way.via === null ? 0 : 1)) * 2 + (lists(way.first) ? 0 : 1);
      return { way, worth, place, chance: mix(node.nodeId + to + way.first + way.via) };
    })
    .sort((a, b) => a.place - b.place || a.chance - b.chance);
}

const WORTHS = ["works", "untried", "failed"] as const;

function nodesOf(path: Path): string[] {
  if (path.route === null) return path.relay?.peer == null ? [] : [path.relay.peer.id];
  return [path.route.first, ...(path.route.via === null ? [] : [path.route.via])];
}

/** Asks over it: in the session where there is one, else by a handshake with just that node. */
function openWay(node: NodeState, to: NodeId, way: Way, now: Instant): Path | null {
  const first = node.sessions.of(way.first)?.peer;
  const relay = first === undefined ? null : directPath(first, now);
  if (relay === null) return null;
  const path = routedPath(to, relay, way.first, way.via);
  path.keep = "routed";
  path.keptSince = now;
  const session = node.sessions.of(to);
  if (session !== undefined) {
    if (session.candidates.some((each) => isSameWay(each, path))) return null;
    const there = session.peer.paths.find((each) => isSameWay(each, path));
    offerPath(node, session, there ?? path, now);
    return path;
  }
  const met = node.peers.meetRouted(path);
  if (met !== null) seekSession(node, met, now);
  return met;
}

/** Something was, or was not, answered over a path; of one over several hops it is remembered. */
export function noteWorth(node: NodeState, { endpoint, route }: Path, works: boolean, now: Instant): void {
  if (route === null) return;
  if (works) node.routing.worths.works(endpoint, route);
  else node.routing.worths.fails(endpoint, route, now);
}
