/**
 * Members of one channel on a virtual wire, from a seed: messages take time and get lost, members come and go, disks are
 * slow and crashes lose what was not flushed. Only the channel's state machines are real.
 */

import type { ChannelHash, Detail, Event } from "../../../src/core/log/event.ts";
import { type ChannelOutput, type Clocks, LastingChannel } from "../../../src/core/log/lasting-channel.ts";
import type { Finding } from "../../../src/core/log/receipt.ts";
import { type Charter, charterOf } from "../../../src/core/log/statement.ts";
import type { SyncMessage } from "../../../src/core/log/sync.ts";
import { Timers } from "../../../src/core/timers.ts";
import { meetByChance } from "../../../src/sim/channels/meet-by-chance.ts";
import { Random } from "../../../src/sim/random.ts";
import type { EventId, InstanceId, NodeId } from "../../../src/wire/index.ts";
import { Author, crypto, LOBBY, NOON } from "./author.ts";
import { Shelf } from "./shelf.ts";

export const OPEN: Charter = { owner: null, others: "member", name: "lobby" };

/** How the wire and the disks are; milliseconds, and probabilities. */
export interface Weather {
  latencyMs: number;
  loss: number;
  saveMs: number;
}

const FAIR: Weather = { latencyMs: 40, loss: 0, saveMs: 5 };

/** What a member does to each message that it would send; a liar changes or drops it. */
export type Tamper = (output: ChannelOutput) => ChannelOutput[];

export class Member {
  readonly author: Author;
  shelf = new Shelf();
  readonly findings: Finding[] = [];
  readonly drops = new Map<string, number>();
  /** When each event was taken. */
  readonly takenAt = new Map<EventId, number>();
  /** Null while it is down. */
  channel: LastingChannel | null = null;
  inst: InstanceId | null = null;
  tamper: Tamper = (output) => [output];
  /** Its clock is off by so much. */
  skewMs = 0;

  constructor(number: number) {
    this.author = new Author(number);
  }

  get id(): NodeId {
    return this.author.id;
  }

  get ids(): string[] {
    return [...this.shelf.rows.keys()].sort();
  }
}

type Happening = () => void;

export class Gathering {
  readonly random: Random;
  readonly members: Member[];
  readonly weather: Weather = { ...FAIR };
  readonly hash: ChannelHash;
  readonly charter: Charter;
  now = 0;
  /** Events that were handed to a member, over the wire. */
  handed = 0;
  messages = 0;
  readonly #byId: ReadonlyMap<NodeId, Member>;
  /** Pairs that are connected now, and those that would be in fair weather. */
  readonly #links = new Set<string>();
  readonly wishes = new Set<string>();
  readonly #streams = new Map<string, number>();
  readonly #timers = new Timers<number>();
  readonly #happenings = new Map<number, Happening>();
  #next = 0;

  /** @param genesis - makes the channel that they meet in; without one it is `#lobby` */
  constructor(seed: number, size: number, genesis: Event | null = null) {
    this.random = new Random(seed);
    this.members = Array.from({ length: size }, (_, number) => new Member(number + 1));
    this.#byId = new Map(this.members.map((member) => [member.id, member]));
    this.hash = genesis?.channel ?? LOBBY;
    this.charter = genesis === null ? OPEN : (charterOf(genesis) as Charter);
    this.wishEachOther();
    for (const member of this.members) this.start(member);
  }

  /** Everybody wishes for the neighbours that a node would choose. */
  wishEachOther(): void {
    const ids = this.members.map(({ id }) => id);
    for (const id of ids) {
      const others = ids.filter((other) => other !== id);
      for (const other of meetByChance(others, () => this.random.unit())) this.wishes.add(pair(id, other));
    }
  }

  // ---- what happens to members ----

  start(member: Member): void {
    const { shelf, author, inst } = member;
    const statements = [...shelf.rows.values()].map(({ event }) => event);
    member.channel = new LastingChannel({
      crypto,
      random: this.random.bytes,
      channel: this.hash,
      charter: this.charter,
      reader: shelf,
      self: author.id,
      key: author.key,
      kept: { inst, logs: [...shelf.logs.values()], statements },
    });
    this.#wakeLater(member);
  }

  /** Ends a member; what its disk has not kept is lost. */
  crash(member: Member): void {
    member.channel = null;
    member.shelf.lose();
    for (const other of this.members) this.disconnect(member, other);
  }

  connect(a: Member, b: Member): void {
    const key = pair(a.id, b.id);
    if (a === b || a.channel === null || b.channel === null || this.#links.has(key)) return;
    this.#links.add(key);
    for (const [self, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#streams.delete(`${self.id} ${other.id}`);
      this.#do(self, self.channel?.meet(other.id, this.members.length, this.#clocks(self)) ?? []);
    }
  }

  disconnect(a: Member, b: Member): void {
    if (!this.#links.delete(pair(a.id, b.id))) return;
    a.channel?.lose(b.id);
    b.channel?.lose(a.id);
  }

  /** Everybody is up and connected to whom it wishes to be; nothing is lost. */
  calm(): void {
    Object.assign(this.weather, FAIR);
    for (const member of this.members) if (member.channel === null) this.start(member);
    for (const wish of this.wishes) {
      const [a, b] = wish.split(" ").map((id) => this.#byId.get(id as NodeId)) as [Member, Member];
      this.connect(a, b);
    }
  }

  /** Only pairs that `isTogether` holds for stay connected. */
  divide(isTogether: (a: Member, b: Member) => boolean): void {
    for (const a of this.members) for (const b of this.members) if (!isTogether(a, b)) this.disconnect(a, b);
  }

  say(member: Member, text: string, kind = "post", details: readonly Detail[] = []): Event | null {
    if (member.channel === null) return null;
    const clocks = this.#clocks(member);
    const event = member.channel.write({ kind, text, details }, clocks);
    if (typeof event === "string") throw new Error(event);
    this.#do(member, member.channel.flush(clocks));
    return event;
  }

  /** Gives a member an event as if one of its own hand had written it: for liars, and for the genesis. */
  inject(member: Member, event: Event, from = "itself"): void {
    if (member.channel !== null) this.#do(member, member.channel.receive(event, from, this.#clocks(member)));
  }

  /** Tells a member something as if a neighbour had. */
  tell(member: Member, message: SyncMessage, from: string): void {
    if (member.channel !== null) this.#do(member, member.channel.hear(message, from, this.#clocks(member)));
  }

  // ---- time ----

  after(ms: number, happening: Happening): void {
    const name = this.#next++;
    this.#happenings.set(name, happening);
    this.#timers.set(name, this.now + ms);
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let name = this.#take(end); name !== undefined; name = this.#take(end)) {
      const happening = this.#happenings.get(name);
      this.#happenings.delete(name);
      happening?.();
    }
    this.now = end;
  }

  #take(end: number): number | undefined {
    const at = this.#timers.next;
    if (at > end) return undefined;
    this.now = Math.max(this.now, at);
    return this.#timers.take(at);
  }

  // ---- carrying out ----

  #clocks(member: Member): Clocks {
    return { now: this.now, wall: Math.floor(NOON / 1_000 + this.now + member.skewMs) };
  }

  #do(member: Member, outputs: readonly ChannelOutput[]): void {
    for (const output of outputs.flatMap((each) => member.tamper(each))) {
      switch (output.kind) {
        case "save":
          this.#save(member, output);
          break;
        case "events":
          for (const event of output.events) this.#carry(member, output.to as NodeId, { event });
          break;
        case "send":
          this.#carry(member, output.to as NodeId, { message: output.message });
          break;
        case "finding":
          member.findings.push(output.finding);
          break;
        case "dropped":
          member.drops.set(output.reason, (member.drops.get(output.reason) ?? 0) + 1);
          break;
        case "roles-changed":
          break;
      }
    }
    this.#wakeLater(member);
  }

  #save(member: Member, save: Extract<ChannelOutput, { kind: "save" }>): void {
    const channel = member.channel;
    member.shelf.take(save);
    for (const { event } of save.accepted) member.takenAt.set(event.id, this.now);
    this.after(this.weather.saveMs * this.random.unit(), () => {
      if (member.channel !== channel || channel === null) return; // it crashed meanwhile
      member.inst = save.inst;
      for (const mark of member.shelf.keepNext()) this.#do(member, channel.onSaved([mark], this.#clocks(member)));
    });
  }

  /** In order for each pair and direction, as in a session's stream; a lost message is as in one that broke. */
  #carry(from: Member, to: NodeId, load: { event: Event } | { message: SyncMessage }): void {
    const receiver = this.#byId.get(to);
    const key = pair(from.id, to);
    if (receiver === undefined || !this.#links.has(key) || this.random.chance(this.weather.loss)) return;
    const stream = `${from.id} ${to}`;
    const at = Math.max(this.#streams.get(stream) ?? 0, this.now + this.weather.latencyMs * this.random.between(0.5, 1.5));
    this.#streams.set(stream, at);
    this.after(at - this.now, () => {
      const channel = receiver.channel;
      if (channel === null || !this.#links.has(key)) return;
      if ("event" in load) this.handed++;
      else this.messages++;
      const clocks = this.#clocks(receiver);
      this.#do(receiver, "event" in load ? channel.receive(load.event, from.id, clocks) : channel.hear(load.message, from.id, clocks));
    });
  }

  readonly #wakes = new Map<Member, number>();

  #wakeLater(member: Member): void {
    const at = member.channel?.wakeAt ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(at) || (this.#wakes.get(member) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.#wakes.set(member, at);
    this.after(Math.max(0, at - this.now), () => {
      if (this.#wakes.get(member) === at) this.#wakes.delete(member);
      if (member.channel !== null) this.#do(member, member.channel.tick(this.#clocks(member)));
    });
  }
}

function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
