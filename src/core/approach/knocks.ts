/** The probes of an approach: challenges of its session, to places that are known and to ports that are guessed. PROTOCOL.md §11.9. */
import { type Endpoint, ipOf, portOf, scopeOf } from "../../wire/index.ts";
import { type ConnectFailure, MAIN_SOCKET, type PathKind, type SocketId } from "../io.ts";
import { BIRTHDAY_MS, CONNECT_PORT_MIN, GUESS_GAP_MS, GUESSES_AT_ONCE, KNOCK_GAP_MS, PREDICTION_MS } from "../limits.ts";
import { isLive, newPath } from "../path.ts";
import { sendSingle } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import { offerPath } from "../session/session-paths.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { Approach, Knocking } from "./approach-table.ts";
import { placesToTry } from "./candidates.ts";
import { isSampleSocket, sampledPlace, sampleMore } from "./look-around.ts";
import { ofOnePlace, type Part, partOf } from "./part.ts";

const CHALLENGE_BYTES = 8;
/** Sockets of a fan for a port at random knock as they open, and once more in case that was lost or too early. */
const RANDOM_ROUNDS = 3;

/** Challenges every place that the other end has named, from the listening socket. */
export function tryPlaces(node: NodeState, { session, theirs }: Approach, trusted: boolean, now: Instant): void {
  for (const place of placesToTry(node, session, theirs?.candidates ?? [], trusted, now)) {
    const isKnown = [...session.peer.paths, ...session.candidates].some(
      (path) => path.relay === null && path.endpoint === place && (isLive(path, now) || path.challenge !== null),
    );
    if (!isKnown) offerPath(node, session, newPath(kindOf(place), place, MAIN_SOCKET), now);
  }
}

/** A way to a public address goes through whatever NATs there are, so it is a hole that must be kept open. */
export function kindOf(place: Endpoint): PathKind {
  return scopeOf(ipOf(place)) === "public" ? "punched" : "direct";
}

/**
 * Begins to guess, if there is anything to guess.
 * @param known - the other end is at an address that may be guessed at
 * @returns why not, or null
 */
export function beginKnocking(node: NodeState, approach: Approach, known: boolean, first: boolean, now: Instant): ConnectFailure | null {
  const theirs = approach.theirs?.place ?? { habit: "unknown", at: null };
  const own = sampledPlace(node, approach, now);
  if (own.at === null || theirs.at === null) return "no-helper";
  if (portOf(theirs.at) < CONNECT_PORT_MIN || scopeOf(ipOf(theirs.at)) !== "public") return "scope";
  const whole = partOf(own, theirs, first, node.config.random);
  if (whole === null) return "nats-random";
  const part = known ? whole : ofOnePlace(whole);
  if (part === null) return "no-guess";
  approach.knocking = { part, data: node.config.random(CHALLENGE_BYTES), rounds: 0, next: 0 };
  for (const ref of approach.refs) node.connectStep(ref, { step: "guessing", to: theirs.at, ...sizeOf(part) });
  if (part.kind === "fan") openFan(node, approach, part.sockets - 1); // the sampled socket is one of them
  knockOn(node, approach, approach.knocking, now);
  return null;
}

function sizeOf(part: Part): { sockets: number; probes: number } {
  return part.kind === "fan"
    ? { sockets: part.sockets, probes: 1 }
    : { sockets: 1, probes: part.kind === "pair" ? 1 : part.targets.length };
}

function openFan(node: NodeState, approach: Approach, count: number): void {
  for (let at = 0; at < count; at++) {
    const socket = node.punches.newSocket();
    approach.sockets.set(socket, 0);
    node.out.push({ kind: "open", socket });
  }
}

/**
 * Sends what is due, and says when the next is.
 * @returns false when its time is over
 */
export function knockOn(node: NodeState, approach: Approach, knocking: Knocking, now: Instant): boolean {
  const { part } = knocking;
  const isRandom = part.kind !== "pair" && part.random;
  if (now - approach.since >= (isRandom ? BIRTHDAY_MS : PREDICTION_MS)) return false;
  if (part.kind === "spread" && part.random) return guessOn(node, approach, part.targets, knocking, now);
  if (!isRandom || knocking.rounds < RANDOM_ROUNDS) knockAll(node, approach, part, knocking, now);
  knocking.rounds++;
  node.approaches.timers.set(approach, now + (isRandom ? 2 * KNOCK_GAP_MS : KNOCK_GAP_MS));
  return true;
}

function knockAll(node: NodeState, approach: Approach, part: Part, knocking: Knocking, now: Instant): void {
  if (part.kind === "fan") {
    for (const [socket, port] of approach.sockets) if (port > 0) knock(node, approach, knocking, socket, part.to, now);
    return;
  }
  const socket = approach.sample?.socket ?? MAIN_SOCKET;
  for (const to of part.kind === "pair" ? [part.to] : part.targets) knock(node, approach, knocking, socket, to, now);
}

/** Each guess once; then the rest of the time is for what is still on its way. */
function guessOn(node: NodeState, approach: Approach, targets: readonly Endpoint[], knocking: Knocking, now: Instant): boolean {
  const end = Math.min(targets.length, knocking.next + GUESSES_AT_ONCE);
  for (; knocking.next < end; knocking.next++)
    knock(node, approach, knocking, approach.sample?.socket ?? MAIN_SOCKET, targets[knocking.next] as Endpoint, now);
  node.approaches.timers.set(approach, now + GUESS_GAP_MS);
  return true;
}

/** One challenge. Whoever answers it is asked again at the place that the answer came from, so this one proves nothing. */
function knock(node: NodeState, approach: Approach, knocking: Knocking, socket: SocketId, to: Endpoint, now: Instant): void {
  const path = newPath("punched", to, socket);
  path.trusted = true; // the numbers of sockets and probes bound what it costs the other end, or whoever it says it is
  sendSingle(node, approach.session, path, [{ type: "challenge", data: knocking.data }], now);
}

// ---- sockets ----

/**
 * The other end has come through to one socket of a fan: it is that one, and the others are closed before anything else comes,
 * since all of them see the other end at the same place, and each end must speak through the hole that the other has taken.
 */
export function settleFan(node: NodeState, session: Session, socket: SocketId): void {
  const approach = node.approaches.of(session);
  if (approach?.knocking?.part.kind !== "fan" || !approach.sockets.has(socket) || approach.sockets.size === 1) return;
  const port = approach.sockets.get(socket) ?? 0;
  approach.sockets.delete(socket);
  closeSockets(node, approach);
  approach.sockets.set(socket, port);
}

/**
 * A socket for an approach is there, or cannot be had.
 * @returns false when it is for none
 */
export function onApproachSocket(node: NodeState, socket: SocketId, port: number | null, now: Instant): boolean {
  const approach = node.approaches.at(socket);
  if (approach === undefined) return false;
  if (port === null) {
    approach.sockets.delete(socket); // with fewer it may work all the same
    return true;
  }
  approach.sockets.set(socket, port);
  const { sample, knocking } = approach;
  if (sample !== null && isSampleSocket(approach, socket) && knocking === null) sampleMore(node, approach, sample, now);
  if (knocking?.part.kind === "fan") knock(node, approach, knocking, socket, knocking.part.to, now);
  return true;
}

/** Those that no path uses. One that is still being opened is closed when it is there, since nobody knows it then. */
export function closeSockets(node: NodeState, { sockets }: Approach): void {
  for (const [socket, port] of sockets) if (port > 0 && !node.sockets.has(socket)) node.out.push({ kind: "close", socket });
  sockets.clear();
}
