/**
 * Which hosts have met: each, since its last start, has had a session with the other since that one's last start. Only
 * then can both know whom they speak to, at whatever address.
 */
import type { Instant } from "../../core/index.ts";
import type { Note, Watcher } from "../world.ts";

export class Meetings implements Watcher {
  readonly #names = new Map<string, string>();
  readonly #running = new Set<string>();
  readonly #starts = new Map<string, number>();
  /** "host#start>other#start" to when that host was first told of a session. */
  readonly #told = new Map<string, Instant>();
  /** The sessions that each host has just now, by the other's name. */
  readonly #open = new Map<string, Set<string>>();

  watch(note: Note): void {
    if (note.kind === "started") this.#started(note.host, note.nodeId);
    else if (note.kind === "stopped") this.#running.delete(note.host);
    else if (note.kind === "event" && note.event.type === "session-up") this.#up(note.host, note.event.peer, note.at);
    else if (note.kind === "event" && note.event.type === "session-down") this.openAt(note.host).delete(this.nameOf(note.event.peer));
  }

  /** The host with that key. */
  nameOf(nodeId: string): string {
    return this.#names.get(nodeId) ?? nodeId;
  }

  /** Since when two hosts have met, as they run now; null while they have not. */
  since(one: string, other: string): Instant | null {
    const told = this.#told.get(this.#pair(one, other));
    const toldToo = this.#told.get(this.#pair(other, one));
    return told === undefined || toldToo === undefined ? null : Math.max(told, toldToo);
  }

  /** With whom a host holds sessions now, as it was told. */
  openAt(host: string): Set<string> {
    const known = this.#open.get(host);
    if (known !== undefined) return known;
    const open = new Set<string>();
    this.#open.set(host, open);
    return open;
  }

  /** True when all others run, and a host has met them. */
  hasMetAll(host: string): boolean {
    return [...this.#starts.keys()].every((other) => other === host || (this.#running.has(other) && this.since(host, other) !== null));
  }

  /** How often a host was started. */
  startsOf(host: string): number {
    return this.#starts.get(host) ?? 0;
  }

  #started(host: string, nodeId: string | null): void {
    if (nodeId !== null) this.#names.set(nodeId, host);
    this.#starts.set(host, this.startsOf(host) + 1);
    this.#running.add(host);
    this.#open.delete(host);
  }

  #up(host: string, nodeId: string, at: Instant): void {
    const other = this.nameOf(nodeId);
    const pair = this.#pair(host, other);
    if (!this.#told.has(pair)) this.#told.set(pair, at);
    this.openAt(host).add(other);
  }

  #pair(host: string, other: string): string {
    return `${host}#${this.startsOf(host)}>${other}#${this.startsOf(other)}`;
  }
}
