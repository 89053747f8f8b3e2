/**
 * Where a node comes back to a channel when it is started anew: the members that it reached there, and those at whom its user
 * joined. It calls them itself, whoever has called it before, so a crowd around it does not decide whom it meets. PROTOCOL.md §17.5.
 *
 * 1. A place is kept once its node, or bare peer, has shown that it is reached there with nobody in between.
 * 2. Of one holder of addresses few are kept, or a crowd would fill what is called; but any number of contacts and of those
 *    whom the user named.
 * 3. Who is found elsewhere, and at the old place no more, is kept there instead.
 * 4. LEAVE is also what a node says that ends for today, so a node's place is forgotten only when it says that it is no member.
 */
import { type Endpoint, hasZone, ipOf, networkOf, scopeOf } from "../wire/index.ts";
import type { Channel } from "./channel-table.ts";
import type { PeerId } from "./io.ts";
import { isLive, type Path } from "./path.ts";
import type { Peer } from "./peer-table.ts";
import { save } from "./saving.ts";
import type { NodeState } from "./state.ts";
import type { Change } from "./store.ts";
import type { Instant } from "./time.ts";

/** Members of one /24 or /48 that are strangers to the user. */
const KEPT_PER_BLOCK = 2;

/** Keeps the place of a peer with whom we speak of a channel of ours, if it is one to come back to. */
export function keepPlace(node: NodeState, channel: Channel, peer: Peer, path: Path, now: Instant): void {
  const { endpoint } = path;
  if (!channel.joined || !path.trusted || path.kind !== "direct" || path.keep === "lan" || hasZone(endpoint)) return;
  if (channel.kept.get(endpoint) === peer.id) return;
  const others = placesOf(channel, peer.id);
  if (others.some((place) => peer.paths.some((each) => each.endpoint === place && isLive(each, now)))) return;
  const isNew = !channel.kept.has(endpoint);
  if (isNew && others.length === 0 && isCrowded(node, channel, peer, endpoint)) return;
  forgetPlaces(node, channel, peer.id);
  channel.kept.set(endpoint, peer.id);
  const member = { channelId: channel.id, endpoint, heardAt: node.timestamp(now) };
  if (isNew) save(node, [{ kind: "member", member }]);
}

/**
 * The peer is not in the channel any more, or was not heard for a day.
 * @param at - where it said so: the place may be one that was kept before this start
 */
export function forgetPlaces(node: NodeState, channel: Channel, peer: PeerId, at: Endpoint | null = null): void {
  const gone = [...channel.kept].flatMap(([endpoint, holder]) => (holder === peer || endpoint === at ? [endpoint] : []));
  for (const place of gone) channel.kept.delete(place);
  if (gone.length === 0 || !channel.joined) return;
  const changes = gone.map((endpoint): Change => ({ kind: "member-gone", channelId: channel.id, endpoint }));
  save(node, changes);
}

function placesOf(channel: Channel, peer: PeerId): Endpoint[] {
  return [...channel.kept].flatMap(([endpoint, holder]) => (holder === peer ? [endpoint] : []));
}

function isCrowded(node: NodeState, channel: Channel, peer: Peer, endpoint: Endpoint): boolean {
  if (node.config.contacts.has(peer.id) || channel.targets.get(peer.id)?.named === true) return false;
  if (scopeOf(ipOf(endpoint)) !== "public") return false; // on a private network addresses cost nothing, and are few
  const block = blockOf(networkOf(ipOf(endpoint)));
  let count = 0;
  for (const place of channel.kept.keys()) if (blockOf(networkOf(ipOf(place))) === block) count++;
  return count >= KEPT_PER_BLOCK;
}

/**
 * A /24 of IPv4 or /48 of IPv6: what one holder of addresses can fill cheaply.
 * @param network - an IPv4 address, or the first 64 bits of an IPv6 one
 */
export function blockOf(network: string): string {
  return network.includes(":") ? network.split(":").slice(0, 3).join(":") : network.slice(0, network.lastIndexOf("."));
}
