/**
 * People who come into a private channel by invites, through crashes, partitions, full disks and wrong clocks: by one that many may use,
 * one that a single node may use and several want to, one that another admin ends, and one that runs out. Whoever made them may be away
 * meanwhile, so that the other admin lets in alone; or the two are parted, and each lets in the last one. Then calm; after it everybody
 * agrees who is in, by no invite more than it is for, by one that all know to be over nobody, and all whom the others are for. PROTOCOL.md §20.
 */
import { type Event, inviteDetails, inviteEndDetails } from "../../core/index.ts";
import { base32, type Crypto } from "../../crypto/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";
import { isolate, planFaults } from "../faults.ts";
import { type Host, SIM_EPOCH } from "../host.ts";
import { populate } from "../population.ts";
import { ClearTalk } from "../private-swarm/clear-talk.ts";
import { makeRoom, newId, type Room } from "../private-swarm/index.ts";
import type { Random } from "../random.ts";
import { Simulator } from "../simulator.ts";
import type { SwarmOptions, SwarmOutcome } from "../swarm.ts";

/** The rendezvous, the owner, another admin, and guests: of each invite one, and two of the one that is for one. */
export const INVITE_NODES_MIN = 8;
const MEET_MS = 5_000;
const PARTED_MS = 12_000;
/** How long somebody tries to come in, and how often in the calm. */
const KNOCK_MS = 20_000;
const KNOCKS_MAX = 5;
const SETTLE_MS = 240_000;
const LOOK_MS = 5_000;
const MANY = 16;
const DAY_MS = 86_400_000;

export interface InviteSwarmOptions extends Omit<SwarmOptions, "kind" | "tap"> {
  /** How long after the faults it may take until all agree; default 4 min. */
  readonly settleMs?: number;
}

interface Invite {
  readonly name: "open" | "single" | "ended" | "short";
  readonly seed: Uint8Array;
  readonly key: NodeId;
  readonly uses: number;
  readonly guests: Host[];
}

/** @param options - of at least 8 nodes. Its `saved` counts guests, its `delivered` those that came in */
export function runInviteSwarm(options: InviteSwarmOptions): SwarmOutcome {
  const swarm = new InviteSwarm(options);
  swarm.suffer(options.faultsMs ?? 25_000);
  return swarm.judge(options.settleMs ?? SETTLE_MS);
}

class InviteSwarm {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #rendezvous: Host;
  readonly #owner: Host;
  readonly #admin: Host;
  readonly #guests: readonly Host[];
  readonly #invites: readonly Invite[];
  readonly #clear = new ClearTalk();
  readonly #room: Room;
  #pending = 0;

  constructor(options: InviteSwarmOptions) {
    if (options.nodes < INVITE_NODES_MIN) throw new RangeError(`an invite swarm has at least ${INVITE_NODES_MIN} nodes`);
    this.#simulator = new Simulator(options);
    this.#simulator.watch(this.#clear);
    this.#random = this.#simulator.random.fork("invites");
    const { rendezvous, members } = populate(this.#simulator, this.#simulator.random.fork("swarm"), "full", options.nodes);
    this.#rendezvous = rendezvous;
    [this.#owner, this.#admin, ...this.#guests] = members as [Host, Host, ...Host[]];
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(1_000);
    this.#room = makeRoom(this.#simulator, this.#owner, this.#random);
    this.#clear.channel = this.#room.id;
    this.#room.order(this.#owner, this.#admin, { act: "grant", role: "admin" });
    this.#room.join(this.#admin);
    this.#invites = this.#invite(options.crypto);
    this.#simulator.run(MEET_MS);
  }

  suffer(ms: number): void {
    planFaults(this.#simulator, this.#simulator.random.fork("faults"), { kind: "sessions", ms, everyMs: 2_500 });
    this.#later(this.#random.between(0, ms / 2), () => (this.#random.chance(0.5) ? this.#part() : this.#sendAway(ms / 2)));
    this.#later(this.#random.between(0, ms), () => this.#end());
    for (const invite of this.#rightful)
      for (const guest of invite.guests) this.#later(this.#random.between(0, ms), () => this.#knock(guest, invite));
    this.#simulator.run(ms);
  }

  judge(settleMs: number): SwarmOutcome {
    const calmAt = this.#simulator.now;
    for (const host of this.#simulator.hosts) host.setClock(0); // whoever notices that a clock is wrong sets it right
    for (let left = KNOCKS_MAX; left > 0 && !this.#areIn(); left--) {
      this.#simulator.run(KNOCK_MS + LOOK_MS);
      for (const invite of this.#rightful) for (const guest of invite.guests) if (!this.#isIn(guest, guest)) this.#knock(guest, invite);
    }
    do this.#simulator.run(LOOK_MS);
    while (!this.#isSettled() && this.#simulator.now - calmAt < settleMs);
    for (const invite of this.#over) for (const guest of invite.guests) this.#knock(guest, invite);
    this.#room.say(this.#owner, "at last");
    this.#simulator.run(KNOCK_MS + LOOK_MS);
    return {
      violations: [...this.#strangers(), ...this.#uses(), ...this.#quarrels(), ...this.#leaks(), ...this.#clear.found],
      virtualMs: this.#simulator.now,
      datagrams: this.#simulator.datagrams,
      saved: this.#guests.length,
      delivered: this.#guests.filter((guest) => this.#isIn(guest, this.#owner)).length,
    };
  }

  // ---- who is there ----

  #invite(crypto: Crypto): Invite[] {
    const shares = { open: [], single: [], ended: [], short: [] } as Record<Invite["name"], Host[]>;
    const order = ["open", "single", "ended", "short", "single", "open"] as const;
    for (const [at, guest] of this.#guests.entries()) shares[order[at % order.length] as Invite["name"]].push(guest);
    return (Object.keys(shares) as Invite["name"][]).map((name) => {
      const seed = this.#random.bytes(32);
      const key = base32(crypto.ed25519KeyPair(seed).publicKey) as NodeId;
      const uses = name === "single" ? 1 : MANY;
      const until = SIM_EPOCH + this.#simulator.now + (name === "short" ? MEET_MS : DAY_MS);
      this.#state(this.#owner, inviteDetails({ key, role: "member", until, uses }));
      return { name, seed, key, uses, guests: shares[name] };
    });
  }

  #named(name: Invite["name"]): Invite {
    return this.#invites.find((invite) => invite.name === name) as Invite;
  }

  get #rightful(): Invite[] {
    return [this.#named("open"), this.#named("single")];
  }

  get #over(): Invite[] {
    return [this.#named("ended"), this.#named("short")];
  }

  // ---- what is done ----

  #state(by: Host, details: Event["details"]): void {
    const statements = [{ kind: "invite", text: "", details }];
    by.command({ kind: "order", id: newId(this.#random), channelId: this.#room.id, statements });
  }

  #knock(guest: Host, { seed }: Invite): void {
    if (!guest.running) return;
    const { hash: genesis, id: channelId } = this.#room;
    const inviter = this.#owner.nodeId as NodeId;
    const at = [this.#rendezvous.endpoint()];
    guest.command({ kind: "knock", id: newId(this.#random), channelId, name: "", genesis, inviter, seed, at, forMs: KNOCK_MS });
  }

  /** The two who let in hear nothing of each other, and each is met by some. */
  #part(): void {
    const rejoin = isolate(this.#simulator, [this.#admin, ...this.#guests.filter(() => this.#random.chance(0.5))]);
    this.#later(PARTED_MS, rejoin);
  }

  #sendAway(ms: number): void {
    this.#owner.isAway = true;
    if (this.#owner.running) this.#owner.stop(0);
    this.#later(ms, () => {
      this.#owner.isAway = false;
      this.#owner.start();
    });
  }

  /** The other admin ends one. Until it is done: it may be down, or not know the invite yet. */
  #end(): void {
    const { running, disk } = this.#admin;
    if (running && this.#knowsOfEnd(this.#admin)) return;
    const made = disk.shelf.all(this.#room.hash).find((event) => detailOf(event, "key") === this.#named("ended").key);
    if (running && made !== undefined && this.#isKnown(this.#admin)) this.#state(this.#admin, inviteEndDetails(made.id));
    this.#later(1_000, () => this.#end());
  }

  #isKnown(host: Host): boolean {
    return this.#room.roleAt(host, this.#owner) === "owner";
  }

  #later(ms: number, job: () => void): void {
    this.#pending++;
    this.#simulator.after(ms, () => {
      this.#pending--;
      job();
    });
  }

  // ---- what came of it ----

  #isIn(guest: Host, by: Host): boolean {
    if (!by.running) return false;
    const own = () => by.node.channels(by.now).find(({ id }) => id === this.#room.id)?.role;
    return (guest === by ? own() : this.#room.roleAt(by, guest)) === "member";
  }

  /** As many as may come in by the invites that are good. */
  #areIn(): boolean {
    return this.#rightful.every(({ guests, uses }) => {
      const inside = guests.filter((guest) => this.#isIn(guest, guest) && this.#isIn(guest, this.#owner));
      return inside.length === Math.min(uses, guests.length);
    });
  }

  get #inside(): Host[] {
    return [this.#owner, this.#admin, ...this.#guests.filter((guest) => this.#isIn(guest, this.#owner))];
  }

  #isSettled(): boolean {
    if (this.#pending > 0 || !this.#simulator.hosts.every(({ running }) => running) || !this.#areIn()) return false;
    return this.#inside.every((host) => this.#knowsOfEnd(host)) && this.#quarrels().length === 0;
  }

  #knowsOfEnd({ disk }: Host): boolean {
    const events = disk.shelf.all(this.#room.hash);
    const made = events.find((event) => detailOf(event, "key") === this.#named("ended").key);
    return events.some((event) => made !== undefined && detailOf(event, "ends") === (made.id satisfies EventId));
  }

  /** Who came when all knew that the invite was over. */
  #strangers(): string[] {
    return this.#over.flatMap(({ name, guests }) =>
      guests.flatMap((guest) => {
        const isIn = this.#inside.some((by) => this.#isIn(guest, by));
        const given = guest.disk.shelf.all(this.#room.hash).length;
        return [
          ...(isIn ? [`${guest.name} is in by the invite "${name}", which is over`] : []),
          ...(given > 0 ? [`${guest.name}, who came when "${name}" was over, was given ${given} events`] : []),
        ];
      }),
    );
  }

  #uses(): string[] {
    return this.#rightful.flatMap(({ name, guests, uses }) => {
      const inside = guests.filter((guest) => this.#isIn(guest, this.#owner)).length;
      const owed = Math.min(uses, guests.length);
      return inside === owed ? [] : [`${inside} came in by the invite "${name}", and ${owed} should have`];
    });
  }

  /** All who are in, and those who think that they are, have the same to say of everybody. */
  #quarrels(): string[] {
    return this.#guests.flatMap((guest) => {
      const isIn = this.#isIn(guest, this.#owner);
      const others = [...new Set([...this.#inside, guest])].filter((by) => this.#isIn(guest, by) !== isIn);
      return others.map((by) => `${by.name} says that ${guest.name} is ${isIn ? "out" : "in"}, and the owner does not`);
    });
  }

  /** What is said at last is for those who are in, and read by all of them. */
  #leaks(): string[] {
    const sealedTo = this.#room.sealedFor(new Set(["at last"]), this.#owner.disk);
    const out = this.#guests.filter((guest) => !this.#isIn(guest, this.#owner));
    return [
      ...out
        .filter(({ nodeId }) => sealedTo.includes(nodeId ?? ""))
        .map(({ name }) => `what was said last is sealed to ${name}, who is not in`),
      ...this.#inside
        .filter(({ disk }) => !this.#room.openAt(disk).includes("at last"))
        .map(({ name }) => `${name} is in and does not read what was said last`),
    ];
  }
}

function detailOf({ kind, details }: Event, name: string): string | undefined {
  return kind === "invite" ? details.find(([each]) => each === name)?.[1] : undefined;
}
