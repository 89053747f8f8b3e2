/** The door of the mailboxes: what a node does about them at a start, at a step's end, and once a second. PROTOCOL.md §22. */
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { tendAnnouncing } from "./announcing.ts";
import { restoreOwnMailboxes, tendFetching } from "./fetching.ts";
import { onServed, restoreOwners, tendKeeping } from "./keeping.ts";
import { onLeftSettled, tendLeaving } from "./leaving.ts";

export function restoreMailboxes(node: NodeState, now: Instant): void {
  const { mailboxes } = node.config.restored;
  if (mailboxes === undefined || node.link === null) return;
  restoreOwners(node, mailboxes.owners);
  restoreOwnMailboxes(node, mailboxes.own, now);
  for (const mark of mailboxes.marks) node.mailboxes.marks.set(`${mark.channel} ${mark.nodeId}`, mark);
}

/** Goes on with what letters with parcels have come to. */
export function settleMailboxes(node: NodeState, now: Instant): void {
  const { settled } = node.mailboxes;
  for (let next = settled.shift(); next !== undefined; next = settled.shift()) {
    if (next.sender.kind === "served") onServed(node, next.sender, next.acked);
    else onLeftSettled(node, next.sender, next.acked, now);
  }
}

export function tendMailboxes(node: NodeState, now: Instant): void {
  if (node.link === null || node.stopping) return;
  tendKeeping(node, now);
  tendFetching(node, now);
  tendAnnouncing(node, now);
  tendLeaving(node, now);
}
