/** The user's `connect`: straight to an endpoint, or over somebody who knows the far party. PROTOCOL.md §8.12. */
import { type Endpoint, type Ip, ipOf, parseEndpoint } from "../wire/index.ts";
import type { ConnectFailure, Ref } from "./io.ts";
import { PUNCH_MS } from "./limits.ts";
import { callPeer } from "./liveness.ts";
import { joinEverywhere } from "./membership.ts";
import { isLive, type Path } from "./path.ts";
import { beginAsking } from "./punch.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** A `connect` that waits: for the peer itself, or for the one who is to introduce us. */
export interface Dial {
  readonly ref: Ref;
  readonly to: Ip | Endpoint;
  readonly via: Endpoint | null;
  readonly startedAt: Instant;
}

/** A direct HELLO that stays unanswered for so long lets us look for somebody who knows the peer. */
const DIRECT_FIRST_MS = 1_500;

/** Begins a `connect`; every step comes as an event, the last one `direct` or `failed`. */
export function connect(node: NodeState, ref: Ref, to: Ip | Endpoint, via: Endpoint | null, now: Instant): void {
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
    if (dial.via === null && path.relay === null && dial.to === path.endpoint) {
      remove(node, dial);
      finish(node, dial.ref, path, now);
    }
  }
  tendDials(node, now);
}

/** Carries on with what waits: the introducer came up, or the time is over. */
export function tendDials(node: NodeState, now: Instant): void {
  for (const dial of [...node.dials]) {
    const via = introducer(node, dial, now);
    if (via !== null) {
      remove(node, dial);
      if (!beginAsking(node, { via, to: dial.to, ref: dial.ref }, now)) fail(node, dial, "busy");
    } else if (now - dial.startedAt >= PUNCH_MS || (dial.via === null && !isEndpoint(dial.to))) {
      remove(node, dial);
      fail(node, dial, dial.via === null && isEndpoint(dial.to) ? "no-answer" : "no-via");
    }
  }
}

/** Who can introduce us now: the one the user named, else one who announced a route, once the direct way was tried. */
function introducer(node: NodeState, dial: Dial, now: Instant): Path | null {
  if (dial.via === null && isEndpoint(dial.to) && now - dial.startedAt < DIRECT_FIRST_MS) return null;
  const candidates = dial.via === null ? node.routes.over(dial.to) : [dial.via];
  for (const endpoint of candidates) {
    const path = node.peers.pathAt(endpoint);
    if (path !== undefined && isLive(path, now)) return path;
  }
  return null;
}

function livePathTo(node: NodeState, to: Ip | Endpoint, now: Instant): Path | null {
  const endpoint = parseEndpoint(to);
  const paths = endpoint === null ? [...node.peers.pathsAtIp(to as Ip)] : [node.peers.pathAt(endpoint)];
  return paths.find((path) => path !== undefined && isLive(path, now) && (endpoint !== null || ipOf(path.endpoint) === to)) ?? null;
}

function finish(node: NodeState, ref: Ref, path: Path, now: Instant): void {
  node.connectStep(ref, { step: "direct", peer: path.endpoint, path: path.kind === "punched" ? "punched" : "direct" });
  if (path.peer !== null) joinEverywhere(node, path.peer, now);
}

function fail(node: NodeState, dial: Dial, reason: ConnectFailure): void {
  node.connectStep(dial.ref, { step: "failed", reason });
}

function remove(node: NodeState, dial: Dial): void {
  node.dials.splice(node.dials.indexOf(dial), 1);
}

function isEndpoint(to: Ip | Endpoint): to is Endpoint {
  return parseEndpoint(to) !== null;
}
