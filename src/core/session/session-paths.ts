/**
 * The paths of a session. It is bound to keys, so any address may turn out to be the other end's; one is used only after
 * it answered a challenge, since a frame can be copied and sent from anywhere. PROTOCOL.md §11.5.
 *
 * 1. A path is proven by the handshake that came over it, or by the answer to a challenge.
 * 2. Data travels over one path at a time: the best proven one that is alive, the present one where several are equal.
 * 3. A path that owes an answer for too long is suspect, and carries no data until something authentic comes over it.
 */

import type { Endpoint } from "../../wire/index.ts";
import { onWayFound } from "../approach/approach.ts";
import { kindOf } from "../approach/knocks.ts";
import { MAIN_SOCKET } from "../io.ts";
import {
  APPROACH_PATHS_MAX,
  CANDIDATE_PATHS_MAX,
  CHALLENGE_GAP_MS,
  CHALLENGES_MAX,
  DOUBTED_MS,
  FULL_ENDPOINT_MS,
  RELAYS_PER_PEER_MAX,
  SESSION_HELLO_LOST_MS,
} from "../limits.ts";
import { pathUp } from "../liveness.ts";
import { isLive, isSameWay, newPath, nextHop, type Path, wayOf } from "../path.ts";
import { mayUse } from "../path-policy.ts";
import { bestPath, directPath, sortPaths } from "../peer-table.ts";
import { noteWorth } from "../routing/seeking-ways.ts";
import type { NodeState } from "../state.ts";
import { proveTcp } from "../tcp.ts";
import type { Instant } from "../time.ts";
import { absorb } from "./establish.ts";
import { sendSingle } from "./frames.ts";
import type { Session } from "./session.ts";

const CHALLENGE_BYTES = 8;
/** How long a place that is to prove whose it is has time for it. */
const PROVING_MS = CHALLENGES_MAX * CHALLENGE_GAP_MS;

/** The path leads to the session's node: proved by a handshake or by the answer to a challenge. */
export function adoptPath(node: NodeState, session: Session, path: Path, now: Instant): void {
  forgetCandidate(session, path);
  if (path.peer !== session.peer) {
    takeOver(node, session, path, now);
    node.peers.attach(session.peer, path);
  }
  if (path.route !== null)
    path.keep ??= "routed"; // the other end keeps it too
  else if (path.relay !== null) rememberRelay(node, session, path.relay, path.endpoint);
  noteWorth(node, path, true, now);
  path.trusted = true;
  path.byName = false;
  path.challenge = null;
  path.attemptsFailed = 0;
  const stream = proveTcp(node, path);
  if (node.streams.isNamed(path.socket)) takeName(node, session, path, now);
  if (stream === undefined) node.fullEndpoints.set(wayOf(path), now + FULL_ENDPOINT_MS);
  sortPaths(session.peer);
  hearSecurely(node, path, now);
  chooseDataPath(node, session, now);
  onWayFound(node, session, now);
}

function rememberRelay(node: NodeState, session: Session, { peer: relay }: Path, name: Endpoint): void {
  node.peers.addAlias(session.peer, name); // what that relay calls it
  if (relay === null) return;
  session.relays = [{ relay, name }, ...session.relays.filter((each) => each.relay !== relay)].slice(0, RELAYS_PER_PEER_MAX);
}

/** Every way is silent: both ends are perhaps still where a relay of theirs finds them. */
function recall(node: NodeState, session: Session, now: Instant): void {
  if (now - session.recalledAt < SESSION_HELLO_LOST_MS) return;
  session.recalledAt = now;
  for (const { relay, name } of session.relays) {
    const via = relay.session === null ? null : directPath(relay, now);
    if (via === null) continue;
    const path = newPath("relay", name, via.socket, via);
    if (![...session.peer.paths, ...session.candidates].some((each) => isSameWay(each, path))) offerPath(node, session, path, now);
  }
}

/** Whoever was thought to be at that place, it is this node. */
function takeOver(node: NodeState, session: Session, path: Path, now: Instant): void {
  const there = path.peer !== null ? path : placeOf(node, path);
  const other = there?.peer ?? null;
  if (there === undefined || other === null || other === session.peer) return;
  path.keep ??= there.keep;
  path.keptSince = Math.max(path.keptSince, there.keptSince);
  const direct = there.relay === null || other.session !== null ? [] : other.paths.filter((each) => each.relay === null);
  if (other.session === null && direct.length === 0) absorb(node, other, session, path, now);
  else {
    node.peers.detach(there);
    if (there !== path) node.releaseSocket(there);
    // A relay may say of anybody that it is behind it: whom we hear directly must show there that it is this node.
    for (const way of direct) {
      way.provingUntil = now + PROVING_MS; // and is told nothing else until then
      offerPath(node, session, newPath(way.kind, way.endpoint, way.socket), now);
    }
  }
}

/**
 * The user named an endpoint, and over TCP this node is there: what was meant for whoever is there is meant for it, if nobody
 * is heard there over UDP. Its path over UDP is kept, so that it is tried again, and is used once it is proved.
 */
function takeName(node: NodeState, session: Session, path: Path, now: Instant): void {
  const place = node.peers.pathAt(path.endpoint);
  const bare = place?.peer;
  if (place === undefined || bare == null || bare === session.peer || bare.session !== null) return;
  if (bare.paths.some((each) => isLive(each, now))) return;
  absorb(node, bare, session, place, now);
  place.byName = true;
  node.peers.attach(session.peer, place);
}

/**
 * A path of its own for a place: whoever is thought to be there keeps his. A TCP connection has but one.
 * @param isExpected - both ends look for a direct way just now
 */
export function candidateAt(came: Path, isExpected = false): Path {
  if (came.kind === "tcp") return came;
  const kind = came.relay !== null ? came.kind : came.socket !== MAIN_SOCKET ? "punched" : isExpected ? kindOf(came.endpoint) : came.kind;
  return newPath(kind, came.endpoint, came.socket, came.relay, came.route);
}

/** A way by which the other end may be reached: asks it to prove that. */
export function offerPath(node: NodeState, session: Session, path: Path, now: Instant): void {
  if (!mayUse(node, session.with.nodeId, path)) return;
  const stream = path.kind === "tcp" ? node.streams.at(path.socket) : undefined;
  if (stream !== undefined) stream.tried = session;
  if (!session.candidates.includes(path)) {
    const most = node.approaches.of(session) === undefined ? CANDIDATE_PATHS_MAX : APPROACH_PATHS_MAX;
    if (session.candidates.length >= most) dropCandidate(node, session, session.candidates[0] as Path);
    session.candidates.push(path);
    node.sockets.add(path);
  }
  challenge(node, session, path, now);
}

/**
 * The path of this session that an authentic frame came over, or a candidate for one.
 * @param newest - false for a frame that others have overtaken: it says nothing of where the other end is now
 */
export function pathOfFrame(node: NodeState, session: Session, came: Path, newest: boolean, now: Instant): Path | null {
  if (came.peer === session.peer) return came;
  came.provingUntil = now + PROVING_MS; // whoever was thought to be there is told nothing meanwhile
  if (came.route !== null && came.endpoint !== session.with.nodeId) return null; // a relay lies: it is said to come from another node
  const candidate = session.candidates.find((path) => isSameWay(path, came));
  if (candidate !== undefined) return candidate;
  const isExpected = came.relay === null && node.approaches.of(session) !== undefined; // a probe may be overtaken by others
  if (!newest && !isExpected) return null;
  const path = candidateAt(came, isExpected);
  offerPath(node, session, path, now);
  const present = session.dataPath;
  if (present !== null && present.challenge === null) challenge(node, session, present, now); // has the other end left it?
  return path;
}

/** Something authentic came over a proven path. */
export function hearSecurely(node: NodeState, path: Path, now: Instant): void {
  const wasLive = isLive(path, now);
  path.heardAt = now;
  path.suspect = false;
  if (!wasLive || path.peer?.up === false) pathUp(node, path, now);
}

export function onResponse(node: NodeState, session: Session, data: Uint8Array, now: Instant): void {
  const answered = [...session.candidates, ...session.peer.paths].find(
    (path) => path.challenge !== null && node.config.crypto.equal(path.challenge.data, data),
  );
  if (answered === undefined) return;
  if (answered.peer !== session.peer && answered.challenge !== null)
    node.trials.note("challenge", answered, answered.challenge.since, "ok", now);
  adoptPath(node, session, answered, now);
}

/** Asks again where an answer is missing, and draws the conclusions. Called at every pulse. */
export function tendSessionPaths(node: NodeState, session: Session, now: Instant): void {
  if (session.candidates.some(isAsked) || session.peer.paths.some(isAsked)) {
    for (const path of [...session.candidates, ...session.peer.paths])
      if (path.challenge !== null && now >= path.challenge.nextAt) askAgain(node, session, path, now);
  }
  doubtRelay(node, session, now);
  if (session.announced && bestPath(session.peer, now) === null) recall(node, session, now);
  chooseDataPath(node, session, now);
}

function isAsked({ challenge }: Path): boolean {
  return challenge !== null;
}

/** What goes over a relay is not acknowledged, though the other end may be heard over it: whoever is in the middle picks what it passes on. */
function doubtRelay(node: NodeState, session: Session, now: Instant): void {
  const path = session.dataPath;
  if (path === null || path.relay === null || !session.transport.stalled || now < path.doubtedUntil) return;
  path.doubtedUntil = now + DOUBTED_MS;
  noteWorth(node, path, false, now);
}

/** All paths must answer anew: the machine slept, or the network changed under it. */
export function revalidate(node: NodeState, session: Session, now: Instant): void {
  for (const path of session.peer.paths) challenge(node, session, path, now);
}

export function chooseDataPath(node: NodeState, session: Session, now: Instant): void {
  const best = bestPath(session.peer, now);
  if (best === session.dataPath) return;
  const before = session.dataPath;
  session.dataPath = best;
  if (best === null) return;
  if (before !== null) {
    session.transport.switchPath(now);
    node.emit({ type: "path", peer: session.with.nodeId, endpoint: nextHop(best), path: best.kind });
  }
  node.sessions.touched.add(session);
}

function challenge(node: NodeState, session: Session, path: Path, now: Instant): void {
  path.challenge = { data: node.config.random(CHALLENGE_BYTES), since: now, tries: 0, nextAt: now };
  askAgain(node, session, path, now);
}

function askAgain(node: NodeState, session: Session, path: Path, now: Instant): void {
  const open = path.challenge;
  if (open === null) return;
  if (open.tries >= CHALLENGES_MAX) {
    node.trials.note("challenge", path, open.since, "no-answer", now);
    path.challenge = null;
    noteWorth(node, path, false, now);
    if (path.peer === session.peer && path.trusted) path.suspect = true;
    else if (path.peer === null) dropCandidate(node, session, path);
    return;
  }
  open.tries++;
  open.nextAt = now + Math.max(CHALLENGE_GAP_MS, session.transport.rttMs * 1.5);
  sendSingle(node, session, path, [{ type: "challenge", data: open.data }], now);
}

export function dropCandidate(node: NodeState, session: Session, path: Path): void {
  forgetCandidate(session, path);
  node.releaseSocket(path);
}

export function forgetCandidate(session: Session, path: Path): void {
  const at = session.candidates.indexOf(path);
  if (at >= 0) session.candidates.splice(at, 1);
}

/** What is known of a place before it is proved. Of a TCP connection that is nothing. */
function placeOf(node: NodeState, path: Path): Path | undefined {
  if (path.kind === "tcp") return undefined;
  return path.relay === null ? node.peers.pathAt(path.endpoint) : node.peers.pathOver(path.relay, path.endpoint, path.route?.via);
}
