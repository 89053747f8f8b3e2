/**
 * Whether it is our own clock that is wrong: where one other clock differs, nobody knows which of the two is; where those of most
 * nodes do, it is ours. The middle one decides, so that a few wrong or lying ones among them do not matter. PROTOCOL.md §13.5.
 */
import { CLOCK_PEERS_MIN, CLOCK_SKEW_MS } from "../limits.ts";
import type { NodeState } from "../state.ts";
import type { Timestamp } from "../time.ts";

/**
 * How far our clock is behind the middle one of the others (ahead, where negative), in ms; null where there are too few. Of an even number the
 * one of the middle two that is nearer to ours.
 */
export function behindOthers(aheadMs: readonly number[]): number | null {
  if (aheadMs.length < CLOCK_PEERS_MIN) return null;
  const sorted = [...aheadMs].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return Math.abs(lower) < Math.abs(upper) ? lower : upper;
}

/** Tells the user when his clock turns out to be wrong, and when it is right again. Called when a session came, went or was renewed. */
export function watchOwnClock(node: NodeState): void {
  const ahead = [...node.sessions.all()].filter(({ announced }) => announced).map(({ aheadMs }) => aheadMs);
  const behindMs = behindOthers(ahead);
  const isWrong = behindMs !== null && Math.abs(behindMs) >= CLOCK_SKEW_MS;
  if (isWrong === node.isClockWrong) return;
  node.isClockWrong = isWrong;
  node.emit({ type: "own-clock", wrong: isWrong, behindMs: Math.round(behindMs ?? 0), peers: ahead.length });
}

/** Our clock was set: what was told by others is as it was, and the difference another. */
export function setClock(node: NodeState, epoch: Timestamp): void {
  const forward = epoch - node.epoch;
  node.epoch = epoch;
  for (const session of node.sessions.all()) session.aheadMs -= forward;
  watchOwnClock(node);
}
