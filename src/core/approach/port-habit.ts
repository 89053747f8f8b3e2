/** How a NAT gives ports, concluded from where one socket was seen by several. PROTOCOL.md §11.9. */
import { type Endpoint, ipOf, portOf } from "../../wire/index.ts";

/**
 * `steady`: every destination sees the same endpoint. `counting`: each new destination gets one of the next ports.
 * `random`: it gets any. `unknown`: nobody could say.
 */
export type Habit = "steady" | "counting" | "random" | "unknown";

/** A further socket of a node, seen from outside. */
export interface Place {
  readonly habit: Habit;
  /** Where it was seen: for a NAT that counts, by the highest port. */
  readonly at: Endpoint | null;
}

/** A NAT that counts may have given ports to others meanwhile. Two random ports are so near to each other once in 4,000 times. */
const STEP_MAX = 8;

/** @param seen - one socket as its destinations saw it, each of them once */
export function placeOf(seen: readonly Endpoint[]): Place {
  const [first] = seen;
  if (first === undefined) return { habit: "unknown", at: null };
  if (seen.length === 1) return { habit: "unknown", at: first };
  if (seen.every((each) => each === first)) return { habit: "steady", at: first };
  const highest = seen.reduce((best, each) => (portOf(each) > portOf(best) ? each : best));
  return { habit: isCounting(seen) ? "counting" : "random", at: highest };
}

function isCounting(seen: readonly Endpoint[]): boolean {
  if (new Set(seen.map(ipOf)).size > 1) return false;
  const ports = seen.map(portOf).sort((a, b) => a - b);
  return ports.every((port, at) => at === 0 || port - (ports[at - 1] as number) <= STEP_MAX);
}
