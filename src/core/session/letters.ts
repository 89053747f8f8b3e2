/**
 * Messages of a session that want an ACK. Any number may be open, since each has an id; the transport brings them over
 * in order, the ACK says that the other end has them on its disk. PROTOCOL.md §11.6.
 */

import type { BodyOf, Guid } from "../../wire/index.ts";
import { LETTER_AGAIN_MS, LETTERS_MAX } from "../limits.ts";
import { type Letter, settle } from "../outbox.ts";
import type { Peer } from "../peer-table.ts";
import { redirectPost } from "../posts.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { sayBytes, sayInSession } from "./frames.ts";

export interface OpenLetter {
  readonly letter: Letter;
  saidAt: Instant;
}

/** Sends a letter to a peer that has a session. */
export function postInSession(node: NodeState, peer: Peer, letter: Letter, now: Instant): void {
  const id = letter.sender?.kind === "post" ? letter.sender.id : node.newId();
  const named = letter.encoded === undefined ? ({ ...letter, body: { ...letter.body, msg_id: id } } as Letter) : letter;
  if (peer.letters.size >= LETTERS_MAX || !say(node, peer, named, now)) {
    node.drop("queue-full", peer.endpoint);
    settle(node, letter, false, "queue-full");
    return;
  }
  peer.letters.set(id, { letter: named, saidAt: now });
}

/** @returns false when no open letter has this id */
export function settleLetter(node: NodeState, peer: Peer, id: string | number | undefined): boolean {
  const open = typeof id === "string" ? peer.letters.get(id) : undefined;
  if (open === undefined) return false;
  peer.letters.delete(id as string);
  settle(node, open.letter, true, null);
  return true;
}

/** The other end was started anew: what it has not acknowledged is said again, in its order. It knows by the ids what it has. */
export function resendLetters(node: NodeState, peer: Peer, now: Instant): void {
  for (const open of peer.letters.values()) {
    open.saidAt = now;
    say(node, peer, open.letter, now);
  }
}

/** What could not be kept over there is said again from time to time. Called once a second. */
export function tendLetters(node: NodeState, peer: Peer, now: Instant): void {
  for (const [id, open] of peer.letters) {
    if (now - open.saidAt < LETTER_AGAIN_MS || !isThrough(peer)) return;
    peer.letters.delete(id);
    peer.letters.set(id, open);
    open.saidAt = now;
    say(node, peer, open.letter, now);
  }
}

/** All that was said has arrived. What is carried for others does not count: there may always be some of that. */
function isThrough({ session }: Peer): boolean {
  return session !== null && session.transport.queuedBytes + session.transport.unackedBytes === 0;
}

/** What was on its way to an endpoint goes on in the session with the node that turned out to be there. */
export function adoptLetters(node: NodeState, from: Peer, to: Peer, now: Instant): void {
  const { outbox } = from;
  if (outbox === null) return;
  from.outbox = null;
  node.outboxTimers.clear(from.id);
  if (outbox.flight !== null && !outbox.flight.settled) adoptLetter(node, to, outbox.flight.letter, now);
  for (const letter of outbox.queue) adoptLetter(node, to, letter, now);
}

function adoptLetter(node: NodeState, to: Peer, letter: Letter, now: Instant): void {
  if (letter.sender?.kind === "post" && !redirectPost(node, letter.sender.id, to.id)) return;
  const { verb, body, sender, signed } = letter;
  postInSession(node, to, { verb, body: signed ?? body, sender }, now); // as text it would be there twice, once the logs are compared
}

/** The other end is not in that channel: nothing more is sent to it there. */
export function dropLetters(node: NodeState, peer: Peer, channelId: Guid): void {
  for (const [id, { letter }] of [...peer.letters]) {
    if (letter.verb !== "MESSAGE" || (letter.body as BodyOf<"MESSAGE">).channel_id !== channelId) continue;
    peer.letters.delete(id);
    settle(node, letter, false, "left");
  }
}

export function abandonLetters(node: NodeState, peer: Peer): void {
  const open = [...peer.letters.values()];
  peer.letters.clear();
  for (const { letter } of open) settle(node, letter, false, "gone");
}

function say(node: NodeState, peer: Peer, letter: Letter, now: Instant): boolean {
  const { session } = peer;
  if (session === null) return false;
  if (letter.encoded !== undefined) return sayBytes(node, session, letter.verb, letter.encoded, now);
  return sayInSession(node, session, letter.verb, letter.body as never, now);
}
