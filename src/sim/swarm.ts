/**
 * The main job at random: a rendezvous and members behind all kinds of NATs, who join one channel and talk while
 * things go wrong, and again in the calm; then every checker has its say.
 */
import { type Crypto, openChannelHash } from "../crypto/index.ts";
import { type Guid, guidFrom } from "../wire/index.ts";
import {
  AcksChecker,
  Checkers,
  ClearChecker,
  CopiesChecker,
  CreditChecker,
  checkConfiguredPeers,
  checkMembers,
  checkSessions,
  checkShown,
  checkSockets,
  Meetings,
  PostsChecker,
  WhoIsWho,
} from "./checkers/index.ts";
import { planFaults } from "./faults.ts";
import type { Host, MakeNode } from "./host.ts";
import { type Population, populate, type SwarmKind } from "./population.ts";
import { Simulator } from "./simulator.ts";
import type { Watcher } from "./world.ts";

const CHANNEL_NAME = "swarm";
/** Time to meet before the faults begin. */
const MEET_MS = 3_000;
/** After the faults: longer than the slowest repetition of the protocol (JOIN and CHANNEL, 60 s), and its introductions. */
const SETTLE_MS = 75_000;
/** Copies of a post end after 3.5 s; one that waits behind another takes longer. */
const DELIVER_MS = 12_000;

export interface SwarmOptions {
  readonly seed: number;
  /** The rendezvous included, at least 2. */
  readonly nodes: number;
  readonly crypto: Crypto;
  /** Default `full`. */
  readonly kind?: SwarmKind;
  /** Milliseconds of faults; 0 for none. Default 20 s. */
  readonly faultsMs?: number;
  readonly makeNode?: MakeNode;
  readonly watchers?: readonly Watcher[];
  /** True: every message is also shown as it is inside its session, for the trace. */
  readonly tap?: boolean;
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
  readonly #meetings = new Meetings();
  readonly #who = new WhoIsWho();
  readonly #posts = new PostsChecker(this.#meetings);
  readonly #copies = new CopiesChecker(this.#meetings);
  readonly #checkers = new Checkers([this.#posts, new AcksChecker(), new CreditChecker(), new ClearChecker(this.#meetings, this.#who)]);
  readonly #kind: SwarmKind;
  readonly #tap: boolean;
  readonly #channelId: Guid;
  readonly #population: Population;
  #written = 0;

  constructor(options: SwarmOptions) {
    const watchers = [...(options.watchers ?? []), this.#meetings, this.#who, this.#copies, this.#checkers];
    this.#simulator = new Simulator({ ...options, watchers });
    this.#kind = options.kind ?? "full";
    this.#tap = options.tap ?? false;
    this.#channelId = guidFrom(openChannelHash(options.crypto, CHANNEL_NAME));
    this.#population = populate(this.#simulator, this.#simulator.random.fork("swarm"), this.#kind, options.nodes);
  }

  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1);
    if (this.#tap) for (const host of this.#simulator.hosts) host.command({ kind: "tap", on: true });
    for (const member of this.#members) member.command({ kind: "join", channelId: this.#channelId, name: CHANNEL_NAME, at: [] });
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    if (ms === 0) return;
    const random = this.#simulator.random.fork("faults");
    planFaults(this.#simulator, random, { kind: this.#kind === "full" ? "sessions" : "bare", ms, everyMs: 2_500 });
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

  get #members(): readonly Host[] {
    return this.#population.members;
  }

  #calmViolations(texts: ReadonlyMap<string, string>): string[] {
    const lists = new Map(this.#members.map((member) => [member.name, member.node.members(this.#channelId, member.now)]));
    const names = this.#members.map((member) => member.name);
    return [
      ...this.#members.flatMap((member) => this.#configuredViolations(member)),
      ...checkMembers(lists, this.#who, (host, other) => this.#posts.namesOf(host, other)),
      ...checkShown(texts, names, (text) => this.#posts.showedBy(text)),
      ...this.#sessionViolations(),
      ...this.#simulator.hosts.flatMap((host) => checkSockets(host.name, host.sockets, this.#simulator.now)),
      ...(this.#kind === "full" ? this.#copies.check(new Map(this.#members.map(({ name, disk }) => [name, disk.history()]))) : []),
    ];
  }

  /** Where both hold sessions, these are what is looked at. */
  #configuredViolations(member: Host): string[] {
    if (this.#kind === "full" || (member.nodeId !== null && this.#population.rendezvous.nodeId !== null)) return [];
    return checkConfiguredPeers(member.name, member.peers, member.node.peers(member.now));
  }

  #sessionViolations(): string[] {
    const holders = this.#simulator.hosts.flatMap(({ name, nodeId, now, node }) =>
      nodeId === null ? [] : [{ name, nodeId, now, sessions: node.sessions(), peers: node.peers(now) }],
    );
    return checkSessions(holders, this.#who);
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
