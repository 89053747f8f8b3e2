/** Frames in and out: opened, checked against replay, handed to the transport, and what the transport says sealed and sent. PROTOCOL.md §11.4. */
import {
  type BodyOf,
  base64,
  COUNTER_MAX,
  encode,
  FRAME_BYTES_MAX,
  FRAME_HEAD_BYTES,
  type OutRecord,
  readFrameHead,
  TAG_BYTES,
  type VerbName,
} from "../../wire/index.ts";
import { settleFan } from "../approach/knocks.ts";
import { MAIN_SOCKET, type SocketId } from "../io.ts";
import { REJECT_MS } from "../limits.ts";
import { newPath, type Path } from "../path.ts";
import { mayUse } from "../path-policy.ts";
import { openedBy } from "../punch.ts";
import { count, type NodeState } from "../state.ts";
import { type Instant, NEVER } from "../time.ts";
import { textOf, transmitOver } from "../transmit.ts";
import { announce, endSession } from "./establish.ts";
import { seekAnew } from "./seeking.ts";
import type { Epoch, Session } from "./session.ts";
import { hearSecurely, offerPath, onResponse, pathOfFrame } from "./session-paths.ts";
import type { StreamId } from "./transport.ts";

/** What a RELAY in JSON leaves of a frame: a session's datagram in base64 must fit the relay's own frame. */
const RELAYED_FRAME_BYTES_MAX = 760;
/** The same with three node ids in it. */
const ROUTED_FRAME_BYTES_MAX = 696;
const OVERHEAD_BYTES = FRAME_HEAD_BYTES + TAG_BYTES;
const DIRECT_PAYLOAD_MAX = FRAME_BYTES_MAX - OVERHEAD_BYTES;
const RELAYED_PAYLOAD_MAX = RELAYED_FRAME_BYTES_MAX - OVERHEAD_BYTES;
const ROUTED_PAYLOAD_MAX = ROUTED_FRAME_BYTES_MAX - OVERHEAD_BYTES;
/** Frames that one step may send for one session: more would keep others waiting. */
const FRAMES_PER_STEP = 256;

const CONTROL: StreamId = 0;
const CHAT: StreamId = 1;
const BULK: StreamId = 2;

/** Takes one message out of a session; its bytes are good until it returns. */
export type Deliver = (path: Path, bytes: Uint8Array) => void;

/** A frame whose tag was right. */
interface Opened {
  readonly session: Session;
  readonly epoch: Epoch;
  readonly counter: number;
  readonly payload: Uint8Array;
}

/** Payloads are opened into buffers that are used again: a message may carry another frame, so one is not enough. */
const spareBuffers: Uint8Array[] = [];

// ---- in ----

export function onFrame(node: NodeState, came: Path, socket: SocketId, frame: Uint8Array, now: Instant, deliver: Deliver): void {
  if (isClosed(node, came, socket)) return node.drop("no-session", came.endpoint);
  const head = readFrameHead(frame);
  if (head === null) return node.drop("bad-frame", came.endpoint);
  const found = node.sessions.at(head.index);
  if (found === undefined) {
    seekAnew(came);
    return node.drop("no-session", came.endpoint);
  }
  const { session, epoch } = found;
  if (!session.transport.mayAccept(head.counter)) return node.drop("replay", came.endpoint);
  const buffer = spareBuffers.pop() ?? new Uint8Array(DIRECT_PAYLOAD_MAX);
  const bytes = frame.length - OVERHEAD_BYTES;
  const payload = bytes <= buffer.length ? buffer.subarray(0, bytes) : new Uint8Array(bytes);
  const opened = { session, epoch, counter: head.counter, payload };
  if (isAuthentic(node, opened, frame)) takeOpened(node, came, socket, opened, now, deliver);
  else node.drop("bad-frame", came.endpoint);
  spareBuffers.push(buffer);
}

/** It waited in a socket that is of no use any more: whoever answered it would be answered at a place that is gone. */
function isClosed(node: NodeState, came: Path, socket: SocketId): boolean {
  if (socket === MAIN_SOCKET || came.relay !== null || node.sockets.has(socket)) return false;
  return node.punches.at(socket) === undefined && node.approaches.at(socket) === undefined;
}

/** Opens the frame into the payload. */
function isAuthentic(node: NodeState, { epoch, counter, payload }: Opened, frame: Uint8Array): boolean {
  const ad = frame.subarray(0, FRAME_HEAD_BYTES);
  return node.config.crypto.openInto(payload, epoch.receive, counter, ad, frame.subarray(FRAME_HEAD_BYTES));
}

function takeOpened(
  node: NodeState,
  came: Path,
  socket: SocketId,
  { session, epoch, counter, payload }: Opened,
  now: Instant,
  deliver: Deliver,
): void {
  const received = session.transport.receive(counter, payload, now);
  if (typeof received === "string") return node.drop(received, came.endpoint);
  session.heardAt = now;
  epoch.confirmed = true;
  epoch.heardAt = now;
  if (received.used) epoch.usedSince ??= now;
  node.sessions.touched.add(session);
  if (node.tapping && received.hello) tap(node, session, "in", "HELLO", node.hello);
  const path = noteWay(node, session, came, socket, received.newest, now);
  announce(node, session, path ?? came, now);
  answerChallenges(node, session, path ?? came, received.challenges, now);
  for (const data of received.responses) onResponse(node, session, data, now);
  for (const { bytes } of received.messages) {
    if (session.peer.session !== session) return; // a message before ended it
    deliver(session.dataPath ?? wayOf(session, came), bytes);
  }
  if (received.close !== null) endSession(node, session, "closed", now);
}

/** In one frame, which is as long as what asked: its sender may have lied about where it is. */
function answerChallenges(node: NodeState, session: Session, path: Path, challenges: readonly Uint8Array[], now: Instant): void {
  const responses = challenges.map((data) => ({ type: "response", data }) as const);
  if (responses.length > 0) sendSingle(node, session, path, responses, now);
}

/** What is said in a session is said by its node, also while no way to it is known to work. */
function wayOf(session: Session, came: Path): Path {
  if (came.peer === session.peer) return came;
  const path = newPath(came.kind, came.endpoint, came.socket, came.relay, came.route);
  path.peer = session.peer;
  return path;
}

/** By which way it came, and what that says of the way. */
function noteWay(node: NodeState, session: Session, came: Path, socket: SocketId, newest: boolean, now: Instant): Path | null {
  const opened = socket === MAIN_SOCKET || came.relay !== null ? null : openedBy(node, socket, came.endpoint, now);
  if (socket !== MAIN_SOCKET && came.relay === null) settleFan(node, session, socket);
  const path = pathOfFrame(node, session, opened === null || opened === "early" ? came : opened, newest, now);
  if (path === null || path.peer !== session.peer) return path;
  if (path.trusted && !path.byName) hearSecurely(node, path, now);
  else if (path.challenge === null) offerPath(node, session, path, now);
  return path;
}

// ---- out ----

const STREAMS: Partial<Record<VerbName, StreamId>> = { MESSAGE: CHAT };

/**
 * Says one message inside a session.
 * @returns false when so much waits there already that it was not taken
 */
export function sayInSession<Name extends VerbName>(
  node: NodeState,
  session: Session,
  verb: Name,
  body: BodyOf<Name> | undefined,
  now: Instant,
  stream: StreamId = STREAMS[verb] ?? CONTROL,
): boolean {
  return sayBytes(node, session, verb, encode(verb, body), now, stream);
}

/** A RELAY is loose: what it carries sees to its own arrival. */
export function sayBytes(
  node: NodeState,
  session: Session,
  verb: VerbName,
  bytes: Uint8Array,
  now: Instant,
  stream: StreamId = STREAMS[verb] ?? CONTROL,
): boolean {
  const { transport } = session;
  const loose = verb === "RELAY" && bytes.length <= DIRECT_PAYLOAD_MAX - 3;
  if (!(loose ? transport.sendLoose(bytes) : transport.send(stream, bytes, verb === "ACK"))) return false; // nobody watches a receipt arrive
  count(node.counters.sent, verb);
  noteUse(node, session, now);
  if (node.tapping) tap(node, session, "out", verb, bytes);
  return true;
}

/**
 * Sends a block of a file, behind all else.
 * @param message - with its head; it must not change any more
 */
export function sayBlock(node: NodeState, session: Session, message: Uint8Array, now: Instant): void {
  if (!session.transport.send(BULK, message)) return; // it is asked for again
  noteUse(node, session, now);
  if (node.tapping) tap(node, session, "out", null, message);
}

function noteUse(node: NodeState, session: Session, now: Instant): void {
  const epoch = session.sending;
  if (epoch !== undefined) epoch.usedSince ??= now;
  node.sessions.touched.add(session);
}

/** A frame with just these records over a path that need not be the data path. */
export function sendSingle(node: NodeState, session: Session, path: Path, records: readonly OutRecord[], now: Instant): void {
  const epoch = session.sending;
  if (epoch !== undefined && !isWornOut(epoch, now)) sendFrame(node, session, epoch, path, session.transport.single(records, now), now);
}

/** Says HELLO over one path of a session. */
export function sendHello(node: NodeState, session: Session, path: Path, now: Instant): void {
  sendSingle(node, session, path, [{ type: "hello" }], now);
  if (node.tapping) tap(node, session, "out", "HELLO", node.hello);
}

/** Shows the other end of a handshake that we have the keys, over the path that it came by. */
export function showKeys(node: NodeState, session: Session, epoch: Epoch, path: Path, now: Instant): void {
  sendFrame(node, session, epoch, path, session.transport.single([{ type: "hello" }], now), now);
}

/** Sends what the sessions touched in this step have to say. The last thing that a step does. */
export function flushSessions(node: NodeState, now: Instant): void {
  const { timers } = node.sessions;
  for (let due = timers.take(now); due !== undefined; due = timers.take(now)) {
    due.transport.onTimer(now);
    node.sessions.touched.add(due);
  }
  // A relay's session may be touched by what another session sends through it, so the set can grow on the way.
  for (const session of node.sessions.touched) {
    node.sessions.touched.delete(session);
    flush(node, session, now);
  }
}

function flush(node: NodeState, session: Session, now: Instant): void {
  const { timers } = node.sessions;
  const { dataPath, transport, sending } = session;
  if (dataPath === null || sending === undefined || isWornOut(sending, now)) {
    timers.clear(session); // a path or keys that come will touch it again
    return;
  }
  const limit = payloadMax(dataPath);
  let left = FRAMES_PER_STEP;
  for (let next = transport.next(now, limit); next !== null; next = transport.next(now, limit)) {
    sendFrame(node, session, sending, dataPath, next, now);
    if (--left === 0) break;
  }
  const wakeAt = left === 0 ? now : transport.wakeAt;
  if (wakeAt === NEVER) timers.clear(session);
  else timers.set(session, wakeAt);
}

function payloadMax({ relay, route }: Path): number {
  if (relay === null) return DIRECT_PAYLOAD_MAX;
  return route === null ? RELAYED_PAYLOAD_MAX : ROUTED_PAYLOAD_MAX;
}

function sendFrame(
  node: NodeState,
  session: Session,
  epoch: Epoch,
  path: Path,
  sealed: { counter: number; payload: Uint8Array },
  now: Instant,
): void {
  if (sealed.counter >= COUNTER_MAX || !mayUse(node, session.with.nodeId, path)) return;
  const frame = session.seal(node.config.crypto, epoch, sealed);
  path.helloSentAt = now;
  if (path.relay !== null) {
    transmitOver(node, path, path.relay, { d: base64(frame) }, now);
    return;
  }
  if (!node.credit.spend(path, frame.length, "first", now) && !node.credit.spend(path, frame.length, "punch", now)) return;
  node.put(path, frame);
}

/** Keys that were used for so long seal nothing more: new ones are due. */
function isWornOut(epoch: Epoch, now: Instant): boolean {
  return epoch.usedSince !== null && now - epoch.usedSince >= REJECT_MS;
}

function tap(node: NodeState, session: Session, direction: "in" | "out", verb: VerbName | null, bytes: Uint8Array): void {
  const { endpoint, socket } = session.dataPath ?? { endpoint: session.peer.endpoint, socket: MAIN_SOCKET };
  node.emit({ type: "traffic", direction, endpoint, socket, verb, text: textOf(bytes), session: session.with.nodeId });
}
