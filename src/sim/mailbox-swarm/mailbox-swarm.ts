/**
 * Members of a private channel, two of whom also have a talk, who are never there together: each has its shifts, and a contact of all is
 * their mailbox. It crashes, is parted, has a full disk and a wrong clock, as they have, and in some runs it lies. Then calm, in which
 * they still do not meet; after it everybody must read all that was said, the mailbox must never have had a word of it, and what a
 * sender was told to be held must have been there. Where the mailbox lies, all this is owed once the members have met. PROTOCOL.md §22.
 */
import type { Change, ContactNodes } from "../../core/index.ts";
import { fromBase64, type NodeId } from "../../wire/index.ts";
import { planFaults } from "../faults.ts";
import type { Host } from "../host.ts";
import { populate } from "../population.ts";
import { makeRoom, newId, type Room, talkOf } from "../private-swarm/index.ts";
import type { Random } from "../random.ts";
import { Simulator } from "../simulator.ts";
import type { SwarmOptions, SwarmOutcome } from "../swarm.ts";
import type { Note } from "../world.ts";
import { HeldChecker } from "./held.ts";
import { LIES, type Lie, lying } from "./lies.ts";

/** The rendezvous, the mailbox, and two members. */
export const MAILBOX_NODES_MIN = 4;
/** Further members; the other nodes have no part. */
const MEMBERS_MAX = 4;
const MEET_MS = 15_000;
/** One member is there, and until the next is. */
const SHIFT_MS = 30_000;
const BETWEEN_MS = 500;
/** Within a shift something is said. */
const TALK_MS = 15_000;
const TEXTS_MAX = 3;
const FAULT_EVERY_MS = 3_000;
/** In the calm every member has so many shifts to take out what there is. */
const CALM_ROUNDS = 6;
const SETTLE_MS = 300_000;
const LOOK_MS = 5_000;
/** Of runs, in which the mailbox lies. */
const LYING_SHARE = 0.3;
/** What everybody says: a word of it looks like nothing else. */
const SAID = /said \d+ by/;
/** Violations of a kind that are told. */
const TOLD_MAX = 8;

export interface MailboxSwarmOptions extends Omit<SwarmOptions, "kind" | "tap"> {
  /** Whether the mailbox lies; by default the seed decides. */
  readonly lie?: Lie | null;
}

/** @param options - of at least 4 nodes. Its `saved` counts texts that were told to be saved, its `delivered` those that all read */
export function runMailboxSwarm(options: MailboxSwarmOptions): SwarmOutcome & { readonly held: number; readonly lie: Lie | null } {
  const swarm = new MailboxSwarm(options);
  swarm.suffer(options.faultsMs ?? 4 * SHIFT_MS);
  return swarm.judge();
}

/** A text that its author was told to be saved. */
interface Saying {
  readonly room: Room;
  readonly text: string;
}

class MailboxSwarm {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #lie: Lie | null;
  readonly #mailbox: Host;
  readonly #members: readonly Host[];
  readonly #attic: Room;
  readonly #talk: Room;
  readonly #held: HeldChecker;
  /** By the id of the command. */
  readonly #said = new Map<string, Saying>();
  readonly #saved = new Set<Saying>();
  readonly #words: string[] = [];
  #texts = 0;

  constructor(options: MailboxSwarmOptions) {
    if (options.nodes < MAILBOX_NODES_MIN) throw new RangeError(`a mailbox swarm has at least ${MAILBOX_NODES_MIN} nodes`);
    this.#simulator = new Simulator(options);
    this.#random = this.#simulator.random.fork("mailboxes");
    this.#lie = options.lie === undefined ? this.#drawLie() : options.lie;
    const bend = this.#lie === null ? {} : { bend: lying(this.#lie, this.#random.fork("lies")) };
    const contacts = new Contacts();
    const nodes = Math.min(options.nodes, 2 + MEMBERS_MAX);
    const { members } = populate(this.#simulator, this.#simulator.random.fork("swarm"), "full", nodes, (at) => ({
      contacts: contacts.of(at),
      ...(at === 0 ? { mailbox: true, ...bend } : {}),
    }));
    contacts.hosts = members;
    [this.#mailbox, ...this.#members] = members as [Host, ...Host[]];
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1_000);
    this.#attic = makeRoom(this.#simulator, this.#members[0] as Host, this.#random);
    this.#talk = talkOf(options.crypto, this.#pair, this.#random);
    this.#held = new HeldChecker(options.crypto, members, [this.#attic, this.#talk]);
    this.#simulator.watch(this.#held);
    this.#simulator.watch({ watch: (note) => this.#hear(note) });
    this.#listenIn();
    this.#meet();
  }

  /** Shifts in which everything else goes wrong too. */
  suffer(ms: number): void {
    planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs: FAULT_EVERY_MS });
    this.#allAway();
    const end = this.#simulator.now + ms;
    while (this.#simulator.now < end) this.#shift(this.#random.pick(this.#members), true);
    for (const host of this.#simulator.hosts) host.setClock(0); // whoever notices that a clock is wrong sets it right
  }

  judge() {
    for (const member of this.#members) this.#shift(member, true);
    const rounds = this.#lie === null ? CALM_ROUNDS : 1;
    for (let round = 0; round < rounds && !this.#isSettled(); round++) for (const member of this.#members) this.#shift(member, false);
    if (this.#lie !== null) this.#reunite();
    const saved = [...this.#saved];
    return {
      violations: [
        ...this.#unread(),
        ...this.#words.slice(0, TOLD_MAX),
        ...this.#kept(),
        ...(this.#lie === null ? this.#held.violations : []),
      ],
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: saved.length,
      delivered: saved.filter((saying) => this.#readersOf(saying).every((member) => hasRead(member, saying))).length,
      held: this.#held.told,
      lie: this.#lie,
    };
  }

  // ---- what is done ----

  #drawLie(): Lie | null {
    return this.#random.chance(LYING_SHARE) ? this.#random.pick(LIES) : null;
  }

  get #pair(): readonly [Host, Host] {
    return [this.#members[0] as Host, this.#members[1] as Host];
  }

  /** Once they are all there: they make the channel and the talk, and tell one another where something can be left. */
  #meet(): void {
    const [owner, ...others] = this.#members as [Host, ...Host[]];
    for (const host of others) {
      this.#attic.order(owner, host, { act: "grant", role: "member" });
      this.#attic.join(host);
    }
    for (const host of this.#pair) this.#talk.join(host);
    for (const host of this.#members) host.command({ kind: "mailbox", nodeId: this.#mailbox.nodeId as NodeId, on: true });
    this.#simulator.run(MEET_MS);
    for (const host of this.#members) this.#say(host);
    this.#simulator.run(MEET_MS);
  }

  #allAway(): void {
    for (const member of this.#members) putAway(member);
  }

  /** One member is there, and no other. */
  #shift(member: Host, talks: boolean): void {
    this.#simulator.run(BETWEEN_MS);
    switchOn(member);
    for (let left = talks ? 1 + this.#random.below(TEXTS_MAX) : 0; left > 0; left--)
      this.#simulator.after(this.#random.between(0, TALK_MS), () => this.#say(member));
    this.#simulator.run(SHIFT_MS);
    putAway(member);
  }

  /** What a mailbox threw away comes when those meet who said it. */
  #reunite(): void {
    const end = this.#simulator.now + SETTLE_MS;
    for (const member of this.#members) switchOn(member);
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && this.#simulator.now < end);
  }

  #say(host: Host): void {
    if (!host.running) return;
    const room = this.#pair.includes(host) && this.#random.chance(0.4) ? this.#talk : this.#attic;
    const [id, text] = [newId(this.#random), `said ${++this.#texts} by ${host.name}`];
    this.#said.set(id, { room, text });
    host.command({ kind: "post", id, channelId: room.id, text });
  }

  // ---- what came of it ----

  /** To all that is said to the mailbox and by it, within its sessions. */
  #listenIn(): void {
    if (this.#mailbox.running) this.#mailbox.command({ kind: "tap", on: true });
  }

  #hear(note: Note): void {
    if (note.kind === "started" && note.host === this.#mailbox.name) this.#simulator.after(0, () => this.#listenIn());
    if (note.kind !== "event") return;
    if (note.event.type === "post-state" && note.event.state === "saved") {
      const saying = this.#said.get(note.event.ref);
      if (saying !== undefined) this.#saved.add(saying);
    }
    if (note.event.type === "traffic" && note.host === this.#mailbox.name && this.#isWord(note.event.text))
      this.#words.push(`${note.host} had a word in the clear at ${note.at} ms: ${note.event.text}`);
  }

  #isWord(text: string): boolean {
    return SAID.test(text) || text.includes(this.#attic.hash) || text.includes(this.#talk.hash);
  }

  #readersOf({ room }: Saying): readonly Host[] {
    return room === this.#talk ? this.#pair : this.#members;
  }

  #isSettled(): boolean {
    return [...this.#saved].every((saying) => this.#readersOf(saying).every((member) => hasRead(member, saying)));
  }

  /** Everybody reads all that was said, and nothing that was not. */
  #unread(): string[] {
    const said = new Set([...this.#said.values()].map(({ text }) => text));
    return [this.#attic, this.#talk].flatMap((room) => {
      const saved = [...this.#saved].filter((saying) => saying.room === room);
      return (room === this.#talk ? this.#pair : this.#members).flatMap((member) => {
        const read = room.openAt(member.disk);
        const missing = saved.filter(({ text }) => !read.includes(text)).map(({ text }) => text);
        const [twice, strange] = [read.filter((text, at) => read.indexOf(text) !== at), read.filter((text) => !said.has(text))];
        return [
          ...missing.map((text) => `"${text}" has not come to ${member.name}`),
          ...twice.map((text) => `${member.name} reads "${text}" twice`),
          ...strange.map((text) => `${member.name} reads "${text}", which nobody said`),
        ];
      });
    });
  }

  /** What the mailbox has on its disk and had there before; in a parcel as it lies there it must not even say of which channel it is. */
  #kept(): string[] {
    const changes = this.#mailbox.disk.batches.flat();
    const texts = changes.map((change: Change) =>
      change.kind === "parcel" ? latin1(fromBase64(change.parcel.parcel)) : JSON.stringify(change),
    );
    const words = texts.filter((text) => this.#isWord(text) || text.includes(this.#attic.id) || text.includes(this.#talk.id));
    return words.map((text) => `${this.#mailbox.name} kept a word in the clear: ${text}`).slice(0, TOLD_MAX);
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function hasRead({ disk }: Host, { room, text }: Saying): boolean {
  return room.openAt(disk).includes(text);
}

function switchOn(host: Host): void {
  host.isAway = false;
  if (!host.running) host.start();
}

function putAway(host: Host): void {
  host.isAway = true;
  if (host.running) host.stop(host.disk.unwritten);
}

/** Everybody is a contact of everybody. */
class Contacts {
  hosts: readonly Host[] = [];

  of(at: number): ContactNodes {
    const all = () => this.hosts.filter((_, other) => other !== at).map(({ nodeId }) => nodeId ?? "");
    return { has: (nodeId) => all().includes(nodeId), all };
  }
}
