/** The members' virtual clock, and the streams between those that are connected: in order, late, and lost when they break. */
import type { Instant } from "../../core/index.ts";
import type { NodeId } from "../../wire/index.ts";
import { EventQueue } from "../event-queue.ts";
import type { Random } from "../random.ts";
import type { ChannelMember, Load } from "./member.ts";

/** Milliseconds, and a probability. */
export interface Weather {
  latencyMs: number;
  loss: number;
  flushMs: number;
}

export class Wire {
  readonly weather: Weather;
  readonly #random: Random;
  readonly #queue = new EventQueue();
  readonly #members = new Map<NodeId, ChannelMember>();
  readonly #links = new Set<string>();
  /** When the last of a stream arrives. */
  readonly #streams = new Map<string, Instant>();
  readonly #wakes = new Map<ChannelMember, Instant>();
  #now: Instant = 0;
  carried = 0;

  constructor(random: Random, weather: Weather) {
    this.#random = random;
    this.weather = weather;
  }

  get now(): Instant {
    return this.#now;
  }

  add(member: ChannelMember): void {
    this.#members.set(member.id, member);
  }

  connect(a: ChannelMember, b: ChannelMember): void {
    const key = pair(a.id, b.id);
    if (a === b || a.channel === null || b.channel === null || this.#links.has(key)) return;
    this.#links.add(key);
    for (const [self, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#streams.delete(`${self.id} ${other.id}`);
      self.meet(other.id, this.#members.size);
      this.wakeLater(self);
    }
  }

  disconnect(a: ChannelMember, b: ChannelMember): void {
    if (!this.#links.delete(pair(a.id, b.id))) return;
    a.lose(b.id);
    b.lose(a.id);
  }

  send(from: ChannelMember, to: NodeId, load: Load): void {
    const receiver = this.#members.get(to);
    const key = pair(from.id, to);
    if (receiver === undefined || !this.#links.has(key) || this.#random.chance(this.weather.loss)) return;
    const stream = `${from.id} ${to}`;
    const at = Math.max(this.#streams.get(stream) ?? 0, this.#now + this.weather.latencyMs * this.#random.between(0.5, 1.5));
    this.#streams.set(stream, at);
    this.#queue.push(at, () => {
      if (!this.#links.has(key)) return;
      this.carried++;
      receiver.take(load, from.id);
      this.wakeLater(receiver);
    });
  }

  flush(member: ChannelMember): void {
    const life = member.channel;
    this.after(this.weather.flushMs * this.#random.unit(), () => {
      if (member.channel !== life) return; // it crashed meanwhile
      member.flushed();
      this.wakeLater(member);
    });
  }

  after(ms: number, job: () => void): void {
    this.#queue.push(this.#now + ms, job);
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const end = this.#now + ms;
    while (this.#queue.nextAt <= end) {
      this.#now = Math.max(this.#now, this.#queue.nextAt);
      this.#queue.pop()();
    }
    this.#now = end;
  }

  wakeLater(member: ChannelMember): void {
    const at = member.channel?.wakeAt ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(at) || (this.#wakes.get(member) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.#wakes.set(member, at);
    this.#queue.push(Math.max(at, this.#now), () => {
      if (this.#wakes.get(member) === at) this.#wakes.delete(member);
      member.wake();
      this.wakeLater(member);
    });
  }
}

function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
