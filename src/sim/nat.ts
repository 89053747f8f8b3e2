/**
 * NAT by the book (RFC 4787): a mapping behaviour, a filtering behaviour and a way to choose ports, in any
 * combination. Only outbound datagrams refresh a mapping (REQ-6).
 */
import type { Instant } from "../core/index.ts";
import { type Endpoint, endpoint, type Ip, ipOf, portOf } from "../wire/index.ts";
import type { Random } from "./random.ts";

/** Endpoint-independent, address-dependent, address-and-port-dependent mapping. */
export type Mapping = "eim" | "adm" | "apdm";
/** The same three for filtering. */
export type Filtering = "eif" | "adf" | "apdf";
export type PortChoice = "preserve" | "sequential" | "random";

export interface NatRules {
  readonly mapping: Mapping;
  readonly filtering: Filtering;
  /** The public port of a new mapping: the inner one if it is free, the next, or any. */
  readonly ports: PortChoice;
  readonly lifetimeMs: number;
}

/** What a box does to the endpoints of datagrams that pass it. */
export interface Translator {
  /** The source that a datagram has outside; null when it may not leave. */
  outward(from: Endpoint, to: Endpoint, now: Instant): Endpoint | null;
  /** Whom inside a datagram is for; null when it may not enter. */
  inward(from: Endpoint, to: Endpoint, now: Instant): Endpoint | null;
  /** Forgets every mapping, as a box does that was switched off and on, perhaps with another public address. */
  rebind(publicIp: Ip): void;
}

const PORT_MIN = 1_024;
const PORTS = 65_536 - PORT_MIN;

interface Mapped {
  readonly key: string;
  readonly inner: Endpoint;
  readonly outer: Endpoint;
  readonly port: number;
  expiresAt: Instant;
  /** Remotes that were sent to, as far as the filtering looks at them, and until when they may answer. */
  readonly permits: Map<string, Instant>;
}

export class Nat implements Translator {
  readonly #rules: NatRules;
  readonly #random: Random;
  readonly #byKey = new Map<string, Mapped>();
  readonly #byPort = new Map<number, Mapped>();
  /** Through which mapping a remote came in: answers to it leave through the same, as NATs that keep sessions have it. */
  readonly #sessions = new Map<string, Mapped>();
  #publicIp: Ip;
  #nextPort: number;

  constructor(rules: NatRules, publicIp: Ip, random: Random) {
    this.#rules = rules;
    this.#publicIp = publicIp;
    this.#random = random;
    this.#nextPort = PORT_MIN + random.below(PORTS);
  }

  outward(from: Endpoint, to: Endpoint, now: Instant): Endpoint {
    const key = this.#mappingKey(from, to);
    const mapped = this.#sessionOf(from, to, now) ?? this.#alive(this.#byKey.get(key), now) ?? this.#map(key, from, now);
    mapped.expiresAt = now + this.#rules.lifetimeMs;
    mapped.permits.set(this.#filterKey(to), mapped.expiresAt);
    return mapped.outer;
  }

  inward(from: Endpoint, to: Endpoint, now: Instant): Endpoint | null {
    const mapped = this.#alive(this.#byPort.get(portOf(to)), now);
    if (mapped === undefined) return null;
    const until = mapped.permits.get(this.#filterKey(from));
    if (this.#rules.filtering !== "eif" && (until === undefined || until <= now)) return null;
    if (this.#rules.mapping !== "eim") this.#sessions.set(`${mapped.inner} ${from}`, mapped);
    return mapped.inner;
  }

  rebind(publicIp: Ip): void {
    this.#publicIp = publicIp;
    this.#byKey.clear();
    this.#byPort.clear();
    this.#sessions.clear();
  }

  /** With endpoint-independent mapping there is only one mapping that a remote can have come in by. */
  #sessionOf(from: Endpoint, to: Endpoint, now: Instant): Mapped | undefined {
    return this.#sessions.size === 0 ? undefined : this.#alive(this.#sessions.get(`${from} ${to}`), now);
  }

  #mappingKey(from: Endpoint, to: Endpoint): string {
    switch (this.#rules.mapping) {
      case "eim":
        return from;
      case "adm":
        return `${from} ${ipOf(to)}`;
      case "apdm":
        return `${from} ${to}`;
    }
  }

  #filterKey(remote: Endpoint): string {
    switch (this.#rules.filtering) {
      case "eif":
        return "";
      case "adf":
        return ipOf(remote);
      case "apdf":
        return remote;
    }
  }

  #map(key: string, inner: Endpoint, now: Instant): Mapped {
    const port = this.#choosePort(portOf(inner), now);
    const mapped = { key, inner, outer: endpoint(this.#publicIp, port), port, expiresAt: now, permits: new Map() };
    this.#byKey.set(key, mapped);
    this.#byPort.set(mapped.port, mapped);
    return mapped;
  }

  #choosePort(innerPort: number, now: Instant): number {
    const isFree = (port: number) => this.#alive(this.#byPort.get(port), now) === undefined;
    if (this.#rules.ports === "preserve" && isFree(innerPort)) return innerPort;
    for (let tries = 0; tries < PORTS; tries++) {
      const port = this.#rules.ports === "sequential" ? this.#takeNextPort() : PORT_MIN + this.#random.below(PORTS);
      if (isFree(port)) return port;
    }
    throw new Error("a NAT ran out of ports");
  }

  #takeNextPort(): number {
    this.#nextPort = PORT_MIN + ((this.#nextPort + 1 - PORT_MIN) % PORTS);
    return this.#nextPort;
  }

  /** The mapping if its lifetime is not over; else it is forgotten. */
  #alive(mapped: Mapped | undefined, now: Instant): Mapped | undefined {
    if (mapped === undefined || mapped.expiresAt > now) return mapped;
    if (this.#byPort.get(mapped.port) === mapped) {
      this.#byKey.delete(mapped.key);
      this.#byPort.delete(mapped.port);
    }
    return undefined;
  }
}
