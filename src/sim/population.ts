/** Who takes part in a swarm: a rendezvous, and members behind all kinds of NATs who know it, and sometimes one another. */
import type { Endpoint } from "../wire/index.ts";
import { BEHAVIOURS, type BehaviourName } from "./behaviour.ts";
import type { Host } from "./host.ts";
import type { SiteOptions } from "./internet.ts";
import type { Family } from "./network.ts";
import type { Random } from "./random.ts";
import type { PlacedHost, Simulator } from "./simulator.ts";

/** `bare`: nobody holds sessions. `full`: all do, over v4 and v6. `mixed`: some of each. */
export type SwarmKind = "bare" | "full" | "mixed";

/** No UDP at all. */
const UNABLE: readonly BehaviourName[] = ["udp-blocked"];
/**
 * Boxes that rename a host when a stray came first, or when a remote comes in by another mapping, so that nothing can be
 * said of the lists of those who know it by its address.
 */
const RENAMING: readonly BehaviourName[] = ["linux-open", "apdm/eif"];
/** Of hosts in a mixed swarm. */
const BARE_SHARE = 0.4;
/** Of members who know an earlier one that is public. */
const ACQUAINTED_SHARE = 0.3;

export interface Population {
  readonly rendezvous: Host;
  readonly members: readonly Host[];
}

interface Place {
  readonly at: SiteOptions;
  readonly families: readonly Family[];
}

/**
 * @param nodes - the rendezvous included, at least 2
 * @param more - what else is true of a member, by its place among them
 */
export function populate(
  simulator: Simulator,
  random: Random,
  kind: SwarmKind,
  nodes: number,
  more: (at: number) => Partial<PlacedHost> = () => ({}),
): Population {
  const families: readonly Family[] = kind === "full" ? ["v4", "v6"] : ["v4"];
  const rendezvous = simulator.add({ name: "S", rendezvous: true, families, bareOnly: isBare(random, kind) });
  const members: Host[] = [];
  for (let at = 1; at < nodes; at++) {
    const behind = random.pick(behavioursFor(kind));
    const place: Place = kind === "full" ? placeWithV6(random, behind) : { at: { behind }, families: ["v4"] };
    const peers = kind === "full" ? peersOf(random, place, rendezvous, members) : [rendezvous.endpoint()];
    members.push(simulator.add({ name: `${behind}.${at}`, ...place, peers, bareOnly: isBare(random, kind), ...more(members.length) }));
  }
  return { rendezvous, members };
}

function isBare(random: Random, kind: SwarmKind): boolean {
  return kind === "bare" || (kind === "mixed" && random.chance(BARE_SHARE));
}

function behavioursFor(kind: SwarmKind): BehaviourName[] {
  const unfit = kind === "full" ? UNABLE : [...UNABLE, ...RENAMING];
  return (Object.keys(BEHAVIOURS) as BehaviourName[]).filter((name) => !unfit.includes(name));
}

function placeWithV6(random: Random, behind: BehaviourName): Place {
  const v6 = random.pick(["none", "none", "open", "firewall"] as const);
  return { at: { behind, v6 }, families: v6 === "none" ? ["v4"] : ["v4", "v6"] };
}

/** The rendezvous by one of its addresses or by both, and perhaps somebody who can be reached like it. */
function peersOf(random: Random, { families }: Place, rendezvous: Host, members: readonly Host[]): Endpoint[] {
  const ways = families.length === 1 ? [families] : [families, families.slice(0, 1), families.slice(1)];
  const peers = random.pick(ways).map((family) => rendezvous.endpoint(family));
  const known = members.filter((member) => member.site.boxes.length === 0);
  if (known.length > 0 && random.chance(ACQUAINTED_SHARE)) peers.push(random.pick(known).endpoint());
  return peers;
}
