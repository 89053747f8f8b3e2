/**
 * One member of a channel in the simulator: the real {@link LastingChannel}, and around it what `core/open` does in a node: it
 * keeps, acknowledges, shows and sends. Each of these is a method, so that a test can plant a bug in its place.
 */
import type { Instant, Timestamp } from "../../core/index.ts";
import {
  type ChannelHash,
  type ChannelOutput,
  type Charter,
  type Detail,
  type Event,
  type Eyes,
  isAhead,
  LastingChannel,
  type SyncMessage,
  Timeline,
} from "../../core/log/index.ts";
import { base32, type Crypto, type Ed25519KeyPair } from "../../crypto/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";
import type { Random } from "../random.ts";
import { MemberDisk, type Save } from "./disk.ts";
import type { Fact, Look } from "./facts.ts";

/** What travels between two members. */
export type Load =
  | { readonly kind: "event"; readonly event: Event }
  | { readonly kind: "sync"; readonly message: SyncMessage }
  | { readonly kind: "ack"; readonly id: EventId };

/** What a member stands on. */
export interface Ground {
  readonly crypto: Crypto;
  readonly channel: ChannelHash;
  readonly charter: Charter;
  readonly now: () => Instant;
  readonly send: (from: ChannelMember, to: NodeId, load: Load) => void;
  /** Begins a flush; the member is told by `flushed`. */
  readonly flush: (member: ChannelMember) => void;
  readonly note: (fact: Fact) => void;
}

export const EPOCH: Timestamp = 1_800_000_000_000;
/** More than anybody writes in a run. */
const VIEW_MOST = 100_000;

interface Pending {
  readonly save: Save;
  readonly isOwn: boolean;
}

export class ChannelMember {
  readonly name: string;
  readonly key: Ed25519KeyPair;
  readonly id: NodeId;
  readonly disk = new MemberDisk();
  readonly random: Random;
  /** Null while it is down. */
  channel: LastingChannel | null = null;
  skewMs = 0;
  /** Null for the honest. */
  lie: ((output: ChannelOutput, self: ChannelMember) => ChannelOutput[]) | null = null;
  protected readonly ground: Ground;
  protected timeline: Timeline;
  #pending: Pending[] = [];
  #debts = new Map<EventId, Set<NodeId>>();
  #runs = 0;
  #inst = "";

  constructor(name: string, random: Random, ground: Ground) {
    this.name = name;
    this.random = random;
    this.ground = ground;
    this.key = ground.crypto.ed25519KeyPair(random.bytes(32));
    this.id = base32(this.key.publicKey) as NodeId;
    this.timeline = new Timeline(this.#eyes(), VIEW_MOST);
  }

  get clocks(): { now: Instant; wall: Timestamp } {
    const now = this.ground.now();
    return { now, wall: Math.floor(EPOCH + now + this.skewMs) };
  }

  get unflushed(): number {
    return this.#pending.length;
  }

  // ---- life ----

  start(): void {
    const { crypto, channel, charter } = this.ground;
    const kept = { inst: this.disk.inst, logs: this.disk.logs, statements: this.disk.events.values() };
    const { key, id: self } = this;
    this.channel = new LastingChannel({
      crypto: this.cryptoFor(crypto),
      random: this.random.bytes,
      channel,
      charter,
      reader: this.disk.reader,
      self,
      key,
      kept,
    });
    this.timeline = new Timeline(this.#eyes(), VIEW_MOST);
    for (const event of this.disk.events.values()) this.timeline.add(event);
  }

  /** Ends without a word. @param kept - so many of the batches that were being flushed are on the disk all the same */
  crash(kept: number): void {
    for (const { save, isOwn } of this.#pending.slice(0, kept)) this.keepBatch(save, isOwn);
    this.#pending = [];
    this.#debts = new Map();
    this.channel = null;
  }

  /** Its user puts an old backup in the place of its disk, while it is down. @param age - of the moment that it was made */
  restore(age: number): void {
    this.disk.restore(age);
    this.#runs++; // what it wrote since is another story now
  }

  // ---- in ----

  write(kind: string, text: string, details: readonly Detail[] = []): Event | null {
    if (this.channel === null) return null;
    if (this.channel.mustFlush(this.clocks)) this.perform(this.channel.flush(this.clocks));
    const event = this.channel.write({ kind, text, details }, this.clocks);
    if (typeof event === "string") throw new Error(event);
    if (event.inst !== this.#inst && this.#inst !== "") this.#runs++;
    this.#inst = event.inst;
    this.ground.note({ kind: "written", by: this.name, event, run: this.#runs });
    if (!this.#pending.some(({ isOwn }) => isOwn)) this.perform(this.channel.flush(this.clocks));
    return event;
  }

  meet(peer: NodeId, memberCount: number): void {
    if (this.channel !== null) this.perform(this.channel.meet(peer, memberCount, this.clocks));
  }

  lose(peer: NodeId): void {
    this.channel?.lose(peer);
  }

  take(load: Load, from: NodeId): void {
    const { channel } = this;
    if (channel === null) return;
    if (load.kind === "event") this.takeEvent(channel, load.event, from);
    else if (load.kind === "sync") this.perform(channel.hear(load.message, from, this.clocks));
    else this.delivered(load.id, from);
  }

  protected takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    const isHeld = channel.log.isHeld(event);
    if (from === event.author) this.#owe(event.id, from);
    this.perform(channel.receive(event, from, this.clocks));
    if (isHeld && channel.log.isSettled(event.id)) this.payDebts(event.id);
  }

  wake(): void {
    if (this.channel !== null) this.perform(this.channel.tick(this.clocks));
  }

  /** The oldest batch is on the disk. */
  flushed(): void {
    const first = this.#pending.shift();
    if (first === undefined || this.channel === null) return;
    this.keepBatch(first.save, first.isOwn);
    this.onKept(this.channel, first.save, first.isOwn);
  }

  // ---- what it does, each in its own place ----

  /** The primitives that it checks with. */
  protected cryptoFor(crypto: Crypto): Crypto {
    return crypto;
  }

  protected keepBatch({ accepted, moves, logs, inst }: Save, isOwn: boolean): void {
    this.disk.keep({ accepted, moves, logs, inst: isOwn ? inst : null });
  }

  protected onKept(channel: LastingChannel, save: Save, isOwn: boolean): void {
    for (const { event } of save.accepted) {
      if (isOwn) this.ground.note({ kind: "saved", by: this.name, id: event.id });
      else this.show(event);
      this.payDebts(event.id);
      this.timeline.add(event);
    }
    this.perform(channel.onSaved([save.mark], this.clocks));
    if (isOwn) this.perform(channel.flush(this.clocks));
  }

  protected show(event: Event): void {
    if (event.kind === "post") this.ground.note({ kind: "shown", by: this.name, id: event.id });
  }

  protected payDebts(id: EventId): void {
    for (const to of this.#debts.get(id) ?? []) this.ground.send(this, to, { kind: "ack", id });
    this.#debts.delete(id);
  }

  protected delivered(id: EventId, from: NodeId): void {
    this.ground.note({ kind: "delivered", by: this.name, to: from, id });
  }

  protected perform(outputs: readonly ChannelOutput[]): void {
    const lie = this.lie;
    for (const output of lie === null ? outputs : outputs.flatMap((each) => lie(each, this))) this.carry(output);
  }

  protected carry(output: ChannelOutput): void {
    switch (output.kind) {
      case "save": {
        const isOwn = output.accepted[0]?.event.author === this.id && output.accepted[0].event.inst === output.inst;
        this.#pending.push({ save: output, isOwn });
        this.ground.flush(this);
        break;
      }
      case "events":
        for (const event of output.events) this.ground.send(this, output.to as NodeId, { kind: "event", event });
        break;
      case "send":
        this.ground.send(this, output.to as NodeId, { kind: "sync", message: output.message });
        break;
      case "finding":
        this.ground.note({ kind: "finding", by: this.name, finding: output.finding });
        break;
      case "roles-changed":
        this.timeline.refresh();
        break;
      case "dropped":
        break;
    }
  }

  /** What its user sees at this moment. */
  look(): Look {
    return {
      by: this.name,
      events: new Map(this.disk.events),
      unflushed: new Set(this.#pending.flatMap(({ save }) => save.accepted.map(({ event }) => event.id))),
      holes: this.channel?.log.holes() ?? [],
      view: this.timeline.entries().map(({ id }) => id),
    };
  }

  #owe(id: EventId, to: NodeId): void {
    const debts = this.#debts.get(id) ?? new Set();
    this.#debts.set(id, debts.add(to));
  }

  #eyes(): Eyes {
    return {
      roleAt: (event) => this.channel?.roles.roleAt(event) ?? "none",
      isOwned: this.ground.charter.owner !== null,
      isMuted: () => false,
      isBlocked: () => false,
      isAhead: (hlc) => isAhead(hlc, this.clocks.wall),
    };
  }
}
