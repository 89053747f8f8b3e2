/** "Reachable over": what neighbours said in ROUTING. Remembered, never called by itself. PROTOCOL.md §8.13. */
import { type Endpoint, type Ip, ipOf } from "../wire/index.ts";
import { ROUTE_KEPT_MS, ROUTES_MAX, ROUTES_PER_PEER_MAX } from "./limits.ts";
import type { Instant } from "./time.ts";

/** Letters of a key in Crockford base32: what old programs call themselves is shorter. */
const NODE_ID_LENGTH = 52;

export interface Route {
  readonly to: Endpoint;
  readonly via: Endpoint;
  readonly nodeId: string | null;
  readonly at: Instant;
  readonly until: Instant;
}

export class RouteTable {
  readonly #byVia = new Map<Endpoint, Route[]>();
  #size = 0;

  /** Takes the place of what `via` said before; beyond the bounds the rest of its list is left out. */
  put(via: Endpoint, nodes: readonly { address: string; node_id?: string }[], now: Instant, keptMs: number = ROUTE_KEPT_MS): number {
    this.remove(via);
    const room = Math.min(ROUTES_PER_PEER_MAX, ROUTES_MAX - this.#size);
    const routes = nodes
      .slice(0, room)
      .map((node) => ({ to: node.address as Endpoint, via, nodeId: node.node_id ?? null, at: now, until: now + keptMs }));
    if (routes.length > 0) this.#byVia.set(via, routes);
    this.#size += routes.length;
    return routes.length;
  }

  remove(via: Endpoint): void {
    this.#size -= this.#byVia.get(via)?.length ?? 0;
    this.#byVia.delete(via);
  }

  /** Over whom an endpoint, or some endpoint of an address, is reachable; the freshest word first. */
  over(to: Ip | Endpoint): Endpoint[] {
    const found: Route[] = [];
    for (const routes of this.#byVia.values()) {
      const route = routes.find((entry) => entry.to === to || ipOf(entry.to) === to);
      if (route !== undefined) found.push(route);
    }
    return found.sort((a, b) => b.at - a.at).map((route) => route.via);
  }

  /** Who says that a node with a key is at an endpoint. */
  sayingNodeAt(to: Endpoint): Endpoint[] {
    const found: Endpoint[] = [];
    for (const [via, routes] of this.#byVia)
      if (routes.some((route) => route.to === to && route.nodeId?.length === NODE_ID_LENGTH)) found.push(via);
    return found;
  }

  expire(now: Instant): void {
    for (const [via, routes] of this.#byVia) {
      if (now >= (routes[0]?.until ?? 0)) this.remove(via);
    }
  }

  all(): Route[] {
    return [...this.#byVia.values()].flat();
  }
}
