/**
 * Sessions over TCP, where UDP does not get through: when a connection is opened, what becomes of one, and which ones are
 * ended. A connection carries the session plane alone, and says nothing of who is at the same endpoint over UDP. PROTOCOL.md §18.
 *
 * 1. A connection is opened only while nothing is heard over UDP: to an endpoint that the user named, or to one that a node
 *    whom the user has to do with has told us of in its session.
 * 2. Whoever opened it begins a handshake on it at once; in that session, a challenge.
 * 3. One that no session has proved ends after TCP_PROVE_MS, or with the first thing on it that is not good; any one where
 *    handshakes are said without end.
 * 4. One that is proved is a path of its session, and ends when that path does.
 */
import { type Endpoint, ipOf, networkOf } from "../wire/index.ts";
import { type SocketId, TCP_FAILURES, type TcpEnd, type TcpFailure } from "./io.ts";
import { TCP_AFTER_MS, TCP_MESSAGES_BURST, TCP_MESSAGES_PER_SECOND, TCP_PROVE_MS } from "./limits.ts";
import { isLive, newPath, type Path } from "./path.ts";
import { hasLiveTcp } from "./peer-table.ts";
import { NEARNESS, nearnessOf } from "./routing/acquaintance.ts";
import { beginHandshake } from "./session/handshake.ts";
import type { Session } from "./session/session.ts";
import { chooseDataPath, forgetCandidate, offerPath } from "./session/session-paths.ts";
import type { NodeState } from "./state.ts";
import type { Stream } from "./stream-table.ts";
import type { Instant } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { TrialOutcome } from "./trial-log.ts";

/** Somebody has opened a connection to us. */
export function onTcpAccepted(node: NodeState, socket: SocketId, from: Endpoint, now: Instant): void {
  const isWanted = node.config.tcp === true && node.link !== null && !node.stopping;
  if (isWanted && node.streams.mayAccept(networkOf(ipOf(from))))
    addStream(node, from, socket, { isOwn: false, told: null }, now).openedAt = now;
  else {
    node.drop("tcp-full", from);
    node.out.push({ kind: "close", socket });
  }
}

/** @returns false when the socket is none that was to be a connection */
export function onTcpOpened(node: NodeState, socket: SocketId, now: Instant): boolean {
  const stream = node.streams.at(socket);
  if (stream === undefined) return false;
  stream.openedAt = now;
  const { path, told } = stream;
  if (told === null)
    beginHandshake(node, path, null, now); // the user named an endpoint, no key
  else if (node.sessions.of(told.with.nodeId) === told) offerPath(node, told, path, now);
  else hangUp(node, stream, now);
  return true;
}

/** @returns false when the socket is none that was to be a connection */
export function onTcpFailed(node: NodeState, socket: SocketId, code: string, now: Instant): boolean {
  const stream = node.streams.at(socket);
  if (stream === undefined) return false;
  endStream(node, stream, isTcpFailure(code) ? code : "tcp-failed", now);
  return true;
}

/** The other end hung up, or lied about a length. One that we have ended ourselves is not known any more. */
export function onTcpEnded(node: NodeState, socket: SocketId, code: TcpEnd, now: Instant): void {
  const stream = node.streams.at(socket);
  if (stream === undefined) return;
  if (code === "tcp-length") node.drop(code, stream.path.endpoint);
  endStream(node, stream, "tcp-ended", now);
}

/** Opens a connection to where a path leads, if one is due. Called at every pulse for each path that the node keeps. */
export function tendTcpDial(node: NodeState, path: Path, now: Instant): void {
  if (node.config.tcp !== true || node.link === null || !mayDial(path, now)) return;
  if (!node.streams.mayOpen(path.endpoint, now)) return;
  const socket = node.punches.newSocket();
  addStream(node, path.endpoint, socket, { isOwn: true, told: null }, now);
  node.out.push({ kind: "open", socket, tcp: path.endpoint });
}

/**
 * Opens a connection to where the other end of a session says that it is reached.
 * @returns false when none may be opened now
 */
export function dialTold(node: NodeState, session: Session, to: Endpoint, now: Instant): boolean {
  const nearness = nearnessOf(node, session.with.nodeId);
  if (node.config.tcp !== true || nearness === null) return false;
  if (!node.streams.mayOpenTold(session, nearness < NEARNESS.member, now)) return false;
  const socket = node.punches.newSocket();
  addStream(node, to, socket, { isOwn: true, told: session }, now);
  node.out.push({ kind: "open", socket, tcp: to });
  return true;
}

/** UDP was given its time, and the user named that endpoint. */
function mayDial(path: Path, now: Instant): boolean {
  const { peer } = path;
  if (path.kind !== "direct" || peer === null || peer.compat || !(path.keep === "configured" || path.keep === "asked")) return false;
  if (now - Math.max(path.keptSince, path.heardAt) < TCP_AFTER_MS || (isLive(path, now) && !path.suspect)) return false;
  return !peer.paths.some((other) => other.relay === null && other.trusted && !other.suspect && !other.byName && isLive(other, now));
}

/** Ends what nobody has proved in time. Called at every pulse. */
export function tendTcp(node: NodeState, now: Instant): void {
  for (const stream of node.streams.all()) {
    if (!stream.proved && stream.openedAt !== null && now - stream.openedAt >= TCP_PROVE_MS) hangUp(node, stream, now);
  }
}

/** The network is another one: what failed before may work now. */
export function retryTcp(node: NodeState, now: Instant): void {
  node.streams.forgive();
  for (const { paths } of node.peers.all()) {
    for (const path of paths) {
      if (!path.byName) continue;
      path.handshakeAt = now;
      path.attemptsFailed = 0;
    }
  }
}

/** Ends a connection whose other end has done what no node does. */
export function hangUp(node: NodeState, stream: Stream, now: Instant): void {
  endStream(node, stream, "tcp-ended", now);
  node.out.push({ kind: "close", socket: stream.path.socket });
}

/** A session has found its node at the other end. */
export function proveTcp(node: NodeState, path: Path): Stream | undefined {
  const stream = path.kind === "tcp" ? node.streams.at(path.socket) : undefined;
  if (stream !== undefined) stream.proved = true;
  return stream;
}

/** True where our own connection to an endpoint has brought its node. */
export function isThereOverTcp(node: NodeState, endpoint: Endpoint, now: Instant): boolean {
  const peer = node.streams.to(endpoint)?.path.peer;
  return peer != null && hasLiveTcp(peer, now);
}

function addStream(node: NodeState, endpoint: Endpoint, socket: SocketId, opener: Pick<Stream, "isOwn" | "told">, now: Instant): Stream {
  const path = newPath("tcp", endpoint, socket);
  const messages = new TokenBucket(TCP_MESSAGES_BURST, TCP_MESSAGES_PER_SECOND, now);
  const stream: Stream = { path, ...opener, begunAt: now, openedAt: null, proved: false, messages, tried: null };
  node.streams.add(stream);
  node.sockets.add(path);
  return stream;
}

/** A connection is no more. What went over it goes over another path. */
function endStream(node: NodeState, stream: Stream, why: TcpFailure, now: Instant): void {
  const { path, isOwn, told, proved, begunAt } = stream;
  node.streams.remove(path.socket);
  node.sockets.remove(path);
  const attempt = node.handshakes.attemptOn(path);
  if (attempt !== undefined) node.handshakes.removeAttempt(attempt);
  if (isOwn) {
    if (told === null) node.streams.noteEnd(path.endpoint, proved, now); // what others tell delays nothing that the user named
    if (!proved && (attempt !== undefined || stream.openedAt === null)) note(node, path, begunAt, why, now);
  }
  if (stream.tried !== null) forgetCandidate(stream.tried, path);
  const session = path.peer?.session;
  node.peers.detach(path);
  if (session != null) chooseDataPath(node, session, now);
}

function note(node: NodeState, path: Path, begunAt: Instant, outcome: TrialOutcome, now: Instant): void {
  node.trials.note("tcp", path, begunAt, outcome, now);
}

function isTcpFailure(code: string): code is TcpFailure {
  return TCP_FAILURES.some((known) => known === code);
}
