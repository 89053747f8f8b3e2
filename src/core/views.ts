/** Copies of the state for the eye. */
import type { Endpoint, Guid } from "../wire/index.ts";
import type { Channel } from "./channel-table.ts";
import { MAIN_SOCKET, type PeerId } from "./io.ts";
import { liveRecipients } from "./members.ts";
import { viewAbsent, viewOwner, viewRole } from "./open/role-views.ts";
import { isSecret } from "./open/secrecy.ts";
import { eyesOf, topicOf } from "./open/shown.ts";
import { hopsOf, isAddress, isLive, type Keep, newPath, nextHop } from "./path.ts";
import { bestPath, type Peer } from "./peer-table.ts";
import type { Epoch } from "./session/session.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";
import type { ChannelMode, ChannelView, CountersView, Found, MemberView, PeerView, RouteView, SessionView } from "./view.ts";

/** Enough of a handshake's hash to tell it from all others. */
const KEYS_SHOWN_BYTES = 8;

export function viewPeers(node: NodeState, now: Instant): PeerView[] {
  return [...node.peers.all()].map((peer) => viewPeer(peer, now));
}

function viewPeer(peer: Peer, now: Instant): PeerView {
  const path = bestPath(peer, now) ?? peer.paths[0] ?? newPath("direct", peer.endpoint, MAIN_SOCKET);
  return {
    id: peer.id,
    kind: peer.session === null ? "bare" : "full",
    nick: nickOf(peer),
    rttMs: peer.session === null ? null : Math.round(peer.session.transport.rttMs * 10) / 10,
    endpoint: nextHop(path),
    path: path.kind,
    hops: hopsOf(path),
    reason: path.kind === "tcp" ? "udp-no-answer" : null,
    via: path.relay?.endpoint ?? null,
    configured: peer.paths.some((each) => each.keep === "configured"),
    found: foundOf(peer),
    proven: path.trusted,
    live: isLive(path, now),
    heardMsAgo: path.heardAt < 0 ? null : Math.round(now - path.heardAt),
    nodeId: peer.session === null ? peer.nodeId : peer.id,
  };
}

const FOUND: Readonly<Record<Keep, Found>> = {
  configured: "configured",
  routed: "introduced",
  asked: "named",
  lan: "lan",
  introduced: "introduced",
  punched: "introduced",
};
const FOUND_ORDER: readonly Found[] = ["configured", "named", "lan", "introduced"];

function foundOf(peer: Peer): Found {
  const found = new Set(peer.paths.flatMap(({ keep }) => (keep === null ? [] : [FOUND[keep]])));
  return FOUND_ORDER.find((each) => found.has(each)) ?? "came";
}

export function viewRoutes(node: NodeState, now: Instant): RouteView[] {
  return node.routes.all().map(({ to, via, nodeId, at }) => ({ to, via, nodeId, ageMs: Math.round(now - at) }));
}

export function viewChannels(node: NodeState, now: Instant): ChannelView[] {
  return node.channels.joined().map((channel) => viewChannel(node, channel, now));
}

export function viewChannel(node: NodeState, channel: Channel, now: Instant): ChannelView {
  const members = viewMembers(node, channel.id, now);
  const live = members.filter((member) => member.state !== "away").length;
  const { id, name, open, pair } = channel;
  const topic = open === null ? "" : (topicOf(node, open, eyesOf(node, open, now))?.text ?? "");
  return {
    id,
    name,
    mode: modeOf(channel),
    topic: topic === "" ? null : topic,
    members: members.length,
    live,
    ...viewOwner(channel),
    pair,
  };
}

function modeOf({ open, pair }: Channel): ChannelMode {
  if (open === null) return "bare";
  if (pair !== null) return "dm";
  return open.secrecy === null ? "open" : "private";
}

/** Those that are known to be in a channel, and in one with an owner also those who have a role there and are away, or lost it. */
export function viewMembersAndRoles(node: NodeState, channelId: Guid, now: Instant): MemberView[] {
  const channel = node.channels.get(channelId);
  const members = viewMembers(node, channelId, now);
  return channel === undefined ? members : [...members, ...viewAbsent(node, channel, members)];
}

export function viewMembers(node: NodeState, channelId: Guid, now: Instant): MemberView[] {
  const channel = node.channels.get(channelId);
  if (channel === undefined) return [];
  // Of a private channel nobody is presumed to be a member: those are known.
  const presumed = isSecret(channel) ? [] : liveRecipients(node, channel, now).filter((peer) => !channel.members.has(peer.id));
  return [...listed(node, channel, now), ...presumed.flatMap((peer) => viewReached(channel, peer, peer.endpoint, now) ?? [])];
}

function listed(node: NodeState, channel: Channel, now: Instant): MemberView[] {
  return [...channel.members.values()].map((member) => {
    const peer = node.peers.get(member.peer);
    const reached = peer === undefined ? null : viewReached(channel, peer, addressOf(member.endpoint) ?? peer.endpoint, now);
    if (reached !== null) return reached;
    return {
      endpoint: addressOf(member.endpoint),
      nodeId: nodeIdOf(member.peer),
      nick: peer === undefined ? null : nickOf(peer),
      state: "away",
      via: null,
      heardMsAgo: Math.round(now - member.heardAt),
      ...viewRole(channel, nodeIdOf(member.peer)),
    };
  });
}

/** Null for a node that was met by its id alone. */
function addressOf(endpoint: Endpoint): Endpoint | null {
  return isAddress(endpoint) ? endpoint : null;
}

/** Null for one that is reached by no path just now: after a change of networks each has to answer first. */
function viewReached(channel: Channel, peer: Peer, endpoint: Endpoint, now: Instant): MemberView | null {
  const path = bestPath(peer, now);
  if (path === null) return null;
  const state = path.relay === null ? "live" : "relay";
  return {
    endpoint: addressOf(endpoint),
    nodeId: nodeIdOf(peer.id),
    nick: nickOf(peer),
    state,
    via: path.relay?.endpoint ?? null,
    heardMsAgo: Math.round(now - path.heardAt),
    ...viewRole(channel, nodeIdOf(peer.id)),
  };
}

export function viewSessions(node: NodeState): SessionView[] {
  return [...node.sessions.all()].map((session) => ({
    nodeId: session.with.nodeId,
    keys: session.sending === undefined ? "" : keysOf(session.sending),
    opens: session.epochs.map(keysOf),
    endpoint: session.dataPath === null ? null : nextHop(session.dataPath),
    path: session.dataPath?.kind ?? null,
    idle: session.transport.idle,
    letters: session.peer.letters.size,
    aheadMs: Math.round(session.aheadMs),
  }));
}

function keysOf(epoch: Epoch): string {
  return [...epoch.hash.subarray(0, KEYS_SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function viewCounters(node: NodeState): CountersView {
  const { received, sent, dropped, ...totals } = node.counters;
  return { ...totals, received: Object.fromEntries(received), sent: Object.fromEntries(sent), dropped: Object.fromEntries(dropped) };
}

function nickOf(peer: Peer): string | null {
  return peer.session?.with.facts.nick ?? null;
}

/** The id of a full peer is its key; that of a bare one is an endpoint. */
function nodeIdOf(id: PeerId): string | null {
  return id.includes(":") ? null : id;
}
