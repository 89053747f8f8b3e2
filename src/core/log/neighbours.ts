/** With whom of a channel's members a node keeps sessions. PROTOCOL.md §13.11. */
import { DEGREE, MESH_MAX } from "./limits.ts";

/** True when all members can be neighbours of one another. */
export function isMesh(memberCount: number): boolean {
  return memberCount <= MESH_MAX;
}

/**
 * True when a member that is told of another should meet it.
 * @param held - how many of them it holds sessions with, or is about to
 */
export function wantsMore(memberCount: number, held: number): boolean {
  return isMesh(memberCount) || held < DEGREE;
}
