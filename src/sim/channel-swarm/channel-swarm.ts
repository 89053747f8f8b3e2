/**
 * Channels of whole nodes at random: members behind all kinds of NATs, each in some of several channels, write, answer and edit
 * while nodes crash with what was not yet flushed, are cut off, move, have wrong clocks and full disks, come late, stay away
 * and leave for a while. Then calm; after it the promises of SECURITY.md must hold, and all members hold the same.
 */
import type { Command } from "../../core/index.ts";
import { openChannelHash } from "../../crypto/index.ts";
import { type Guid, guidFrom } from "../../wire/index.ts";
import { promiseCheckers } from "../channels/index.ts";
import { planFaults } from "../faults.ts";
import type { Host } from "../host.ts";
import { populate } from "../population.ts";
import type { Random } from "../random.ts";
import { Simulator } from "../simulator.ts";
import type { SwarmOptions, SwarmOutcome } from "../swarm.ts";
import { Witness } from "./witness.ts";

const CHANNELS_MAX = 3;
/** Of the members, so many are in a channel from the beginning; the others come late, or not at all. */
const EARLY = 0.6;
const LATE = 0.3;
const MEET_MS = 5_000;
/** Longer than the slowest repetition of the protocol, as JOIN and CHANNEL each 60 s; what was lacking is asked for again after 30 s. */
const SETTLE_MS = 240_000;
const LOOK_MS = 5_000;
/** What a node does in the storm, one act in so many ms of it. */
const ACT_EVERY_MS = 2_500;
const AWAY_MS = { least: 1_000, most: 15_000 } as const;

export interface ChannelSwarmOptions extends Omit<SwarmOptions, "kind" | "tap"> {
  /** How long after the faults it may take until all hold the same; default 4 min. */
  readonly settleMs?: number;
}

/** Its `delivered` counts events that all members hold. */
export function runChannelSwarm(options: ChannelSwarmOptions): SwarmOutcome {
  const swarm = new ChannelSwarm(options);
  swarm.meet();
  swarm.suffer(options.faultsMs ?? 20_000);
  return swarm.judge(options.settleMs ?? SETTLE_MS);
}

interface Hall {
  readonly name: string;
  readonly id: Guid;
  readonly witness: Witness;
  /** Everybody who is a member at the end. */
  readonly members: Set<Host>;
}

class ChannelSwarm {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #members: readonly Host[];
  readonly #halls: readonly Hall[];
  #acts = 0;
  /** Nodes that are away, and members that are to come. */
  #absent = 0;

  constructor(options: ChannelSwarmOptions) {
    this.#simulator = new Simulator(options);
    this.#random = this.#simulator.random.fork("channels");
    this.#members = populate(this.#simulator, this.#simulator.random.fork("swarm"), "full", options.nodes).members;
    const count = 1 + this.#random.below(CHANNELS_MAX);
    this.#halls = Array.from({ length: count }, (_, at) => {
      const name = `hall ${at + 1}`;
      const hash = openChannelHash(options.crypto, name);
      const channel = { id: guidFrom(hash), hash: hexOf(hash) as never };
      const witness = new Witness(channel, this.#members, (cast) => promiseCheckers(cast, options.crypto));
      this.#simulator.watch(witness);
      return { name, id: channel.id, witness, members: new Set<Host>() };
    });
  }

  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1);
    for (const hall of this.#halls) for (const member of this.#members) if (this.#random.chance(EARLY)) this.#join(hall, member);
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    if (ms > 0)
      planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs: 12_000 / this.#members.length });
    for (const hall of this.#halls)
      for (const member of this.#members)
        if (!hall.members.has(member) && this.#random.chance(LATE))
          this.#later(this.#random.between(0, ms), () => this.#join(hall, member));
    const end = ms + MEET_MS;
    for (let at = 0; at < end; at += this.#random.between(0, (2 * ACT_EVERY_MS) / this.#members.length))
      this.#simulator.after(at, () => this.#act(this.#random.pick(this.#halls), this.#random.pick(this.#members)));
    this.#simulator.run(end);
  }

  judge(settleMs: number): SwarmOutcome {
    const calmAt = this.#simulator.now;
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && this.#simulator.now - calmAt < settleMs);
    const violations = this.#halls.flatMap(({ name, witness, members }) => witness.judge([...members]).map((line) => `${name}: ${line}`));
    const held = this.#halls.map(({ members, witness }) => witness.count([...members]));
    return {
      violations,
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: held.reduce((sum, { some }) => sum + some, 0),
      delivered: held.reduce((sum, { all }) => sum + all, 0),
    };
  }

  #isSettled(): boolean {
    if (this.#absent > 0 || !this.#members.every(({ running }) => running)) return false;
    return this.#halls.every(({ witness, members }) => witness.isSettled([...members]));
  }

  #join(hall: Hall, member: Host): void {
    hall.members.add(member);
    if (member.running) this.#command(member, { kind: "join", channelId: hall.id, name: hall.name, at: [] });
    else this.#later(AWAY_MS.least, () => this.#join(hall, member)); // its user comes to it later
  }

  #act(hall: Hall, member: Host): void {
    if (!member.running || !hall.members.has(member)) return;
    const chance = this.#random.unit();
    if (chance < 0.02) this.#leaveForAWhile(hall, member);
    else if (chance < 0.04) this.#stayAway(member);
    else if (chance < 0.06) hall.witness.look(member);
    else if (chance < 0.25) this.#change(hall, member);
    else this.#write(hall, member);
  }

  #write(hall: Hall, member: Host): void {
    const posts = hall.witness.postsAt(member);
    const reply = posts.length > 0 && this.#random.chance(0.3) ? this.#random.pick(posts) : null;
    const text = `${member.name} ${++this.#acts}`;
    this.#command(member, {
      kind: "post",
      id: this.#newId(),
      channelId: hall.id,
      text,
      ...(reply === null ? {} : { reply: { hlc: reply.hlc, id: reply.id } }),
    });
  }

  /** An edit, a deletion, a reaction, a topic. */
  #change(hall: Hall, member: Host): void {
    const posts = hall.witness.postsAt(member);
    const own = posts.filter(({ author }) => author === member.nodeId);
    const id = this.#newId();
    const text = `changed ${++this.#acts}`;
    const [any, mine] = [posts.length > 0 ? this.#random.pick(posts) : null, own.length > 0 ? this.#random.pick(own) : null];
    const kind = this.#random.pick(["edit", "delete", "reaction", "reaction", "topic"] as const);
    if (kind === "topic") this.#command(member, { kind: "act", id, channelId: hall.id, act: { kind, text } });
    else if (kind === "reaction" && any !== null)
      this.#command(member, {
        kind: "act",
        id,
        channelId: hall.id,
        act: { kind, target: { hlc: any.hlc, id: any.id }, text: "+1", off: this.#random.chance(0.3) },
      });
    else if (kind === "edit" && mine !== null)
      this.#command(member, { kind: "act", id, channelId: hall.id, act: { kind, target: { hlc: mine.hlc, id: mine.id }, text } });
    else if (kind === "delete" && mine !== null)
      this.#command(member, { kind: "act", id, channelId: hall.id, act: { kind, target: { hlc: mine.hlc, id: mine.id } } });
  }

  #leaveForAWhile(hall: Hall, member: Host): void {
    this.#command(member, { kind: "leave", channelId: hall.id });
    this.#later(this.#random.between(AWAY_MS.least, AWAY_MS.most), () => this.#join(hall, member));
  }

  #stayAway(member: Host): void {
    hallsLook(this.#halls, member);
    member.stop(this.#random.below(member.disk.unwritten + 1));
    this.#later(this.#random.between(AWAY_MS.least, AWAY_MS.most), () => {
      if (!member.running) member.start();
    });
  }

  #later(ms: number, job: () => void): void {
    this.#absent++;
    this.#simulator.after(ms, () => {
      this.#absent--;
      job();
    });
  }

  #command(member: Host, command: Command): void {
    member.command(command);
  }

  #newId(): string {
    return hexOf(this.#random.bytes(16));
  }
}

function hallsLook(halls: readonly Hall[], member: Host): void {
  for (const { witness, members } of halls) if (members.has(member)) witness.look(member);
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
