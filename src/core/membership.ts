/**
 * What others say of who is in which channel: JOIN, CHANNEL and LEAVE. Unsigned and unverified outside of sessions. PROTOCOL.md §8.3 to §8.5.
 */
import type { BodyOf, Endpoint, Guid } from "../wire/index.ts";
import { type Channel, isOurs } from "./channel-table.ts";
import { isCookieOf } from "./cookie.ts";
import { onBlocksAsked } from "./files/exchange.ts";
import { introduceMembers } from "./introduction.ts";
import { onInvite, type Shown } from "./invite/admission.ts";
import { onVerdict } from "./invite/knocking.ts";
import { onHostSaid, onMet } from "./invite/meet.ts";
import { type Verdict, verdictOf } from "./invite/verdict.ts";
import type { PeerId } from "./io.ts";
import { noteAnswer, repeatCookie, tendJoins, tendPlace } from "./joining.ts";
import { JOIN_GAPS_MS, OWN_NAME_MS } from "./limits.ts";
import { trust } from "./liveness.ts";
import { readSync } from "./log/sync-message.ts";
import { onKeeps, ownBox } from "./mailbox/fetching.ts";
import { onSlots } from "./mailbox/keeping.ts";
import { admit, announce, expel, isIn, isLetIn, refuseMember } from "./members.ts";
import { greet, onSync } from "./open/attend.ts";
import { onTalk } from "./open/talks.ts";
import type { Path } from "./path.ts";
import type { Peer } from "./peer-table.ts";
import { dropLetters } from "./session/letters.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

export function onJoin(node: NodeState, path: Path, body: BodyOf<"JOIN">, now: Instant): void {
  const peer = path.peer;
  if (peer === null) return node.drop("unknown-peer", path.endpoint);
  const slots = body.ptp?.slots;
  if (slots !== undefined && peer.session !== null) return onSlots(node, path, peer, slots, now);
  const told = node.selfMarks.get(body.ptp?.self ?? "");
  if (told !== undefined) return meetSelf(node, path, peer, told, now);
  node.ownNames.delete(path.endpoint);
  if (body.ptp?.cpace !== undefined) return onGuessed(node, path, peer, body, now);
  const channel = node.channels.open(body.channel_id as Guid, nameIn(body));
  if (channel === null) return node.drop("channels-full", path.endpoint);
  if (!isLetIn(channel, peer)) return onStranger(node, channel, path, peer, body.ptp, now);
  onTalk(node, peer, channel.id, now);
  if (body.ptp?.cookie !== undefined && path.relay === null && isCookieOf(node, path.endpoint, body.ptp.cookie, now)) trust(node, path);
  peer.joined = true;
  const member = admit(node, channel, peer, path, now);
  if (member === null) return refuseMember(node, channel, path);
  noteAnswer(channel, peer.id, true, now);
  if (now - member.announcedAt >= JOIN_GAPS_MS[0] / 2) announce(node, channel, member, path, now);
  greet(node, channel, peer, now); // after that, or we would be no member over there yet
  if (channel.meeting !== null) onMet(node, channel, peer, body.ptp ?? {}, now);
  const shown = shownIn(body.ptp);
  if (shown !== null && channel.open !== null) onInvite(node, channel, channel.open, peer, shown, now);
}

/** Somebody without a role in a private channel: it may come by an invite, and is no member before that is settled. */
function onStranger(node: NodeState, channel: Channel, path: Path, peer: Peer, said: BodyOf<"JOIN">["ptp"], now: Instant): void {
  const shown = shownIn(said);
  if (shown === null || channel.open === null) return node.drop("not-a-member", path.endpoint);
  onInvite(node, channel, channel.open, peer, shown, now);
}

function shownIn({ inv_pub: key, proof }: NonNullable<BodyOf<"JOIN">["ptp"]> = {}): Shown | null {
  return key === undefined || proof === undefined ? null : { key, proof };
}

/**
 * Somebody who knows us by two names has introduced us to ourselves: we are no member besides us, neither under the name
 * by which this came nor under that of whom we said it to. Whoever forges it does no more than a forged LEAVE of those two, one of
 * whom it must be to know the mark; the next JOIN of the other undoes it.
 *
 * @param told - the peer whom we said that JOIN to
 */
function meetSelf(node: NodeState, path: Path, peer: Peer, told: PeerId, now: Instant): void {
  const other = node.peers.get(told);
  for (const self of other === undefined || other.session !== null ? [peer] : [peer, other]) {
    node.ownNames.set(self.endpoint, now);
    for (const channel of [...node.channels.all()]) {
      channel.targets.delete(self.id);
      expel(node, channel, self.id, "left");
    }
    for (const way of self.paths) if (way.keep === "introduced" || way.keep === "punched") way.keep = null;
  }
  node.ownNames.set(path.endpoint, now);
  node.drop("self", path.endpoint);
}

/** True for a name of ours that was found out lately. */
export function isOwnName(node: NodeState, endpoint: Endpoint, now: Instant): boolean {
  const foundAt = node.ownNames.get(endpoint);
  return foundAt !== undefined && now - foundAt < OWN_NAME_MS;
}

export function onLeave(node: NodeState, path: Path, body: BodyOf<"LEAVE">, now: Instant): void {
  const channel = node.channels.get(body.channel_id as Guid);
  const target = path.peer === null ? undefined : channel?.targets.get(path.peer.id);
  if (target !== undefined) target.member = false;
  if (path.peer !== null) dropLetters(node, path.peer, body.channel_id as Guid);
  if (path.peer?.session != null && body.channel_id === ownBox(node)) return onKeeps(node, path.peer, false, now);
  if (channel === undefined || path.peer === null || !channel.members.has(path.peer.id)) {
    if (target === undefined) node.drop("not-a-member", path.endpoint);
    return;
  }
  expel(node, channel, path.peer.id, "left");
}

export function onChannel(node: NodeState, path: Path, body: BodyOf<"CHANNEL">, now: Instant): void {
  const peer = path.peer;
  if (peer === null) return node.drop("unknown-peer", path.endpoint);
  if (isOwnName(node, path.endpoint, now)) return node.drop("self", path.endpoint);
  if (body.ptp?.keeps !== undefined && peer.session !== null) return onKeeps(node, peer, body.ptp.keeps, now);
  const known = node.channels.get(body.channel_id as Guid);
  if (body.ptp?.cpace !== undefined || body.ptp?.sealed !== undefined || body.ptp?.code !== undefined)
    return onHostSaid(node, known, peer, body.ptp, now);
  const verdict = body.ptp?.invite === undefined ? null : verdictOf(body.ptp.invite);
  if (verdict !== null) onAnswered(node, known, path, peer, verdict, now);
  const sync = body.ptp === undefined || peer.session === null ? [] : readSync(body.ptp);
  if (sync.length > 0) {
    if (known?.open == null) return node.drop("not-joined", path.endpoint);
    if (!isIn(node, known, peer, path, now)) return node.drop("not-a-member", path.endpoint);
    for (const message of sync) onSync(node, known, known.open, peer, message, now);
    return;
  }
  if (body.ptp?.blocks !== undefined && peer.session !== null) {
    if (known === undefined) return node.drop("not-joined", path.endpoint);
    return onBlocksAsked(node, known, peer, path, body.ptp.blocks, now);
  }
  const channel = node.channels.open(body.channel_id as Guid, nameIn(body));
  if (channel === null) return node.drop("channels-full", path.endpoint);
  const isMember = body.ptp?.member !== false;
  if (isMember && !isLetIn(channel, peer)) return node.drop("not-a-member", path.endpoint);
  if (isMember && admit(node, channel, peer, path, now) === null) return refuseMember(node, channel, path);
  if (!isMember && channel.members.has(peer.id)) expel(node, channel, peer.id, "left");
  if (isOurs(channel)) {
    const target = isMember || channel.targets.has(peer.id) ? node.channels.putTarget(channel, peer.id, now) : null;
    if (target !== null) {
      noteAnswer(channel, peer.id, isMember, now);
      if (!isMember) tendPlace(node, channel, peer, path, target, now);
      if (body.ptp?.cookie !== undefined) repeatCookie(node, channel, path, body.ptp.cookie, now);
    }
    const endpoints = (body.members ?? []).map((entry) => entry.address as Endpoint);
    introduceMembers(node, channel, path, { endpoints, size: body.ptp?.size ?? 0 }, now);
    tendJoins(node, now);
    greet(node, channel, peer, now);
  }
  node.channels.sweep(channel);
}

/** A guest's part of a run about a word code. */
function onGuessed(node: NodeState, path: Path, peer: Peer, body: BodyOf<"JOIN">, now: Instant): void {
  const channel = node.channels.get(body.channel_id as Guid);
  if (channel === undefined || peer.session === null) return node.drop("code-stray", path.endpoint);
  onMet(node, channel, peer, body.ptp ?? {}, now);
}

/** A word on the invite that we showed: in its session alone, since elsewhere anybody could say it. */
function onAnswered(node: NodeState, channel: Channel | undefined, path: Path, peer: Peer, verdict: Verdict, now: Instant): void {
  if (peer.session === null) node.drop("outside-session", path.endpoint);
  else if (channel === undefined) node.drop("invite-stray", path.endpoint);
  else onVerdict(node, channel, peer, verdict, now);
}

function nameIn(body: { channel_id: string; channel?: string | undefined }): string {
  return body.channel === undefined || body.channel === body.channel_id ? "" : body.channel;
}
