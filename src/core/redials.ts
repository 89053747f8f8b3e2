/**
 * Nodes that we talked with and that fell silent: their last addresses are called again from time to time, since nobody
 * else may know that both are back. PROTOCOL.md §11.7.
 */
import type { Endpoint } from "../wire/index.ts";
import { REDIAL_FOR_MS, REDIAL_MS, REDIALS_MAX } from "./limits.ts";
import { callPeer } from "./liveness.ts";
import { isLive, type Path } from "./path.ts";
import type { NodeState } from "./state.ts";
import { isThereOverTcp } from "./tcp.ts";
import type { Instant } from "./time.ts";

export interface Redial {
  nextAt: Instant;
  readonly until: Instant;
}

/** The session over this path ended in silence. A configured endpoint is called without end, others for a day. */
export function redial(node: NodeState, path: Path, now: Instant): void {
  if (path.keep === "lan") return; // it is heard of again when it is there, and elsewhere that address is a stranger's
  if (path.keep === "configured") callPeer(node, path.endpoint, "configured", now);
  else if (path.kind === "direct" && path.trusted && node.redials.size < REDIALS_MAX)
    node.redials.set(path.endpoint, { nextAt: now, until: now + REDIAL_FOR_MS });
}

/** Calls those that are due. Called once a second. */
export function tendRedials(node: NodeState, now: Instant): void {
  for (const [endpoint, redial] of node.redials) {
    if (now >= redial.until || isThere(node, endpoint, now)) node.redials.delete(endpoint);
    else if (now >= redial.nextAt) {
      redial.nextAt = now + REDIAL_MS;
      callPeer(node, endpoint, "asked", now);
    }
  }
}

function isThere(node: NodeState, endpoint: Endpoint, now: Instant): boolean {
  if (isThereOverTcp(node, endpoint, now)) return true;
  const path = node.peers.pathAt(endpoint);
  return path !== undefined && path.peer?.session != null && isLive(path, now);
}
