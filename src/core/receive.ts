/** One datagram on its way in: paid in, read, and handed to its verb. PROTOCOL.md §2, §7, §8. */
import {
  type BodyOf,
  decode,
  type Endpoint,
  type Guid,
  isBlock,
  isFrame,
  type Message,
  PAYLOAD_BYTES_MAX,
  parseEndpoint,
  SESSION_MESSAGE_MAX,
  STREAMED_BYTES_MAX,
} from "../wire/index.ts";
import { onApproach } from "./approach/approach.ts";
import { onBlock } from "./files/exchange.ts";
import { type DropReason, MAIN_SOCKET, type SocketId } from "./io.ts";
import { HELLO_MS, SAVES_OPEN_MAX, TCP_AGAIN_MS } from "./limits.ts";
import { hear, hearHello } from "./liveness.ts";
import { onTold } from "./mapped.ts";
import { onChannel, onJoin, onLeave } from "./membership.ts";
import { onGetPast, onPast } from "./open/past.ts";
import { onGetKey, onSenderKey } from "./open/secrecy.ts";
import { acknowledge } from "./outbox.ts";
import { isSameWay, newPath, type Path } from "./path.ts";
import { isBarred } from "./path-policy.ts";
import { directPath, type Peer } from "./peer-table.ts";
import { pastAnswerIn, pastQuestionIn } from "./private/past-keys.ts";
import { answerIn, questionIn } from "./private/repair.ts";
import { onAnswer, openedBy } from "./punch.ts";
import { onFrame } from "./session/frames.ts";
import { noteAcked, onFirst, onLater } from "./session/handshake.ts";
import { askAgainSoon } from "./session/seeking.ts";
import type { Session } from "./session/session.ts";
import { offerPath } from "./session/session-paths.ts";
import { count, type NodeState } from "./state.ts";
import type { Stream } from "./stream-table.ts";
import { onSurvey, onSurveyDatagram } from "./survey.ts";
import { hangUp } from "./tcp.ts";
import type { Instant } from "./time.ts";
import { flushWaiting, isFullEndpoint, textOf, transmitOrWait } from "./transmit.ts";
import { onCertificate, onGetCertificate } from "./verbs/certificate.ts";
import { onConnect } from "./verbs/connect.ts";
import { onKey } from "./verbs/key.ts";
import { OWN_ID_LENGTH, onMessage, onProvenMessage } from "./verbs/message.ts";
import { onRelay } from "./verbs/relay.ts";
import { onRouting } from "./verbs/routing.ts";

export function onDatagram(node: NodeState, socket: SocketId, from: Endpoint, bytes: Uint8Array, now: Instant): void {
  node.counters.datagramsIn++;
  node.counters.bytesIn += bytes.length;
  const path = node.peers.pathAt(from) ?? newPath("direct", from, socket);
  node.credit.earn(path.network, bytes.length);
  if (isFrame(bytes) && node.link !== null) takeFrame(node, path, socket, bytes, now);
  else takeMessage(node, path, socket, bytes, now);
  if (node.waiting.holds(path.network)) flushWaiting(node, path.network, now);
}

/** One datagram on a TCP connection: a handshake, or a frame. Until a session has proved the connection, anything else ends it. */
export function onStreamed(node: NodeState, socket: SocketId, bytes: Uint8Array, now: Instant): void {
  const stream = node.streams.at(socket);
  if (stream === undefined || stream.openedAt === null) return; // ended meanwhile
  node.counters.tcpIn++;
  const dropsBefore = node.out.length;
  if (isFrame(bytes)) takeFrame(node, stream.path, socket, bytes, now);
  else if (!stream.messages.take(1, now)) return flooded(node, stream, now);
  else takeStreamedMessage(node, stream.path, bytes, now);
  const isTaken = stream.proved || stream.tried !== null;
  if (!isTaken && dropIn(node, dropsBefore) !== undefined && node.streams.at(socket) === stream) hangUp(node, stream, now);
}

function flooded(node: NodeState, stream: Stream, now: Instant): void {
  node.drop("handshake-busy", stream.path.endpoint);
  hangUp(node, stream, now);
}

function takeStreamedMessage(node: NodeState, path: Path, bytes: Uint8Array, now: Instant): void {
  const dropsBefore = node.out.length;
  const decoded = decode(bytes, STREAMED_BYTES_MAX);
  if (decoded.ok) {
    count(node.counters.received, decoded.message.verb);
    const { message } = decoded;
    if (message.verb === "GETCERTIFICATE" && message.body.ptp?.v !== undefined) onFirst(node, path, message.body.ptp, bytes.length, now);
    else if (message.verb === "CERTIFICATE" && message.body.ptp?.v !== undefined) onLater(node, path, message.body.ptp, now);
    else node.drop("not-over-tcp", path.endpoint);
  } else node.drop(decoded.reason, path.endpoint);
  if (node.tapping) tapIn(node, path, path.socket, bytes, decoded.ok ? decoded.message.verb : null, dropsBefore);
}

// ---- sessions ----

function takeFrame(node: NodeState, path: Path, socket: SocketId, frame: Uint8Array, now: Instant): void {
  const dropsBefore = node.out.length;
  onFrame(node, path, socket, frame, now, (way, bytes) => takeSaid(node, way, bytes, now));
  if (node.tapping && dropIn(node, dropsBefore) !== undefined) tapIn(node, path, socket, new Uint8Array(0), null, dropsBefore);
}

/** One message out of a session. */
function takeSaid(node: NodeState, path: Path, bytes: Uint8Array, now: Instant): void {
  const dropsBefore = node.out.length;
  if (isBlock(bytes)) {
    onBlock(node, path, bytes, bytes.length > PAYLOAD_BYTES_MAX, now); // one so long came in parts and was put together for us
    if (node.tapping) tapIn(node, path, path.socket, bytes, null, dropsBefore);
    return;
  }
  const decoded = decode(bytes, SESSION_MESSAGE_MAX);
  if (decoded.ok) {
    count(node.counters.received, decoded.message.verb);
    if (isHandshake(decoded.message)) node.drop("bad-data", path.endpoint);
    else handle(node, path, path.socket, decoded.message, bytes, now);
  } else node.drop(decoded.reason, path.endpoint);
  if (node.tapping) tapIn(node, path, path.socket, bytes, decoded.ok ? decoded.message.verb : null, dropsBefore);
}

// ---- the bare plane ----

function takeMessage(node: NodeState, path: Path, socket: SocketId, bytes: Uint8Array, now: Instant): void {
  const dropsBefore = node.out.length;
  const decoded = decode(bytes);
  if (decoded.ok) {
    count(node.counters.received, decoded.message.verb);
    const opened = socket === MAIN_SOCKET ? null : openedBy(node, socket, path.endpoint, now);
    if (opened !== "early") handleBare(node, opened ?? path, socket, decoded.message, bytes, now);
  } else node.drop(decoded.reason, path.endpoint);
  if (node.tapping) tapIn(node, path, socket, bytes, decoded.ok ? decoded.message.verb : null, dropsBefore);
}

/** What was said in the clear. */
function handleBare(node: NodeState, path: Path, socket: SocketId, message: Message, bytes: Uint8Array, now: Instant): void {
  if (isBarred(node, path)) return node.drop("path-policy", path.endpoint);
  if (message.verb === "HELLO" && message.body.ptp?.survey !== undefined)
    return onSurveyDatagram(node, socket, path, message.body.ptp.survey, now);
  if (node.link !== null && message.verb === "GETCERTIFICATE" && message.body.ptp?.v !== undefined)
    return onFirst(node, path, message.body.ptp, bytes.length, now);
  if (node.link !== null && message.verb === "CERTIFICATE" && message.body.ptp?.v !== undefined)
    return onLater(node, path, message.body.ptp, now);
  if (message.verb === "ACK" && message.body.msg_id === undefined && noteAcked(path, now)) return;
  if (message.verb === "CONNECT" && socket !== MAIN_SOCKET && takeAnswer(node, path, socket, message.body, now)) return;
  const refusal = refusalOf(node, path, message, now);
  if (refusal === null) return handle(node, path, socket, message, bytes, now);
  if (path.byName && message.verb === "HELLO") path.handshakeAt = Math.min(path.handshakeAt, path.attemptedAt + TCP_AGAIN_MS); // somebody is there: who?
  node.drop(refusal, path.endpoint);
}

/** Step 4 of CONNECT comes in the clear to the socket that step 1 offered, also from a node that we hold a session with. */
function takeAnswer(node: NodeState, path: Path, socket: SocketId, body: BodyOf<"CONNECT">, now: Instant): boolean {
  const dst = parseEndpoint(body.dst);
  return dst !== null && onAnswer(node, path, socket, { dst, src: String(body.src), far: (body.ptp?.far ?? null) as Endpoint | null }, now);
}

/** Nobody speaks in the clear for a node that holds sessions, beyond saying that it is there; nor at all where only certified nodes get in. */
function refusalOf(node: NodeState, path: Path, message: Message, now: Instant): "full-peer" | "bare-closed" | null {
  if (path.peer?.session != null || (message.verb !== "HELLO" && isFullEndpoint(node, path, now))) return "full-peer";
  return node.config.certificates.pinned && message.verb !== "CONNECT" ? "bare-closed" : null;
}

function isHandshake(message: Message): boolean {
  return (message.verb === "GETCERTIFICATE" || message.verb === "CERTIFICATE") && message.body.ptp?.v !== undefined;
}

// ---- both ----

function handle(node: NodeState, path: Path, socket: SocketId, message: Message, bytes: Uint8Array, now: Instant): void {
  if (path.peer?.session == null) hear(path, now); // in a session the frame has shown it
  path.peer?.shown.add(message.verb);
  switch (message.verb) {
    case "HELLO":
      if (message.body.ptp?.survey !== undefined && path.peer !== null)
        return onSurvey(node, path, path.peer, message.body.ptp.survey, message.body.ptp, now);
      if (message.body.ptp !== undefined && path.peer !== null) onTold(node, path.peer, message.body.ptp, now);
      return onHello(node, path, socket, message.body, now);
    case "ACK":
      if (!acknowledge(node, path, message.body.msg_id, now)) node.drop("stray-ack", path.endpoint);
      return;
    case "JOIN":
    case "CHANNEL":
      if (message.body.ptp !== undefined && path.peer !== null) noteExtension(path.peer, message.body.ptp.sessions !== false, now);
      return message.verb === "JOIN" ? onJoin(node, path, message.body, now) : onChannel(node, path, message.body, now);
    case "LEAVE":
      return onLeave(node, path, message.body, now);
    case "RELAY":
      return onRelay(node, path, message.body, bytes, now, {
        takeMessage: (inner, carried) => handleCarried(node, inner, carried, bytes, now),
        takeDatagram: (inner, carried) => {
          if (isFrame(carried) && node.link !== null) takeFrame(node, inner, inner.socket, carried, now);
          else node.drop("not-ours", inner.endpoint);
        },
      });
    case "CONNECT":
      if (message.body.ptp?.approach !== undefined && path.peer?.session != null)
        return onApproach(node, path, path.peer.session, message.body, now);
      return onConnect(node, path, socket, message.body, bytes.length, now);
    case "ROUTING":
      return onRouting(node, path, message.body, now);
    default:
      return onAcknowledged(node, path, message, bytes, now);
  }
}

/** It knows our page, so it will repeat ids, and holds sessions unless it says otherwise. */
function noteExtension(peer: Peer, holdsSessions: boolean, now: Instant): void {
  if (!holdsSessions) peer.seedOnly = true;
  if (!peer.knowsPtp && peer.session === null) askAgainSoon(peer, now);
  peer.echoes = peer.echoed = peer.knowsPtp = true;
}

/** A relayed message may be any but those that speak of the datagram's own endpoints. */
function handleCarried(node: NodeState, path: Path, message: Message, bytes: Uint8Array, now: Instant): void {
  if (message.verb === "CONNECT" || message.verb === "ROUTING") return node.drop("relay-refused-verb", path.endpoint);
  handleBare(node, path, path.socket, message, bytes, now);
}

/** Who says HELLO is a peer from here on. */
function onHello(node: NodeState, path: Path, socket: SocketId, body: BodyOf<"HELLO">, now: Instant): void {
  if (path.peer === null && path.relay !== null) {
    const named = node.peers.named(path.endpoint);
    if (named !== undefined && named.session !== null) return offerRelay(node, named.session, path, now);
  }
  if (path.peer === null && path.relay === null && socket !== MAIN_SOCKET) return node.drop("unknown-peer", path.endpoint); // only the far party of the punch speaks there
  const known = path.peer !== null ? path : meet(node, path, socket);
  if (known === null || known.peer === null) return node.drop("peers-full", path.endpoint);
  if (body.node_id !== undefined) known.peer.nodeId = body.node_id;
  if (known.kind === "direct" && socket === MAIN_SOCKET) known.socket = socket; // whoever forged a HELLO to a punched socket first does not keep it there
  hearHello(node, known, now);
  if (known.keep !== null && isFullEndpoint(node, known, now))
    known.handshakeAt = Math.min(known.handshakeAt, known.attemptedAt + HELLO_MS); // it is back: ask at once
}

function meet(node: NodeState, path: Path, socket: SocketId): Path | null {
  return path.relay === null ? node.peers.meet(path.endpoint, socket, false) : node.peers.meetOver(path.relay, path.endpoint);
}

/** A relay says that a node we know is behind it; the node itself must say so too. */
function offerRelay(node: NodeState, session: Session, path: Path, now: Instant): void {
  if (directPath(session.peer, now) === null && !session.candidates.some((each) => isSameWay(each, path)))
    offerPath(node, session, path, now);
}

/**
 * The five verbs that are acknowledged, once each copy: to the endpoint the datagram came from, over the way it came.
 * A broken store keeps nothing, and one that is far behind takes nothing more, so then a MESSAGE for a channel of ours is
 * not acknowledged.
 */
function onAcknowledged(node: NodeState, path: Path, message: AckedMessage, bytes: Uint8Array, now: Instant): void {
  if (message.verb === "MESSAGE" && isKept(node, message.body.channel_id)) {
    if (node.saving.failed !== null) return node.drop("store-failed", path.endpoint);
    if (node.saving.open.size >= SAVES_OPEN_MAX) return node.drop("queue-full", path.endpoint);
  }
  if (message.verb === "MESSAGE" && path.peer !== null && path.peer.session !== null)
    return onProvenMessage(node, path, path.peer, message.body, now);
  if (
    (message.verb === "GETKEY" || message.verb === "KEY") &&
    path.peer?.session != null &&
    isOfPrivate(node, path, path.peer, message, now)
  )
    return;
  const id = message.body.msg_id;
  if (id !== undefined && path.peer !== null) path.peer.echoes = true;
  transmitOrWait(node, path, "ACK", id === undefined ? undefined : { msg_id: id }, now);
  if (isRepeated(node, path, message, bytes, now)) return node.drop("duplicate", path.endpoint);
  switch (message.verb) {
    case "MESSAGE":
      return onMessage(node, path, message.body, now);
    case "GETCERTIFICATE":
      return onGetCertificate(node, path, now);
    case "CERTIFICATE":
      return onCertificate(node, path, message.body);
    case "KEY":
      return onKey(node, path, message.body, now);
    case "GETKEY":
      return; // acknowledged, and no more: a key is given by the user, never by asking
  }
}

/** About the sender key of a private channel: what comes back is the answer, and no ACK. */
function isOfPrivate(
  node: NodeState,
  path: Path,
  peer: Peer,
  message: Extract<Message, { verb: "GETKEY" | "KEY" }>,
  now: Instant,
): boolean {
  if (isOfPast(node, path, peer, message, now)) return true;
  if (message.body.ptp?.author === undefined) return false;
  const asked = message.verb === "GETKEY" ? questionIn(message.body.ptp) : null;
  const answer = message.verb === "KEY" ? answerIn(message.body.ptp) : null;
  if (message.verb === "GETKEY" && asked !== null) onGetKey(node, path, peer, message.body, asked, now);
  else if (message.verb === "KEY" && answer !== null) onSenderKey(node, path, peer, message.body, answer, now);
  else node.drop("incomplete", path.endpoint);
  return true;
}

/** About keys of single messages. */
function isOfPast(node: NodeState, path: Path, peer: Peer, message: Extract<Message, { verb: "GETKEY" | "KEY" }>, now: Instant): boolean {
  if (message.verb === "GETKEY") {
    if (message.body.ptp?.past === undefined) return false;
    const asked = pastQuestionIn(message.body.ptp);
    if (asked === null) node.drop("incomplete", path.endpoint);
    else onGetPast(node, path, peer, message.body, asked, now);
    return true;
  }
  if (message.body.ptp?.count === undefined) return false;
  const answer = pastAnswerIn(message.body.ptp);
  if (answer === null) node.drop("incomplete", path.endpoint);
  else onPast(node, path, peer, message.body, answer, now);
  return true;
}

type AckedMessage = Extract<Message, { verb: "MESSAGE" | "GETCERTIFICATE" | "CERTIFICATE" | "GETKEY" | "KEY" }>;

/** The same bytes over the same way; or, of a text with an id as ours, the same id, by whatever way it came. */
function isRepeated(node: NodeState, path: Path, message: AckedMessage, bytes: Uint8Array, now: Instant): boolean {
  const id = message.verb === "MESSAGE" ? message.body.msg_id : undefined;
  if (message.verb === "MESSAGE" && typeof id === "string" && id.length >= OWN_ID_LENGTH)
    return node.seen.note(`${message.body.channel_id} ${id}`, now);
  const digest = String.fromCharCode(...node.config.crypto.sha256(bytes).subarray(0, 16));
  return node.seen.note(`${path.endpoint} ${path.kind} ${digest}`, now);
}

function isKept(node: NodeState, channelId: string): boolean {
  return node.channels.get(channelId as Guid)?.joined === true;
}

function tapIn(node: NodeState, path: Path, socket: SocketId, bytes: Uint8Array, verb: Message["verb"] | null, since: number): void {
  const dropped = dropIn(node, since);
  const session = path.peer?.session?.with.nodeId;
  node.emit({
    type: "traffic",
    direction: "in",
    endpoint: path.endpoint,
    socket,
    verb,
    text: textOf(bytes),
    ...(dropped === undefined ? {} : { dropped }),
    ...(session === undefined ? {} : { session }),
  });
}

function dropIn(node: NodeState, since: number): DropReason | undefined {
  const drop = node.out.slice(since).find((output) => output.kind === "dropped");
  return drop?.kind === "dropped" ? drop.reason : undefined;
}
