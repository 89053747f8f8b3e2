/**
 * One private channel of whole nodes at random: an owner, members behind all kinds of NATs, an outsider that knows the channel's id, somebody who is removed while the
 * network is parted, somebody who loses all its keys, through crashes, bad links, full disks and wrong clocks. Then calm; after it all members must read all that
 * members said, and nobody else anything of what was said since it had no role. PROTOCOL.md §19.
 */
import type { ChannelHash, Command, Event, RoleOrder, Words } from "../../core/index.ts";
import { channelGuid, SEALED } from "../../core/index.ts";
import { recipientsIn } from "../../core/private/boxes.ts";
import type { Guid } from "../../wire/index.ts";
import { isolate, planFaults } from "../faults.ts";
import type { Host } from "../host.ts";
import { populate } from "../population.ts";
import type { Random } from "../random.ts";
import { Simulator } from "../simulator.ts";
import type { SwarmOptions, SwarmOutcome } from "../swarm.ts";
import { ClearTalk } from "./clear-talk.ts";

const MEET_MS = 10_000;
const PARTED_MS = 12_000;
/** As in other swarms, and for keys that are asked for again after 30 s. */
const SETTLE_MS = 300_000;
const LOOK_MS = 5_000;
const ACT_EVERY_MS = 2_000;
/** Nodes with a part of their own: the rendezvous, the owner, who is removed, who loses its keys, and the outsider. */
export const PARTS = 5;

/** @param options - of at least 6 nodes. Its `delivered` counts texts that all members read */
export function runPrivateSwarm(options: Omit<SwarmOptions, "kind" | "tap">): SwarmOutcome {
  const swarm = new PrivateSwarm(options);
  swarm.meet();
  swarm.suffer(options.faultsMs ?? 25_000);
  return swarm.judge();
}

class PrivateSwarm {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #owner: Host;
  readonly #removed: Host;
  readonly #forgetful: Host;
  readonly #outsider: Host;
  /** All who are in at the end. */
  readonly #members: readonly Host[];
  readonly #clear = new ClearTalk();
  #hash = "" as ChannelHash;
  #id = "" as Guid;
  #texts = 0;
  /** What members said when everybody knew who is in. */
  readonly #lastTexts = new Set<string>();
  #pending = 0;

  constructor(options: Omit<SwarmOptions, "kind" | "tap">) {
    if (options.nodes <= PARTS) throw new RangeError(`a private swarm has more than ${PARTS} nodes`);
    this.#simulator = new Simulator(options);
    this.#simulator.watch(this.#clear);
    this.#random = this.#simulator.random.fork("private");
    const { members } = populate(this.#simulator, this.#simulator.random.fork("swarm"), "full", options.nodes);
    const [owner, removed, forgetful, outsider, ...rest] = members;
    if (owner === undefined || removed === undefined || forgetful === undefined || outsider === undefined) throw new Error("counted above");
    [this.#owner, this.#removed, this.#forgetful, this.#outsider] = [owner, removed, forgetful, outsider];
    this.#members = [owner, forgetful, ...rest];
  }

  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1_000);
    this.#owner.command({ kind: "create", id: this.#newId(), name: "attic", others: "none" });
    this.#simulator.run(100);
    this.#hash = [...this.#owner.disk.events.values()].find(({ kind }) => kind === "genesis")?.id as string as ChannelHash;
    this.#id = channelGuid(this.#hash);
    this.#clear.channel = this.#id;
    for (const host of [...this.#members.slice(1), this.#removed]) {
      this.#order(host, { act: "grant", role: "member" });
      this.#join(host);
    }
    this.#join(this.#outsider);
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    const speakers = [...this.#members, this.#removed];
    planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs: 12_000 / speakers.length });
    for (let at = 0; at < ms; at += this.#random.between(0, (2 * ACT_EVERY_MS) / speakers.length))
      this.#simulator.after(at, () => this.#say(this.#random.pick(speakers)));
    this.#later(this.#random.between(0, ms / 2), () => this.#removeInParts(speakers));
    this.#later(this.#random.between(0, ms), () => this.#loseKeys());
    this.#simulator.run(ms);
  }

  judge(): SwarmOutcome {
    const calmAt = this.#simulator.now;
    const hasTime = () => this.#simulator.now - calmAt < SETTLE_MS;
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && hasTime());
    const before = new Set([...this.#members, this.#removed].flatMap(({ disk }) => [...disk.events.keys()]));
    for (const member of this.#members) this.#lastTexts.add(this.#say(member));
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && hasTime());
    const said = this.#readBy(this.#owner);
    return {
      violations: [...this.#unread(said), ...this.#leaks(before), ...this.#clear.found],
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: said.length,
      delivered: said.filter((text) => this.#members.every((member) => this.#readBy(member).includes(text))).length,
    };
  }

  // ---- what is done ----

  /** Some of the members, and who is removed, hear of it only when the parts meet again. */
  #removeInParts(speakers: readonly Host[]): void {
    const apart = [this.#removed, ...speakers.filter((host) => host !== this.#owner && host !== this.#removed && this.#random.chance(0.4))];
    const rejoin = isolate(this.#simulator, apart);
    this.#remove();
    for (const host of speakers) this.#later(this.#random.between(0, PARTED_MS), () => this.#say(host));
    this.#later(PARTED_MS, rejoin);
  }

  #loseKeys(): void {
    if (this.#forgetful.running) this.#forgetful.stop(0);
    this.#forgetful.disk.loseKeys();
    this.#later(1_000, () => {
      if (!this.#forgetful.running) this.#forgetful.start();
    });
  }

  /** @returns the text */
  #say(host: Host): string {
    const text = `${host.name} ${++this.#texts}`;
    if (host.running) host.command({ kind: "post", id: this.#newId(), channelId: this.#id, text });
    return text;
  }

  #join(host: Host): void {
    host.command({ kind: "join", channelId: this.#id, name: "", at: [], genesis: this.#hash });
  }

  #order(of: Host, order: RoleOrder): void {
    const plan = this.#owner.node.plan(this.#id, of.nodeId ?? "", order);
    if (typeof plan === "string") throw new Error(`the owner may not: ${plan}`);
    const statements: readonly Words[] = plan.statements;
    this.#owner.command({ kind: "order", id: this.#newId(), channelId: this.#id, statements } satisfies Command);
  }

  /** Until it is done: the owner may be down, or its disk full. */
  #remove(): void {
    const { running } = this.#owner;
    if (running && this.#knowsOfRemoval(this.#owner)) return;
    if (running && this.#owner.node.channels(this.#owner.now).length > 0) this.#order(this.#removed, { act: "kick" });
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

  #isSettled(): boolean {
    if (this.#pending > 0 || !this.#members.every(({ running }) => running)) return false;
    if (!this.#members.every((member) => this.#knowsOfRemoval(member))) return false;
    const [first, ...rest] = this.#members.map((member) => this.#readBy(member).join("\n"));
    return rest.every((read) => read === first) && this.#members.every((member) => member.node.locked(this.#id).length === 0);
  }

  #knowsOfRemoval(member: Host): boolean {
    return member.node.members(this.#id, member.now).some(({ nodeId, role }) => nodeId === this.#removed.nodeId && role === "none");
  }

  /** What counts of what a host has on its disk and can read, in its order. */
  #readBy(host: Host): string[] {
    const eyes = host.node.eyes(this.#id, host.now);
    const posts = host.disk.shelf.all(this.#hash).flatMap(({ id }) => host.disk.shelf.seen(this.#hash, id) ?? []);
    return posts.flatMap((post) => (post.kind === "post" && eyes.roleAt(post) !== "none" ? [post.text] : [])).sort();
  }

  /** All that members said has to be read by all of them. */
  #unread(said: readonly string[]): string[] {
    return this.#members.flatMap((member) => {
      const read = this.#readBy(member);
      const own = [...member.disk.events.values()].filter(({ own: isOwn, kind }) => isOwn && kind === "post").map(({ body }) => body);
      const lost = own.filter((text) => !said.includes(text));
      const missing = said.filter((text) => !read.includes(text));
      const locked = member.node.locked(this.#id);
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
    const atOutsider = this.#outsider.disk.shelf.all(this.#hash);
    const sealedTo = this.#boxesOfLastEpochs();
    return [
      ...(later.length > 0
        ? [`${this.#removed.name} was given ${later.length} events that were written when all knew of its removal`]
        : []),
      ...(atOutsider.length > 0 ? [`${this.#outsider.name}, who is in nothing, was given ${atOutsider.length} events`] : []),
      ...(sealedTo.includes(this.#removed.nodeId ?? "") ? [`what was said last is sealed to ${this.#removed.name}`] : []),
      ...(sealedTo.includes(this.#outsider.nodeId ?? "") ? [`what was said last is sealed to ${this.#outsider.name}`] : []),
    ];
  }

  /** For whom the epochs are sealed in which members spoke last, when all knew of the removal. */
  #boxesOfLastEpochs(): string[] {
    const events = this.#owner.disk.shelf.all(this.#hash);
    const epochOf = ({ details }: Event) => details.find(([name]) => name === "epoch")?.[1];
    const sealed = events.filter(
      ({ kind, id }) => kind === SEALED && this.#lastTexts.has(this.#owner.disk.shelf.seen(this.#hash, id)?.text ?? ""),
    );
    const last = new Set(sealed.map((event) => `${event.author} ${epochOf(event)}`));
    return events.filter((event) => event.kind === "key" && last.has(`${event.author} ${epochOf(event)}`)).flatMap(recipientsIn);
  }

  #newId(): string {
    return [...this.#random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
