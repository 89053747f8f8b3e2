/**
 * One private channel of whole nodes at random: an owner, members behind all kinds of NATs, an outsider that knows the channel's id, somebody who is removed while the
 * network is parted, somebody who loses something, through crashes, bad links, full disks and wrong clocks. Then calm; after it all members must read all that
 * members said, and nobody else anything of what was said since it had no role. PROTOCOL.md §19.
 *
 * What is lost are keys: one member's are all gone, and who is removed goes on running. Or devices: one member's home is gone and made
 * anew of an old backup, and who is removed is so because its device is gone, which somebody finds when all has been said.
 */
import { isolate, planFaults } from "../faults.ts";
import type { Host } from "../host.ts";
import { populate } from "../population.ts";
import type { Random } from "../random.ts";
import { Simulator } from "../simulator.ts";
import type { SwarmOptions, SwarmOutcome } from "../swarm.ts";
import type { Note } from "../world.ts";
import { ClearTalk } from "./clear-talk.ts";
import { makeRoom, type Room } from "./room.ts";

const MEET_MS = 10_000;
const PARTED_MS = 12_000;
/** As in other swarms, and for keys that are asked for again after 30 s. */
const SETTLE_MS = 300_000;
const LOOK_MS = 5_000;
const ACT_EVERY_MS = 2_000;
/** Whoever finds a device has so long to be told something with it. */
const FOUND_MS = 30_000;
/** Nodes with a part of their own: the rendezvous, the owner, who is removed, who loses something, and the outsider. */
export const PARTS = 5;

export interface PrivateSwarmOptions extends Omit<SwarmOptions, "kind" | "tap"> {
  /** Default: keys. */
  readonly lost?: "keys" | "devices";
  /** How long after the faults it may take until all read the same; default 5 min. */
  readonly settleMs?: number;
}

/** @param options - of at least 6 nodes. Its `delivered` counts texts that all members read */
export function runPrivateSwarm(options: PrivateSwarmOptions): SwarmOutcome {
  const swarm = new PrivateSwarm(options);
  swarm.meet();
  swarm.suffer(options.faultsMs ?? 25_000);
  return swarm.judge(options.settleMs ?? SETTLE_MS);
}

class PrivateSwarm {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #lost: "keys" | "devices";
  readonly #owner: Host;
  readonly #removed: Host;
  readonly #loser: Host;
  readonly #outsider: Host;
  /** All who are in at the end. */
  readonly #members: readonly Host[];
  readonly #clear = new ClearTalk();
  readonly #room: Room;
  /** Those of whom somebody was told that they have two histories. */
  readonly #accused = new Set<string>();
  #texts = 0;
  /** What members said when everybody knew who is in. */
  readonly #lastTexts = new Set<string>();
  #pending = 0;

  constructor(options: PrivateSwarmOptions) {
    if (options.nodes <= PARTS) throw new RangeError(`a private swarm has more than ${PARTS} nodes`);
    this.#lost = options.lost ?? "keys";
    this.#simulator = new Simulator(options);
    this.#simulator.watch(this.#clear);
    this.#simulator.watch({ watch: (note) => this.#hear(note) });
    this.#random = this.#simulator.random.fork("private");
    const { members } = populate(this.#simulator, this.#simulator.random.fork("swarm"), "full", options.nodes);
    const [owner, removed, loser, outsider, ...rest] = members;
    if (owner === undefined || removed === undefined || loser === undefined || outsider === undefined) throw new Error("counted above");
    [this.#owner, this.#removed, this.#loser, this.#outsider] = [owner, removed, loser, outsider];
    this.#members = [owner, loser, ...rest];
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1_000);
    this.#room = makeRoom(this.#simulator, owner, this.#random);
    this.#clear.channel = this.#room.id;
  }

  meet(): void {
    for (const host of [...this.#members.slice(1), this.#removed]) {
      this.#room.order(this.#owner, host, { act: "grant", role: "member" });
      this.#room.join(host);
    }
    this.#room.join(this.#outsider);
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    const speakers = [...this.#members, this.#removed];
    planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs: 12_000 / speakers.length });
    for (let at = 0; at < ms; at += this.#random.between(0, (2 * ACT_EVERY_MS) / speakers.length))
      this.#simulator.after(at, () => this.#say(this.#random.pick(speakers)));
    this.#later(this.#random.between(0, ms / 2), () => this.#removeInParts(speakers));
    if (this.#lost === "keys") this.#later(this.#random.between(0, ms), () => this.#loseKeys());
    else this.#later(this.#random.between(0, ms / 2), () => this.#backUp(this.#random.between(0, ms / 2)));
    this.#simulator.run(ms);
  }

  judge(settleMs: number): SwarmOutcome {
    const calmAt = this.#simulator.now;
    const hasTime = () => this.#simulator.now - calmAt < settleMs;
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && hasTime());
    const before = new Set([...this.#members, this.#removed].flatMap(({ disk }) => [...disk.events.keys()]));
    for (const member of this.#members) this.#lastTexts.add(this.#say(member));
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && hasTime());
    if (!this.#removed.running) this.#find();
    const said = this.#room.readBy(this.#owner);
    return {
      violations: [...this.#unread(said), ...this.#leaks(before), ...this.#clear.found, ...this.#stories()],
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: said.length,
      delivered: said.filter((text) => this.#members.every((member) => this.#room.readBy(member).includes(text))).length,
    };
  }

  // ---- what is done ----

  /** Some of the members, and who is removed, hear of it only when the parts meet again. */
  #removeInParts(speakers: readonly Host[]): void {
    const apart = [this.#removed, ...speakers.filter((host) => host !== this.#owner && host !== this.#removed && this.#random.chance(0.4))];
    const rejoin = isolate(this.#simulator, apart);
    if (this.#lost === "devices") this.#lose(this.#removed);
    this.#remove();
    for (const host of speakers) this.#later(this.#random.between(0, PARTED_MS), () => this.#say(host));
    this.#later(PARTED_MS, rejoin);
  }

  #loseKeys(): void {
    if (this.#loser.running) this.#loser.stop(0);
    this.#loser.disk.loseKeys();
    this.#later(1_000, () => {
      if (!this.#loser.running) this.#loser.start();
    });
  }

  /** @param goodMs - how long its home is there after that */
  #backUp(goodMs: number): void {
    const { age } = this.#loser.disk;
    this.#later(goodMs, () => {
      this.#lose(this.#loser);
      this.#loser.disk.restoreBackup(age);
      this.#later(1_000, () => this.#switchOn(this.#loser));
    });
  }

  #lose(host: Host): void {
    host.isAway = true;
    if (host.running) host.stop(0);
  }

  /** A lost device is found, by somebody who switches it on. */
  #find(): void {
    this.#switchOn(this.#removed);
    this.#simulator.run(FOUND_MS);
  }

  #switchOn(host: Host): void {
    host.isAway = false;
    host.start();
  }

  /** @returns the text */
  #say(host: Host): string {
    const text = `${host.name} ${++this.#texts}`;
    this.#room.say(host, text);
    return text;
  }

  /** Until it is done: the owner may be down, or its disk full. */
  #remove(): void {
    const { running } = this.#owner;
    if (running && this.#knowsOfRemoval(this.#owner)) return;
    if (running && this.#owner.node.channels(this.#owner.now).length > 0) this.#room.order(this.#owner, this.#removed, { act: "kick" });
    this.#later(1_000, () => this.#remove());
  }

  #later(ms: number, job: () => void): void {
    this.#pending++;
    this.#simulator.after(ms, () => {
      this.#pending--;
      job();
    });
  }

  // ---- what came of it ----

  #hear(note: Note): void {
    if (note.kind !== "event" || note.event.type !== "log-finding" || note.event.finding !== "fork") return;
    this.#accused.add(`${note.host} says that ${note.event.author} has two histories`);
  }

  #isSettled(): boolean {
    if (this.#pending > 0 || !this.#members.every(({ running }) => running)) return false;
    if (!this.#members.every((member) => this.#knowsOfRemoval(member))) return false;
    const [first, ...rest] = this.#members.map((member) => this.#room.readBy(member).join("\n"));
    return rest.every((read) => read === first) && this.#members.every((member) => member.node.locked(this.#room.id).length === 0);
  }

  #knowsOfRemoval(member: Host): boolean {
    return this.#room.roleAt(member, this.#removed) === "none";
  }

  /** All that members said has to be read by all of them. */
  #unread(said: readonly string[]): string[] {
    return this.#members.flatMap((member) => {
      const read = this.#room.readBy(member);
      const own = [...member.disk.events.values()].filter(({ own: isOwn, kind }) => isOwn && kind === "post").map(({ body }) => body);
      const lost = own.filter((text) => !said.includes(text));
      const missing = said.filter((text) => !read.includes(text));
      const locked = member.node.locked(this.#room.id);
      return [
        ...(missing.length > 0 ? [`${member.name} does not read ${missing.join(", ")}`] : []),
        ...(locked.length > 0 ? [`${member.name} waits for keys of ${locked.map(({ count }) => count).join(", ")} messages`] : []),
        ...(lost.length > 0 ? [`what ${member.name} said is not read by the owner: ${lost.join(", ")}`] : []),
      ];
    });
  }

  /** @param before - what there was when everybody knew of the removal: some of that may have been on its way to the removed */
  #leaks(before: ReadonlySet<string>): string[] {
    const later = [...this.#removed.disk.events.values()].filter(({ id, own }) => !own && !before.has(id));
    const atOutsider = this.#outsider.disk.shelf.all(this.#room.hash);
    const sealedTo = this.#room.sealedFor(this.#lastTexts, this.#owner.disk);
    return [
      ...(later.length > 0
        ? [`${this.#removed.name} was given ${later.length} events that were written when all knew of its removal`]
        : []),
      ...(atOutsider.length > 0 ? [`${this.#outsider.name}, who is in nothing, was given ${atOutsider.length} events`] : []),
      ...(sealedTo.includes(this.#removed.nodeId ?? "") ? [`what was said last is sealed to ${this.#removed.name}`] : []),
      ...(sealedTo.includes(this.#outsider.nodeId ?? "") ? [`what was said last is sealed to ${this.#outsider.name}`] : []),
    ];
  }

  /** Nobody tells two stories, whatever was lost, and no key opens two messages. */
  #stories(): string[] {
    const twice = this.#room.sealedTwice([...this.#members, this.#removed].map(({ disk }) => disk));
    return [...this.#accused, ...twice.map((place) => `two messages are sealed with one key: ${place}`)];
  }
}
