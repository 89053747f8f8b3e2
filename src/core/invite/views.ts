/** Invites for the eye, and where whoever comes by one finds somebody. PROTOCOL.md §20.1, §20.2. */
import { type Endpoint, type EventId, type Guid, ipOf, type NodeId, scopeOf } from "../../wire/index.ts";
import { sightings } from "../approach/candidates.ts";
import type { InvitedRole } from "../log/invite.ts";
import { rankOf } from "../log/kind.ts";
import { type OrderRefusal, showsPast } from "../open/orders.ts";
import { directPath } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant, Timestamp } from "../time.ts";

export interface InviteView {
  /** Of the event that made it. */
  readonly id: EventId;
  readonly by: NodeId;
  /** The public half of its key. */
  readonly key: NodeId;
  readonly role: InvitedRole;
  readonly until: Timestamp;
  readonly uses: number;
  /** Whoever comes by it may read what was said before. */
  readonly history: boolean;
  /** Who came in by it. */
  readonly guests: readonly NodeId[];
  /** `open`: whoever holds it may come in. */
  readonly state: "open" | "used" | "expired" | "revoked";
}

/** Why the user can invite nobody into a channel; null when he can. @param history - to read what was said before, too */
export function inviteRefusal(node: NodeState, channelId: Guid, history: boolean): OrderRefusal | null {
  const open = node.channels.get(channelId)?.open ?? null;
  if (open === null) return "no-owner";
  const { isKnown, roles, ownRole } = open.lasting;
  if (!isKnown) return "no-genesis";
  if (roles.charter.owner === null) return "no-owner";
  if (rankOf(ownRole) < rankOf("admin")) return "not-admin";
  return history && !showsPast(roles.charter) ? "no-past" : null;
}

/** The invites of a channel, in their order. */
export function viewInvites(node: NodeState, channelId: Guid, now: Instant): InviteView[] {
  const roles = node.channels.get(channelId)?.open?.lasting.roles;
  return (roles?.invites() ?? []).map((invite) => {
    const { by, key, role, until, uses, history = false } = invite;
    const guests = [...(roles?.guestsOf(invite) ?? [])];
    const isOver = node.timestamp(now) >= until ? "expired" : guests.length >= uses ? "used" : "open";
    return {
      id: by.id,
      by: by.author,
      key,
      role,
      until,
      uses,
      history,
      guests,
      state: roles?.isInviteEnded(by.id) === true ? "revoked" : isOver,
    };
  });
}

/** Places of this node, of whom it calls, and of others who may let in, that a link has room for. */
const OWN_PLACES_MAX = 4;
const CALLED_PLACES_MAX = 3;
const OTHERS_PLACES_MAX = 2;

/** Where somebody who wants to come into a channel may look: us, whom we call, and others who may let him in. */
export function placesFor(node: NodeState, channelId: Guid, now: Instant): Endpoint[] {
  const { mapped, ownEndpoints, config } = node;
  const own = [...(mapped.udp === null ? [] : [mapped.udp]), ...ownEndpoints, ...sightings(node, now)];
  const reachable = [...new Set(own)].filter((place) => RANK[scopeOf(ipOf(place))] !== undefined);
  reachable.sort((a, b) => (RANK[scopeOf(ipOf(a))] ?? 0) - (RANK[scopeOf(ipOf(b))] ?? 0));
  const places = [...reachable.slice(0, OWN_PLACES_MAX), ...config.peers.slice(0, CALLED_PLACES_MAX), ...adminsOf(node, channelId, now)];
  return [...new Set(places)];
}

/** Public places first; one that only this machine can name helps somebody on it. */
const RANK: Partial<Record<ReturnType<typeof scopeOf>, number>> = { public: 0, private: 1, loopback: 2 };

function adminsOf(node: NodeState, channelId: Guid, now: Instant): Endpoint[] {
  const open = node.channels.get(channelId)?.open ?? null;
  const admins = (open?.lasting.roles.members() ?? []).filter(({ role }) => rankOf(role) >= rankOf("admin"));
  const there = admins.flatMap(({ node: id }) => {
    const peer = node.sessions.of(id)?.peer;
    const path = peer === undefined ? null : directPath(peer, now);
    return path?.kind === "direct" ? [path.endpoint] : [];
  });
  return there.slice(0, OTHERS_PLACES_MAX);
}
