/**
 * A virtual disk: takes batches of changes in their order, each whole and after a while. What was not yet written when
 * its host crashed may be on it or not.
 */

import type { Change, Restored, StoredChannel, StoredEvent, StoredKey, StoredMember, StoredSigned, TalkRequest } from "../core/index.ts";
import { EventShelf, isOfMailboxes, ofMailboxes, ofRequests, RECENT_MAX, shownOf, US_PER_MS } from "../core/index.ts";
import { sealingOf } from "../core/private/sealing.ts";
import { HIDDEN } from "../core/private/secrets.ts";
import type { EventId } from "../wire/index.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Milliseconds of one flush: from a fast to a busy solid-state disk. */
const FLUSH_MS = { least: 0.2, most: 5 } as const;

const KEYS: ReadonlySet<Change["kind"]> = new Set(["prekey", "sender-key", "opened"]);

/** A sealed event as it is kept by who has no key to it. */
function closed(change: Change): Change {
  const sealing = change.kind === "signed" ? sealingOf(change.event) : null;
  if (change.kind !== "signed" || sealing === null) return change;
  const { key: _, ...rest } = change;
  return { ...rest, seen: HIDDEN, waits: sealing.epoch };
}

interface Pending {
  readonly changes: readonly Change[];
  readonly done: (code: string | null) => void;
}

export class Disk {
  /** A full disk keeps nothing and says so. */
  full = false;
  /** Everything written, by id, in its order. */
  readonly events = new Map<string, StoredEvent>();
  /** The signed ones among them, as logs read them. */
  shelf = new EventShelf();
  readonly keys: StoredKey[] = [];
  #batches: (readonly Change[])[] = [];
  /** When their authors wrote the signed ones, in microseconds. */
  readonly #clocks = new Map<string, number>();
  readonly #world: World;
  readonly #random: Random;
  /** Ids of the texts of others that are not signed. */
  readonly #unsigned = new Set<string>();
  readonly #channels = new Map<string, StoredChannel>();
  readonly #members = new Map<string, StoredMember>();
  readonly #requests = new Map<string, TalkRequest>();
  #pending: Pending[] = [];

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Writes a batch behind those before it; `done` gets null, or why it was not kept. */
  write(changes: readonly Change[], done: (code: string | null) => void): void {
    this.#pending.push({ changes, done });
    if (this.#pending.length === 1) this.#flushNext();
  }

  /** The host stops: the first `kept` of the unwritten batches are on the disk, the others are lost; nobody is told. */
  stop(kept: number): void {
    const pending = this.#pending;
    this.#pending = [];
    if (!this.full) for (const each of pending.slice(0, kept)) this.#apply(each.changes);
  }

  /** All that was ever written, batch by batch. */
  get batches(): readonly (readonly Change[])[] {
    return this.#batches;
  }

  /** How many batches it has: names a moment that a backup may be of. */
  get age(): number {
    return this.#batches.length;
  }

  /** Puts an old backup in the place of everything; its host must not run. @param age - of the moment that it was made */
  putBack(age: number): void {
    const kept = this.#batches.slice(0, age);
    for (const each of [this.events, this.#clocks, this.#channels, this.#members, this.#unsigned, this.#requests]) each.clear();
    this.keys.length = 0;
    this.shelf = new EventShelf();
    this.#batches = [];
    for (const changes of kept) this.#apply(changes);
  }

  /** The same by a backup that the user restores: a home that goes on in a new log everywhere. */
  restoreBackup(age: number): void {
    this.putBack(age);
    for (const channel of [...this.#channels.values()])
      if (channel.mode === "open") this.#apply([{ kind: "channel", channel: { ...channel, inst: null } }]);
  }

  /** All keys of private channels are gone, and what was opened with them; its host must not run. */
  loseKeys(): void {
    const kept = this.#batches.map((changes) => changes.filter(({ kind }) => !KEYS.has(kind)).map(closed));
    this.putBack(0);
    for (const changes of kept) this.#apply(changes);
  }

  /** Everything written in the order that people see: signed events by the clocks of their authors, however late they came. */
  history(): StoredEvent[] {
    const clockOf = ({ id, at }: StoredEvent): number => this.#clocks.get(id) ?? at * US_PER_MS;
    return [...this.events.values()].sort((a, b) => clockOf(a) - clockOf(b));
  }

  get unwritten(): number {
    return this.#pending.length;
  }

  /** The signed events that are not yet written. */
  underWay(): Set<EventId> {
    return new Set(
      this.#pending.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event.id] : []))),
    );
  }

  restored(): Restored {
    return {
      channels: [...this.#channels.values()],
      members: [...this.#members.values()],
      logs: this.shelf.logs(),
      recent: [...this.#unsigned].slice(-RECENT_MAX),
      ...ofMailboxes(this.shelf.mailboxes()),
      ...ofRequests([...this.#requests.values()]),
    };
  }

  #flushNext(): void {
    const next = this.#pending[0];
    if (next === undefined) return;
    this.#world.after(this.#random.between(FLUSH_MS.least, FLUSH_MS.most), () => this.#flushed(next));
  }

  #flushed(batch: Pending): void {
    if (this.#pending[0] !== batch) return; // the host stopped meanwhile
    this.#pending.shift();
    if (!this.full) this.#apply(batch.changes);
    batch.done(this.full ? "disk-full" : null);
    if (this.#pending[0] !== batch) this.#flushNext();
  }

  #apply(changes: readonly Change[]): void {
    this.#batches.push(changes);
    for (const change of changes) this.#applyOne(change);
  }

  #applyOne(change: Change): void {
    if (isOfMailboxes(change)) return this.shelf.keepMailboxes(change);
    switch (change.kind) {
      case "event":
        this.#keepEvent(change.event);
        break;
      case "signed":
        this.#keepSigned(change);
        break;
      case "log-move":
        this.shelf.move(change.channel, change.move);
        break;
      case "log":
        this.shelf.keepLog(change.channel, change.row);
        break;
      case "channel":
        this.#channels.set(change.channel.id, change.channel);
        break;
      case "channel-left":
        this.#channels.delete(change.channelId);
        for (const [key, member] of this.#members) if (member.channelId === change.channelId) this.#members.delete(key);
        break;
      case "member":
        this.#members.set(`${change.member.channelId} ${change.member.endpoint}`, change.member);
        break;
      case "member-gone":
        this.#members.delete(`${change.channelId} ${change.endpoint}`);
        break;
      case "key":
        this.keys.push(change.key);
        break;
      case "opened":
        this.#open(change);
        break;
      case "prekey":
        this.shelf.keepPrekey(change.prekey);
        break;
      case "sender-key":
        this.shelf.keepSenderKey(change.key);
        break;
      case "keys-old":
        this.shelf.forgetKeys(change.before);
        break;
      case "request":
        this.#requests.set(change.request.node, change.request);
        break;
      case "request-gone":
        this.#requests.delete(change.nodeId);
        break;
    }
  }

  #keepEvent(event: StoredEvent): void {
    this.events.set(event.id, event);
    if (!event.own) this.#unsigned.add(event.id);
  }

  #open({ channelId, opened }: Extract<Change, { kind: "opened" }>): void {
    const event = this.shelf.event(opened.channel, opened.id);
    const own = this.events.get(opened.id)?.own ?? false;
    if (event !== null && this.shelf.open(opened))
      this.events.set(event.id, shownOf({ channelId, own, event, branch: 0, seen: opened.seen }));
  }

  #keepSigned(signed: StoredSigned): void {
    this.shelf.keep(signed);
    if (!this.events.has(signed.event.id)) this.events.set(signed.event.id, shownOf(signed));
    this.#clocks.set(signed.event.id, signed.event.hlc);
  }
}
