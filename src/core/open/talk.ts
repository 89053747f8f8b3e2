/** What is said among the members of an open channel inside their sessions: events, and what is missing where. PROTOCOL.md §13.3, §13.10. */
import type { EventId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import type { Event } from "../log/event.ts";
import { eventBody } from "../log/event-message.ts";
import type { SyncMessage } from "../log/sync.ts";
import { syncData } from "../log/sync-message.ts";
import { sayInSession } from "../session/frames.ts";
import { postInSession } from "../session/letters.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";

const CONTROL = 0;
const BULK = 2;
const NO_COMMANDS: ReadonlyMap<EventId, string> = new Map();

/**
 * Sends new events to a neighbour.
 * @param commands - of our own events, those of the user that they came from: the ACK says that they are delivered
 */
export function push(
  node: NodeState,
  open: OpenChannel,
  to: PeerId,
  events: readonly Event[],
  now: Instant,
  commands: ReadonlyMap<EventId, string> = NO_COMMANDS,
): void {
  const session = node.sessions.of(to);
  if (session === undefined) return;
  for (const event of events) {
    const body = eventBody(event, open.id);
    const command = commands.get(event.id);
    if (command === undefined) sayInSession(node, session, "MESSAGE", body, now);
    else postInSession(node, session.peer, { verb: "MESSAGE", body, sender: { kind: "post", id: command } }, now);
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
