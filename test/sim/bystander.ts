/** A machine without a node: sends and receives by hand, to measure NATs the way RFC 5780 does. */
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import {
  type BoxRules,
  type Datagram,
  type Family,
  type Link,
  type Network,
  type Receiver,
  Simulator,
  type Site,
} from "../../src/sim/index.ts";
import { type Endpoint, endpoint, type Ip } from "../../src/wire/index.ts";

export class Bystander implements Receiver {
  readonly passesOn = false;
  readonly received: Datagram[] = [];
  readonly ips: readonly Ip[];
  readonly #simulator: Simulator;
  readonly #network: Network;
  readonly #attachment: ReturnType<Simulator["internet"]["plugIn"]>["attachment"];

  constructor(simulator: Simulator, site: Site, families: readonly Family[] = ["v4"]) {
    const { ips, attachment } = simulator.internet.plugIn(site, families, this);
    this.ips = [...ips.values()];
    this.#simulator = simulator;
    this.#network = site.network;
    this.#attachment = attachment;
  }

  get link(): Link {
    return this.#attachment.link;
  }

  receive(datagram: Datagram): void {
    this.received.push(datagram);
  }

  at(port: number, ip = this.ips[0] as Ip): Endpoint {
    return endpoint(ip, port);
  }

  send(from: Endpoint, to: Endpoint, text = "x"): void {
    const datagram = { number: this.#simulator.nextDatagram(), origin: "bystander", from, to, bytes: new TextEncoder().encode(text) };
    this.#network.send(datagram, this.#attachment);
  }

  /** Sends, lets the datagram arrive, and says what `at` then saw as its source; null when nothing came. */
  seenBy(at: Bystander, from: Endpoint, to: Endpoint): Endpoint | null {
    const before = at.received.length;
    this.send(from, to);
    this.#simulator.run(200);
    return at.received[before]?.from ?? null;
  }
}

/** A simulator with a public site, and a client behind the boxes; no nodes. */
export function world(behind: readonly BoxRules[]) {
  const simulator = new Simulator({ seed: 7, crypto: sodiumCrypto });
  const publicSite = simulator.internet.site("public");
  const home = simulator.internet.site("home", { behind });
  return {
    simulator,
    publicSite,
    home,
    client: new Bystander(simulator, home),
    server: new Bystander(simulator, publicSite),
    other: new Bystander(simulator, publicSite),
  };
}
