/**
 * Reach at random: hundreds of nodes behind all kinds of NATs find those with whom they have a reason to talk, over rendezvous
 * of which some lie, while things go wrong. Then calm; after it every such pair must be connected as well as its NATs allow.
 */
import { type Crypto, openChannelHash } from "../../crypto/index.ts";
import { type Guid, guidFrom } from "../../wire/index.ts";
import { checkedOnce } from "../checked-once.ts";
import { checkSockets } from "../checkers/index.ts";
import { planFaults } from "../faults.ts";
import type { Host, MakeNode } from "../host.ts";
import { Simulator } from "../simulator.ts";
import type { Watcher } from "../world.ts";
import { type PairFault, pairFault, type ReachEnd } from "./check-reach.ts";
import { type Group, populateReach, type ReachPopulation } from "./population.ts";
import { Sightings } from "./sightings.ts";
import { Talk } from "./talk.ts";

/** Time to meet before the faults begin. */
const MEET_MS = 10_000;
/** The longest that it may take after the faults until every pair is connected as well as it can be. */
const WITHIN_MS = 150_000;
/** How often that is looked at. */
const LOOK_MS = 1_000;
/** HELLO in a session is due each 1.8 s. */
const HEARD_MS = 8_000;
const DELIVER_MS = 15_000;
/** Of a small swarm one fault in so many ms of one node. */
const FAULT_EVERY_MS = 15_000;

export interface ReachOptions {
  readonly seed: number;
  /** Without the rendezvous. */
  readonly nodes: number;
  readonly crypto: Crypto;
  /** Default 8. */
  readonly groupSize?: number;
  /** Rendezvous that lie, besides three honest ones. Default 0. */
  readonly liars?: number;
  /** Milliseconds of faults; 0 for none. Default 20 s. */
  readonly faultsMs?: number;
  /** How long after the faults it may take; default 150 s. */
  readonly withinMs?: number;
  readonly makeNode?: MakeNode;
  readonly watchers?: readonly Watcher[];
}

export interface ReachOutcome {
  readonly violations: readonly string[];
  /** Pairs that talk over a relay at the end, though their NATs allow them to do without. */
  readonly detours: readonly string[];
  readonly pairs: number;
  /** Of these, connected without anybody in between at the end. */
  readonly direct: number;
  /** From the calm until all were connected. */
  readonly settledMs: number;
  readonly virtualMs: number;
  readonly datagrams: number;
}

export function runReach(options: ReachOptions): ReachOutcome {
  const swarm = new ReachSwarm(options);
  swarm.meet();
  swarm.suffer(options.faultsMs ?? 20_000);
  return swarm.judge(options.withinMs ?? WITHIN_MS);
}

class ReachSwarm {
  readonly #simulator: Simulator;
  readonly #sightings = new Sightings();
  readonly #talk = new Talk();
  readonly #population: ReachPopulation;
  readonly #channels = new Map<Group, Guid>();
  readonly #pairs: readonly (readonly [Host, Host])[];

  constructor(options: ReachOptions) {
    const crypto = checkedOnce(options.crypto);
    this.#simulator = new Simulator({ ...options, crypto, watchers: [...(options.watchers ?? []), this.#talk, this.#sightings] });
    this.#population = populateReach(this.#simulator, this.#simulator.random.fork("reach"), {
      members: options.nodes,
      groupSize: options.groupSize ?? 8,
      liars: options.liars ?? 0,
      crypto,
    });
    for (const group of this.#population.groups) this.#channels.set(group, guidFrom(openChannelHash(options.crypto, group.name)));
    this.#pairs = this.#population.groups.flatMap(({ members }) =>
      members.flatMap((one, at) => members.slice(at + 1).map((other) => [one, other] as const)),
    );
  }

  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1);
    for (const [group, channelId] of this.#channels)
      for (const member of group.members) member.command({ kind: "join", channelId, name: group.name, at: [] });
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    if (ms === 0) return;
    const everyMs = FAULT_EVERY_MS / this.#population.members.length;
    planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs });
    this.#simulator.run(ms);
  }

  judge(withinMs: number): ReachOutcome {
    const calmAt = this.#simulator.now;
    let faults = this.#pairFaults();
    while (faults.length > 0 && this.#simulator.now - calmAt < withinMs) {
      this.#simulator.run(LOOK_MS);
      faults = this.#pairFaults();
    }
    const settledMs = this.#simulator.now - calmAt;
    this.#converse();
    return {
      violations: [
        ...wordsOf(faults, "apart"),
        ...this.#talk.faults(),
        ...this.#simulator.hosts.flatMap((host) => checkSockets(host.name, host.sockets, this.#simulator.now)),
      ],
      detours: wordsOf(faults, "detour"),
      pairs: this.#pairs.length,
      direct: this.#pairs.filter(([one, other]) => this.#sightings.met(one.name, other.name, this.#simulator.now - HEARD_MS)).length,
      settledMs,
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
    };
  }

  #converse(): void {
    for (const [group, channelId] of this.#channels) {
      const [one, other] = group.members;
      if (group.members.length !== 2 || one === undefined || other === undefined) continue;
      this.#write(one, other, channelId);
      this.#write(other, one, channelId);
    }
    this.#simulator.run(DELIVER_MS);
  }

  #write(from: Host, to: Host, channelId: Guid): void {
    const text = `${from.name} to ${to.name}`;
    this.#talk.say(text, from.name, to.name);
    const id = [...this.#simulator.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    from.command({ kind: "post", id, channelId, text });
  }

  #pairFaults(): PairFault[] {
    const ends = new Map(this.#population.members.map((host) => [host, endOf(host)]));
    const since = this.#simulator.now - HEARD_MS;
    return this.#pairs.flatMap(([one, other]) => {
      const [a, b] = [ends.get(one), ends.get(other)];
      return a === undefined || b === undefined ? [] : (pairFault(a, b, this.#sightings, since) ?? []);
    });
  }
}

function wordsOf(faults: readonly PairFault[], kind: PairFault["kind"]): string[] {
  return faults.filter((fault) => fault.kind === kind).map(({ words }) => words);
}

function endOf(host: Host): ReachEnd {
  const sessions = new Map(host.node.sessions().map((session) => [session.nodeId, session]));
  return { name: host.name, nodeId: host.nodeId ?? "", site: host.site, v6: host.ips.has("v6"), sessions };
}
