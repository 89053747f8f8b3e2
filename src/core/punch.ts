/**
 * Hole punching as A and as B of the seed's CONNECT: open a socket, offer it over S, probe, and keep what opens.
 * PROTOCOL.md §8.12.
 */
import { type BodyOf, type Endpoint, type Ip, ipOf, parseEndpoint } from "../wire/index.ts";
import type { ConnectFailure, Ref, SocketId } from "./io.ts";
import { joinEverywhere } from "./joining.ts";
import { CONNECT_GAP_MS, PROBE_GAP_MS, PROBES_MAX, PUNCH_MS, PUNCHED_MAX, PUNCHES_ASKED_MAX, PUNCHES_OWN_MAX } from "./limits.ts";
import { begin, dropPath, keepIntroduced } from "./liveness.ts";
import { newPath, type Path } from "./path.ts";
import { isHiddenFrom } from "./path-policy.ts";
import type { Peer } from "./peer-table.ts";
import type { Punch } from "./punch-table.ts";
import { mayProbe } from "./scope.ts";
import { offerPath } from "./session/session-paths.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";
import { bytesFor, transmitBytes } from "./transmit.ts";

/** A handshake comes within this over a hole that the user at the other end asked for. */
const UNPROVED_MS = 500;
/** Step 1 is repeated after this gap, in case it or an answer was lost: above S's limit of one a second. */
const ASK_AGAIN_MS = CONNECT_GAP_MS * 1.2;

/**
 * A: begins to ask S for an introduction. The ask goes out from the very socket that it offers.
 * @returns false when too many punches are under way
 */
export function beginAsking(node: NodeState, ask: { via: Path; to: Ip | Endpoint; ref: Ref | null }, now: Instant): boolean {
  const farPeer = parseEndpoint(ask.to);
  if (isHiddenFrom(node, farPeer === null ? (ask.to as Ip) : ipOf(farPeer))) {
    node.connectStep(ask.ref, { step: "failed", reason: "path-policy" });
    return true;
  }
  if (node.punches.count("asker") >= PUNCHES_OWN_MAX) return false;
  const punch = node.punches.begin({
    role: "asker",
    via: ask.via,
    farIp: farPeer === null ? (ask.to as Ip) : ipOf(farPeer),
    farPeer,
    ref: ask.ref,
    startedAt: now,
    target: null,
    nextAt: now,
    deadline: now + PUNCH_MS,
  });
  node.out.push({ kind: "open", socket: punch.socket });
  return true;
}

/** B: S says that somebody at `target` wants to meet (step 2). */
export function beginAnswering(node: NodeState, via: Path, target: Endpoint, farPeer: Endpoint | null, now: Instant): void {
  const again = node.punches.all().find((punch) => punch.role === "asked" && punch.target === target);
  if (again !== undefined) {
    if (again.state === "probing") offer(node, again, now); // our step 3 was lost
    return;
  }
  if (now - (node.punches.offeredAt.get(via.endpoint) ?? Number.NEGATIVE_INFINITY) < CONNECT_GAP_MS)
    return node.drop("connect-rate", via.endpoint);
  if (!mayProbe(target, via.endpoint)) return node.drop("connect-scope", via.endpoint);
  if (isHiddenFrom(node, ipOf(target))) return node.drop("path-policy", via.endpoint);
  if (node.punches.count("asked") >= PUNCHES_ASKED_MAX || node.peers.punched >= PUNCHED_MAX)
    return node.drop("connect-punches-full", via.endpoint);
  node.punches.offeredAt.set(via.endpoint, now);
  const punch = node.punches.begin({
    role: "asked",
    via,
    farIp: ipOf(target),
    farPeer,
    ref: null,
    startedAt: now,
    target,
    nextAt: now,
    deadline: now + PUNCH_MS,
  });
  node.out.push({ kind: "open", socket: punch.socket });
}

export function onSocketOpened(node: NodeState, socket: SocketId, port: number, now: Instant): void {
  const punch = node.punches.at(socket);
  if (punch === undefined) {
    node.out.push({ kind: "close", socket });
    return;
  }
  punch.port = port;
  node.connectStep(punch.ref, { step: "socket", port });
  if (punch.role === "asker") {
    punch.state = "asking";
    askS(node, punch, now);
    return;
  }
  punch.state = "probing";
  offer(node, punch, now);
  probe(node, punch, now);
}

export function onSocketFailed(node: NodeState, socket: SocketId, now: Instant): void {
  const punch = node.punches.at(socket);
  if (punch !== undefined) giveUp(node, punch, "no-socket", now);
}

/** What S wrote into it; `far` where it named B's HELLO endpoint. */
interface StepFour {
  readonly dst: Endpoint;
  readonly src: string;
  readonly far: Endpoint | null;
}

/**
 * A: the answer of S (step 4), naming what B offered.
 * @returns false when nobody here asked for it
 */
export function onAnswer(node: NodeState, from: Path, socket: SocketId, { dst, src, far }: StepFour, now: Instant): boolean {
  const punch = node.punches.all().find((each) => isAnswerTo(node, each, from, socket, dst, src));
  if (punch === undefined) return false;
  node.connectStep(punch.ref, { step: "answered", via: punch.via.endpoint, dst, src });
  if (!mayProbe(dst, punch.via.endpoint)) {
    giveUp(node, punch, "scope", now);
    return true;
  }
  punch.state = "probing";
  punch.target = dst;
  punch.farIp = ipOf(dst);
  punch.farPeer ??= far;
  punch.nextAt = now;
  punch.deadline = now + PUNCH_MS;
  node.connectStep(punch.ref, { step: "probing", to: dst });
  probe(node, punch, now);
  if (punch.early !== null && ipOf(punch.early) === punch.farIp) open(node, punch, punch.early, now);
  return true;
}

/** Only S itself may answer, only for the party that was asked for, and only about the socket that we offered. */
function isAnswerTo(node: NodeState, punch: Punch, from: Path, socket: SocketId, dst: Endpoint, src: string): boolean {
  if (punch.role !== "asker" || punch.state !== "asking" || from.endpoint !== punch.via.endpoint) return false;
  if (ipOf(dst) !== punch.farIp && knownFar(node, punch) === null) return false;
  return socket === punch.socket || src.endsWith(`:${punch.port}`);
}

/**
 * Something valid came in on the socket of a punch: the hole is open if it is from the far party, whatever its port
 * (a NAT may have changed it), and both sides answer to where it really came from. A probe of B that overtakes the
 * answer of S is remembered until that answer is here.
 * @returns the path that `from` has from now on, `early` for such a probe, or null when it is somebody else's
 */
export function openedBy(node: NodeState, socket: SocketId, from: Endpoint, now: Instant): Path | "early" | null {
  const punch = node.punches.at(socket);
  if (punch === undefined || punch.state === "opening" || from === punch.via.endpoint || ipOf(from) !== punch.farIp) return null;
  if (punch.state === "asking") {
    punch.early = from;
    return "early";
  }
  return open(node, punch, from, now);
}

function open(node: NodeState, punch: Punch, from: Endpoint, now: Instant): Path {
  node.punches.remove(punch);
  noteTrial(node, punch, from, "ok", now);
  const known = node.peers.pathAt(from);
  if (known !== undefined && known.peer?.session == null) dropPath(node, known); // it was reachable otherwise; the punched socket is the fresher way
  const path = newPath("punched", from, punch.socket);
  path.keep = "punched";
  path.keptSince = now;
  path.trusted = punch.ref !== null; // the user named this address
  node.sockets.add(path);
  const peer = farPeerOf(node, punch, from);
  if (peer.session !== null) {
    offerPath(node, peer.session, path, now); // a name proves nothing: the node must answer there
    node.connectStep(punch.ref, { step: "direct", peer: from, path: "punched" });
    return path;
  }
  node.peers.attach(peer, path);
  node.peers.settle(peer); // it holds a socket, so it must not be pushed out unseen
  begin(node, path, now);
  node.connectStep(punch.ref, { step: "direct", peer: from, path: "punched" });
  if (punch.ref !== null) joinEverywhere(node, peer, now);
  else if (node.link !== null) node.punches.unproved.push({ path, via: punch.via, since: now });
  return path;
}

/**
 * The byte credit of a hole that no user asked for is soon used up by a handshake. Where none came from the other end either,
 * it goes over S, which pays for itself, and the hole then becomes a path of the session. Called at every pulse.
 */
function tendUnproved(node: NodeState, now: Instant): void {
  const { unproved } = node.punches;
  for (let first = unproved[0]; first !== undefined && now - first.since >= UNPROVED_MS; first = unproved[0]) {
    unproved.shift();
    const { path, via } = first;
    const peer = path.peer;
    if (peer === null || peer.session !== null || via.peer === null || via.relay !== null) continue;
    const over = node.peers.meetOver(via, peer.endpoint);
    if (over !== null && over.peer === peer) keepIntroduced(node, over, now);
  }
}

function farPeerOf(node: NodeState, punch: Punch, from: Endpoint): Peer {
  const known = knownFar(node, punch);
  if (known !== null) return known;
  const isNamed = punch.farPeer !== null && ipOf(punch.farPeer) === ipOf(from); // S may not lend anybody's name to another address
  const name = isNamed ? (punch.farPeer as Endpoint) : from;
  return node.peers.named(name) ?? node.peers.addBare(name);
}

/** The far party, where it is a node that we hold a session with: wherever it is now, it has to prove itself there. */
function knownFar(node: NodeState, punch: Punch): Peer | null {
  const peer = punch.farPeer === null ? undefined : node.peers.named(punch.farPeer);
  return peer !== undefined && peer.session !== null ? peer : null;
}

/** Repeats asks and probes that are due, and ends what took too long. Called at every pulse. */
export function tendPunches(node: NodeState, now: Instant): void {
  tendUnproved(node, now);
  for (const punch of node.punches.all()) {
    if (now >= punch.deadline) giveUp(node, punch, punch.state === "probing" ? "far-silent" : "via-silent", now);
    else if (now < punch.nextAt) continue;
    else if (punch.state === "asking") askS(node, punch, now);
    else if (punch.state === "probing") probe(node, punch, now);
  }
  for (const [via, at] of node.punches.offeredAt) if (now - at >= CONNECT_GAP_MS) node.punches.offeredAt.delete(via);
}

/**
 * Step 1: the far party's address, and our port; where we know its endpoint, that too, for an address that several share.
 * `ptp`, even empty, tells S that it may name both parties' HELLO endpoints.
 */
function askS(node: NodeState, punch: Punch, now: Instant): void {
  const body: BodyOf<"CONNECT"> = {
    dst: punch.farIp,
    src: String(punch.port),
    ptp: punch.farPeer === null ? {} : { far: punch.farPeer },
  };
  punch.nextAt = now + ASK_AGAIN_MS;
  if (!sayToS(node, punch, body, now)) return;
  if (punch.asks++ === 0)
    node.connectStep(punch.ref, { step: "asked", via: punch.via.endpoint, dst: punch.farIp, src: String(punch.port) });
}

/** Step 3: the same far party, and our newly opened port in place of our address. */
function offer(node: NodeState, punch: Punch, now: Instant): void {
  sayToS(node, punch, { dst: punch.target as Endpoint, src: String(punch.port) }, now);
}

function sayToS(node: NodeState, punch: Punch, body: BodyOf<"CONNECT">, now: Instant): boolean {
  const path = newPath("direct", punch.via.endpoint, punch.socket);
  path.trusted = punch.via.trusted;
  return transmitBytes(node, path, "CONNECT", bytesFor(path, "CONNECT", body), now);
}

function probe(node: NodeState, punch: Punch, now: Instant): void {
  punch.nextAt = now + PROBE_GAP_MS;
  if (punch.probes >= PROBES_MAX || punch.target === null) return;
  punch.probes++;
  transmitBytes(node, newPath("punched", punch.target, punch.socket), "HELLO", node.hello, now, "punch");
}

function giveUp(node: NodeState, punch: Punch, reason: ConnectFailure, now: Instant): void {
  node.punches.remove(punch);
  noteTrial(node, punch, punch.target ?? punch.farPeer, reason, now);
  node.out.push({ kind: "close", socket: punch.socket });
  node.connectStep(punch.ref, { step: "failed", reason });
}

/** Under the name that the far party has for us, since its hole is a place of its own. */
function noteTrial(node: NodeState, punch: Punch, place: Endpoint | null, outcome: ConnectFailure | "ok", now: Instant): void {
  const endpoint = punch.farPeer ?? place;
  if (endpoint === null) return; // an address that nobody answered for
  node.trials.add({ kind: "punch", endpoint, via: punch.via.endpoint, endedAt: now, tookMs: Math.round(now - punch.startedAt), outcome });
}
