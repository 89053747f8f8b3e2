/** "Reachable over": what neighbours said in ROUTING. Remembered, never called by itself. PROTOCOL.md §8.13. */
import { type Endpoint, type Ip, ipOf } from "../wire/index.ts";
import { ROUTE_KEPT_MS, ROUTES_MAX, ROUTES_PER_PEER_MAX } from "./limits.ts";
import type { Instant } from "./time.ts";

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

  /** What is said of an endpoint. */
  to(endpoint: Endpoint): Route[] {
    return [...this.#byVia.keys()].flatMap((via) => this.said(via, endpoint) ?? []);
  }

  /** What one neighbour says of an endpoint. */
  said(via: Endpoint, to: Endpoint): Route | undefined {
    return this.#byVia.get(via)?.find((route) => route.to === to);
  }

  /** True when a neighbour says that it hears that node itself. */
  names(via: Endpoint, nodeId: string): boolean {
    return this.#byVia.get(via)?.some((route) => route.nodeId === nodeId) === true;
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
