/**
 * Stop and wait: one message that wants an ACK is open per peer, since the seed's ACK does not say which message it
 * means. PROTOCOL.md §7.
 */
import type { BodyOf } from "../wire/index.ts";
import type { Ref } from "./io.ts";
import { ACK_WITHIN_MS, COPIES_AT_MS, CREDIT_WAIT_MS, DUPLICATE_MS, OUTBOX_MAX, PULSE_MS } from "./limits.ts";
import type { ServedSender } from "./mailbox/keeping.ts";
import type { LeftSender } from "./mailbox/leaving.ts";
import type { Path } from "./path.ts";
import { bestPath, type Peer } from "./peer-table.ts";
import { settlePost } from "./posts.ts";
import { mayBeAcked } from "./session/handshake.ts";
import { postInSession, settleLetter } from "./session/letters.ts";
import { isForSession, mayBecomeFull } from "./session/seeking.ts";
import type { NodeState } from "./state.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import { bytesFor, knows, mayShow, transmitBytes } from "./transmit.ts";

export type AckedVerb = "GETCERTIFICATE" | "CERTIFICATE" | "GETKEY" | "KEY" | "MESSAGE";

/** Whom to tell what became of a letter. */
export type Sender =
  | { readonly kind: "post"; readonly id: string }
  | { readonly kind: "ask"; readonly ref: Ref }
  /** A parcel on its way to its owner, or one that we leave for somebody. */
  | ServedSender
  | LeftSender
  | null;

export interface Letter<Name extends AckedVerb = AckedVerb> {
  readonly verb: Name;
  readonly body: BodyOf<Name>;
  readonly sender: Sender;
  /** The same as a signed event, for a peer that turns out to be a node which keeps such. */
  readonly signed?: BodyOf<Name>;
  /** How it travels in sessions, its `msg_id` with it, where that was written once for several peers. */
  readonly encoded?: Uint8Array;
}

interface Flight {
  readonly letter: Letter;
  readonly since: Instant;
  /** When the first copy went out; the others follow it. */
  firstAt: Instant;
  copies: number;
  acks: number;
  /** Acknowledged, and now waiting for the ACKs of the other copies. */
  settled: boolean;
  readonly paths: Path[];
}

export interface Outbox {
  readonly queue: Letter[];
  flight: Flight | null;
  /** When the last copy of an equal message without an id went out: it may not go again within DUPLICATE_MS. */
  readonly recent: Map<string, Instant>;
  /** Until then an ACK without an id may be one more of the last message without one: networks double datagrams. */
  bareAcksUntil: Instant;
}

/** Queues a letter for a peer and sends it when its turn comes; inside a session that is at once. */
export function post(node: NodeState, peer: Peer, letter: Letter, now: Instant): void {
  if (peer.session !== null) return postInSession(node, peer, letter, now);
  if (!knows(peer, letter.verb)) {
    settle(node, letter, false, "verb-not-known");
    return;
  }
  peer.outbox ??= { queue: [], flight: null, recent: new Map(), bareAcksUntil: NEVER_YET };
  if (peer.outbox.queue.length >= OUTBOX_MAX) {
    node.drop("queue-full", peer.endpoint);
    settle(node, letter, false, "queue-full");
    return;
  }
  peer.outbox.queue.push(letter);
  if (peer.outbox.flight === null) beginNext(node, peer, peer.outbox, now);
}

/** True when such a message waits for its turn; one that was sent already does not count. */
export function isQueued(peer: Peer, verb: AckedVerb): boolean {
  return peer.outbox?.queue.some((letter) => letter.verb === verb) ?? false;
}

/**
 * Takes one ACK.
 * @returns false when no open message of that peer waits for it
 */
export function acknowledge(node: NodeState, path: Path, msgId: string | number | undefined, now: Instant): boolean {
  const peer = path.peer;
  if (peer !== null && peer.session !== null) return settleLetter(node, peer, msgId);
  const outbox = peer?.outbox;
  const flight = outbox?.flight;
  if (peer === null || !outbox || !flight) return false;
  if (!flight.paths.includes(path)) return false;
  const ownId = idOf(flight.letter);
  if (msgId !== undefined) peer.echoes = true;
  if (msgId !== ownId && (msgId !== undefined || peer.echoed || now < outbox.bareAcksUntil)) return false;
  if (msgId !== undefined) peer.echoed = true;
  flight.acks++;
  const first = !flight.settled;
  flight.settled = true;
  const exact = msgId !== undefined;
  if (exact || flight.acks >= flight.copies) end(node, peer, now);
  else node.outboxTimers.set(peer.id, endsAt(flight));
  if (first) settle(node, flight.letter, true, null, true);
  return true;
}

/** Carries on with a peer whose outbox timer is due: the next copy, the end of the wait, or the next letter. */
export function advanceOutbox(node: NodeState, peer: Peer, now: Instant): void {
  const outbox = peer.outbox;
  if (outbox === null) return;
  const flight = outbox.flight;
  if (flight === null) beginNext(node, peer, outbox, now);
  else if (flight.copies === 0) tryCopy(node, peer, outbox, flight, now);
  else if (now >= endsAt(flight)) giveUp(node, peer, flight, "not-acknowledged", now);
  else if (!flight.settled) tryCopy(node, peer, outbox, flight, now);
}

/** Fails all that was still meant for a peer that is gone. */
export function abandonOutbox(node: NodeState, peer: Peer): void {
  const outbox = peer.outbox;
  peer.outbox = null;
  node.outboxTimers.clear(peer.id);
  if (outbox === null) return;
  if (outbox.flight !== null && !outbox.flight.settled) settle(node, outbox.flight.letter, false, awayWord(peer));
  for (const letter of outbox.queue) settle(node, letter, false, awayWord(peer));
}

/** Who was called and has never answered was not there, so a post does not count it; who was there is gone. */
function awayWord(peer: Peer): "absent" | "gone" {
  return peer.shown.size === 0 ? "absent" : "gone";
}

function beginNext(node: NodeState, peer: Peer, outbox: Outbox, now: Instant): void {
  const letter = outbox.queue[0];
  if (letter === undefined) return;
  const named = withId(peer, letter);
  const waitUntil = equalSentAt(outbox, named, now) + DUPLICATE_MS;
  if (waitUntil > now) {
    node.outboxTimers.set(peer.id, waitUntil);
    return;
  }
  outbox.queue.shift();
  outbox.flight = { letter: named, since: now, firstAt: now, copies: 0, acks: 0, settled: false, paths: [] };
  tryCopy(node, peer, outbox, outbox.flight, now);
}

/** A path to the peer came up: what waited for one goes now. */
export function hastenOutbox(node: NodeState, peer: Peer, now: Instant): void {
  if (peer.outbox?.flight?.copies === 0) node.outboxTimers.set(peer.id, now);
}

/** A post to a peer that repeats ids bears its own: said as late as possible, since a peer may have shown that while the post waited. */
function withId(peer: Peer, letter: Letter): Letter {
  if (!peer.echoes || letter.sender?.kind !== "post") return letter;
  return { ...letter, body: { ...letter.body, msg_id: letter.sender.id } };
}

function tryCopy(node: NodeState, peer: Peer, outbox: Outbox, flight: Flight, now: Instant): void {
  if (flight.copies === 0 && (mayBecomeFull(node, peer, now) || mayBeAcked(peer, now))) {
    node.outboxTimers.set(peer.id, now + PULSE_MS);
    return;
  }
  const path = bestPath(peer, now);
  if (path === null) {
    awaitPath(node, peer, flight, now);
    return;
  }
  if (!mayShow(node, path, flight.letter.verb, now) || isForSession(node, peer, flight.letter, now)) {
    if (now - flight.since < CREDIT_WAIT_MS) node.outboxTimers.set(peer.id, now + PULSE_MS);
    else giveUp(node, peer, flight, "no-session", now);
    return;
  }
  const bytes = bytesFor(path, flight.letter.verb, flight.letter.body);
  const sent = transmitBytes(node, path, flight.letter.verb, bytes, now);
  if (sent) {
    if (flight.copies === 0) flight.firstAt = now;
    flight.copies++;
    if (!flight.paths.includes(path)) flight.paths.push(path);
    noteEqual(outbox, flight.letter, now);
  } else if (flight.copies === 0 && now - flight.since >= CREDIT_WAIT_MS) {
    node.drop("no-credit", peer.endpoint);
    giveUp(node, peer, flight, "no-credit", now);
    return;
  }
  node.outboxTimers.set(peer.id, nextTryAt(flight, sent, now));
}

/** The user called this peer a moment ago: its first HELLO may still come. All others are gone, and with them the whole queue. */
function awaitPath(node: NodeState, peer: Peer, flight: Flight, now: Instant): void {
  const called = peer.paths.some((path) => path.keep === "asked" || path.keep === "configured");
  if (!called) abandonOutbox(node, peer);
  else if (flight.copies === 0 && now - flight.since < ACK_WITHIN_MS) node.outboxTimers.set(peer.id, now + PULSE_MS);
  else giveUp(node, peer, flight, awayWord(peer), now);
}

function nextTryAt(flight: Flight, sent: boolean, now: Instant): Instant {
  if (flight.copies === 0) return now + 1_000;
  const copyAt = COPIES_AT_MS[flight.copies];
  if (sent && copyAt !== undefined) return flight.firstAt + copyAt;
  return endsAt(flight);
}

/** One sum for the timer and for the look at it: instants have fractions, and a difference may fall short of the sum. */
function endsAt(flight: Flight): Instant {
  return flight.firstAt + ACK_WITHIN_MS;
}

function giveUp(node: NodeState, peer: Peer, flight: Flight, reason: string, now: Instant): void {
  end(node, peer, now);
  if (!flight.settled) settle(node, flight.letter, false, reason);
}

function end(node: NodeState, peer: Peer, now: Instant): void {
  const outbox = peer.outbox;
  if (outbox === null) return;
  if (outbox.flight !== null && idOf(outbox.flight.letter) === undefined) outbox.bareAcksUntil = endsAt(outbox.flight);
  outbox.flight = null;
  node.outboxTimers.clear(peer.id);
  beginNext(node, peer, outbox, now);
}

/**
 * Tells the sender of a letter what became of it.
 * @param bare - acknowledged in the bare plane, where that promises nothing of a disk
 */
export function settle(node: NodeState, letter: Letter, acked: boolean, reason: string | null, bare = false): void {
  if (letter.sender === null) return;
  const { sender } = letter;
  if (sender.kind === "ask") node.emit({ type: "asked", ref: sender.ref, acked });
  else if (sender.kind === "post") settlePost(node, sender.id, { acked, bare, reason });
  else node.mailboxes.settled.push({ sender, acked });
}

function idOf(letter: Letter): string | number | undefined {
  return (letter.body as { msg_id?: string | number } | undefined)?.msg_id;
}

/** Equal bytes would be taken for a retransmission; a message with its own id never is. */
function equalName(letter: Letter): string | null {
  if (idOf(letter) !== undefined) return null;
  return `${letter.verb} ${JSON.stringify(letter.body)}`;
}

function equalSentAt(outbox: Outbox, letter: Letter, now: Instant): Instant {
  for (const [name, at] of outbox.recent) {
    if (now - at < DUPLICATE_MS) break;
    outbox.recent.delete(name);
  }
  const name = equalName(letter);
  return (name === null ? undefined : outbox.recent.get(name)) ?? Number.NEGATIVE_INFINITY;
}

function noteEqual(outbox: Outbox, letter: Letter, now: Instant): void {
  const name = equalName(letter);
  if (name === null) return;
  outbox.recent.delete(name); // so that the map stays in the order of time
  outbox.recent.set(name, now);
}
