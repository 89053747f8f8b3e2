/**
 * Which endpoints have shown that they receive what a host sends: somebody who got a datagram of it has since sent from
 * there. A node can know that only by a proof (a handshake, the answer to a challenge, a cookie); a wire can see it happen.
 */
import type { Endpoint } from "../../wire/index.ts";
import type { Datagram } from "../world.ts";

interface Trips {
  /** Whom a datagram to each endpoint has reached. */
  readonly reached: Map<Endpoint, Set<string>>;
  readonly done: Set<Endpoint>;
}

export class RoundTrips {
  readonly #byHost = new Map<string, Trips>();
  /** Datagrams to endpoints that have not answered yet. */
  readonly #underWay = new Map<number, { readonly trips: Trips; readonly to: Endpoint }>();

  /** True when `host` may know by now that it reaches `endpoint`. */
  has(host: string, endpoint: Endpoint): boolean {
    return this.#of(host).done.has(endpoint);
  }

  /** The host was started anew and knows nothing. */
  forget(host: string): void {
    this.#byHost.delete(host);
  }

  sent(host: string, { number, to }: Datagram): void {
    const trips = this.#of(host);
    if (!trips.done.has(to)) this.#underWay.set(number, { trips, to });
  }

  swallowed({ number }: Datagram): void {
    this.#underWay.delete(number);
  }

  arrived(host: string, { number, origin, from }: Datagram): void {
    const sent = this.#underWay.get(number);
    if (sent !== undefined) {
      this.#underWay.delete(number);
      sent.trips.reached.set(sent.to, (sent.trips.reached.get(sent.to) ?? new Set()).add(host));
    }
    const trips = this.#of(host);
    if (trips.reached.get(from)?.has(origin) === true) trips.done.add(from);
  }

  #of(host: string): Trips {
    const known = this.#byHost.get(host);
    if (known !== undefined) return known;
    const trips = { reached: new Map(), done: new Set<Endpoint>() };
    this.#byHost.set(host, trips);
    return trips;
  }
}
