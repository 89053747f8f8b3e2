/** The user's `connect`: straight to an endpoint, over somebody who knows the far party, or to a node. PROTOCOL.md §8.12, §11.9. */
import { type Endpoint, type Ip, ipOf, type NodeId, parseEndpoint, parseNodeId } from "../wire/index.ts";
import { approachFor, directWay } from "./approach/approach.ts";
import type { ConnectFailure, Ref } from "./io.ts";
import { joinEverywhere } from "./joining.ts";
import { PUNCH_MS } from "./limits.ts";
import { callPeer, keepIntroduced } from "./liveness.ts";
import { isLive, type Path } from "./path.ts";
import { beginAsking } from "./punch.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** A `connect` that waits: for the peer itself, or for the one who is to introduce us. */
export interface Dial {
  readonly ref: Ref;
  readonly to: Ip | Endpoint | NodeId;
  readonly via: Endpoint | null;
  readonly startedAt: Instant;
}

/** A direct HELLO that stays unanswered for so long lets us look for somebody who knows the peer. */
const DIRECT_FIRST_MS = 1_500;

/** A session over a relay comes about within this, or the node is not there. */
const SESSION_WAIT_MS = 10_000;

/** Begins a `connect`; every step comes as an event, the last one `direct` or `failed`. */
export function connect(node: NodeState, ref: Ref, to: Ip | Endpoint | NodeId, via: Endpoint | null, now: Instant): void {
  const nodeId = parseNodeId(to);
  if (nodeId !== null) return connectNode(node, { ref, to: nodeId, via, startedAt: now }, now);
  connectPlace(node, ref, to as Ip | Endpoint, via, now);
}

function connectPlace(node: NodeState, ref: Ref, to: Ip | Endpoint, via: Endpoint | null, now: Instant): void {
  const already = via === null ? livePathTo(node, to, now) : null; // with `via` the user wants the dance itself
  if (already !== null) {
    finish(node, ref, already, now);
    return;
  }
  const endpoint = parseEndpoint(to);
  if (via !== null) {
    node.connectStep(ref, { step: "hello", to: via });
    callPeer(node, via, "asked", now);
  } else if (endpoint !== null) {
    node.connectStep(ref, { step: "hello", to: endpoint });
    callPeer(node, endpoint, "asked", now);
  }
  node.dials.push({ ref, to, via, startedAt: now });
  tendDials(node, now);
}

/** A path came up: perhaps somebody waits for just that. */
export function resolveDials(node: NodeState, path: Path, now: Instant): void {
  for (const dial of [...node.dials]) {
    if (dial.via === null && path.relay === null && dial.to === path.endpoint && isCalled(node, path)) {
      remove(node, dial);
      finish(node, dial.ref, path, now);
    }
  }
  tendDials(node, now);
}

/** Not a connection that somebody opened to us, or told us to open: its endpoint may be another's over UDP. */
function isCalled(node: NodeState, path: Path): boolean {
  return path.kind !== "tcp" || node.streams.isNamed(path.socket);
}

/** Carries on with what waits: the introducer came up, or the time is over. */
export function tendDials(node: NodeState, now: Instant): void {
  for (const dial of [...node.dials]) {
    if (parseNodeId(dial.to) !== null) {
      tendNodeDial(node, dial, now);
      continue;
    }
    const via = introducer(node, dial, now);
    if (via !== null) {
      remove(node, dial);
      if (!beginAsking(node, { via, to: dial.to as Ip | Endpoint, ref: dial.ref }, now)) fail(node, dial, "busy");
    } else if (now - dial.startedAt >= PUNCH_MS || (dial.via === null && !isEndpoint(dial.to))) {
      remove(node, dial);
      fail(node, dial, dial.via === null && isEndpoint(dial.to) ? "no-answer" : "no-via");
    }
  }
}

// ---- to a node, wherever it is ----

function connectNode(node: NodeState, dial: Dial, now: Instant): void {
  if (dial.via !== null) {
    node.connectStep(dial.ref, { step: "hello", to: dial.via });
    callPeer(node, dial.via, "asked", now);
  }
  node.dials.push(dial);
  tendNodeDial(node, dial, now);
}

/** With a session a way without a relay is looked for; without one, over whoever says that it knows the node. */
function tendNodeDial(node: NodeState, dial: Dial, now: Instant): void {
  const session = node.sessions.of(dial.to);
  const way = session === undefined ? null : directWay(session, now);
  if (way !== null) {
    remove(node, dial);
    return finish(node, dial.ref, way, now);
  }
  if (session?.announced === true && session.dataPath?.relay != null) {
    remove(node, dial);
    return approachFor(node, session, dial.ref, now);
  }
  const over = session === undefined ? reachOver(node, dial.to as NodeId, dial.via, now) : null;
  const isWaiting = session !== undefined || over !== null || dial.via !== null;
  if (isWaiting && now - dial.startedAt < SESSION_WAIT_MS) return;
  remove(node, dial);
  fail(node, dial, over === null ? "no-via" : "no-answer");
}

/** The way over a neighbour that lists the node in its ROUTING. @param over - only over this one */
export function reachOver(node: NodeState, to: NodeId, over: Endpoint | null, now: Instant): Path | null {
  for (const route of node.routes.all()) {
    if (route.nodeId !== to) continue;
    const via = node.peers.pathTo(route.via, now);
    if (via?.peer?.session == null || !isLive(via, now) || (over !== null && over !== route.via && over !== via.endpoint)) continue;
    const known = node.peers.pathOver(via, route.to);
    const path = known ?? node.peers.meetOver(via, route.to);
    if (path !== null) keepIntroduced(node, path, now);
    if (path !== null) return path;
  }
  return null;
}

// ---- to a place ----

/** Who can introduce us now: the one the user named, else one who announced a route, once the direct way was tried. */
function introducer(node: NodeState, dial: Dial, now: Instant): Path | null {
  if (dial.via === null && isEndpoint(dial.to) && now - dial.startedAt < DIRECT_FIRST_MS) return null;
  const candidates = dial.via === null ? node.routes.over(dial.to as Ip | Endpoint) : [dial.via];
  for (const endpoint of candidates) {
    const path = node.peers.pathAt(endpoint);
    if (path !== undefined && isLive(path, now)) return path;
  }
  return null;
}

function livePathTo(node: NodeState, to: Ip | Endpoint, now: Instant): Path | null {
  const endpoint = parseEndpoint(to);
  const paths = endpoint === null ? [...node.peers.pathsAtIp(to as Ip)] : [node.peers.pathAt(endpoint), node.streams.to(endpoint)?.path];
  return paths.find((path) => path !== undefined && isLive(path, now) && (endpoint !== null || ipOf(path.endpoint) === to)) ?? null;
}

function finish(node: NodeState, ref: Ref, path: Path, now: Instant): void {
  node.connectStep(ref, { step: "direct", peer: path.endpoint, path: path.kind === "relay" ? "direct" : path.kind });
  if (path.peer !== null) joinEverywhere(node, path.peer, now);
}

function fail(node: NodeState, dial: Dial, reason: ConnectFailure): void {
  node.connectStep(dial.ref, { step: "failed", reason });
}

function remove(node: NodeState, dial: Dial): void {
  node.dials.splice(node.dials.indexOf(dial), 1);
}

function isEndpoint(to: Dial["to"]): to is Endpoint {
  return parseEndpoint(to) !== null;
}
