/**
 * The main job at random: a rendezvous and members behind all kinds of NATs, who join one channel and talk while
 * things go wrong, and again in the calm; then every checker has its say.
 */
import { type Crypto, openChannelHash } from "../crypto/index.ts";
import { type Guid, guidFrom } from "../wire/index.ts";
import { BEHAVIOURS, type BehaviourName } from "./behaviour.ts";
import {
  AcksChecker,
  Checkers,
  CreditChecker,
  checkConfiguredPeers,
  checkMembers,
  checkShown,
  PostsChecker,
  WhoIsWho,
} from "./checkers/index.ts";
import { planFaults } from "./faults.ts";
import type { Host, MakeNode } from "./host.ts";
import { Simulator } from "./simulator.ts";
import type { Watcher } from "./world.ts";

const CHANNEL_NAME = "swarm";
/** Time to meet before the faults begin. */
const MEET_MS = 3_000;
/** After the faults: longer than the slowest repetition of the protocol (JOIN and CHANNEL, 60 s), and its introductions. */
const SETTLE_MS = 75_000;
/** Copies of a post end after 3.5 s; one that waits behind another takes longer. */
const DELIVER_MS = 12_000;

/**
 * No UDP at all; and boxes that rename a host when a stray came first, or when a remote comes in by another mapping, so
 * that nothing can be said of lists.
 */
const UNFIT: ReadonlySet<BehaviourName> = new Set(["udp-blocked", "linux-open", "apdm/eif"]);

export interface SwarmOptions {
  readonly seed: number;
  /** The rendezvous included, at least 2. */
  readonly nodes: number;
  readonly crypto: Crypto;
  /** Milliseconds of faults; 0 for none. Default 20 s. */
  readonly faultsMs?: number;
  readonly makeNode?: MakeNode;
  readonly watchers?: readonly Watcher[];
}

export interface SwarmOutcome {
  readonly violations: readonly string[];
  readonly virtualMs: number;
  readonly datagrams: number;
  readonly saved: number;
  readonly delivered: number;
}

export function runSwarm(options: SwarmOptions): SwarmOutcome {
  const swarm = new Swarm(options);
  swarm.meet();
  swarm.suffer(options.faultsMs ?? 20_000);
  return swarm.judge();
}

class Swarm {
  readonly #simulator: Simulator;
  readonly #posts = new PostsChecker();
  readonly #who = new WhoIsWho();
  readonly #checkers = new Checkers([this.#posts, new AcksChecker(), new CreditChecker()]);
  readonly #channelId: Guid;
  readonly #members: Host[] = [];
  #written = 0;

  constructor(options: SwarmOptions) {
    this.#simulator = new Simulator({ ...options, watchers: [...(options.watchers ?? []), this.#who, this.#checkers] });
    this.#channelId = guidFrom(openChannelHash(options.crypto, CHANNEL_NAME));
    const rendezvous = this.#simulator.add({ name: "S", rendezvous: true });
    const random = this.#simulator.random.fork("swarm");
    const behaviours = (Object.keys(BEHAVIOURS) as BehaviourName[]).filter((name) => !UNFIT.has(name));
    for (let at = 1; at < options.nodes; at++) {
      const behind = random.pick(behaviours);
      this.#members.push(this.#simulator.add({ name: `${behind}.${at}`, at: { behind }, peers: [rendezvous.endpoint()] }));
    }
  }

  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1);
    for (const member of this.#members) member.command({ kind: "join", channelId: this.#channelId, name: CHANNEL_NAME, at: [] });
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    if (ms === 0) return;
    const random = this.#simulator.random.fork("faults");
    planFaults(this.#simulator, random, { ms, everyMs: 2_500 });
    for (let at = random.between(0, 1_500); at < ms; at += random.between(100, 1_500)) {
      this.#simulator.after(at, () => this.#write(random.pick(this.#members), "in the storm"));
    }
    this.#simulator.run(ms);
  }

  judge(): SwarmOutcome {
    this.#simulator.run(SETTLE_MS);
    const texts = new Map(this.#members.map((member) => [this.#write(member, "in the calm"), member.name]));
    this.#simulator.run(DELIVER_MS);
    this.#posts.checkDisks(new Map(this.#members.map((member) => [member.name, member.disk.events])));
    const saved = this.#posts.savedPosts();
    return {
      violations: [...this.#checkers.violations(), ...this.#calmViolations(texts)],
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: saved.length,
      delivered: saved.filter((post) => post.delivered).length,
    };
  }

  #calmViolations(texts: ReadonlyMap<string, string>): string[] {
    const lists = new Map(this.#members.map((member) => [member.name, member.node.members(this.#channelId, member.now)]));
    const names = this.#members.map((member) => member.name);
    return [
      ...this.#members.flatMap((member) => checkConfiguredPeers(member.name, member.peers, member.node.peers(member.now))),
      ...checkMembers(lists, this.#who, (host) => this.#posts.namesOf(host)),
      ...checkShown(texts, names, (text) => this.#posts.showedBy(text)),
    ];
  }

  /** @returns the text, unique in this run */
  #write(member: Host, when: string): string {
    const text = `${member.name} ${when}, ${++this.#written}`;
    if (!member.running) return text;
    const id = [...this.#simulator.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    member.command({ kind: "post", id, channelId: this.#channelId, text });
    return text;
  }
}
