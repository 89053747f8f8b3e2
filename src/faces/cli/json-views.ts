/** What `--json` prints: stable snake_case names, each with its line in docs/cli.md. */
import type {
  Accepted,
  Connected,
  Contact,
  Done,
  Entry,
  Found,
  HeldView,
  Identity,
  Invited,
  Keeping,
  NamedInvite,
  Nick,
  QuietView,
  QuoteView,
  RoleGiven,
  Sent,
  Status,
  Topic,
  Verification,
  Warning,
  Who,
} from "../../app/api.ts";
import type { ChangeEvent } from "../shared/change-words.ts";
import { channelLabel } from "../shared/channel-word.ts";
import type { ChannelView, ConnectStep, EventOf, MemberView, PeerView, RouteView, StoredKey, WayToView } from "../shared/door.ts";
import { fileJson } from "./file-json.ts";

export function readyJson({ nodeId, name, role, udp, tcp, home, pid, version }: Status): object {
  return { ready: true, node_id: nodeId, udp, tcp: tcp.local, name, role, home, pid, version };
}

/** Of a proxy without its credentials. */
export function tcpJson({ on, local, fault, connections, proxy }: Status["tcp"]): object {
  return { on, local, fault, connections, proxy };
}

export function statusJson(status: Status): object {
  const { version, nodeId, name, shownAs, role, udp, mapped, tcp, home, keyProtection, pid, uptimeMs } = status;
  const { peers, sessions, channels, warnings, store, counters, socketErrors, memory } = status;
  const { datagramsIn, datagramsOut, bytesIn, bytesOut, tcpIn, tcpOut, received, sent, dropped } = counters;
  const totals = { datagrams_in: datagramsIn, datagrams_out: datagramsOut, bytes_in: bytesIn, bytes_out: bytesOut };
  return {
    version,
    node_id: nodeId,
    name,
    shown_as: shownAs,
    role,
    udp,
    mapped,
    tcp: tcpJson(tcp),
    home,
    key_protection: keyProtection,
    pid,
    uptime_ms: uptimeMs,
    peers: { live: peers.live, known: peers.known, unresolved: peers.unresolved },
    sessions,
    channels,
    warnings: warnings.map(warningJson),
    store: { state: store.state, code: store.code },
    counters: { ...totals, tcp_in: tcpIn, tcp_out: tcpOut, received, sent, dropped },
    socket_errors: socketErrors,
    memory: { resident_bytes: memory.residentBytes },
  };
}

export function identityJson({ nodeId, name, guid, fingerprint, certificate, issued, notAfter, keyProtection }: Identity): object {
  return { node_id: nodeId, name, guid, fingerprint, certificate, issued, not_after: notAfter, key_protection: keyProtection };
}

export function contactJson({ nodeId, name, addedAt, verifiedAt, verifiedBy, policy }: Contact): object {
  return { node_id: nodeId, name, added_at: addedAt, verified_at: verifiedAt, verified_by: verifiedBy, policy };
}

export function verificationJson({ nodeId, name, safetyNumber, verifiedAt, verifiedBy }: Verification): object {
  return { node_id: nodeId, name, safety_number: safetyNumber, verified_at: verifiedAt, verified_by: verifiedBy };
}

export function invitedJson({ channelId, name, id, link, code, role, uses, until, history }: Invited): object {
  return { channel_id: channelId, channel: channelLabel({ id: channelId, name }), id, link, code, role, uses, until, history };
}

export function inviteJson({ id, state, role, uses, history, guests, guestNames, until, by, byName }: NamedInvite): object {
  return { id, state, role, uses, history, guests, guest_names: guestNames, until, by, by_name: byName };
}

export function acceptedJson({ channelId, name, role, history, invitedBy, invitedByName }: Accepted): object {
  const channel = channelLabel({ id: channelId, name });
  return { channel_id: channelId, channel, name, role, history, invited_by: invitedBy, invited_by_name: invitedByName };
}

export function peerJson(peer: PeerView): object {
  const { id, kind, nick, endpoint, family, path, reason, hops, via, viaName, rttMs, configured, found, proven, live, heardMsAgo, nodeId } =
    peer;
  return {
    id,
    kind,
    ...whoJson(peer),
    nick,
    endpoint,
    family,
    path,
    hops,
    reason,
    via,
    via_name: viaName,
    rtt_ms: rttMs,
    configured,
    found,
    proven,
    live,
    heard_ms_ago: heardMsAgo,
    node_id: nodeId,
  };
}

export function routeJson({ to, via, viaName, nodeId, ageMs }: RouteView): object {
  return { to, via, via_name: viaName, node_id: nodeId, age_ms: ageMs };
}

export function wayJson({ to, name, hops, over, overNames, state }: WayToView): object {
  return { node_id: to, name, hops, over, over_names: overNames, state };
}

export function channelJson(view: ChannelView): object {
  const { id, name, mode, topic, members, live, owner, ownerName, others, role, link, pair } = view;
  return {
    channel_id: id,
    channel: channelLabel(view),
    name,
    mode,
    topic,
    members,
    live,
    owner,
    owner_name: ownerName,
    others,
    role,
    link,
    pair,
  };
}

export function memberJson(member: MemberView): object {
  const { endpoint, nodeId, nick, state, via, viaName, heardMsAgo, role, banned, forked } = member;
  return {
    endpoint,
    node_id: nodeId,
    ...whoJson(member),
    nick,
    state,
    via,
    via_name: viaName,
    heard_ms_ago: heardMsAgo,
    role,
    banned,
    forked,
  };
}

export function sentJson(sent: Sent): object {
  return { ...reachedJson(sent), held: (sent.held ?? []).map(heldJson) };
}

function reachedJson({ id, channelId, state, acked, of, bare }: Sent): object {
  return { id, channel_id: channelId, state, acked, of, bare };
}

function heldJson({ nodeId, name, by, byName, until }: HeldView): object {
  return { node_id: nodeId, name, by, by_name: byName, until };
}

export function foundJson({ entry, marks, before, after }: Found): object {
  return { ...entryJson(entry), marks, before: before.map(entryJson), after: after.map(entryJson) };
}

export function keepingJson({ channelId, channel, keep, isOwn, entries, bytes, dropped, droppedUpTo }: Keeping): object {
  return { channel_id: channelId, channel, keep, own: isOwn, entries, bytes, dropped, dropped_up_to: droppedUpTo };
}

export function doneJson(done: Done): object {
  return { ...reachedJson(done), post: done.post };
}

export function nickJson({ name, shownAs, channels }: Nick): object {
  return { name, shown_as: shownAs, channels };
}

export function topicJson({ channelId, channel, text, author, authorName }: Topic): object {
  return { channel_id: channelId, channel, text, author, author_name: authorName };
}

export function entryJson(entry: Entry): object {
  const { id, channelId, channel, author, authorName, own, kind, at, text, verified, muted } = entry;
  const { edited, deleted, deletedByName, reactions, replyTo, file, ahead, count } = entry;
  return {
    id,
    channel_id: channelId,
    channel,
    author,
    author_name: authorName,
    own,
    kind,
    at,
    text,
    verified,
    edited,
    deleted,
    deleted_by_name: deletedByName,
    reactions: reactions.map(({ authorNames, ...reaction }) => ({ ...reaction, author_names: authorNames })),
    reply_to: replyTo === null ? null : quoteJson(replyTo),
    file: file === null ? null : fileJson(file),
    ahead,
    muted,
    ...(count === undefined ? {} : { count }),
  };
}

function quoteJson({ id, author, authorName, excerpt }: QuoteView): object {
  return { id, author, author_name: authorName, excerpt };
}

/** What happens to posts while they are read: an object like an entry, whose `kind` is no `post`. @param channel - as it is called */
export function changeJson(event: ChangeEvent, channel: string): object {
  const { channelId, author, authorName, own, at } = event;
  const said = { channel_id: channelId, channel, author, author_name: authorName, own, at, verified: true };
  switch (event.type) {
    case "topic":
      return { ...said, kind: "topic", text: event.text };
    case "nick":
      return { ...said, kind: "nick", text: event.nick, former_name: event.formerName };
    case "post-edited":
      return { id: event.id, ...said, kind: "edit", text: event.text };
    case "post-deleted":
      return { id: event.id, ...said, kind: "delete", text: "" };
    case "reaction":
      return { id: event.id, ...said, kind: "reaction", text: event.text, off: event.off };
  }
}

export function roleGivenJson({ channelId, nodeId, name, role, changed }: RoleGiven): object {
  return { channel_id: channelId, node_id: nodeId, name, role, changed };
}

export function quietJson({ nodeId, name, quiet }: QuietView): object {
  return { node_id: nodeId, name, quiet };
}

/** @param ms - since the command began */
export function stepJson(step: ConnectStep, ms: number): object {
  return { ...step, ms };
}

export function connectedJson({ peer, path, ms, nodeId, name, refused }: Connected): object {
  return { connected: true, peer, path, ms, node_id: nodeId, name, encrypted: nodeId !== null, refused };
}

export function keyJson({ channelId, from, cipher, key, at }: StoredKey): object {
  return { channel_id: channelId, from, cipher, key, at };
}

/** @param at - ms since 1970 */
export function trafficJson(event: EventOf<"traffic">, at: number): object {
  const { direction, endpoint, socket, session, sessionName, verb, text, dropped } = event;
  return {
    at,
    direction,
    endpoint,
    socket,
    session: session ?? null,
    session_name: sessionName ?? null,
    verb,
    text,
    dropped: dropped ?? null,
  };
}

function whoJson({ name, contact, contactVerified, quiet }: Who): object {
  return { name, contact, contact_verified: contactVerified, quiet };
}

function warningJson(warning: Warning): object {
  const { kind, at } = warning;
  if (warning.kind === "clock-skew") return { kind, at, node_id: warning.nodeId, name: warning.name, ahead_ms: warning.aheadMs };
  if (warning.kind === "clock-wrong") return { kind, at, behind_ms: warning.behindMs, peers: warning.peers };
  if (warning.kind === "past") {
    const { count, asked, state } = warning;
    return { ...placeJson(warning), count, deleted: warning.deleted, asked, state };
  }
  if (warning.kind === "two-histories" || warning.kind === "missing" || warning.kind === "locked") return inChannelJson(warning);
  return { kind, at, endpoint: warning.endpoint, reason: warning.reason, times: warning.times };
}

function inChannelJson(warning: Extract<Warning, { readonly kind: "two-histories" | "missing" | "locked" }>): object {
  const place = placeJson(warning);
  return warning.kind !== "two-histories" ? { ...place, count: warning.count, asked: warning.asked } : place;
}

function placeJson({ kind, at, channelId, channel, nodeId, name }: Extract<Warning, { readonly channelId: string }>): object {
  return { kind, at, channel_id: channelId, channel, node_id: nodeId, name };
}
