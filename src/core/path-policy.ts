/**
 * By which paths the user lets a contact be reached: over relays only, so that our node never shows it where we are, or on the same
 * network only. What others know of our address and tell is not in our hands. PROTOCOL.md §23.3.
 *
 * 1. Nothing of a session leaves over a path that the policy does not allow, whatever is known of it.
 * 2. No such path is offered, asked for or answered, and our addresses are not told to that node.
 * 3. Who answers a call of ours at an address, and turns out to be such a contact, does not learn who called.
 * 4. An address at which a relay knows such a contact is not spoken to, and not answered.
 */
import { type Endpoint, type Ip, ipOf, type NodeId, scopeOf } from "../wire/index.ts";
import type { PathPolicy } from "./contacts.ts";
import { forgetPlaces } from "./kept-places.ts";
import { isAddress, newPath, type Path } from "./path.ts";
import type { Session } from "./session/session.ts";
import { chooseDataPath, dropCandidate, offerPath } from "./session/session-paths.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** True for a path over which that node may be spoken to. */
export function mayUse(node: NodeState, nodeId: string, path: Path): boolean {
  return allows(policyOf(node, nodeId), path);
}

/** True for a node to which we may say where we are. */
export function mayTellAddress(node: NodeState, nodeId: string): boolean {
  return policyOf(node, nodeId) === "direct";
}

function policyOf({ config }: NodeState, nodeId: string): PathPolicy {
  return config.contacts.policyOf?.(nodeId) ?? "direct";
}

function allows(policy: PathPolicy, path: Path): boolean {
  if (policy === "direct") return true;
  return policy === "relay" ? path.relay !== null : path.relay === null && isNearby(path.endpoint);
}

/** An address that cannot be on another network. */
function isNearby(endpoint: Endpoint): boolean {
  const scope = scopeOf(ipOf(endpoint));
  return scope === "private" || scope === "link-local" || scope === "loopback";
}

/** True where a relay knows somebody at that address who must not hear from us there. */
export function isBarred(node: NodeState, path: Path): boolean {
  const session = path.relay === null && path.kind !== "tcp" ? node.peers.named(path.endpoint)?.session : null;
  if (session == null || mayUse(node, session.with.nodeId, path)) return false;
  const there = node.peers.pathAt(path.endpoint)?.peer?.session ?? null;
  return there === null || there === session; // whom we know to be there himself is not cut off by what a relay says
}

/** True for an address at which such a contact is, as relays or neighbours say: nobody there is to be met by punching. */
export function isHiddenFrom(node: NodeState, ip: Ip): boolean {
  const hidden = new Set([...node.config.contacts.all()].filter((nodeId) => !mayTellAddress(node, nodeId)));
  if (hidden.size === 0) return false;
  if (node.routes.all().some(({ nodeId, to }) => nodeId !== null && hidden.has(nodeId) && ipOf(to) === ip)) return true;
  return [...hidden].some((nodeId) => {
    const peer = node.sessions.of(nodeId)?.peer;
    return peer !== undefined && [peer.endpoint, ...peer.aliases].some((name) => isAddress(name) && ipOf(name) === ip);
  });
}

/** The user has changed his mind: what is there and not allowed ends now, and another way is looked for. */
export function applyPolicy(node: NodeState, nodeId: string, now: Instant): void {
  if (!mayTellAddress(node, nodeId)) for (const channel of node.channels.all()) forgetPlaces(node, channel, nodeId); // or it would be called there at the next start
  const session = node.sessions.of(nodeId);
  if (session === undefined) return;
  for (const path of [...session.candidates]) if (!mayUse(node, nodeId, path)) dropCandidate(node, session, path);
  for (const path of [...session.peer.paths]) {
    if (mayUse(node, nodeId, path)) continue;
    node.redials.delete(path.endpoint);
    node.releaseSocket(path);
    node.peers.detach(path);
  }
  lookForRelay(node, session, now);
  chooseDataPath(node, session, now);
}

/** Over whoever lists that node as its neighbour. */
function lookForRelay(node: NodeState, session: Session, now: Instant): void {
  const nodeId = session.with.nodeId as NodeId;
  for (const route of node.routes.all()) {
    const via = route.nodeId === nodeId ? node.peers.pathTo(route.via, now) : undefined;
    if (via?.peer?.session == null || via.relay !== null) continue;
    const path = newPath("relay", route.to, via.socket, via);
    if (mayUse(node, nodeId, path)) offerPath(node, session, path, now);
  }
}
