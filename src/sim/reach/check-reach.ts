/**
 * What must hold of two nodes that have a reason to talk, once the faults are over: they hold a session, the same at both
 * ends, and where their NATs allow it they hear each other without anybody in between.
 */
import type { Instant, SessionView } from "../../core/index.ts";
import { reachability, type Whereabouts } from "./oracle.ts";
import type { Sightings } from "./sightings.ts";

/** One end of a pair as the check sees it. */
export interface ReachEnd extends Whereabouts {
  readonly name: string;
  readonly nodeId: string;
  /** By node. */
  readonly sessions: ReadonlyMap<string, SessionView>;
}

/** What is wrong between two: they cannot talk at all, or over a relay only, though there is a better way. */
export interface PairFault {
  readonly kind: "apart" | "detour";
  readonly words: string;
}

/**
 * @param since - since when frames must have come both ways
 * @returns null where nothing is wrong
 */
export function pairFault(one: ReachEnd, other: ReachEnd, sightings: Sightings, since: Instant): PairFault | null {
  const best = reachability(one, other);
  if (best === "none") return null;
  const [there, back] = [one.sessions.get(other.nodeId), other.sessions.get(one.nodeId)];
  for (const [end, far, session] of [
    [one, other, there],
    [other, one, back],
  ] as const)
    if (session?.path == null) return apart(`${end.name} holds no live session with ${far.name}`);
  if (there !== undefined && back !== undefined && !(there.opens.includes(back.keys) && back.opens.includes(there.keys)))
    return apart(`${one.name} and ${other.name} do not open what the other seals`);
  if (best === "direct" && !sightings.met(one.name, other.name, since))
    return { kind: "detour", words: `${one.name} and ${other.name} do not hear each other directly, though their NATs allow it` };
  return null;
}

function apart(words: string): PairFault {
  return { kind: "apart", words };
}
