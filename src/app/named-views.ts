/** Peers, members and routes, with names for people. */

import type { Endpoint, Guid } from "../wire/index.ts";
import type { NamedChannel, NamedMember, NamedPeer, NamedRoute, NamedWay } from "./api.ts";
import { channelLink, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

export function namedPeers({ core, now, names }: Engine): NamedPeer[] {
  const peers = core.peers(now);
  const nameAt = namerOf(peers, names);
  return peers.map((peer) => ({
    ...peer,
    ...names.who(peer.id),
    family: peer.endpoint.startsWith("[") ? "v6" : "v4",
    viaName: peer.via === null ? null : nameAt(peer.via),
  }));
}

export function namedMembers({ core, now, names }: Engine, channelId: Guid): NamedMember[] {
  const nameAt = namerOf(core.peers(now), names);
  return core.members(channelId, now).map((member) => ({
    ...member,
    ...names.who(member.nodeId ?? member.endpoint ?? ""),
    viaName: member.via === null ? null : nameAt(member.via),
  }));
}

export function namedRoutes({ core, now, names }: Engine): NamedRoute[] {
  const nameAt = namerOf(core.peers(now), names);
  return core.routes(now).map((route) => ({ ...route, viaName: nameAt(route.via) }));
}

export function namedWays({ core, now, names }: Engine): NamedWay[] {
  return core.ways(now).map((way) => ({ ...way, name: names.of(way.to), overNames: way.over.map((id) => names.of(id)) }));
}

export function namedChannels(engine: Engine): NamedChannel[] {
  const { core, now, names } = engine;
  const joined = engine.joined();
  const nameOf = (id: string) => {
    const channel = joined.find((each) => each.id === id);
    return channel === undefined ? "" : shownName(channel, joined);
  };
  return core.channels(now).map((view) => ({
    ...view,
    name: nameOf(view.id),
    ownerName: view.owner === null ? null : names.of(view.owner),
    link: channelLink(view),
  }));
}

/** Names whoever is at an endpoint. */
function namerOf(peers: ReturnType<Engine["core"]["peers"]>, names: Engine["names"]): (endpoint: Endpoint) => string {
  // What is over several hops shows the endpoint of the first of them.
  const ids = new Map(peers.filter(({ endpoint, via }) => endpoint !== via).map(({ endpoint, id }) => [endpoint, id]));
  return (endpoint) => names.of(ids.get(endpoint) ?? endpoint);
}
