/**
 * Who is in a channel, as far as is known: those who said so, a list to send to and not a promise. In a private one only those with a role are on it.
 * PROTOCOL.md §8.3 to §8.5.
 */
import { ENTRIES_SENT_MAX, hasZone } from "../wire/index.ts";
import type { Channel, JoinTarget, Member } from "./channel-table.ts";
import { cookieFor } from "./cookie.ts";
import type { PeerId } from "./io.ts";
import { forgetPlaces, keepPlace } from "./kept-places.ts";
import { ACK_WITHIN_MS, ANNOUNCE_MS, ANNOUNCED_MS, COOKIE_GAP_MS, MEMBER_KEPT_MS } from "./limits.ts";
import { isMesh } from "./log/neighbours.ts";
import { isSecret, mayHear } from "./open/secrecy.ts";
import { isLive, keepsRhythm, type Path } from "./path.ts";
import { bestPath, directPath, type Peer } from "./peer-table.ts";
import { mayBecomeFull } from "./session/seeking.ts";
import type { NodeState } from "./state.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import { knows, transmitOrWait } from "./transmit.ts";

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

/** False for who has no role in a private channel of ours, or did not prove who it is: it hears nothing of it, not even who is there. */
export function isLetIn(channel: Channel, peer: Peer): boolean {
  const { open } = channel;
  return open?.secrecy == null || (peer.session !== null && mayHear(open, peer.id));
}

/** True for a member. In a private channel whoever has a role and speaks of what is in it is one, also where its JOIN came before we knew of its role. */
export function isIn(node: NodeState, channel: Channel, peer: Peer, path: Path, now: Instant): boolean {
  if (channel.members.has(peer.id)) return true;
  return channel.open?.secrecy != null && isLetIn(channel, peer) && admit(node, channel, peer, path, now) !== null;
}

export function refuseMember(node: NodeState, channel: Channel, path: Path): void {
  node.channels.sweep(channel);
  node.drop("members-full", path.endpoint);
}

export function expel(node: NodeState, channel: Channel, id: PeerId, why: "left" | "expired"): void {
  const member = channel.members.get(id);
  if (member === undefined) return;
  node.channels.removeMember(channel, id);
  if (why === "expired" || node.peers.get(id)?.session == null) forgetPlaces(node, channel, id);
  node.emit({ type: "member-left", channelId: channel.id, peer: id, member: member.endpoint, why });
  node.channels.sweep(channel);
}

/** A bare peer turned out to be a node with a key: it is in its channels under its own name from now on. */
export function renameMember(node: NodeState, from: PeerId, to: Peer): void {
  for (const channel of node.channels.all()) node.channels.rename(channel, from, to.id);
}

/** Tells one member of the channel and of the others whom we reach there. */
export function announce(node: NodeState, channel: Channel, member: Member, path: Path, now: Instant): void {
  member.announcedAt = now;
  path.cookieMadeAt = now;
  const proof = path.relay === null && !path.trusted ? { cookie: cookieFor(node, path.endpoint, now) } : {};
  const size = sizeOf(channel, now);
  const body = {
    channel_id: channel.id,
    channel: channel.name === "" || isSecret(channel) ? channel.id : channel.name,
    members: introducible(node, channel, member.peer, now),
    ptp: { ...proof, ...sessionsOf(node), ...(isMesh(size) ? {} : { size }), member: channel.joined || channel.meeting !== null },
  };
  transmitOrWait(node, path, "CHANNEL", body, now);
}

/** Who shows a `ptp` holds sessions unless it says this. */
export function sessionsOf(node: NodeState): { sessions?: false } {
  return node.link === null ? { sessions: false } : {};
}

/**
 * How many are in a channel, ourselves included, as far as we know: those that we met, those that neighbours announced of late, or in a
 * private one those who have a role.
 */
export function sizeOf({ members, announced, open }: Channel, now: Instant): number {
  const others = [...announced.values()].filter((at) => now - at < ANNOUNCED_MS).length;
  const withRole = open?.secrecy == null ? 0 : open.lasting.roles.members().length;
  return Math.max(members.size + 1, others + 1, withRole);
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

export function livePeers(node: NodeState, of: Iterable<{ readonly peer: PeerId }>, now: Instant): Peer[] {
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
