/** Who is there: paths that come up and go silent, and the HELLO rhythm that keeps them. PROTOCOL.md §5. */
import type { Endpoint } from "../wire/index.ts";
import { resolveDials } from "./dials.ts";
import { MAIN_SOCKET } from "./io.ts";
import { rejoin } from "./joining.ts";
import {
  CANDIDATE_MS,
  HELLO_ANSWER_MS,
  HELLO_BANK_MAX,
  HELLO_MS,
  RELAYED_HELLO_MS,
  SESSION_HELLO_LOST_MS,
  SESSION_HELLO_MS,
  SILENCE_MS,
  UDP_AGAIN_MS,
} from "./limits.ts";
import { abandonOutbox, hastenOutbox } from "./outbox.ts";
import { isLive, type Keep, noteHello, type Path } from "./path.ts";
import { bestPath, hasLiveTcp, type Peer, sortPaths } from "./peer-table.ts";
import { noteWorth } from "./routing/seeking-ways.ts";
import { sendHello as helloInSession } from "./session/frames.ts";
import { askAnew, beginHandshake } from "./session/handshake.ts";
import type { NodeState } from "./state.ts";
import { tendTcpDial } from "./tcp.ts";
import { isTcpName } from "./tcp-name.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import { bytesFor, transmitBytes } from "./transmit.ts";

/** Takes one HELLO over `path`, whose peer is in the table. */
export function hearHello(node: NodeState, path: Path, now: Instant): void {
  if (path.rhythmHellos > 0 && path.peer !== null) node.peers.settle(path.peer);
  begin(node, path, now);
  noteHello(path, now);
  if (path.keep === null || path.keep === "lan") earnHello(path, now);
  if (path.helloBank > 0 && now - path.helloSentAt >= helloGap(path, now)) payHello(node, path, now);
}

/** Takes `path` as heard, whatever came over it: a HELLO, or the first message through a hole. */
export function begin(node: NodeState, path: Path, now: Instant): void {
  const wasLive = isLive(path, now);
  path.heardAt = now;
  if (!wasLive) pathUp(node, path, now);
}

/** Anything valid from a peer that is there shows that it still is; one that went silent comes back with HELLO only. */
export function hear(path: Path, now: Instant): void {
  if (isLive(path, now)) path.heardAt = now;
}

/**
 * Keeps a path to `endpoint` because the user named it: HELLO at every tick, no byte credit.
 * @param keep - `configured` for ever, `asked` until SILENCE_MS of silence
 * @returns null only when the peer table is full of trusted peers, or the endpoint is a name that leads nowhere
 */
export function callPeer(node: NodeState, endpoint: Endpoint, keep: Keep, now: Instant): Path | null {
  const path = isTcpName(endpoint) ? null : node.peers.meet(endpoint, MAIN_SOCKET, true);
  if (path === null) return null;
  if (path.keep !== "configured") {
    path.keep = keep;
    path.keptSince = now;
  }
  trust(node, path);
  if (path.peer !== null) path.peer.compat = path.peer.compat || (keep === "configured" && node.config.compatNodeId);
  if (now - path.helloSentAt >= HELLO_MS / 2) sendHello(node, path, now);
  seekSession(node, path, now);
  return path;
}

/** Asks whoever may be at a place of the local network whether it holds sessions; who does not answer is forgotten soon. */
export function dialCandidate(node: NodeState, endpoint: Endpoint, now: Instant): void {
  const path = node.peers.meet(endpoint, MAIN_SOCKET, false);
  if (path === null) return node.drop("peers-full", endpoint);
  path.keep ??= "lan";
  path.keptSince = Math.max(path.keptSince, now);
  seekSession(node, path, now);
}

/** Keeps the way over a relay to a member who was announced to us, and makes us known there before anything else is said. */
export function keepIntroduced(node: NodeState, path: Path, now: Instant): void {
  if (path.keep !== null) return;
  path.keep = "introduced";
  path.keptSince = now;
  if (now - path.helloSentAt >= helloGap(path, now)) sendHello(node, path, now);
  seekSession(node, path, now);
}

/** The path is known to reach whom it names: byte credit no longer binds it, and strangers cannot push its peer out. */
export function trust(node: NodeState, path: Path): void {
  path.trusted = true;
  if (path.peer === null) return;
  node.peers.settle(path.peer);
  sortPaths(path.peer);
}

/** Says HELLO where it is due, and lets go of paths that went silent. Called at every pulse. */
export function tendPeers(node: NodeState, now: Instant): void {
  for (const peer of node.peers.all()) {
    for (const path of peer.paths.length === 1 ? peer.paths : [...peer.paths]) tendPath(node, peer, path, now);
    if (peer.up && bestPath(peer, now) === null) peerDown(node, peer);
  }
}

function tendPath(node: NodeState, peer: Peer, path: Path, now: Instant): void {
  if (isGone(path, now)) {
    if (path.keep === "routed" && !hasProvenWay(peer, now)) noteWorth(node, path, false, now);
    dropPath(node, path);
    return;
  }
  seekSession(node, path, now);
  tendTcpDial(node, path, now);
  if (now - path.helloSentAt < helloGap(path, now)) return;
  if (path.helloBank > 0) payHello(node, path, now);
  else if (wantsHello(peer, path, now)) sendHello(node, path, now);
}

/** Paths that we keep, and the one that a session's data takes; a relay only until there is a way without it. */
function wantsHello(peer: Peer, path: Path, now: Instant): boolean {
  if (path.byName) return false; // a handshake tries it
  const isKept =
    (path.keep !== null && ((path.keep !== "lan" && path.keep !== "routed") || peer.session !== null)) ||
    (peer.session !== null && (peer.session.dataPath ?? path) === path);
  return isKept && !(path.relay !== null && hasProvenWay(peer, now));
}

/** Whoever the user named, or was announced or punched to, may hold sessions: it is asked, and when it went silent asked again. */
export function seekSession(node: NodeState, path: Path, now: Instant): void {
  const peer = path.peer;
  if (node.link === null || peer === null || path.keep === null || peer.compat || now < path.handshakeAt) return;
  if (path.relay !== null && (!isLive(path.relay, now) || hasProvenWay(peer, now))) return;
  if (path.keep === "introduced" && path.heardAt === NEVER_YET && !path.claimed) return; // whoever forged it into a list must not make us talk at length
  // The user named an endpoint, no key: another node may have come to it since.
  const expects = path.route === null ? null : path.endpoint;
  if (peer.session === null || path.byName || !peer.paths.some((each) => isLive(each, now))) beginHandshake(node, path, expects, now);
}

/** A relay is let go only once data needs it no more. */
function hasProvenWay(peer: Peer, now: Instant): boolean {
  return peer.paths.some((path) => path.relay === null && path.trusted && isLive(path, now));
}

function isGone(path: Path, now: Instant): boolean {
  if (path.relay !== null && path.relay.peer === null) return true;
  if (path.keep === "configured" || isLive(path, now)) return false;
  if (path.keep === "asked" && path.peer !== null && hasLiveTcp(path.peer, now)) return false; // UDP is tried there again
  if (path.peer !== null && path.peer.session !== null && path.peer.paths.length === 1) return false; // its session ends it
  return path.keep === null || now - Math.max(path.heardAt, path.keptSince) >= (path.keep === "lan" ? CANDIDATE_MS : SILENCE_MS);
}

/** Lets go of a path, of its socket when it has one of its own, and with the last path of the peer. */
export function dropPath(node: NodeState, path: Path): void {
  node.releaseSocket(path);
  const peer = path.peer;
  node.peers.detach(path);
  if (peer !== null && peer.paths.length === 0 && peer.session === null) forget(node, peer);
}

/** Tells the rest of the node of the strangers that gave way to others. */
export function tendEvicted(node: NodeState): void {
  for (const peer of node.peers.evicted.splice(0)) forget(node, peer);
}

function forget(node: NodeState, peer: Peer): void {
  if (peer.up) peerDown(node, peer);
  else abandonOutbox(node, peer);
}

/** A path that was silent, or is new, brings its peer up. */
export function pathUp(node: NodeState, path: Path, now: Instant): void {
  const peer = path.peer;
  if (peer === null) return;
  if (!peer.up) {
    peer.up = true;
    node.emit({ type: "peer-up", peer: peer.id, path: path.kind });
  }
  if (path.relay === null) {
    node.neighboursChanged = true;
    peer.routingAt = now;
  }
  if (peer.session === null && !peer.seedOnly) {
    askAnew(node, path, now);
    seekSession(node, path, now);
  }
  resolveDials(node, path, now);
  rejoin(node, peer, now);
  hastenOutbox(node, peer, now);
}

function peerDown(node: NodeState, peer: Peer): void {
  peer.up = false;
  node.neighboursChanged = true;
  abandonOutbox(node, peer);
  node.routes.remove(peer.endpoint);
  node.emit({ type: "peer-down", peer: peer.id });
}

/**
 * 1. Every HELLO heard earns one of ours, at most HELLO_BANK_MAX.
 * 2. Except the first one within HELLO_ANSWER_MS after ours: that is its answer. Without this, one forged HELLO would
 *    set two nodes answering each other for ever (ADR 0003).
 */
function earnHello(path: Path, now: Instant): void {
  if (!path.helloAnswered && now - path.helloSentAt < HELLO_ANSWER_MS) path.helloAnswered = true;
  else path.helloBank = Math.min(HELLO_BANK_MAX, path.helloBank + 1);
}

function payHello(node: NodeState, path: Path, now: Instant): void {
  if (sendHello(node, path, now)) path.helloBank--;
}

function sendHello(node: NodeState, path: Path, now: Instant): boolean {
  if (!sayHello(node, path, now)) return false;
  path.helloSentAt = now;
  path.helloAnswered = false;
  return true;
}

/** Inside a session where there is one; in the bare plane with our id for those who show theirs (or are configured so), as far as the credit reaches; bare for all others. */
function sayHello(node: NodeState, path: Path, now: Instant): boolean {
  const peer = path.peer;
  if (peer !== null && peer.session !== null) {
    helloInSession(node, peer.session, path, now);
    return true;
  }
  if (path.relay !== null) return transmitBytes(node, path, "HELLO", bytesFor(path, "HELLO", undefined), now);
  if (peer !== null && (peer.compat || peer.nodeId !== null)) {
    if (transmitBytes(node, path, "HELLO", node.helloWithId, now)) return true;
  }
  return transmitBytes(node, path, "HELLO", node.hello, now);
}

function helloGap(path: Path, now: Instant): number {
  if (path.peer !== null && path.peer.session !== null) {
    if (isLive(path, now)) return SESSION_HELLO_MS;
    return hasLiveTcp(path.peer, now) ? UDP_AGAIN_MS : SESSION_HELLO_LOST_MS;
  }
  return path.relay === null ? HELLO_MS : RELAYED_HELLO_MS;
}
