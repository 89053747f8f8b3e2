/** The behaviours of NATs and firewalls by name: the zoo in which peers are placed. Same names as the NAT laboratory. */
import type { Ip } from "../wire/index.ts";
import { Conntrack } from "./conntrack.ts";
import { type Filtering, type Mapping, Nat, type PortChoice, type Translator } from "./nat.ts";
import type { Random } from "./random.ts";

export interface BoxRules {
  readonly type: "nat" | "linux" | "linux-random" | "linux-open" | "firewall" | "udp-blocked";
  /** The following are for `nat` only. */
  readonly mapping?: Mapping;
  readonly filtering?: Filtering;
  /** Default `random`. */
  readonly ports?: PortChoice;
  readonly hairpin?: boolean;
  /** Mapping lifetime; default 30 s, as short as home routers have it. */
  readonly lifetimeMs?: number;
}

export const LIFETIME_MS = 30_000;

function nat(mapping: Mapping, filtering: Filtering, more: Omit<BoxRules, "type" | "mapping" | "filtering"> = {}): BoxRules {
  return { type: "nat", mapping, filtering, ...more };
}

/** The boxes from the outermost in. */
export const BEHAVIOURS = {
  public: [],
  firewall: [{ type: "firewall" }],
  "full-cone": [nat("eim", "eif")],
  "restricted-cone": [nat("eim", "adf")],
  "port-restricted": [nat("eim", "apdf")],
  linux: [{ type: "linux" }],
  "apdm/eif": [nat("apdm", "eif")],
  symmetric: [nat("apdm", "apdf")],
  "symmetric+sequential": [nat("apdm", "apdf", { ports: "sequential" })],
  "linux-random": [{ type: "linux-random" }],
  cgnat: [nat("eim", "apdf", { hairpin: true }), { type: "linux" }],
  "cgnat-symmetric": [nat("apdm", "apdf"), nat("eim", "eif")],
  "udp-blocked": [{ type: "udp-blocked" }],
  "linux-open": [{ type: "linux-open" }],
} as const satisfies Record<string, readonly BoxRules[]>;

export type BehaviourName = keyof typeof BEHAVIOURS;

export function isHairpinning(rules: BoxRules): boolean {
  return rules.hairpin ?? false;
}

export function translatorFor(rules: BoxRules, publicIp: Ip, random: Random): Translator {
  const lifetimeMs = rules.lifetimeMs ?? LIFETIME_MS;
  switch (rules.type) {
    case "nat":
      return new Nat(
        { mapping: rules.mapping ?? "eim", filtering: rules.filtering ?? "apdf", ports: rules.ports ?? "random", lifetimeMs },
        publicIp,
        random,
      );
    case "linux":
      return new Conntrack({ source: "preserve", straysClaim: false, lifetimeMs }, publicIp, random);
    case "linux-open":
      return new Conntrack({ source: "preserve", straysClaim: true, lifetimeMs }, publicIp, random);
    case "linux-random":
      return new Conntrack({ source: "random", straysClaim: false, lifetimeMs }, publicIp, random);
    case "firewall":
      return new Conntrack({ source: "keep", straysClaim: false, lifetimeMs }, publicIp, random);
    case "udp-blocked":
      return wall;
  }
}

/** Lets everything pass: a plain router. */
export const openRouter: Translator = {
  outward: (from) => from,
  inward: (_from, to) => to,
  rebind() {},
};

/** Lets nothing pass. */
const wall: Translator = {
  outward: () => null,
  inward: () => null,
  rebind() {},
};
