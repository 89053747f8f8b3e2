/** What `--json` prints: stable snake_case names, each with its line in docs/cli.md. */
import type { Connected, Contact, Entry, Identity, Sent, Status, Verification } from "../../app/api.ts";
import { channelLabel } from "../shared/channel-word.ts";
import type { ChannelView, ConnectStep, EventOf, MemberView, PeerView, RouteView, StoredKey } from "../shared/door.ts";

export function readyJson({ nodeId, name, role, udp, home, pid, version }: Status): object {
  return { ready: true, node_id: nodeId, udp, name, role, home, pid, version };
}

export function statusJson(status: Status): object {
  const { version, nodeId, name, role, udp, home, keyProtection, pid, uptimeMs, peers, channels, store, counters, socketErrors, memory } =
    status;
  const { datagramsIn, datagramsOut, bytesIn, bytesOut, received, sent, dropped } = counters;
  return {
    version,
    node_id: nodeId,
    name,
    role,
    udp,
    home,
    key_protection: keyProtection,
    pid,
    uptime_ms: uptimeMs,
    peers: { live: peers.live, known: peers.known, unresolved: peers.unresolved },
    channels,
    store: { state: store.state, code: store.code },
    counters: { datagrams_in: datagramsIn, datagrams_out: datagramsOut, bytes_in: bytesIn, bytes_out: bytesOut, received, sent, dropped },
    socket_errors: socketErrors,
    memory: { resident_bytes: memory.residentBytes },
  };
}

export function identityJson({ nodeId, name, guid, fingerprint, certificate, issued, notAfter, keyProtection }: Identity): object {
  return { node_id: nodeId, name, guid, fingerprint, certificate, issued, not_after: notAfter, key_protection: keyProtection };
}

export function contactJson({ nodeId, name, addedAt, verifiedAt }: Contact): object {
  return { node_id: nodeId, name, added_at: addedAt, verified_at: verifiedAt };
}

export function verificationJson({ nodeId, name, safetyNumber, verifiedAt }: Verification): object {
  return { node_id: nodeId, name, safety_number: safetyNumber, verified_at: verifiedAt };
}

export function peerJson({ id, kind, endpoint, path, via, configured, proven, live, heardMsAgo, nodeId }: PeerView): object {
  return { id, kind, endpoint, path, via, configured, proven, live, heard_ms_ago: heardMsAgo, node_id: nodeId };
}

export function routeJson({ to, via, nodeId, ageMs }: RouteView): object {
  return { to, via, node_id: nodeId, age_ms: ageMs };
}

export function channelJson(view: ChannelView): object {
  const { id, name, mode, members, live } = view;
  return { channel_id: id, channel: channelLabel(view), name, mode, members, live };
}

export function memberJson({ endpoint, state, via, heardMsAgo }: MemberView): object {
  return { endpoint, state, via, heard_ms_ago: heardMsAgo };
}

export function sentJson({ id, channelId, state, acked, of }: Sent): object {
  return { id, channel_id: channelId, state, acked, of };
}

export function entryJson({ id, channelId, channel, author, own, kind, at, text, verified }: Entry): object {
  return { id, channel_id: channelId, channel, author, own, kind, at, text, verified };
}

/** @param ms - since the command began */
export function stepJson(step: ConnectStep, ms: number): object {
  return { ...step, ms };
}

export function connectedJson({ peer, path, ms }: Connected): object {
  return { connected: true, peer, path, ms };
}

export function keyJson({ channelId, from, cipher, key, at }: StoredKey): object {
  return { channel_id: channelId, from, cipher, key, at };
}

/** @param at - ms since 1970 */
export function trafficJson({ direction, endpoint, socket, verb, text, dropped }: EventOf<"traffic">, at: number): object {
  return { at, direction, endpoint, socket, verb, text, dropped: dropped ?? null };
}
