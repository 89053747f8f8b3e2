/** For whom ports are guessed, and where: what it takes of those who may not be there at all. PROTOCOL.md §11.9. */
import { ipOf } from "../../wire/index.ts";
import { NEARNESS, nearnessOf } from "../routing/acquaintance.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import type { Approach } from "./approach-table.ts";
import { relayOf } from "./candidates.ts";

/** One of the user's own, a member of a channel that he is in, or whom he wants to reach right now. */
export function isTrusted(node: NodeState, { session, refs }: Approach): boolean {
  return refs.length > 0 || isNear(node, session);
}

export function isNear(node: NodeState, session: Session): boolean {
  return nearnessOf(node, session.with.nodeId) !== null;
}

/**
 * Anybody may become a member of an open channel, and name an address of a third: so it must be the one at which the relay has
 * seen it, except for the user's own.
 */
export function isKnownPlace(node: NodeState, { session, theirs, refs }: Approach): boolean {
  const nearness = nearnessOf(node, session.with.nodeId);
  if (refs.length > 0 || nearness === NEARNESS.contact || nearness === NEARNESS.chosen) return true;
  const at = theirs?.place.at ?? null;
  const name = relayOf(session)?.name ?? null;
  return at !== null && name !== null && ipOf(at) === ipOf(name);
}

/** Ports are guessed for one node at a time. */
export function isAnyGuessing(node: NodeState, but: Approach): boolean {
  for (const approach of node.approaches.all()) if (approach !== but && approach.way === "guess") return true;
  return false;
}
