/**
 * What the user wrote and no member has confirmed, since none was there or those who were went away: the next one who comes gets
 * it at once and confirms it, besides what the logs bring. PROTOCOL.md §13.11.
 */
import type { Event } from "../log/event.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";
import { ownEvent, pushOwn } from "./talk.ts";

/** Of one channel: an evening of somebody who talks alone. What was written before comes with the logs, and nobody waits for its ACK. */
const UNHEARD_MAX = 128;

/** @returns the commands of posts that are waited for no longer, since there are too many */
export function putUnheard(open: OpenChannel, command: string, event: Event): string[] {
  open.unheard.set(command, event);
  const [oldest] = open.unheard.keys();
  if (open.unheard.size <= UNHEARD_MAX || oldest === undefined) return [];
  open.unheard.delete(oldest);
  return [oldest];
}

/** A member has come: it gets what nobody has confirmed. */
export function tellUnheard(node: NodeState, open: OpenChannel, peer: Peer, now: Instant): void {
  if (open.unheard.size === 0) return;
  const unheard = [...open.unheard];
  open.unheard.clear();
  for (const [command] of unheard) node.posts.addressTo(command, peer.id);
  const events = unheard.map(([command, event]) => ownEvent(open, event, command));
  pushOwn(node, peer.id, events, now);
}

/** The user leaves: nobody will come. @returns the commands of all that was waited for */
export function takeUnheard(open: OpenChannel): string[] {
  const commands = [...open.unheard.keys()];
  open.unheard.clear();
  return commands;
}
