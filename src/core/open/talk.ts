/** What is said among the members of an open channel inside their sessions: events, and what is missing where. PROTOCOL.md §13.3, §13.10. */
import { encode } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import type { Event } from "../log/event.ts";
import { eventBody } from "../log/event-message.ts";
import type { SyncMessage } from "../log/sync.ts";
import { syncData } from "../log/sync-message.ts";
import type { Letter } from "../outbox.ts";
import { sayBytes, sayInSession } from "../session/frames.ts";
import { postInSession } from "../session/letters.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";

const CONTROL = 0;
const BULK = 2;

/** Sends new events of others to a neighbour. */
export function push(node: NodeState, open: OpenChannel, to: PeerId, events: readonly Event[], now: Instant): void {
  const session = node.sessions.of(to);
  if (session !== undefined) for (const event of events) sayInSession(node, session, "MESSAGE", eventBody(event, open.id), now);
}

/** An event of ours on its way to neighbours: written once, and the same bytes for all of them. */
export type OwnEvent = { readonly letter: Letter<"MESSAGE"> } | { readonly encoded: Uint8Array };

/** @param command - that of the user which the event came from: the ACK says that it is delivered; undefined where nobody waits */
export function ownEvent(open: OpenChannel, event: Event, command: string | undefined): OwnEvent {
  const body = eventBody(event, open.id);
  if (command === undefined) return { encoded: encode("MESSAGE", body) };
  body.msg_id = command;
  return { letter: { verb: "MESSAGE", body, sender: { kind: "post", id: command }, encoded: encode("MESSAGE", body) } };
}

/** Sends new events of ours to a neighbour. */
export function pushOwn(node: NodeState, to: PeerId, events: readonly OwnEvent[], now: Instant): void {
  const session = node.sessions.of(to);
  if (session === undefined) return;
  for (const event of events) {
    if ("letter" in event) postInSession(node, session.peer, event.letter, now);
    else sayBytes(node, session, "MESSAGE", event.encoded, now);
  }
}

/** Sends events that a neighbour asked for: behind all that is said live. */
export function serve(node: NodeState, open: OpenChannel, to: PeerId, events: readonly Event[], now: Instant): void {
  const session = node.sessions.of(to);
  if (session !== undefined) for (const event of events) sayInSession(node, session, "MESSAGE", eventBody(event, open.id), now, BULK);
}

/** The end of an answer goes the way of the answer, so that it comes last. */
export function saySync(node: NodeState, open: OpenChannel, to: PeerId, message: SyncMessage, now: Instant): void {
  const session = node.sessions.of(to);
  if (session === undefined) return;
  const body = { channel_id: open.id, ptp: syncData(message) };
  sayInSession(node, session, "CHANNEL", body, now, message.kind === "served" ? BULK : CONTROL);
}
