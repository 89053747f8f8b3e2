/**
 * What one node knows of the keys of one private channel: seals what it writes, opens what comes, and says which keys it lacks.
 * Keys that are to be kept come out as changes, for the batch of the events that need them. PROTOCOL.md §19.
 *
 *   words -> `prepare` (a prekey, a new epoch, boxes: events of their own) -> `seal` -> our log
 *   event -> `take` (keys in it are learned) -> what people see of it, or the key that it waits for
 */
import type { Crypto, RandomBytes } from "../../crypto/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import { asSeen, type ChannelHash, type Event } from "../log/event.ts";
import type { HybridTime } from "../log/hlc.ts";
import { rankOf } from "../log/kind.ts";
import type { Words } from "../log/own-log.ts";
import type { Roles } from "../log/roles.ts";
import type { Change } from "../store.ts";
import type { Timestamp } from "../time.ts";
import { epochIn, keyWords, openBox, type Recipient } from "./boxes.ts";
import { Chain, commitmentOf, KEY_BYTES, SALT_BYTES } from "./chain.ts";
import { type Readers, SendingEpoch } from "./epoch.ts";
import { ANSWER_TRIED_ON, CHAINS_MAX, EPOCH_EVENTS_READ, OPENED_AT_ONCE, PREKEYS_LOOKED_AT } from "./limits.ts";
import { OwnPrekeys, PREKEY, type Prekey, prekeyIn, prekeyWords } from "./prekeys.ts";
import { type EpochName, isPlainKind, keyAt, openSealing, openWith, SEALED, type SealedWords, sealingOf, sealWords } from "./sealing.ts";
import type { Awaited, ClosedPlace, NodeReader, Opened } from "./secret-store.ts";

export interface SecretsOptions {
  readonly crypto: Crypto;
  readonly random: RandomBytes;
  readonly channel: ChannelHash;
  readonly self: NodeId;
  readonly reader: NodeReader;
  /** As they are when asked. */
  readonly roles: () => Roles;
}

/** What people see of an event. */
export interface Look {
  /** Null: what is signed. */
  readonly seen: Words | null;
  /** The epoch whose key it waits for; null for one that is open, or never will be. */
  readonly waits: HybridTime | null;
  /** The message key that opened it; null for what is not open, or not sealed. */
  readonly key: Uint8Array | null;
}

/** A sealed event that was kept unopened, as it is to be kept now and as people see it. */
export interface OpenedEvent {
  readonly opened: Opened;
  readonly event: Event;
}

/** Some seconds of microseconds. */
const EPOCH_CHANCE_BYTES = 3;

/** Of what cannot be opened, and of what counts for nothing in a private channel, people see nothing. */
export const HIDDEN: Words = { kind: SEALED, text: "", details: [] };
const AS_SIGNED: Look = { seen: null, waits: null, key: null };
const NOTHING: Look = { seen: HIDDEN, waits: null, key: null };
const NOT_NOW: Look = { seen: null, waits: null, key: null };

export class Secrets {
  readonly #options: SecretsOptions;
  readonly #prekeys: OwnPrekeys;
  readonly #chains = new AgingMap<string, Chain>(CHAINS_MAX);
  /** What our own events say, until they are kept. */
  readonly #written = new Map<EventId, Look>();
  /** Epochs whose keys have come, and whose events are to be opened. */
  readonly #arrived = new Map<string, EpochName>();
  /** Events that are open, and not yet so on the disk: nobody is told of them twice. */
  readonly #opening = new Set<EventId>();
  #changes: Change[] = [];
  #epoch: SendingEpoch | null = null;
  /** Somebody published a prekey: who lacks the key of our epoch can perhaps be given it. */
  #hasNewPrekeys = true;
  /** In a talk of two: the other has spoken since we published a prekey. */
  #isSpokenTo = false;
  /** Since when we had a role when we last published; null while we have not looked. */
  #publishedFor: HybridTime | null = null;

  constructor(options: SecretsOptions) {
    const { crypto, random, channel, reader } = options;
    this.#options = options;
    this.#prekeys = new OwnPrekeys(crypto, random, channel, reader.prekeys(channel));
    this.#isSpokenTo = this.#prekeys.current !== null; // in an earlier run, perhaps
  }

  // ---- out ----

  /** True where what is said is sealed to one other node. */
  get isPair(): boolean {
    return this.#options.roles().charter.pair !== undefined;
  }

  /** Since when this node may read; null where it may not. */
  get since(): HybridTime | null {
    return this.#options.roles().sinceOf(this.#options.self);
  }

  /**
   * What has to be written, plain, before the next sealed event, oldest first.
   * @param clock - later than all that we know: the next epoch is named so
   */
  prepare(wall: Timestamp, clock: HybridTime): Words[] {
    const readers = this.#readers();
    const prekey = this.isPair && this.#isSpokenTo ? [this.#publish(wall)] : this.#duePrekey(wall);
    if (this.#mustBegin(readers, wall)) this.#begin(readers, wall, clock);
    return [...prekey, ...this.#boxes()];
  }

  /** What has to be written though nobody has said anything: a prekey, and keys for those who could not be given one before. */
  duties(wall: Timestamp): Words[] {
    if (this.since === null) return [];
    const isOpen = this.#epoch !== null && this.#hasNewPrekeys && !this.#mustBegin(this.#readers(), wall);
    return [...this.#duePrekey(wall), ...(isOpen ? this.#boxes() : [])];
  }

  /** The sealed form of words that have no fault, after {@link prepare}. */
  seal(words: Words): SealedWords {
    if (this.#epoch === null) throw new Error("nothing was prepared");
    const { crypto, random } = this.#options;
    return sealWords(crypto, this.#epoch.name, this.#epoch.chain, this.#epoch.next(), random(SALT_BYTES), words);
  }

  /** A sealed event of ours is written. */
  noteWritten(id: EventId, seen: Words, key: Uint8Array): void {
    this.#written.set(id, { seen, waits: null, key });
  }

  /** What is to be kept with the next batch, at the latest. */
  takeChanges(): Change[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Roles have changed: to be called with each statement, so that who goes and comes again does not go unseen. */
  noteRoles(): void {
    this.#epoch?.noteReaders(this.#readers());
  }

  // ---- in ----

  /** Takes an event that is proved: its keys, and what people see of it. */
  take(event: Event, wall: Timestamp): Look {
    const epoch = epochIn(event);
    if (epoch !== null) this.#takeKey(event, epoch, wall);
    if (isPlainKind(event.kind)) return AS_SIGNED;
    if (event.kind === SEALED && event.author !== this.#options.self) this.#isSpokenTo = true;
    const written = this.#written.get(event.id);
    this.#written.delete(event.id);
    return written ?? this.#look(event);
  }

  /** Epochs whose keys have come since: to be opened once all that was taken is on the disk. */
  takeArrived(): EpochName[] {
    const arrived = [...this.#arrived.values()];
    this.#arrived.clear();
    return arrived;
  }

  /**
   * A prekey, or an event that waits for a key, is on the disk: who published the one can be given a box, and where the key came while the other was on
   * its way there, it is to be opened now.
   */
  noteKept(event: Event): void {
    const { channel, author } = event;
    this.#hasNewPrekeys ||= event.kind === PREKEY;
    const epoch = sealingOf(event)?.epoch;
    if (epoch !== undefined && this.keyOf(author, epoch) !== null) this.#arrive({ channel, author, epoch });
  }

  /** Opens what is kept of an epoch; some of it, where it is a lie, stays closed for good. @returns what is to be kept, and as people see it */
  openKept(name: EpochName): OpenedEvent[] {
    const events = this.#options.reader.unopened(name.channel, name.author, name.epoch, OPENED_AT_ONCE);
    const all = events.flatMap((event) => {
      const { seen, waits, key } = this.#opening.has(event.id) ? NOT_NOW : this.#look(event);
      return seen === null || waits !== null ? [] : [this.#opened(event, seen, key)];
    });
    if (events.length === OPENED_AT_ONCE && all.length > 0) this.#arrive(name);
    return all;
  }

  /**
   * Opens an event that is kept unopened by a message key that somebody gave: what its author has signed tells whether it is the right one.
   * @returns null where it is open, or about to be
   */
  openByKey({ author, inst, seq, id }: ClosedPlace, key: Uint8Array): OpenedEvent | "wrong-key" | null {
    const { crypto, reader, channel } = this.#options;
    const kept = this.#opening.has(id) ? null : reader.sealedAt(channel, id, { author, inst, seq });
    const sealing = kept === null || kept.waits === null ? null : sealingOf(kept.event);
    if (kept === null || sealing === null) return null;
    const words = openWith(crypto, { channel, author, epoch: sealing.epoch }, key, sealing);
    if (words === "wrong-key") return words;
    return words === "malformed" ? this.#opened(kept.event, HIDDEN, null) : this.#opened(kept.event, words, key);
  }

  /** True for an event that is open, and not yet so on the disk. */
  isOpening(id: EventId): boolean {
    return this.#opening.has(id);
  }

  #opened(event: Event, seen: Words, key: Uint8Array | null): OpenedEvent {
    const { channel, author, inst, seq, id } = event;
    this.#opening.add(id);
    return { opened: { channel, author, inst, seq, id, seen, key }, event: asSeen(event, seen) };
  }

  /** What {@link openKept} and {@link openByKey} gave is on the disk. */
  noteOpened(all: readonly { readonly event: Event }[]): void {
    for (const { event } of all) this.#opening.delete(event.id);
  }

  /** The keys that we lack of what we may read. One that is here after all, as after a crash, is used then. */
  awaited(most: number): Awaited[] {
    const { since } = this;
    const { channel, reader } = this.#options;
    const awaited = since === null ? [] : reader.awaited(channel, since, most).flatMap((each) => this.#counting(each) ?? []);
    for (const { author, epoch } of awaited) if (this.keyOf(author, epoch) !== null) this.#arrive({ channel, author, epoch });
    return awaited;
  }

  /** The key of an epoch; null where we do not have it. */
  keyOf(author: NodeId, epoch: HybridTime): Uint8Array | null {
    return this.#chain({ channel: this.#options.channel, author, epoch })?.start ?? null;
  }

  /** The message key of an event, as signed, of whose epoch we have the key; null of any other. */
  messageKeyOf(event: Event): Uint8Array | null {
    const { crypto } = this.#options;
    const { channel, author } = event;
    const sealing = sealingOf(event);
    const chain = sealing === null ? null : this.#chain({ channel, author, epoch: sealing.epoch });
    const key = sealing === null || chain === null ? null : keyAt(crypto, chain, sealing);
    return sealing !== null && key !== null && crypto.equal(commitmentOf(crypto, key), sealing.commitment) ? key : null;
  }

  /**
   * Takes a key from somebody who is not its author: what its author has signed tells whether it is the right one.
   * @returns false when it opens nothing of what waits for it
   */
  takeAnswer(name: EpochName, key: Uint8Array, wall: Timestamp): boolean {
    const { crypto, reader } = this.#options;
    const chain = new Chain(crypto, key);
    const fits = reader.unopened(name.channel, name.author, name.epoch, ANSWER_TRIED_ON).some((event) => {
      const sealing = sealingOf(event);
      return sealing !== null && openSealing(crypto, name, chain, sealing) !== "wrong-key";
    });
    if (fits) this.#learn(name, chain, wall);
    return fits;
  }

  /** Keys that were kept long enough are forgotten here as they are on the disk. */
  forgetOld(wall: Timestamp): void {
    this.#prekeys.forgetOld(wall);
    this.#chains.age();
    this.#chains.age();
  }

  // ---- opening ----

  /** Of events whose author was removed, those that count; null where none does, as what it said to some who had not heard of it yet. */
  #counting(awaited: Awaited): Awaited | null {
    const { channel, reader, roles } = this.#options;
    if (roles().roleOf(awaited.author) !== "none") return awaited;
    const events = reader.unopened(channel, awaited.author, awaited.epoch, EPOCH_EVENTS_READ);
    const count = events.filter((event) => roles().roleAt(event) !== "none").length;
    return count === 0 ? null : { ...awaited, count };
  }

  #look(event: Event): Look {
    const sealing = sealingOf(event);
    if (sealing === null) return NOTHING;
    const { channel, author } = event;
    const { crypto } = this.#options;
    const name = { channel, author, epoch: sealing.epoch };
    const chain = this.#chain(name);
    if (chain === null) return { seen: HIDDEN, waits: sealing.epoch, key: null };
    const key = keyAt(crypto, chain, sealing);
    const words = key === null ? "malformed" : openWith(crypto, name, key, sealing);
    if (words === "malformed") return NOTHING;
    return words === "wrong-key" ? { seen: HIDDEN, waits: sealing.epoch, key: null } : { seen: words, waits: null, key };
  }

  #chain(name: EpochName): Chain | null {
    const { crypto, reader } = this.#options;
    const known = this.#chains.get(nameOf(name));
    if (known !== undefined) return known;
    const kept = reader.senderKey(name.channel, name.author, name.epoch);
    if (kept === null) return null;
    const chain = new Chain(crypto, kept.key);
    this.#chains.set(nameOf(name), chain);
    return chain;
  }

  /** The first key that an author gives for an epoch is the one. */
  #takeKey(event: Event, epoch: HybridTime, wall: Timestamp): void {
    const { crypto, self } = this.#options;
    const { channel, author } = event;
    const name = { channel, author, epoch };
    if (this.#chain(name) !== null) return;
    const key = openBox(crypto, name, event, self, (id) => this.#prekeys.pair(id));
    if (key !== null) this.#learn(name, new Chain(crypto, key), wall);
  }

  #learn(name: EpochName, chain: Chain, at: Timestamp): void {
    this.#chains.set(nameOf(name), chain);
    this.#changes.push({ kind: "sender-key", key: { ...name, key: chain.start, at } });
    this.#arrive(name);
  }

  #arrive(name: EpochName): void {
    this.#arrived.set(nameOf(name), name);
  }

  // ---- our epoch ----

  /** Who may read what we say now. Others' statements have no part in it: `Roles` counts those that have effect. */
  #readers(): Readers {
    const { roles, self } = this.#options;
    const readers = new Map<NodeId, HybridTime>();
    for (const { node, role } of roles().members()) {
      const since = node === self || rankOf(role) < rankOf("reader") ? null : roles().sinceOf(node);
      if (since !== null) readers.set(node, since);
    }
    return readers;
  }

  #mustBegin(readers: Readers, wall: Timestamp): boolean {
    if (this.#epoch === null || this.#epoch.isOver(readers, wall)) return true;
    return this.isPair && [...this.#epoch.boxed].some(([node, prekey]) => this.#prekeyOf(node)?.id !== prekey);
  }

  #begin(readers: Readers, wall: Timestamp, clock: HybridTime): void {
    const { crypto, random, channel, self } = this.#options;
    const name = { channel, author: self, epoch: this.#newEpoch(readers, clock) };
    const chain = new Chain(crypto, random(KEY_BYTES));
    this.#epoch = new SendingEpoch(name, chain, readers, wall);
    this.#chains.set(nameOf(name), chain);
    this.#changes.push({ kind: "sender-key", key: { ...name, key: chain.start, at: wall } });
  }

  /** Where our clock is behind what it has to be later than, chance sees to it that two runs of ours do not take one name. */
  #newEpoch(readers: Readers, clock: HybridTime): HybridTime {
    const before = Math.max(this.#epoch?.name.epoch ?? 0, ...readers.values());
    if (clock > before) return clock;
    return before + 1 + this.#options.random(EPOCH_CHANCE_BYTES).reduce((sum, byte) => 256 * sum + byte, 0);
  }

  /** Boxes for the readers of the epoch that have none, and whose prekey is known. */
  #boxes(): Words[] {
    this.#hasNewPrekeys = false;
    const epoch = this.#epoch;
    if (epoch === null) return [];
    const recipients = [...epoch.readers.keys()].flatMap((node): Recipient[] => {
      const prekey = epoch.boxed.has(node) ? null : this.#prekeyOf(node);
      return prekey === null ? [] : [{ node, prekey }];
    });
    for (const { node, prekey } of recipients) epoch.boxed.set(node, prekey.id);
    const { crypto, random } = this.#options;
    return keyWords(crypto, random, epoch.name, epoch.chain.start, recipients);
  }

  /** The last prekey that a node has published while it had a role. */
  #prekeyOf(node: NodeId): Prekey | null {
    const { crypto, channel, reader, roles } = this.#options;
    for (const event of reader.published(channel, node, PREKEYS_LOOKED_AT)) {
      const prekey = rankOf(roles().roleAt(event)) < rankOf("reader") ? null : prekeyIn(crypto, event);
      if (prekey !== null) return prekey;
    }
    return null;
  }

  /** Our own prekey where another is due: after a day, and where the last was published in a term that has ended. */
  #duePrekey(wall: Timestamp): Words[] {
    const { since } = this;
    if (since === null) return [];
    const current = this.#prekeys.current?.id ?? null;
    if (this.#publishedFor === null && current !== null && this.#prekeyOf(this.#options.self)?.id === current) this.#publishedFor = since;
    return this.#prekeys.isDue(wall) || this.#publishedFor !== since ? [this.#publish(wall)] : [];
  }

  #publish(wall: Timestamp): Words {
    const { made, changed } = this.#prekeys.make(wall);
    this.#changes.push(...changed.map((prekey) => ({ kind: "prekey", prekey }) as const));
    this.#publishedFor = this.since;
    this.#isSpokenTo = false;
    return prekeyWords(made.publicKey);
  }
}

function nameOf({ author, epoch }: EpochName): string {
  return `${author} ${epoch}`;
}
