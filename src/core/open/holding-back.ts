/**
 * What the user writes right after a start waits until neighbours could tell whether our disk is an old backup: a short while, and
 * not at all where nobody is there. PROTOCOL.md §13.6.
 */
import { HELD_BACK_MAX, MEETING_MS } from "../limits.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { clocksOf } from "./carry.ts";
import type { OpenChannel } from "./open-channel.ts";

/**
 * Does `work` once our log may be gone on with, perhaps at once, and behind what waits already.
 * @param work - given the time at which it is done
 */
export function whenChecked(node: NodeState, open: OpenChannel, work: (now: Instant) => void, now: Instant): void {
  if (open.held.length === 0 && mayWrite(node, open, now)) return work(now);
  open.held.push(work);
  if (open.held.length >= HELD_BACK_MAX) releaseHeld(open, now);
}

/** Does what has waited, when it has waited enough. Called when something was heard, and at every pulse. */
export function tendHeld(node: NodeState, open: OpenChannel, now: Instant): void {
  if (open.held.length > 0 && mayWrite(node, open, now)) releaseHeld(open, now);
}

/** Does what has waited. */
export function releaseHeld(open: OpenChannel, now: Instant): void {
  for (const work of open.held.splice(0)) work(now);
}

/** Right after a start those are waited for whom we call, since they are about to be met. */
function mayWrite(node: NodeState, open: OpenChannel, now: Instant): boolean {
  const isMeeting = open.lasting.isUnchecked && now - node.bornAt < MEETING_MS && node.peers.size > 0;
  return !isMeeting && open.lasting.mayWrite(clocksOf(node, now));
}
