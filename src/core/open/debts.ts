/** ACKs that wait for the disk: a member that sent an event is told once it is kept here. PROTOCOL.md §11.6. */
import type { EventId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import { sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";

/** Members that wait for the ACK of one event: its author, who may have said it twice. */
const DEBTS_MAX = 4;
/** Events that somebody waits for. Beyond, a sender says its own again after a while. */
const DEBT_EVENTS_MAX = 8_192;

/** Notes that `to` waits for an ACK of an event. */
export function owe(open: OpenChannel, event: EventId, to: PeerId, msgId: string | number): void {
  const debts = open.debts.get(event);
  if (debts === undefined && open.debts.size < DEBT_EVENTS_MAX) open.debts.set(event, [{ to, msgId }]);
  else if (debts !== undefined && debts.length < DEBTS_MAX) debts.push({ to, msgId });
}

/** The event is on our disk: whoever waits for it is told. */
export function payDebts(node: NodeState, open: OpenChannel, event: EventId, now: Instant): void {
  const debts = open.debts.get(event);
  if (debts === undefined) return;
  open.debts.delete(event);
  for (const { to, msgId } of debts) {
    const session = node.sessions.of(to);
    if (session !== undefined) sayInSession(node, session, "ACK", { msg_id: msgId }, now);
  }
}
