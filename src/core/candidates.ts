/**
 * Who is heard of on the local network: dialled, which is the first message of a handshake, and kept when it is a node. What is
 * heard is a claim of whoever is on that network, so it is bounded where it may point, how often, and at how many.
 * PROTOCOL.md §14.
 */
import { type Endpoint, ipOf, portOf, scopeOf } from "../wire/index.ts";
import { joinEverywhere } from "./joining.ts";
import { CANDIDATES_KEPT_MAX, CONNECT_PORT_MIN } from "./limits.ts";
import { dialCandidate } from "./liveness.ts";
import { isLive, type Path } from "./path.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** Takes one endpoint that was heard of; a node that is there already is kept from here on. */
export function onCandidate(node: NodeState, endpoint: Endpoint, now: Instant): void {
  if (node.link === null || node.stopping) return;
  if (!isNearby(endpoint)) return node.drop("candidate-scope", endpoint);
  const there = node.peers.pathAt(endpoint);
  if (there?.peer?.session != null && isLive(there, now)) return keep(node, there, now);
  if (keptCount(node) >= CANDIDATES_KEPT_MAX) return node.drop("candidates-full", endpoint);
  if (!node.candidates.take(endpoint, now)) return node.drop("candidate-rate", endpoint);
  dialCandidate(node, endpoint, now);
}

/** It called us before we heard of it: it hears of our channels as if we had been first. */
function keep(node: NodeState, path: Path, now: Instant): void {
  node.candidates.forget(path.endpoint);
  if (path.keep !== null || path.peer === null || keptCount(node) >= CANDIDATES_KEPT_MAX) return;
  path.keep = "lan";
  path.keptSince = now;
  joinEverywhere(node, path.peer, now);
}

/** A private or link-local address: `net` lets only those through that are on the link of one of our interfaces. */
function isNearby(endpoint: Endpoint): boolean {
  const scope = scopeOf(ipOf(endpoint));
  return (scope === "private" || scope === "link-local") && portOf(endpoint) >= CONNECT_PORT_MIN;
}

function keptCount(node: NodeState): number {
  let count = 0;
  for (const peer of node.peers.all()) if (peer.paths.some((path) => path.keep === "lan")) count++;
  return count;
}
