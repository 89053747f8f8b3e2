/**
 * Where we may be reached, as we say it to the other end of a session, and which of its places we try. Both ends hold the keys
 * of the session, so a place can only be shown to be the other's; but until then it may be anybody's. PROTOCOL.md §11.9.
 *
 * 1. IPv6 goes first: no NAT is in its way.
 * 2. A private address is told, and tried, only where both ends seem to be behind the same public address, or the relay
 *    itself is in that range: elsewhere it is somebody else's, and our business.
 * 3. Of a node that is neither a contact nor a member of a channel of ours, one place at each address is tried.
 */
import { type Endpoint, type Ip, ipOf, OFFERED_MAX, portOf, scopeOf } from "../../wire/index.ts";
import { CONNECT_PORT_MIN, SIGHTING_KEPT_MS } from "../limits.ts";
import { mayProbe, rangeOf } from "../scope.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";

/** A machine may have a dozen of them, for privacy. */
const V6_OFFERED_MAX = 3;

/** Where our listening socket may be reached, the best places first. @param theirs - what the other end has offered */
export function ownCandidates(node: NodeState, session: Session, theirs: readonly Endpoint[], now: Instant): Endpoint[] {
  const own = node.ownEndpoints;
  const mapped = node.mapped.udp;
  const relay = relayOf(session);
  const seen = sightings(node, now);
  const isNear = sharesAddress(seen, theirs) || seen.some((place) => relay?.name != null && ipOf(place) === ipOf(relay.name));
  const fits = (place: Endpoint) => {
    const range = rangeOf(ipOf(place));
    if (range === "public") return true;
    return range !== null && ((isNear && range !== "loopback") || (relay !== null && range === rangeOf(ipOf(relay.at))));
  };
  const all = new Set([...(mapped === null ? [] : [mapped]), ...seen, ...own].filter(fits));
  const [v6, v4] = [[...all].filter(isV6), [...all].filter((place) => !isV6(place))];
  return [...v6.slice(0, V6_OFFERED_MAX), ...v4].slice(0, OFFERED_MAX);
}

/** Which of the other end's places are tried. @param trusted - it is a contact or a member of a channel of ours */
export function placesToTry(node: NodeState, session: Session, theirs: readonly Endpoint[], trusted: boolean, now: Instant): Endpoint[] {
  const isNear = sharesAddress(sightings(node, now), theirs);
  const places = theirs.filter((place) => mayTry(node, session, place, isNear));
  return trusted ? places : places.filter((place, at) => places.findIndex((other) => ipOf(other) === ipOf(place)) === at);
}

function mayTry(node: NodeState, session: Session, place: Endpoint, isNear: boolean): boolean {
  const relay = relayOf(session);
  if (portOf(place) < CONNECT_PORT_MIN || (isV6(place) && !node.ownEndpoints.some(isV6))) return false;
  if (scopeOf(ipOf(place)) === "private" && isNear) return true;
  return relay !== null && mayProbe(place, relay.at);
}

/** The relay's endpoint, and what it calls the other end: where it met that. Over several hops nobody calls it by an address. */
export function relayOf(session: Session): { readonly at: Endpoint; readonly name: Endpoint | null } | null {
  const present = session.dataPath?.relay == null ? null : session.dataPath;
  const path = present ?? session.peer.paths.find((each) => each.relay !== null);
  return path?.relay == null ? null : { at: path.relay.endpoint, name: path.route === null ? path.endpoint : null };
}

/** Where neighbours see our listening socket; those that agree count once. */
export function sightings(node: NodeState, now: Instant): Endpoint[] {
  const fresh = [...node.approaches.sightings.values()].filter(({ at }) => now - at < SIGHTING_KEPT_MS);
  return [...new Set(fresh.map(({ seen }) => seen))];
}

function sharesAddress(seen: readonly Endpoint[], theirs: readonly Endpoint[]): boolean {
  const ours = new Set<Ip>(seen.map(ipOf));
  return theirs.some((place) => ours.has(ipOf(place)));
}

export function isV6(place: Endpoint): boolean {
  return place.startsWith("[");
}
