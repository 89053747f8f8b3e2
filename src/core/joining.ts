/**
 * The channels that we are in: whom a JOIN goes to, and how often, until it is answered. PROTOCOL.md §8.3.
 */
import { type BodyOf, type Endpoint, encode, type Guid, type NodeId, PADDED_BYTES } from "../wire/index.ts";
import { type Channel, isOurs, type JoinTarget } from "./channel-table.ts";
import { noteShown, shownInvite } from "./invite/knocking.ts";
import type { Command, PeerId } from "./io.ts";
import { forgetPlaces, keepPlace } from "./kept-places.ts";
import { COOKIE_GAP_MS, JOIN_GAPS_MS, REJOIN_MS } from "./limits.ts";
import { callPeer } from "./liveness.ts";
import { livePeers, sessionsOf } from "./members.ts";
import { openUp } from "./open/open-channel.ts";
import { leaveOpen } from "./open/owning.ts";
import { isSecret } from "./open/secrecy.ts";
import { endRequest } from "./open/talks.ts";
import type { Path } from "./path.ts";
import { bestPath, type Peer } from "./peer-table.ts";
import { save } from "./saving.ts";
import { mayBecomeFull } from "./session/seeking.ts";
import type { NodeState } from "./state.ts";
import type { StoredChannel } from "./store.ts";
import type { Instant } from "./time.ts";
import { transmit, transmitOrWait } from "./transmit.ts";

type Joining = Omit<Extract<Command, { kind: "join" }>, "kind">;

/** Enters a channel and tells the peers that the user named, else those who announced it, else all that the user called. */
export function joinChannel(node: NodeState, { channelId: id, name, at, genesis, pair }: Joining, now: Instant): void {
  const channel = node.channels.openOwn(id, name);
  const again = channel.joined;
  const before = channel.open;
  channel.joined = true;
  channel.genesis ??= genesis ?? null;
  channel.pair ??= pair ?? null;
  if (pair !== undefined) endRequest(node, pair);
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

/** A MESSAGE, JOIN or CHANNEL of that channel from a peer: it has heard our JOIN, or does not need it. */
export function noteAnswer(channel: Channel, peer: PeerId, member: boolean, now: Instant): void {
  const target = channel.targets.get(peer);
  if (target === undefined) return;
  target.member = member;
  target.tries = JOIN_GAPS_MS.length;
  target.nextAt = now + REJOIN_MS;
}

/** Shows the peer that we receive what it sends: its cookie goes back over the very path that it came by. */
export function repeatCookie(node: NodeState, channel: Channel, path: Path, cookie: string, now: Instant): void {
  if (path.relay !== null || now - path.cookieSentAt < COOKIE_GAP_MS) return;
  path.cookieSentAt = now;
  const plain = joinBody(node, channel, path);
  transmitOrWait(node, path, "JOIN", { ...plain, ptp: { ...plain.ptp, cookie } }, now);
}

/** Who is in no channel and introduces us to others is kept: without it a new start might reach nobody. Who was a member is not. */
export function tendPlace(node: NodeState, channel: Channel, peer: Peer, path: Path, target: JoinTarget, now: Instant): void {
  if (target.named || peer.session?.with.rendezvous === true) keepPlace(node, channel, peer, path, now);
  else forgetPlaces(node, channel, peer.id, path.endpoint);
}
