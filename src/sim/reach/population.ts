/**
 * Hundreds of nodes with reasons to talk: each in one channel of some others, each with a contact elsewhere with whom it has
 * a channel of two. Some rendezvous are public, and any two nodes have an honest one in common; others lie.
 */
import type { Crypto } from "../../crypto/index.ts";
import { BEHAVIOURS, type BehaviourName } from "../behaviour.ts";
import type { Host } from "../host.ts";
import type { V6Kind } from "../internet.ts";
import type { Random } from "../random.ts";
import type { Simulator } from "../simulator.ts";
import { LIES, lyingCrypto } from "./liars.ts";

/** As in life: most are behind a home router, some have IPv6, few are open. */
const PLACES: readonly BehaviourName[] = [
  ...(Object.keys(BEHAVIOURS) as BehaviourName[]).filter((name) => name !== "udp-blocked"),
  "linux",
  "linux",
  "port-restricted",
  "port-restricted",
  "cgnat",
  "symmetric",
];
const V6: readonly V6Kind[] = ["none", "none", "open", "firewall"];
/** Honest rendezvous, of which each node knows all but one: so two have at least one in common. */
const RENDEZVOUS = 3;

export interface Group {
  readonly name: string;
  readonly members: readonly Host[];
}

export interface ReachPopulation {
  readonly rendezvous: readonly Host[];
  readonly liars: readonly Host[];
  readonly members: readonly Host[];
  /** Channels, each with those who have a reason to talk in it. */
  readonly groups: readonly Group[];
}

export interface PopulationOptions {
  /** Besides the rendezvous. */
  readonly members: number;
  /** Members of a channel. */
  readonly groupSize: number;
  /** Rendezvous that lie. */
  readonly liars: number;
  readonly crypto: Crypto;
}

export function populateReach(simulator: Simulator, random: Random, options: PopulationOptions): ReachPopulation {
  const families = ["v4", "v6"] as const;
  const rendezvous = Array.from({ length: RENDEZVOUS }, (_, at) => simulator.add({ name: `S${at + 1}`, rendezvous: true, families }));
  const liars = Array.from({ length: options.liars }, (_, at) => {
    const lie = LIES[at % LIES.length] as (typeof LIES)[number];
    const crypto = lyingCrypto(options.crypto, lie, random.fork(`liar ${at}`));
    return simulator.add({ name: `L${at + 1}-${lie}`, rendezvous: true, families, crypto });
  });
  const members = Array.from({ length: options.members }, (_, at) => {
    const behind = random.pick(PLACES);
    const v6 = behind === "public" ? "open" : random.pick(V6);
    const without = random.below(RENDEZVOUS);
    const known = [...rendezvous.filter((_, each) => each !== without), ...liars];
    // Over IPv4 at least one, or nobody could tell it where it is seen there.
    const peers = known.map((each, place) => each.endpoint(place === 0 || v6 === "none" || random.chance(0.5) ? "v4" : "v6"));
    return simulator.add({ name: `${behind}.${at + 1}`, at: { behind, v6 }, families: v6 === "none" ? ["v4"] : families, peers });
  });
  return { rendezvous, liars, members, groups: [...groupsOf(members, options.groupSize), ...pairsOf(members)] };
}

function groupsOf(members: readonly Host[], size: number): Group[] {
  const groups: Group[] = [];
  for (let from = 0; from < members.length; from += size)
    groups.push({ name: `group ${groups.length + 1}`, members: members.slice(from, from + size) });
  return groups;
}

/** Each with one from the other half, so from another channel. */
function pairsOf(members: readonly Host[]): Group[] {
  const half = Math.floor(members.length / 2);
  return members.slice(0, half).map((one, at) => {
    const other = members[at + half] as Host;
    return { name: `${one.name} and ${other.name}`, members: [one, other] };
  });
}
