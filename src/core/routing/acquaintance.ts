/**
 * For whom this node carries, and whom it lists: those whom its user has to do with. One place decides, by what sessions
 * have proved and never by what a text says. PROTOCOL.md §17.2.
 */
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";

/** How near a node is, the nearest first: what is kept, listed and carried when there is not room for all. */
export const NEARNESS = {
  /** A contact of the user, whom he has not blocked. */
  contact: 0,
  /** Named by the user as a place to connect to; or what a rendezvous lives for: whoever is attached to it, or another one. */
  chosen: 1,
  /** In a channel that this node is in too. */
  member: 2,
} as const;
export type Nearness = (typeof NEARNESS)[keyof typeof NEARNESS];

/** Null for a stranger, and for whom the user has blocked. */
export function nearnessOf(node: NodeState, nodeId: string): Nearness | null {
  const { config } = node;
  if (config.quiet.of(nodeId) === "blocked") return null;
  if (config.contacts.has(nodeId)) return NEARNESS.contact;
  const peer = node.peers.get(nodeId);
  if (peer !== undefined && isChosen(node, peer)) return NEARNESS.chosen;
  return isCoMember(node, nodeId) ? NEARNESS.member : null;
}

/** `asked` may be our own idea, a call to whom we talked with before; of a rendezvous that is fine. */
function isChosen(node: NodeState, { session, paths }: Peer): boolean {
  if (session === null) return false;
  if (node.config.rendezvous || paths.some(({ keep }) => keep === "configured")) return true;
  return session.with.rendezvous && paths.some(({ keep }) => keep === "asked");
}

function isCoMember(node: NodeState, nodeId: string): boolean {
  for (const channel of node.channels.all()) if (channel.joined && channel.members.has(nodeId)) return true;
  return false;
}
