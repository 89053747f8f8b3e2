/** With whom of a channel's members a node keeps sessions. PROTOCOL.md §13.11. */
import type { NodeId } from "../../wire/index.ts";
import { DEGREE, MESH_MAX, RING_EACH_SIDE } from "./limits.ts";

/** True when all members can be neighbours of one another. */
export function isMesh(memberCount: number): boolean {
  return memberCount <= MESH_MAX;
}

/**
 * The members that `self` should be connected to: all of them in a mesh; else those beside it on the ring of all ids, so
 * that nobody is cut off, and others by chance, so that ways are short and no few nodes stand around anybody.
 * @param members - without `self`, in any order
 * @param chance - from 0 to below 1
 */
export function chooseNeighbours(self: NodeId, members: readonly NodeId[], chance: () => number): NodeId[] {
  if (isMesh(members.length + 1)) return [...members];
  const ring = [...members].sort();
  const after = ring.findIndex((id) => id > self);
  const start = Math.max(after, 0); // beyond the last begins the first
  const chosen = new Set<NodeId>();
  for (let step = 0; step < RING_EACH_SIDE; step++) {
    chosen.add(ring[(start + step) % ring.length] as NodeId);
    chosen.add(ring[(start - 1 - step + ring.length) % ring.length] as NodeId);
  }
  while (chosen.size < DEGREE) chosen.add(ring[Math.floor(chance() * ring.length)] as NodeId);
  return [...chosen];
}
