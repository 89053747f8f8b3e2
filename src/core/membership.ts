/**
 * Who is in which bare channel: JOIN, CHANNEL and LEAVE, ours and those of others. Unsigned and unverified; a list to
 * send to, not a promise. PROTOCOL.md §8.3 to §8.5.
 */
import { type BodyOf, ENTRIES_SENT_MAX, type Endpoint, encode, type Guid, hasZone, type NodeId, PADDED_BYTES } from "../wire/index.ts";
import { type Channel, isOurs, type JoinTarget, type Member } from "./channel-table.ts";
import { cookieFor, isCookieOf } from "./cookie.ts";
import { onBlocksAsked } from "./files/exchange.ts";
import { introduceMembers } from "./introduction.ts";
import { onInvite, type Shown } from "./invite/admission.ts";
import { noteShown, onVerdict, shownInvite } from "./invite/knocking.ts";
import { onHostSaid, onMet } from "./invite/meet.ts";
import { type Verdict, verdictOf } from "./invite/verdict.ts";
import type { Command, PeerId } from "./io.ts";
import { forgetPlaces, keepPlace } from "./kept-places.ts";
import { ACK_WITHIN_MS, ANNOUNCE_MS, COOKIE_GAP_MS, JOIN_GAPS_MS, MEMBER_KEPT_MS, OWN_NAME_MS, REJOIN_MS } from "./limits.ts";
import { callPeer, trust } from "./liveness.ts";
import { readSync } from "./log/sync-message.ts";
import { onKeeps, ownBox } from "./mailbox/fetching.ts";
import { onSlots } from "./mailbox/keeping.ts";
import { greet, onSync } from "./open/attend.ts";
import { openUp } from "./open/open-channel.ts";
import { leaveOpen } from "./open/owning.ts";
import { isSecret, mayHear } from "./open/secrecy.ts";
import { onTalk } from "./open/talks.ts";
import { isLive, keepsRhythm, type Path } from "./path.ts";
import { bestPath, directPath, type Peer } from "./peer-table.ts";
import { save } from "./saving.ts";
import { dropLetters } from "./session/letters.ts";
import { mayBecomeFull } from "./session/seeking.ts";
import type { NodeState } from "./state.ts";
import type { StoredChannel } from "./store.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import { knows, transmit, transmitOrWait } from "./transmit.ts";

// ---- our own membership ----

type Joining = Omit<Extract<Command, { kind: "join" }>, "kind">;

/** Enters a channel and tells the peers that the user named, else those who announced it, else all that the user called. */
export function joinChannel(node: NodeState, { channelId: id, name, at, genesis, pair }: Joining, now: Instant): void {
  const channel = node.channels.openOwn(id, name);
  const again = channel.joined;
  const before = channel.open;
  channel.joined = true;
  channel.genesis ??= genesis ?? null;
  channel.pair ??= pair ?? null;
  if (pair !== undefined) node.requests.delete(pair);
  channel.open ??= openUp(node, channel);
  for (const path of joinPaths(node, channel, at, now)) {
    if (path.peer === null) continue;
    const target = node.channels.putTarget(channel, path.peer.id, now);
    target.nextAt = now;
    target.named ||= at.length > 0;
  }
  if (!again || channel.open !== before) save(node, [{ kind: "channel", channel: channelRow(node, channel, now) }]);
  if (!again) node.emit({ type: "joined", channelId: id, name: channel.name });
  tendJoins(node, now);
}

function joinPaths(node: NodeState, channel: Channel, at: readonly Endpoint[], now: Instant): Path[] {
  const asked = at.map((endpoint) => callPeer(node, endpoint, "asked", now)).filter((path) => path !== null);
  if (channel.pair !== null) return pathsKept(node, (_, peer) => peer.id === channel.pair);
  if (at.length > 0) return asked;
  const announced = livePeers(node, channel.members.values(), now).map((peer) => peer.paths[0] as Path);
  const nearby = pathsKept(node, (path, peer) => path.keep === "lan" && peer.session !== null);
  if (announced.length > 0) return [...announced, ...nearby];
  return [...pathsKept(node, ({ keep }) => keep !== null && keep !== "introduced" && keep !== "lan"), ...nearby];
}

/** One path of each peer that has such a path. */
export function pathsKept(node: NodeState, fits: (path: Path, peer: Peer) => boolean): Path[] {
  return [...node.peers.all()].flatMap((peer) => peer.paths.filter((path) => fits(path, peer)).slice(0, 1));
}

/** Comes back into a channel that the store remembers, and to the places that were kept for it. */
export function restoreChannel(node: NodeState, stored: StoredChannel, places: readonly Endpoint[], now: Instant): void {
  const channel = node.channels.openOwn(stored.id, stored.name);
  channel.joined = true;
  channel.genesis = (stored.mode === "open" ? stored.genesis : null) ?? null;
  channel.pair = (stored.mode === "open" ? stored.pair : null) ?? null;
  channel.open = openUp(node, channel);
  const configured = channel.pair === null ? node.config.peers.map((endpoint) => callPeer(node, endpoint, "configured", now)) : [];
  for (const endpoint of places) channel.kept.set(endpoint, null);
  const remembered = places.map((endpoint) => callPeer(node, endpoint, "asked", now));
  for (const path of [...configured, ...remembered]) if (path?.peer) node.channels.putTarget(channel, path.peer.id, now);
}

/** Leaves a channel for good: says so to everyone known there, in one with an owner also by an event, which lasts. */
export function leaveChannel(node: NodeState, id: Guid, now: Instant): void {
  const channel = node.channels.get(id);
  if (channel === undefined || !channel.joined) return;
  if (channel.open !== null) leaveOpen(node, channel, channel.open, now);
  sayLeave(node, channel, now);
  channel.joined = false;
  channel.open = null;
  channel.targets.clear();
  channel.kept.clear();
  node.channels.sweep(channel);
  save(node, [{ kind: "channel-left", channelId: id }]);
  node.emit({ type: "left", channelId: id });
}

/** A channel as the store keeps it. */
export function channelRow(node: NodeState, channel: Channel, now: Instant): StoredChannel {
  const { id, name, open, genesis, pair } = channel;
  const joinedAt = node.timestamp(now);
  if (open === null) return { id, name, mode: "bare", joinedAt };
  const made = { ...(genesis === null ? {} : { genesis }), ...(pair === null ? {} : { pair }) };
  return { id, name, mode: "open", inst: open.inst, joinedAt, ...made };
}

/** LEAVE to every live member, and to those whom we told that we are in. */
export function sayLeave(node: NodeState, channel: Channel, now: Instant): void {
  const body = { channel_id: channel.id };
  for (const peer of livePeers(node, [...channel.members.values(), ...channel.targets.values()], now)) {
    if (peer.session === null && isSecret(channel)) continue;
    const path = bestPath(peer, now);
    if (path !== null) transmitOrWait(node, path, "LEAVE", body, now);
  }
}

/** Sends the JOINs that are due. */
export function tendJoins(node: NodeState, now: Instant): void {
  for (const channel of node.channels.all()) {
    if (!isOurs(channel)) continue;
    if (channel.joined) findMembers(node, channel, now);
    for (const target of channel.targets.values()) if (target.nextAt <= now) sendJoin(node, channel, target, now);
  }
}

/** Whoever has a role in a private channel and is there is told that we are in it: nobody else says so. */
function findMembers(node: NodeState, channel: Channel, now: Instant): void {
  const { targets, members, open } = channel;
  if (open?.secrecy == null) return;
  const { roles } = open.lasting;
  for (const id of targets.keys()) if (roles.lastInc(id as NodeId) > 0 && roles.roleOf(id as NodeId) === "none") targets.delete(id); // removed
  for (const { node: id } of roles.members()) {
    const isThere = id !== node.nodeId && node.sessions.of(id) !== undefined;
    if (isThere && !targets.has(id) && !members.has(id)) node.channels.putTarget(channel, id, now);
  }
}

/** A peer came up, or a new path to it: JOIN again in every channel that we told it of. */
export function rejoin(node: NodeState, peer: Peer, now: Instant): void {
  for (const channel of node.channels.all()) {
    const target = isOurs(channel) ? channel.targets.get(peer.id) : undefined;
    if (target === undefined) continue;
    target.tries = 0;
    target.nextAt = now;
  }
}

/** Tells a peer of all channels that we are in: the user has just connected to it. */
export function joinEverywhere(node: NodeState, peer: Peer, now: Instant): void {
  for (const channel of node.channels.joined()) node.channels.putTarget(channel, peer.id, now).nextAt = now;
}

function sendJoin(node: NodeState, channel: Channel, target: JoinTarget, now: Instant): void {
  const peer = node.peers.get(target.peer);
  if (peer !== undefined && (mayBecomeFull(node, peer, now) || (peer.session === null && isSecret(channel)))) return; // so that it travels inside the session
  if (channel.pair !== null && peer !== undefined && peer.id !== channel.pair) {
    channel.targets.delete(target.peer); // a talk is nobody else's business
    return;
  }
  const path = peer === undefined ? null : (bestPath(peer, now) ?? peer.paths.find((each) => each.keep !== null) ?? null);
  target.nextAt = now + (JOIN_GAPS_MS[target.tries] ?? REJOIN_MS);
  target.tries++;
  if (path === null) {
    if (peer === undefined) channel.targets.delete(target.peer);
    return;
  }
  const plain = joinBody(node, channel, path);
  const padded = path.relay !== null || peer?.compat === true || peer?.session != null ? plain : padJoin(plain);
  if (transmit(node, path, "JOIN", padded, now) || transmit(node, path, "JOIN", plain, now))
    return noteShown(node, channel, target.peer, now);
  target.nextAt = Math.min(target.nextAt, now + JOIN_GAPS_MS[0]);
}

/** `ptp` tells a full node that it may send us a `msg_id`. */
function joinBody(node: NodeState, channel: Channel, path: Path): BodyOf<"JOIN"> {
  return {
    channel_id: channel.id,
    ...(channel.name === "" || isSecret(channel) ? {} : { channel: channel.name }),
    ptp: { self: markFor(node, path), ...sessionsOf(node), ...shownInvite(node, channel, path) },
  };
}

/** Who shows a `ptp` holds sessions unless it says this. */
function sessionsOf(node: NodeState): { sessions?: false } {
  return node.link === null ? { sessions: false } : {};
}

/** Random, and of that peer alone: should it come back, the peer is ourselves under another name. */
function markFor(node: NodeState, { peer, endpoint }: Path): string {
  const mark = peer?.selfMark ?? node.newId();
  if (peer !== null) peer.selfMark = mark;
  node.selfMarks.set(mark, peer?.id ?? endpoint);
  return mark;
}

/** Filled up, so that the answer is paid for. */
function padJoin(body: BodyOf<"JOIN">): BodyOf<"JOIN"> {
  const pad = "x".repeat(Math.max(0, PADDED_BYTES - encode("JOIN", { ...body, ptp: { ...body.ptp, pad: "" } }).length));
  return { ...body, ptp: { ...body.ptp, pad } };
}

/** A bare peer turned out to be a node with a key: it is in its channels under its own name from now on. */
export function renameMember(node: NodeState, from: PeerId, to: Peer): void {
  for (const channel of node.channels.all()) node.channels.rename(channel, from, to.id);
}

// ---- the others ----

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
    introduceMembers(
      node,
      channel,
      path,
      (body.members ?? []).map((entry) => entry.address as Endpoint),
      now,
    );
    tendJoins(node, now);
    greet(node, channel, peer, now);
  }
  node.channels.sweep(channel);
}

/** Who is in no channel and introduces us to others is kept: without it a new start might reach nobody. Who was a member is not. */
function tendPlace(node: NodeState, channel: Channel, peer: Peer, path: Path, target: JoinTarget, now: Instant): void {
  if (target.named || peer.session?.with.rendezvous === true) keepPlace(node, channel, peer, path, now);
  else forgetPlaces(node, channel, peer.id, path.endpoint);
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

/** A MESSAGE, JOIN or CHANNEL of that channel from a peer: it has heard our JOIN, or does not need it. */
export function noteAnswer(channel: Channel, peer: PeerId, member: boolean, now: Instant): void {
  const target = channel.targets.get(peer);
  if (target === undefined) return;
  target.member = member;
  target.tries = JOIN_GAPS_MS.length;
  target.nextAt = now + REJOIN_MS;
}

/** Shows the peer that we receive what it sends: its cookie goes back over the very path that it came by. */
function repeatCookie(node: NodeState, channel: Channel, path: Path, cookie: string, now: Instant): void {
  if (path.relay !== null || now - path.cookieSentAt < COOKIE_GAP_MS) return;
  path.cookieSentAt = now;
  const plain = joinBody(node, channel, path);
  transmitOrWait(node, path, "JOIN", { ...plain, ptp: { ...plain.ptp, cookie } }, now);
}

/** False for who has no role in a private channel of ours, or did not prove who it is: it hears nothing of it, not even who is there. */
function isLetIn(channel: Channel, peer: Peer): boolean {
  const { open } = channel;
  return open?.secrecy == null || (peer.session !== null && mayHear(open, peer.id));
}

/** True for a member. In a private channel whoever has a role and speaks of what is in it is one, also where its JOIN came before we knew of its role. */
export function isIn(node: NodeState, channel: Channel, peer: Peer, path: Path, now: Instant): boolean {
  if (channel.members.has(peer.id)) return true;
  return channel.open?.secrecy != null && isLetIn(channel, peer) && admit(node, channel, peer, path, now) !== null;
}

/** Puts a peer on the list, reports it when it is new, and keeps it when it is proven. */
export function admit(node: NodeState, channel: Channel, peer: Peer, path: Path, now: Instant): Member | null {
  const isNew = !channel.members.has(peer.id);
  const put = () => node.channels.putMember(channel, peer.id, peer.endpoint, now);
  const member = put() ?? (yieldTo(node, channel, peer.id) ? put() : null);
  if (member === null) return null;
  if (isNew) node.emit({ type: "member-joined", channelId: channel.id, peer: peer.id, member: member.endpoint });
  keepPlace(node, channel, peer, path, now);
  return member;
}

/** For a contact there is always a place: of the others the one that came first gives way. */
function yieldTo(node: NodeState, channel: Channel, contact: PeerId): boolean {
  const { contacts } = node.config;
  if (!channel.joined || !contacts.has(contact)) return false;
  for (const id of channel.members.keys()) {
    if (contacts.has(id)) continue;
    expel(node, channel, id, "expired");
    return true;
  }
  return false;
}

function refuseMember(node: NodeState, channel: Channel, path: Path): void {
  node.channels.sweep(channel);
  node.drop("members-full", path.endpoint);
}

function expel(node: NodeState, channel: Channel, id: PeerId, why: "left" | "expired"): void {
  const member = channel.members.get(id);
  if (member === undefined) return;
  node.channels.removeMember(channel, id);
  if (why === "expired" || node.peers.get(id)?.session == null) forgetPlaces(node, channel, id);
  node.emit({ type: "member-left", channelId: channel.id, peer: id, member: member.endpoint, why });
  node.channels.sweep(channel);
}

/** Tells one member of the channel and of the others whom we reach there. */
function announce(node: NodeState, channel: Channel, member: Member, path: Path, now: Instant): void {
  member.announcedAt = now;
  path.cookieMadeAt = now;
  const proof = path.relay === null && !path.trusted ? { cookie: cookieFor(node, path.endpoint, now) } : {};
  const body = {
    channel_id: channel.id,
    channel: channel.name === "" || isSecret(channel) ? channel.id : channel.name,
    members: introducible(node, channel, member.peer, now),
    ptp: { ...proof, ...sessionsOf(node), member: channel.joined || channel.meeting !== null },
  };
  transmitOrWait(node, path, "CHANNEL", body, now);
}

/** The members that we reach without a relay, the newest first: whoever asks us can be introduced to them. */
export function introducible(node: NodeState, channel: Channel, except: PeerId, now: Instant): { address: string }[] {
  const entries: { address: string }[] = [];
  for (const id of [...channel.members.keys()].reverse()) {
    if (entries.length >= ENTRIES_SENT_MAX) break;
    const peer = id === except ? undefined : node.peers.get(id);
    const path = peer === undefined ? null : directPath(peer, now);
    if (peer !== undefined && path !== null && !hasZone(peer.endpoint)) entries.push({ address: peer.endpoint });
  }
  return entries;
}

/** Announces to members every ANNOUNCE_MS, and takes those off the list that were silent for a day. Once a second. */
export function tendMembers(node: NodeState, now: Instant): void {
  for (const channel of node.channels.all()) {
    for (const member of [...channel.members.values()]) tendMember(node, channel, member, now);
  }
}

function tendMember(node: NodeState, channel: Channel, member: Member, now: Instant): void {
  const peer = node.peers.get(member.peer);
  const path = peer === undefined ? null : bestPath(peer, now);
  if (peer !== undefined && !isLetIn(channel, peer)) return path === null ? undefined : expel(node, channel, member.peer, "left");
  if (path !== null) member.heardAt = path.heardAt;
  if (now - member.heardAt >= MEMBER_KEPT_MS) return expel(node, channel, member.peer, "expired");
  if (peer !== undefined && mayBecomeFull(node, peer, now)) return;
  if (path !== null && now - member.announcedAt >= ANNOUNCE_MS) announce(node, channel, member, path, now);
  const unproven = peer?.paths.find((each) => wantsProof(each, now));
  if (unproven !== undefined) announce(node, channel, member, unproven, now);
}

/** A direct path that data may not use freely yet, and whose first allowance pays for the cookie. */
function wantsProof(path: Path, now: Instant): boolean {
  return path.relay === null && !path.trusted && isLive(path, now) && keepsRhythm(path, now) && now - path.cookieMadeAt >= COOKIE_GAP_MS;
}

/** The live peers that a post in the channel goes to: members, and those that we joined at and presume to be in it. */
export function liveRecipients(node: NodeState, channel: Channel, now: Instant): Peer[] {
  return recipients(node, channel, (path) => isLive(path, now));
}

/** The same with those whom the user called a moment ago: their first HELLO may still come, and until then the post waits. */
export function postRecipients(node: NodeState, channel: Channel, now: Instant): Peer[] {
  return recipients(node, channel, (path) => isLive(path, now) || isAwaited(path, now));
}

function recipients(node: NodeState, channel: Channel, isThere: (path: Path) => boolean): Peer[] {
  const presumed = [...channel.targets.values()].filter(isPresumed);
  return peersWith(node, [...channel.members.values(), ...presumed], isThere).filter((peer) => knows(peer, "MESSAGE"));
}

function isAwaited(path: Path, now: Instant): boolean {
  return (path.keep === "asked" || path.keep === "configured") && path.heardAt === NEVER_YET && now - path.keptSince < ACK_WITHIN_MS;
}

/**
 * A peer that knows only the seed never says that it is in the channel; the user who joined at it does. One that the
 * user did not name gets a second to deny it, as every full node does.
 */
function isPresumed(target: JoinTarget): boolean {
  return target.member ?? (target.named || target.tries > 1);
}

function livePeers(node: NodeState, of: Iterable<{ readonly peer: PeerId }>, now: Instant): Peer[] {
  return peersWith(node, of, (path) => isLive(path, now));
}

function peersWith(node: NodeState, of: Iterable<{ readonly peer: PeerId }>, isThere: (path: Path) => boolean): Peer[] {
  const found = new Set<Peer>();
  for (const { peer: id } of of) {
    const peer = node.peers.get(id);
    if (peer?.paths.some(isThere)) found.add(peer);
  }
  return [...found];
}

function nameIn(body: { channel_id: string; channel?: string | undefined }): string {
  return body.channel === undefined || body.channel === body.channel_id ? "" : body.channel;
}
