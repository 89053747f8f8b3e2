/**
 * A channel from a seed: members who come and go, write and answer, crash, are cut off, put back old backups, have wrong
 * clocks, and some of whom lie. Faults first, then calm, then the checkers of the promises.
 */
import { type ChannelHash, type Charter, charterOf, type Event, keyOf, referenceDetail, revokeDetails } from "../../core/log/index.ts";
import { type Crypto, openChannelHash } from "../../crypto/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";
import { Random } from "../random.ts";
import type { Cast, End, Fact } from "./facts.ts";
import { genesisOf, nameAt, toHex } from "./founding.ts";
import { corrupt, FLOOD_TEXTS, LIARS, type LiarName } from "./liars.ts";
import { meetByChance } from "./meet-by-chance.ts";
import { ChannelMember, type Ground } from "./member.ts";
import { promiseCheckers } from "./promises.ts";
import { Wire } from "./wire.ts";

export type MakeMember = (name: string, random: Random, ground: Ground) => ChannelMember;

export interface GatheringOptions {
  readonly seed: number;
  /** 5 to 200. */
  readonly members: number;
  readonly crypto: Crypto;
  /** Milliseconds of faults. */
  readonly stormMs: number;
  /** Of the members, so many lie; at most 0.3. */
  readonly lying: number;
  /** Somebody owns the channel and removes somebody. */
  readonly owned: boolean;
  /** Of what may happen in a storm, only these. */
  readonly faults?: readonly FaultName[];
  readonly makeMember?: MakeMember;
  readonly onFact?: (fact: Fact) => void;
}

export interface Outcome {
  /** By the number of the promise. */
  readonly breaches: ReadonlyMap<number, readonly string[]>;
  readonly written: number;
  readonly carried: number;
  /** Milliseconds from the calm to agreement. */
  readonly settledMs: number;
  readonly faults: ReadonlyMap<FaultName, number>;
}

export const FAULTS = ["crash", "part", "divide", "restore", "clock", "weather", "absence"] as const;
export type FaultName = (typeof FAULTS)[number];

const FAIR = { latencyMs: 40, loss: 0, flushMs: 5 };
const CALM_STEP_MS = 10_000;
/** What was lacking is asked for again after 30 s, and heads are told again after up to five minutes. */
const CALM_MS = 600_000;
/** Between two happenings, in a channel of ten; in a larger one more happens. */
const STEP_MS = 2_000;
const JUMP_MAX_MS = 86_400_000;
const ANSWERS = 0.3;

export function runGathering(options: GatheringOptions): Outcome {
  const gathering = new Gathering(options);
  gathering.storm();
  return gathering.judge();
}

class Gathering {
  readonly #options: GatheringOptions;
  readonly #random: Random;
  readonly #wire: Wire;
  readonly #members: readonly ChannelMember[];
  readonly #byId: ReadonlyMap<NodeId, ChannelMember>;
  readonly #wishes: readonly (readonly [ChannelMember, ChannelMember])[];
  readonly #liars: ReadonlyMap<ChannelMember, LiarName>;
  readonly #removed = new Set<NodeId>();
  readonly #checkers;
  readonly #faults = new Map<FaultName, number>();
  readonly #texts: Event[] = [];
  readonly #owner: ChannelMember | null;
  #written = 0;

  constructor(options: GatheringOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    this.#random = random.fork("storm");
    this.#wire = new Wire(random.fork("wire"), { ...FAIR });
    const genesis = options.owned ? genesisOf(options.crypto, random) : null;
    this.#members = this.#gather(random, genesis);
    this.#byId = new Map(this.#members.map((member) => [member.id, member]));
    this.#owner = options.owned ? (this.#members[0] as ChannelMember) : null;
    this.#liars = this.#corruptSome();
    this.#checkers = promiseCheckers(this.#cast(), options.crypto);
    this.#wishes = this.#chosen();
    for (const member of this.#members) member.start();
    if (genesis !== null) {
      this.#note({ kind: "written", by: nameAt(0), event: genesis, run: 0 });
      this.#owner?.take({ kind: "event", event: genesis }, "itself" as NodeId);
    }
    this.#connectAll();
    this.#wire.pass(1_000);
  }

  // ---- who is there ----

  #gather(random: Random, genesis: Event | null): ChannelMember[] {
    const { crypto, members, makeMember } = this.#options;
    const make: MakeMember = makeMember ?? ((...given) => new ChannelMember(...given));
    const ground: Ground = {
      crypto,
      channel: genesis?.channel ?? (toHex(openChannelHash(crypto, "gathering")) as ChannelHash),
      charter: genesis === null ? OPEN : (charterOf(genesis) as Charter),
      now: () => this.#wire.now,
      send: (from, to, load) => this.#wire.send(from, to, load),
      flush: (member) => this.#wire.flush(member),
      note: (fact) => this.#note(fact),
    };
    return Array.from({ length: members }, (_, at) => {
      const member = make(nameAt(at), random.fork(nameAt(at)), ground);
      this.#wire.add(member);
      return member;
    });
  }

  /** The owner is honest: who owns a channel may do with it what it likes. */
  #corruptSome(): Map<ChannelMember, LiarName> {
    const { lying, crypto } = this.#options;
    const count = Math.floor(lying * this.#members.length);
    const liars = this.#members.slice(this.#members.length - count);
    return new Map(
      liars.map((member) => {
        const name = this.#random.pick(LIARS);
        corrupt(member, name, crypto);
        return [member, name];
      }),
    );
  }

  #cast(): Cast {
    const nameOf = (author: NodeId) => this.#byId.get(author)?.name ?? author;
    const honest = this.#members.filter((member) => !this.#liars.has(member));
    return {
      honest: honest.map(({ name }) => name),
      liars: new Set([...this.#liars.keys()].map(({ name }) => name)),
      nameOf,
      isMember: (author) => !this.#removed.has(author),
      isCut: ({ author }) => this.#removed.has(author),
    };
  }

  #chosen(): (readonly [ChannelMember, ChannelMember])[] {
    const ids = this.#members.map(({ id }) => id);
    return this.#members.flatMap((member) => {
      const others = ids.filter((id) => id !== member.id);
      return meetByChance(others, () => this.#random.unit()).map((id) => [member, this.#byId.get(id) as ChannelMember] as const);
    });
  }

  get #honest(): ChannelMember[] {
    return this.#members.filter((member) => !this.#liars.has(member));
  }

  /** Those of the honest who are still members: to others nothing is promised. */
  get #present(): ChannelMember[] {
    return this.#honest.filter(({ id }) => !this.#removed.has(id));
  }

  #note(fact: Fact): void {
    if (fact.kind === "written") this.#written++;
    this.#options.onFact?.(fact);
    // What is acknowledged is told by the id of the node; checkers go by names.
    const named = fact.kind === "delivered" ? { ...fact, to: this.#byId.get(fact.to as NodeId)?.name ?? fact.to } : fact;
    for (const checker of this.#checkers) checker.hear(named);
  }

  // ---- the storm ----

  storm(): void {
    const { weather } = this.#wire;
    this.#weather();
    const end = this.#wire.now + this.#options.stormMs;
    let isRemoved = this.#owner === null;
    while (this.#wire.now < end) {
      const member = this.#random.pick(this.#members);
      if (this.#random.chance(0.5)) this.#talk(member);
      else this.#strike(member);
      if (!isRemoved && this.#wire.now > end / 2) isRemoved = this.#remove();
      this.#wire.pass(this.#random.between(0, STEP_MS * Math.min(1, 10 / this.#members.length)));
    }
    Object.assign(weather, FAIR);
  }

  #talk(member: ChannelMember): void {
    const count = this.#liars.get(member) === "floods" ? FLOOD_TEXTS : 1 + this.#random.below(3);
    for (let left = count; left > 0; left--) this.#say(member);
    this.#wire.wakeLater(member);
  }

  #say(member: ChannelMember): void {
    const held = this.#texts.filter(({ id }) => member.disk.events.has(id)).slice(-20);
    const answered = held.length > 0 && this.#random.chance(ANSWERS) ? this.#random.pick(held) : null;
    const event = member.write("post", `${member.name} ${this.#written}`, answered === null ? [] : [referenceDetail("reply", answered)]);
    if (event !== null) this.#texts.push(event);
  }

  #strike(member: ChannelMember): void {
    const name = this.#random.pick(this.#options.faults ?? FAULTS);
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    switch (name) {
      case "crash":
        if (this.#random.chance(0.5)) this.#talk(member); // so that something is on its way to the disk
        return this.#crash(member, this.#random.between(0, 10_000));
      case "absence":
        return this.#crash(member, this.#random.between(20_000, 120_000));
      case "part":
        return this.#wire.disconnect(member, this.#random.pick(this.#members));
      case "divide":
        return this.#divide();
      case "restore":
        return this.#restore(member);
      case "clock":
        if (!this.#liars.has(member))
          member.skewMs = Math.round(this.#random.between(-JUMP_MAX_MS, JUMP_MAX_MS) * this.#random.unit() ** 4);
        return;
      case "weather":
        return this.#weather();
    }
  }

  #weather(): void {
    const loss = this.#random.pick([0, 0.05, 0.3]);
    Object.assign(this.#wire.weather, { loss, latencyMs: this.#random.pick([5, 50, 500]), flushMs: this.#random.pick([1, 20, 400]) });
  }

  #crash(member: ChannelMember, forMs: number): void {
    if (member.channel === null) return;
    this.#note({ kind: "look", ...member.look() });
    for (const other of this.#members) this.#wire.disconnect(member, other);
    member.crash(this.#random.below(member.unflushed + 1));
    this.#wire.after(forMs, () => this.#rise(member));
  }

  #rise(member: ChannelMember): void {
    if (member.channel !== null) return;
    member.start();
    this.#note({ kind: "look", ...member.look() });
    for (const [a, b] of this.#wishes) if (a === member || b === member) this.#wire.connect(a, b);
  }

  /** Two halves that hear nothing of each other until somebody connects them again. */
  #divide(): void {
    const half = new Set(this.#members.filter(() => this.#random.chance(0.5)));
    for (const [a, b] of this.#wishes) if (half.has(a) !== half.has(b)) this.#wire.disconnect(a, b);
    this.#wire.after(this.#random.between(5_000, 60_000), () => this.#connectAll());
  }

  #restore(member: ChannelMember): void {
    if (this.#liars.has(member) || member === this.#owner) return;
    const age = Math.max(0, member.disk.age - this.#random.below(12));
    if (member.channel !== null) this.#crash(member, this.#random.between(0, 5_000));
    member.restore(age);
    this.#note({ kind: "restored", by: member.name, ids: new Set(member.disk.events.keys()) });
  }

  /** The owner removes somebody, at the place up to which it has read. @returns whether it could */
  #remove(): boolean {
    const target = this.#random.pick(this.#members.slice(1));
    const owner = this.#owner;
    if (owner?.channel == null) return false;
    const cuts = owner.channel.log.heads().filter(({ author }) => author === target.id);
    this.#removed.add(target.id);
    owner.write(
      "revoke",
      "",
      revokeDetails(
        target.id,
        0,
        cuts.map(({ inst, seq, id }) => [inst, { seq, id }]),
      ),
    );
    this.#wire.wakeLater(owner);
    return true;
  }

  #connectAll(): void {
    for (const [a, b] of this.#wishes) this.#wire.connect(a, b);
  }

  // ---- the calm ----

  judge(): Outcome {
    for (const member of this.#members) {
      if (!this.#liars.has(member)) member.skewMs = 0;
      this.#rise(member);
    }
    this.#connectAll();
    const calmAt = this.#wire.now;
    do this.#wire.pass(CALM_STEP_MS);
    while (!this.#isSettled() && this.#wire.now - calmAt < CALM_MS);
    for (const member of this.#honest) this.#note({ kind: "look", ...member.look() });
    const ends = this.#present.map((member) => this.#endOf(member));
    const breaches = new Map(this.#checkers.map((checker) => [checker.promise, checker.judge(ends)]));
    const { carried } = this.#wire;
    return { breaches, written: this.#written, carried, settledMs: this.#wire.now - calmAt, faults: this.#faults };
  }

  #isSettled(): boolean {
    const honest = this.#present;
    const digests = new Set(honest.map(({ channel }) => channel?.log.digest()));
    const isHeld = (id: EventId) => honest.some(({ disk }) => disk.events.has(id));
    const ids = new Set(honest[0]?.disk.events.keys());
    const isSame = honest.every(({ disk }) => disk.events.size === ids.size && [...disk.events.keys()].every((id) => ids.has(id)));
    return (
      (isSame || digests.size === 1) &&
      honest.every(({ channel, unflushed }) => unflushed === 0 && !channel?.log.holes().some(({ id }) => isHeld(id)))
    );
  }

  #endOf(member: ChannelMember): End {
    const { channel } = member;
    const members = (channel?.roles.members() ?? []).map(({ node, role }) => `${node} ${role}` as NodeId).sort();
    const cut = [...member.disk.events.values()].filter(({ author }) => this.#removed.has(author)).map(keyOf);
    return { ...member.look(), digest: channel?.log.digest() ?? "", members, cut };
  }
}

const OPEN: Charter = { owner: null, others: "member", name: "gathering" };
