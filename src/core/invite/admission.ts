/**
 * Letting in whoever comes with an invite: what an owner or admin that is there does, whoever made the invite. PROTOCOL.md §20.3.
 *
 * 1. Nothing is looked at outside a session, nor beyond so many proofs a second of one.
 * 2. A proof that is wrong says nothing about the invite, and one that is right is answered with the truth. In a channel
 *    with secrets who has shown no right proof is not answered at all.
 * 3. Nobody is let in before the grant is on the disk; until then it counts as a use, so that no two take the last one.
 */
import type { EventId, NodeId, Signature } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { DropReason, PeerId } from "../io.ts";
import type { Invite } from "../log/invite.ts";
import { rankOf } from "../log/kind.ts";
import { grantDetails } from "../log/statement.ts";
import { introducible } from "../members.ts";
import { carry, clocksOf, flushOwn } from "../open/carry.ts";
import { whenChecked } from "../open/holding-back.ts";
import type { OpenChannel } from "../open/open-channel.ts";
import { isSecret } from "../open/secrecy.ts";
import type { Peer } from "../peer-table.ts";
import { sayInSession } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { isProof } from "./proof.ts";
import type { Verdict } from "./verdict.ts";

/** Somebody whose grant is on its way to the disk. */
export interface Guest {
  readonly peer: PeerId;
  readonly invite: EventId;
}

/** How a refusal is counted. That somebody asks the wrong member is nobody's fault. */
const DROPS: Partial<Record<Verdict, DropReason>> = {
  expired: "invite-expired",
  used: "invite-used",
  revoked: "invite-revoked",
  removed: "invite-removed",
  unknown: "invite-unknown",
  proof: "invite-proof",
};

/** What a JOIN shows of an invite. */
export interface Shown {
  readonly key: NodeId;
  readonly proof: Signature;
}

/** A JOIN with an invite in it, for a channel that we are in. */
export function onInvite(node: NodeState, channel: Channel, open: OpenChannel, peer: Peer, shown: Shown, now: Instant): void {
  const { session } = peer;
  if (session === null) return node.drop("outside-session", peer.endpoint);
  if (!session.proofs.take(1, now)) return node.drop("invite-rate", peer.endpoint);
  const { roles, isKnown } = open.lasting;
  const [first, ...others] = isKnown ? roles.invites().filter((invite) => invite.key === shown.key) : [];
  if (first === undefined || !isProofOf(node, open, session, shown)) {
    const verdict = first !== undefined ? "proof" : mayAdmit(open) ? "unknown" : "unable";
    return isSecret(channel) ? count(node, session, verdict) : say(node, channel, session, verdict, now);
  }
  const found = judge(node, open, session, [first, ...others], now);
  if (typeof found === "string") return say(node, channel, session, found, now);
  whenChecked(node, open, (at) => letIn(node, channel, open, session, found, at), now);
}

/** One of the invites with the proven key, to let the joiner in by, or what to say to it. */
function judge(
  node: NodeState,
  open: OpenChannel,
  session: Session,
  invites: readonly [Invite, ...Invite[]],
  now: Instant,
): Invite | Verdict {
  const [first] = invites;
  const joiner = session.with.nodeId as NodeId;
  if (rankOf(open.lasting.roles.roleOf(joiner)) >= rankOf(first.role)) return "admitted";
  if (!mayAdmit(open)) return "unable";
  return (
    invites.find((invite) => refusalOf(node, open, invite, session, now) === null) ??
    (refusalOf(node, open, first, session, now) as Verdict)
  );
}

function mayAdmit({ lasting }: OpenChannel): boolean {
  return lasting.isKnown && rankOf(lasting.ownRole) >= rankOf("admin");
}

/** Both ends may have several keys for a moment, so any of them will do. */
function isProofOf({ config }: NodeState, { hash: channel }: OpenChannel, session: Session, { key, proof }: Shown): boolean {
  const joiner = session.with.nodeId as NodeId;
  return session.epochs.some(({ hash }) => isProof(config.crypto, proof, key, { channel, joiner, hash }));
}

function refusalOf(node: NodeState, open: OpenChannel, invite: Invite, session: Session, now: Instant): Verdict | null {
  const { roles } = open.lasting;
  const joiner = session.with.nodeId as NodeId;
  if (roles.isInviteEnded(invite.by.id)) return "revoked";
  if (node.timestamp(now) >= invite.until) return "expired";
  if (roles.wasRevoked(joiner)) return "removed";
  const guests = roles.guestsOf(invite);
  const coming = [...open.guests.values()].filter((guest) => guest.invite === invite.by.id && guest.peer !== session.peer.id);
  return guests.size + coming.length >= invite.uses && !guests.has(joiner) ? "used" : null;
}

function letIn(node: NodeState, channel: Channel, open: OpenChannel, session: Session, invite: Invite, now: Instant): void {
  const isGone = channel.open !== open || node.sessions.of(session.with.nodeId) !== session;
  if (isGone || [...open.guests.values()].some(({ peer }) => peer === session.peer.id)) return; // it is told when that one is kept
  if (node.saving.failed !== null) return say(node, channel, session, "busy", now);
  const refusal = refusalOf(node, open, invite, session, now); // others may have come since
  if (refusal !== null) return say(node, channel, session, refusal, now);
  const { lasting } = open;
  const clocks = clocksOf(node, now);
  if (lasting.mustFlush(clocks)) carry(node, channel, open, lasting.flush(clocks), now);
  const joiner = session.with.nodeId as NodeId;
  const details = grantDetails(joiner, lasting.roles.nextInc(joiner), invite.role, invite.by.id);
  const event = lasting.write({ kind: "grant", text: "", details }, clocks, invite.at);
  if (typeof event === "string") throw new Error(`a grant of ours is no event: ${event}`);
  open.guests.set(event.id, { peer: session.peer.id, invite: invite.by.id });
  open.commands.set(event.id, ADMISSION);
  flushOwn(node, channel, open, now);
}

/** Own events have a command that they come from; nobody waits for this one. */
const ADMISSION = "admission";

/** The grant is on the disk: whoever it lets in is told. */
export function tellGuest(node: NodeState, channel: Channel, open: OpenChannel, grant: EventId, now: Instant): void {
  const guest = open.guests.get(grant);
  if (guest === undefined) return;
  open.guests.delete(grant);
  const session = node.peers.get(guest.peer)?.session;
  if (session != null) say(node, channel, session, "admitted", now);
}

/** With the members that we reach, for who has shown that it may come: one of them lets it in, or shows it the channel. */
function say(node: NodeState, channel: Channel, session: Session, verdict: Verdict, now: Instant): void {
  count(node, session, verdict);
  const body = { channel_id: channel.id, ptp: { invite: verdict } };
  const members = verdict === "admitted" || verdict === "unable" ? introducible(node, channel, session.peer.id, now) : [];
  sayInSession(node, session, "CHANNEL", members.length === 0 ? body : { ...body, members }, now);
}

function count(node: NodeState, { peer }: Session, verdict: Verdict): void {
  const reason = DROPS[verdict];
  if (reason !== undefined) node.drop(reason, peer.endpoint);
}
