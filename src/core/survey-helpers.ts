/** Neighbours that can tell what our NAT does, and how they are asked. PROTOCOL.md §15. */
import { type Endpoint, type InstanceId, ipOf, scopeOf } from "../wire/index.ts";
import { directPath } from "./peer-table.ts";
import { sayInSession } from "./session/frames.ts";
import type { NodeState } from "./state.ts";
import type { SurveyBody } from "./survey-help.ts";
import type { Helper } from "./survey-table.ts";
import type { Instant } from "./time.ts";

const HELPERS_MAX = 2;
const TOKEN_DIGITS = 16;

/** Neighbours beyond any NAT of ours: reached directly at a public address, of one family, and of two addresses where there are. @param v6 - which family; any where null */
export function chooseHelpers(node: NodeState, now: Instant, v6: boolean | null = null): Helper[] {
  const helpers: Helper[] = [];
  for (const session of node.sessions.all()) {
    const way = session.announced ? directPath(session.peer, now) : null;
    if (way === null || !way.trusted || way.kind !== "direct" || scopeOf(ipOf(way.endpoint)) !== "public") continue;
    const place = way.endpoint;
    if (v6 !== null && isV6(place) !== v6) continue;
    if (helpers.some((other) => ipOf(other.endpoint) === ipOf(place) || isV6(other.endpoint) !== isV6(place))) continue;
    helpers.push({ peer: session.peer.id, endpoint: place, seen: null });
    if (helpers.length === HELPERS_MAX) break;
  }
  return helpers;
}

function isV6(place: Endpoint): boolean {
  return place.startsWith("[");
}

/** Over IPv4 where any is: that is where NATs are. */
export function natHelpers(node: NodeState, now: Instant): Helper[] {
  const helpers = chooseHelpers(node, now, false);
  return helpers.length > 0 ? helpers : chooseHelpers(node, now, true);
}

/** One that says where it sees us over the family that those helpers do not use. */
export function otherFamily(node: NodeState, [first]: readonly Helper[], now: Instant): Helper | null {
  return first === undefined ? null : (chooseHelpers(node, now, !isV6(first.endpoint))[0] ?? null);
}

export function newToken(node: NodeState): InstanceId {
  return node.newId().slice(0, TOKEN_DIGITS) as InstanceId;
}

export function askHelper(node: NodeState, helper: Pick<Helper, "peer">, ptp: SurveyBody, now: Instant): void {
  const session = node.peers.get(helper.peer)?.session ?? null;
  if (session !== null) sayInSession(node, session, "HELLO", { ptp }, now);
}
