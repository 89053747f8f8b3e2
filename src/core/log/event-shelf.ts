/**
 * Signed events in memory, found as a store on disk finds them: for the store in memory and the disks of the simulator.
 * PROTOCOL.md §13.6.
 */
import type { EventId, NodeId } from "../../wire/index.ts";
import type { MailboxChange, RestoredMailboxes, SlotUsage, StoredParcel } from "../mailbox/mailbox-store.ts";
import { ParcelShelf } from "../mailbox/parcel-shelf.ts";
import { EPOCHS_OF_ONE_MAX } from "../private/limits.ts";
import { SecretShelf } from "../private/secret-shelf.ts";
import type { Awaited, ClosedPlace, KeptSealed, NodeReader, Opened, StoredPrekey, StoredSenderKey } from "../private/secret-store.ts";
import type { Timestamp } from "../time.ts";
import { asSeen, type ChannelHash, type Event } from "./event.ts";
import { type EventPlace, type EventRange, type LogCut, type LogRow, type Low, RANGE_MAX } from "./event-store.ts";
import { keyOf, type LogName } from "./heads.ts";
import { compareOrder, type HybridTime } from "./hlc.ts";
import { type EffectKind, isEffect, isShown, type Reference, referenceIn } from "./kind.ts";
import { STATEMENTS_PER_ADMIN_MAX } from "./limits.ts";
import type { Words } from "./own-log.ts";
import type { Accepted } from "./receipt.ts";
import type { LogMove } from "./unsaved.ts";

const STATEMENTS: ReadonlySet<string> = new Set(["grant", "revoke", "leave", "invite"]);
/** Kinds of which the last counts. */
const LATEST: ReadonlySet<string> = new Set(["nick", "topic", "prekey", "mailbox"]);

/** An event to keep, and what people see of it: see `StoredSigned`. */
export interface Shelved extends Accepted {
  readonly seen?: Words;
  readonly waits?: HybridTime;
  readonly key?: Uint8Array;
}

interface Held {
  event: Event;
  branch: number;
  /** Null: what was signed. */
  seen: Words | null;
  /** The epoch whose key it waits for. */
  waits: HybridTime | null;
  /** The message key that opened it. */
  key: Uint8Array | null;
}

interface Log {
  row: LogRow | null;
  /** By seq: several where the log forks. */
  readonly places: Map<number, Held[]>;
}

export class EventShelf implements NodeReader {
  readonly #parcels = new ParcelShelf();
  readonly #secrets = new SecretShelf();
  readonly #events = new Map<EventId, Held>();
  readonly #logs = new Map<ChannelHash, Map<string, Log>>();
  /** What is about an event, by channel and reference; and nicks and topics, by channel and kind. */
  readonly #effects = new Map<string, EventId[]>();
  readonly #named = new Map<string, EventId[]>();

  // ---- in ----

  /** Keeps an event once: given again, it takes the branch, and the signature where it had none. */
  keep({ event, branch, seen, waits, key }: Shelved): void {
    const held = this.#events.get(event.id);
    if (held === undefined) return this.#shelve({ event, branch, seen: seen ?? null, waits: waits ?? null, key: key ?? null });
    held.branch = branch;
    held.event = { ...held.event, sig: held.event.sig ?? event.sig };
  }

  /** What was kept unopened is open: people see it from here on. @returns false for one that is not held, or is open */
  open({ channel, id, seen, key }: Opened): boolean {
    const held = this.#find(channel, id);
    if (held === null || held.waits === null) return false;
    held.seen = seen;
    held.waits = null;
    held.key = key;
    this.#index(held);
    return true;
  }

  keepPrekey(prekey: StoredPrekey): void {
    this.#secrets.keepPrekey(prekey);
  }

  keepSenderKey(key: StoredSenderKey): void {
    this.#secrets.keepSenderKey(key);
  }

  forgetKeys(before: Timestamp): void {
    this.#secrets.forget(before);
  }

  move(channel: ChannelHash, move: LogMove): void {
    for (const [seq, held] of this.#log(channel, move).places) {
      if (seq < move.low || seq > move.high) continue;
      for (const each of held) if (each.branch === move.from) each.branch = move.to;
    }
  }

  /** Events of a branch go, but for those that `stays` says. */
  cut(channel: ChannelHash, cut: LogCut, stays: (event: Event) => boolean): Event[] {
    const gone: Event[] = [];
    const { places } = this.#log(channel, cut);
    for (const [seq, held] of places) {
      const kept = held.filter((each) => each.branch !== cut.branch || seq >= cut.below || stays(seenIn(each)));
      if (kept.length === held.length) continue;
      gone.push(...held.filter((each) => !kept.includes(each)).map(({ event }) => event));
      if (kept.length === 0) places.delete(seq);
      else places.set(seq, kept);
    }
    for (const { id } of gone) this.#events.delete(id);
    return gone;
  }

  /** Of each branch that some of these lie in the first event that stays when all up to a time goes. */
  lows(old: readonly Event[], upTo: HybridTime): Low[] {
    const lows = new Map<string, Low>();
    for (const event of old) {
      const branch = this.branchOf(event.channel, event.id) ?? 0;
      const name = `${keyOf(event)} ${branch}`;
      if (lows.has(name)) continue;
      const { places } = this.#log(event.channel, event);
      const all = [...places.values()].flat().filter((each) => each.branch === branch);
      const inOrder = all.map((each) => each.event).sort((a, b) => a.seq - b.seq);
      const low = inOrder.find(({ hlc }) => hlc > upTo) ?? inOrder.at(-1) ?? event;
      lows.set(name, { author: low.author, inst: low.inst, seq: low.seq, id: low.id, prev: low.prev, hlc: low.hlc });
    }
    return [...lows.values()];
  }

  keepLog(channel: ChannelHash, row: LogRow): void {
    this.#log(channel, row).row = row;
  }

  // ---- out ----

  branchOf(channel: ChannelHash, id: EventId): number | null {
    return this.#find(channel, id)?.branch ?? null;
  }

  event(channel: ChannelHash, id: EventId): Event | null {
    return this.#find(channel, id)?.event ?? null;
  }

  range({ channel, from, to, branch, ...name }: EventRange, most: number): Event[] {
    const places = this.#logs.get(channel)?.get(keyOf(name))?.places;
    const found: Event[] = [];
    for (let seq = to; seq >= from && found.length < Math.min(most, RANGE_MAX); seq--) {
      const above = found.at(-1);
      const held = places?.get(seq)?.find((each) => each.branch === branch && (above === undefined || above.prev === each.event.id));
      if (held === undefined) break;
      found.push(held.event);
    }
    return found;
  }

  meant(channel: ChannelHash, { hlc, id }: Reference): Event | null {
    const event = this.seen(channel, id);
    return event?.hlc === hlc && isShown(event) ? event : null;
  }

  isTouched(post: Event): boolean {
    return this.#effects.has(targetKey(post.channel, post));
  }

  effectsOn(post: Event, kind: EffectKind, most: number, by?: NodeId): Event[] {
    const ids = this.#effects.get(targetKey(post.channel, post)) ?? [];
    const effects = ids.flatMap((id) => this.seen(post.channel, id) ?? []);
    const meant = effects.filter((effect) => effect.kind === kind && (by === undefined || effect.author === by));
    return meant.sort((a, b) => compareOrder(b, a)).slice(0, Math.min(most, RANGE_MAX));
  }

  latest(channel: ChannelHash, kind: "nick" | "topic", most: number, by?: NodeId): Event[] {
    return this.#latest(channel, kind, most, by);
  }

  mailboxOf(channel: ChannelHash, node: NodeId): Event | null {
    return this.#latest(channel, "mailbox", 1, node)[0] ?? null;
  }

  published(channel: ChannelHash, node: NodeId, most: number): Event[] {
    return this.#latest(channel, "prekey", most, node);
  }

  #latest(channel: ChannelHash, kind: string, most: number, by?: NodeId): Event[] {
    const ids = this.#named.get(`${channel} ${kind}`) ?? [];
    const events = ids.flatMap((id) => this.seen(channel, id) ?? []).filter(({ author }) => by === undefined || author === by);
    return events.sort((a, b) => compareOrder(b, a)).slice(0, Math.min(most, RANGE_MAX));
  }

  statementsBy(channel: ChannelHash, author: NodeId, skip = 0): Event[] {
    const own = [...this.#events.values()].map(({ event }) => event);
    return own
      .filter((event) => event.channel === channel && event.author === author && STATEMENTS.has(event.kind))
      .slice(skip, skip + STATEMENTS_PER_ADMIN_MAX);
  }

  prekeys(channel: ChannelHash): StoredPrekey[] {
    return this.#secrets.prekeys(channel);
  }

  parcels(owner: NodeId, most: number): StoredParcel[] {
    return this.#parcels.parcels(owner, most);
  }

  hasParcel(id: string): boolean {
    return this.#parcels.hasParcel(id);
  }

  usage(owner: NodeId): SlotUsage[] {
    return this.#parcels.usage(owner);
  }

  keepMailboxes(change: MailboxChange): void {
    this.#parcels.apply(change);
  }

  mailboxes(): RestoredMailboxes {
    return this.#parcels.restored();
  }

  senderKey(channel: ChannelHash, author: NodeId, epoch: HybridTime): StoredSenderKey | null {
    return this.#secrets.senderKey(channel, author, epoch);
  }

  unopened(channel: ChannelHash, author: NodeId, epoch: HybridTime, most: number): Event[] {
    const held = [...this.#events.values()].filter(
      ({ event, waits }) => event.channel === channel && event.author === author && waits === epoch,
    );
    const inOrder = held.map(({ event }) => event).sort((a, b) => a.seq - b.seq);
    return inOrder.slice(0, most);
  }

  awaited(channel: ChannelHash, since: HybridTime, most: number): Awaited[] {
    const counts = new Map<string, Awaited>();
    for (const { event, waits: epoch } of this.#events.values()) {
      if (event.channel !== channel || epoch === null || epoch <= since) continue;
      const { author } = event;
      counts.set(`${author} ${epoch}`, { author, epoch, count: (counts.get(`${author} ${epoch}`)?.count ?? 0) + 1 });
    }
    const newest = [...counts.values()].sort((a, b) => b.epoch - a.epoch);
    const rankOf = ({ author, epoch }: Awaited) => newest.filter((each) => each.author === author && each.epoch > epoch).length;
    const ranked = newest.map((each) => ({ each, rank: rankOf(each) })).filter(({ rank }) => rank < EPOCHS_OF_ONE_MAX);
    return ranked
      .sort((a, b) => a.rank - b.rank || b.each.epoch - a.each.epoch)
      .map(({ each }) => each)
      .slice(0, most);
  }

  closed(channel: ChannelHash, upTo: HybridTime, before: Reference | null, most: number): ClosedPlace[] {
    const closed = this.#closed(channel, upTo).filter((event) => before === null || compareOrder(event, before) < 0);
    const newest = closed.sort((a, b) => compareOrder(b, a)).slice(0, most);
    return newest.map(({ author, inst, seq, id, prev, hlc }) => ({ author, inst, seq, id, prev, hlc }));
  }

  closedCounts(channel: ChannelHash, upTo: HybridTime): { author: NodeId; count: number }[] {
    const counts = new Map<NodeId, number>();
    for (const { author } of this.#closed(channel, upTo)) counts.set(author, (counts.get(author) ?? 0) + 1);
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([author, count]) => ({ author, count }));
  }

  #closed(channel: ChannelHash, upTo: HybridTime): Event[] {
    return [...this.#events.values()].flatMap(({ event, waits }) =>
      event.channel === channel && waits !== null && waits <= upTo ? [event] : [],
    );
  }

  sealedAt(channel: ChannelHash, id: EventId, { author, inst, seq }: EventPlace): KeptSealed | null {
    const held = this.#find(channel, id);
    if (held === null || held.seen === null) return null;
    const { event, seen, waits, key } = held;
    return event.author === author && event.inst === inst && event.seq === seq ? { event, seen, waits, key } : null;
  }

  /** True for an event of which people see something else than what was signed. */
  hides(channel: ChannelHash, id: EventId): boolean {
    return (this.#find(channel, id)?.seen ?? null) !== null;
  }

  /** An event as people see it. */
  seen(channel: ChannelHash, id: EventId): Event | null {
    const held = this.#find(channel, id);
    return held === null ? null : seenIn(held);
  }

  /** All events of a channel, as they came. */
  all(channel: ChannelHash): Event[] {
    return [...this.#events.values()].flatMap(({ event }) => (event.channel === channel ? [event] : []));
  }

  /** The rows of all logs that were kept, channel by channel. */
  logs(): { readonly channel: ChannelHash; readonly rows: readonly LogRow[] }[] {
    const all = [...this.#logs].map(([channel, logs]) => ({ channel, rows: [...logs.values()].flatMap(({ row }) => row ?? []) }));
    return all.filter(({ rows }) => rows.length > 0);
  }

  #shelve(held: Held): void {
    const { id, channel, seq } = held.event;
    this.#events.set(id, held);
    this.#index(held);
    const { places } = this.#log(channel, held.event);
    places.set(seq, [...(places.get(seq) ?? []), held]);
  }

  /** By what people see of it. */
  #index(held: Held): void {
    const event = seenIn(held);
    const { id, channel, kind } = event;
    const target = isEffect(event) ? referenceIn(event, "target") : null;
    if (target !== null) addTo(this.#effects, targetKey(channel, target), id);
    if (LATEST.has(kind)) addTo(this.#named, `${channel} ${kind}`, id);
  }

  #find(channel: ChannelHash, id: EventId): Held | null {
    const held = this.#events.get(id);
    return held?.event.channel === channel ? held : null;
  }

  #log(channel: ChannelHash, name: LogName): Log {
    const logs = this.#logs.get(channel) ?? new Map<string, Log>();
    this.#logs.set(channel, logs);
    const log = logs.get(keyOf(name)) ?? { row: null, places: new Map() };
    logs.set(keyOf(name), log);
    return log;
  }
}

function seenIn({ event, seen }: Held): Event {
  return asSeen(event, seen);
}

function targetKey(channel: ChannelHash, { hlc, id }: Reference): string {
  return `${channel} ${hlc}:${id}`;
}

function addTo(lists: Map<string, EventId[]>, key: string, id: EventId): void {
  const ids = lists.get(key);
  if (ids === undefined) lists.set(key, [id]);
  else ids.push(id);
}
