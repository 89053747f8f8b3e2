/** What is said among the members of an open channel inside their sessions: events, and what is missing where. PROTOCOL.md §13.3, §13.10. */
import type { BodyOf, EventId, NodeId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import type { Event } from "../log/event.ts";
import { eventBody } from "../log/event-message.ts";
import type { LogHead } from "../log/heads.ts";
import type { Range, SyncMessage } from "../log/sync.ts";
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
  const body = { channel_id: open.id, ptp: syncFieldsOf(message) };
  sayInSession(node, session, "CHANNEL", body, now, message.kind === "served" ? BULK : CONTROL);
}

type SyncFields = NonNullable<BodyOf<"CHANNEL">["ptp"]>;

function syncFieldsOf(message: SyncMessage): SyncFields {
  switch (message.kind) {
    case "digest":
      return { digest: message.digest };
    case "heads":
      return {
        heads: message.heads.map(({ author, inst, seq, id, hlc }) => ({ author, inst, seq, id, hlc })),
        whole: message.whole,
        ask: message.ask,
      };
    case "want":
      return { want: message.ranges.map(({ author, inst, from, to, id }) => ({ author, inst, from, to, id })), graft: message.graft };
    case "served":
      return { served: [...message.lacking] };
    case "prune":
      return { prune: [...message.authors] };
  }
}

/** What a CHANNEL says of synchronising; null for one that only announces members. The wire has checked the forms. */
export function syncIn({ digest, heads, whole, ask, want, graft, served, prune }: SyncFields): SyncMessage | null {
  if (digest !== undefined) return { kind: "digest", digest };
  if (heads !== undefined) return { kind: "heads", heads: heads as LogHead[], whole: whole ?? false, ask: ask ?? false };
  if (want !== undefined) return { kind: "want", ranges: want as Range[], graft: graft ?? false };
  if (served !== undefined) return { kind: "served", lacking: served as EventId[] };
  if (prune !== undefined) return { kind: "prune", authors: prune as NodeId[] };
  return null;
}
