/** The store in memory, for tests, the simulator and nodes that keep nothing. It answers as the one on disk does. */
import {
  type Archived,
  type Change,
  type ChannelHash,
  CONTACTS_MAX,
  EventShelf,
  type HistoryQuery,
  type Holding,
  isOfMailboxes,
  isShown,
  NICKS_MAX,
  type NodeReader,
  type Oldest,
  type OldestQuery,
  ofMailboxes,
  ofRequests,
  type PageQuery,
  QUIET_NODES_MAX,
  RECENT_MAX,
  type Restored,
  referenceIn,
  type Store,
  type StoredChannel,
  type StoredContact,
  type StoredEntry,
  type StoredEvent,
  type StoredKey,
  type StoredMember,
  type StoredNick,
  type StoredQuiet,
  type StoredQuota,
  type StoredSigned,
  shownOf,
  staysWhenDropped,
  type TalkRequest,
  US_PER_MS,
} from "../core/index.ts";
import type { EventId, Guid } from "../wire/index.ts";
import { checkBatch } from "./change-check.ts";
import { closed } from "./fault.ts";
import type { Around } from "./history.ts";
import { boundedMost, CHANNEL_KEYS_MAX } from "./limits.ts";
import { withRequest } from "./requests.ts";
import { bytesOf } from "./retention-writer.ts";
import { detailsText, outerText } from "./row.ts";
import { isBeginning } from "./search-index.ts";
import { wordsIn } from "./words.ts";

export function openMemoryStore(): Store {
  return new MemoryStore();
}

/** The hash of no channel. */
const NO_CHANNEL = "" as ChannelHash;

/** An entry of the history, and the microsecond at which it stands there. */
interface Entry {
  readonly event: StoredEvent;
  readonly hlc: number;
  /** Null for one without a signature. */
  readonly channel: ChannelHash | null;
  /** In the order kept. */
  readonly seq: number;
}

class MemoryStore implements Store {
  readonly events: NodeReader = {
    branchOf: (channel, id) => this.#opened().branchOf(channel, id),
    event: (...asked) => this.#opened().event(...asked),
    range: (...asked) => this.#opened().range(...asked),
    meant: (...asked) => this.#opened().meant(...asked),
    isTouched: (...asked) => this.#opened().isTouched(...asked),
    effectsOn: (...asked) => this.#opened().effectsOn(...asked),
    latest: (...asked) => this.#opened().latest(...asked),
    mailboxOf: (...asked) => this.#opened().mailboxOf(...asked),
    statementsBy: (...asked) => this.#opened().statementsBy(...asked),
    published: (...asked) => this.#opened().published(...asked),
    prekeys: (...asked) => this.#opened().prekeys(...asked),
    senderKey: (...asked) => this.#opened().senderKey(...asked),
    unopened: (...asked) => this.#opened().unopened(...asked),
    awaited: (...asked) => this.#opened().awaited(...asked),
    closed: (...asked) => this.#opened().closed(...asked),
    closedCounts: (...asked) => this.#opened().closedCounts(...asked),
    sealedAt: (...asked) => this.#opened().sealedAt(...asked),
    parcels: (...asked) => this.#opened().parcels(...asked),
    hasParcel: (id) => this.#opened().hasParcel(id),
    usage: (owner) => this.#opened().usage(owner),
  };
  /** By id, in the order kept. */
  readonly #entries = new Map<string, Entry>();
  readonly #shelf = new EventShelf();
  readonly #channels = new Map<Guid, StoredChannel>();
  readonly #members = new Map<string, StoredMember>();
  readonly #keys = new Map<string, StoredKey>();
  readonly #contacts = new Map<string, StoredContact>();
  readonly #quiet = new Map<string, StoredQuiet>();
  readonly #nicks = new Map<string, StoredNick>();
  readonly #quotas = new Map<string, StoredQuota>();
  #requests: readonly TalkRequest[] = [];
  readonly #horizons = new Map<Guid, { horizon: number; dropped: number }>();
  #closed = false;

  async write(batch: readonly Change[]): Promise<void> {
    this.#checkOpen();
    checkBatch(batch);
    for (const change of batch) this.#apply(change);
  }

  restore(): Restored {
    this.#checkOpen();
    const channels = [...this.#channels.values()].sort((a, b) => a.joinedAt - b.joinedAt || compare(a.id, b.id));
    const members = [...this.#members.values()].sort((a, b) => compare(a.channelId, b.channelId) || compare(a.endpoint, b.endpoint));
    const horizons = [...this.#horizons].map(([channelId, { horizon }]) => ({ channelId, horizon }));
    const recent = [...this.#entries.values()].filter(({ event, channel }) => !event.own && channel === null).slice(-RECENT_MAX);
    return {
      channels,
      members,
      logs: this.#shelf.logs(),
      recent: recent.map(({ event }) => event.id),
      ...(horizons.length === 0 ? {} : { horizons }),
      ...ofMailboxes(this.#shelf.mailboxes()),
      ...ofRequests(this.#requests),
    };
  }

  search(words: string, most: number, channelId: Guid | null): StoredEntry[] {
    this.#checkOpen();
    const sought = wordsIn(words).map(({ folded }) => folded);
    const last = isBeginning(words) ? sought.at(-1) : undefined;
    const isIn = (found: readonly string[]) =>
      sought.every((word) => found.includes(word) || (word === last && found.some((each) => each.startsWith(word))));
    const isShown = ({ event, hlc }: Entry) => {
      const isOfChannel = channelId === null || event.channelId === channelId;
      return event.kind === "post" && isOfChannel && hlc > (this.#horizons.get(event.channelId)?.horizon ?? Number.NEGATIVE_INFINITY);
    };
    const hits = [...this.#entries.values()].filter(({ event }) => event.kind === "post" || event.kind === "edit");
    const found = sought.length === 0 ? [] : hits.filter(({ event }) => isIn(wordsIn(event.body).map(({ folded }) => folded)));
    return [...new Set(found.flatMap((hit) => this.#postOf(hit) ?? []))]
      .filter(isShown)
      .sort(compareEntries)
      .reverse()
      .slice(0, boundedMost(most))
      .map((entry) => this.#wholeOf(entry));
  }

  /** A post as it is, of an edit the post that it means. */
  #postOf(hit: Entry): Entry | null {
    if (hit.event.kind === "post") return hit;
    const edit = this.#shelf.seen(hit.channel ?? NO_CHANNEL, hit.event.id as EventId);
    const target = edit === null ? null : referenceIn(edit, "target");
    return target === null ? null : (this.#entries.get(target.id) ?? null);
  }

  around(channelId: Guid, id: string, most: number): Around {
    const horizon = this.#horizons.get(channelId)?.horizon ?? Number.NEGATIVE_INFINITY;
    const posts = this.#of(channelId).filter(({ event, hlc }) => (event.kind === "post" && hlc > horizon) || event.id === id);
    const events = posts.map((entry) => this.#wholeOf(entry));
    const at = events.findIndex((event) => event.id === id);
    return at < 0
      ? { before: [], after: [] }
      : { before: events.slice(Math.max(0, at - most), at), after: events.slice(at + 1, at + 1 + most) };
  }

  holding(channelId: Guid): Holding {
    const entries = this.#of(channelId);
    const bytes = entries.reduce((sum, entry) => sum + this.#bytesOf(entry), 0);
    return { entries: entries.length, bytes, ...(this.#horizons.get(channelId) ?? { horizon: 0, dropped: 0 }) };
  }

  oldest({ channelId, upTo, bytes, most }: OldestQuery): Oldest | null {
    const { horizon } = this.holding(channelId);
    const old: Entry[] = [];
    let free = 0;
    for (const entry of this.#of(channelId)
      .filter(({ hlc }) => hlc > horizon && hlc <= upTo)
      .slice(0, boundedMost(most))) {
      if (free >= bytes) break;
      free += this.#bytesOf(entry);
      old.push(entry);
    }
    const last = old.at(-1);
    const signed = old.flatMap(({ channel, event }) => this.#shelf.event(channel ?? NO_CHANNEL, event.id as EventId) ?? []);
    return last === undefined ? null : { upTo: last.hlc, lows: this.#shelf.lows(signed, last.hlc) };
  }

  quotas(): StoredQuota[] {
    this.#checkOpen();
    return [...this.#quotas.values()].sort((a, b) => compare(a.channelId ?? "", b.channelId ?? ""));
  }

  #of(channelId: Guid): Entry[] {
    this.#checkOpen();
    return [...this.#entries.values()].filter(({ event }) => event.channelId === channelId).sort(compareEntries);
  }

  #bytesOf({ channel, event }: Entry): number {
    const id = event.id as EventId;
    const { details = [], deps = [] } = this.#shelf.seen(channel ?? NO_CHANNEL, id) ?? {};
    const signed = this.#shelf.hides(channel ?? NO_CHANNEL, id) ? this.#shelf.event(channel ?? NO_CHANNEL, id) : null;
    const size = (text: string | null) => new TextEncoder().encode(text ?? "").length;
    return bytesOf(size(event.body), size(detailsText(details)) + size(signed === null ? null : outerText(signed)), 32 * deps.length);
  }

  #drop({ channelId, hash, upTo, cuts }: Extract<Change, { kind: "drop" }>): void {
    const before = this.#horizons.get(channelId) ?? { horizon: 0, dropped: 0 };
    const old = this.#of(channelId).filter(({ hlc }) => hlc <= upTo);
    const dropped = before.dropped + old.filter(({ event, hlc }) => hlc > before.horizon && event.kind === "post").length;
    this.#horizons.set(channelId, { horizon: Math.max(before.horizon, upTo), dropped });
    for (const { event, channel } of old) if (channel === null && !staysWhenDropped(event.kind)) this.#entries.delete(event.id);
    for (const cut of cuts)
      for (const { id } of this.#shelf.cut(hash ?? NO_CHANNEL, cut, ({ kind }) => staysWhenDropped(kind))) this.#entries.delete(id);
  }

  history({ channelId, since, most }: HistoryQuery): StoredEntry[] {
    this.#checkOpen();
    const horizon = this.#horizons.get(channelId)?.horizon ?? Number.NEGATIVE_INFINITY;
    const entries = this.#seen()
      .filter(({ hlc }) => hlc > horizon)
      .sort(compareEntries);
    const from = typeof since === "string" ? this.#entries.get(since) : undefined;
    if (typeof since === "string" && from?.event.channelId !== channelId) return [];
    const wanted = entries.filter((entry) => {
      if (entry.event.channelId !== channelId) return false;
      return from === undefined ? typeof since !== "number" || entry.event.at >= since : compareEntries(entry, from) > 0;
    });
    return wanted.slice(-boundedMost(most)).map((entry) => this.#wholeOf(entry));
  }

  named(prefix: string, most: number): StoredEntry[] {
    this.#checkOpen();
    const found = this.#seen().filter(({ event }) => event.id.startsWith(prefix));
    return found.slice(0, boundedMost(most)).map((entry) => this.#wholeOf(entry));
  }

  page({ channelId, after, most }: PageQuery): Archived[] {
    this.#checkOpen();
    const entries = this.#of(channelId);
    const last = entries.findIndex(({ event }) => event.id === after);
    return after !== null && last < 0 ? [] : entries.slice(last + 1, last + 1 + boundedMost(most)).map((entry) => this.#archived(entry));
  }

  #archived({ channel, event }: Entry): Archived {
    const signed = channel === null ? null : this.#shelf.event(channel, event.id as EventId);
    if (channel === null || signed === null) return { kind: "text", event };
    const { kind, text, details } = this.#shelf.seen(channel, signed.id) ?? signed;
    const seen = this.#shelf.hides(channel, signed.id) ? { seen: { kind, text, details } } : {};
    return { kind: "signed", own: event.own, event: signed, ...seen };
  }

  keys(channelId: Guid): StoredKey[] {
    this.#checkOpen();
    return [...this.#keys.values()].filter((key) => key.channelId === channelId);
  }

  contacts(): StoredContact[] {
    this.#checkOpen();
    const contacts = [...this.#contacts.values()].sort((a, b) => a.addedAt - b.addedAt || compare(a.nodeId, b.nodeId));
    return contacts.slice(0, CONTACTS_MAX);
  }

  nicks(): StoredNick[] {
    this.#checkOpen();
    return [...this.#nicks.values()].sort((a, b) => a.at - b.at || compare(a.nodeId, b.nodeId));
  }

  quietNodes(): StoredQuiet[] {
    this.#checkOpen();
    return [...this.#quiet.values()].sort((a, b) => a.at - b.at || compare(a.nodeId, b.nodeId)).slice(0, QUIET_NODES_MAX);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #seen(): Entry[] {
    return [...this.#entries.values()].filter(({ event }) => isShown({ kind: event.kind, text: event.body }));
  }

  #wholeOf({ event, channel }: Entry): StoredEntry {
    const signed = channel === null ? null : this.#shelf.seen(channel, event.id as EventId);
    return signed === null ? event : { ...event, signed };
  }

  #opened(): EventShelf {
    this.#checkOpen();
    return this.#shelf;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed("the store in memory");
  }

  #apply(change: Change): void {
    if (isOfMailboxes(change)) return this.#shelf.keepMailboxes(change);
    switch (change.kind) {
      case "event":
        this.#keepEvent(change.event);
        break;
      case "signed":
        this.#keepSigned(change);
        break;
      case "opened":
        this.#open(change);
        break;
      case "prekey":
        this.#shelf.keepPrekey({ ...change.prekey, madeAt: Math.floor(change.prekey.madeAt) });
        break;
      case "sender-key":
        this.#shelf.keepSenderKey({ ...change.key, at: Math.floor(change.key.at) });
        break;
      case "keys-old":
        this.#shelf.forgetKeys(change.before);
        break;
      case "log-move":
        this.#shelf.move(change.channel, change.move);
        break;
      case "drop":
        this.#drop(change);
        break;
      case "want":
        this.#horizons.delete(change.channelId);
        break;
      case "quota":
        if (change.quota === null) this.#quotas.delete(change.channelId ?? "");
        else this.#quotas.set(change.channelId ?? "", { channelId: change.channelId, quota: change.quota });
        break;
      case "log":
        this.#shelf.keepLog(change.channel, change.row);
        break;
      case "channel":
        this.#channels.set(change.channel.id, { ...change.channel, joinedAt: Math.floor(change.channel.joinedAt) });
        break;
      case "channel-left":
        this.#dropChannel(change.channelId);
        break;
      case "member":
        this.#members.set(`${change.member.channelId} ${change.member.endpoint}`, {
          ...change.member,
          heardAt: Math.floor(change.member.heardAt),
        });
        break;
      case "member-gone":
        this.#members.delete(`${change.channelId} ${change.endpoint}`);
        break;
      case "key":
        this.#keepKey(change.key);
        break;
      case "contact":
        this.#keepContact(change.contact);
        break;
      case "contact-gone":
        this.#contacts.delete(change.nodeId);
        break;
      case "nick":
        this.#keepNick(change.nick);
        break;
      case "quiet":
        this.#quiet.set(change.quiet.nodeId, { ...change.quiet, at: Math.floor(change.quiet.at) });
        break;
      case "quiet-gone":
        this.#quiet.delete(change.nodeId);
        break;
      case "request":
        this.#requests = withRequest(this.#requests, change.request);
        break;
      case "request-gone":
        this.#requests = this.#requests.filter(({ node }) => node !== change.nodeId);
        break;
    }
  }

  #keepEvent(event: StoredEvent): void {
    const at = Math.floor(event.at);
    this.#keepEntry({ event: { ...event, at }, hlc: at * US_PER_MS, channel: null });
  }

  #keepSigned(signed: StoredSigned): void {
    this.#shelf.keep(signed);
    this.#keepEntry({ event: shownOf(signed), hlc: signed.event.hlc, channel: signed.event.channel });
  }

  #open({ channelId, opened }: Extract<Change, { kind: "opened" }>): void {
    const event = this.#shelf.event(opened.channel, opened.id);
    const entry = this.#entries.get(opened.id);
    if (event === null || entry === undefined || !this.#shelf.open(opened)) return;
    const shown = shownOf({ channelId, own: entry.event.own, event, branch: 0, seen: opened.seen });
    this.#entries.set(opened.id, { ...entry, event: shown });
  }

  #keepEntry(entry: Omit<Entry, "seq">): void {
    if (!this.#entries.has(entry.event.id)) this.#entries.set(entry.event.id, { ...entry, seq: this.#entries.size });
  }

  #dropChannel(channelId: Guid): void {
    this.#channels.delete(channelId);
    for (const [name, member] of this.#members) if (member.channelId === channelId) this.#members.delete(name);
  }

  #keepKey(key: StoredKey): void {
    const name = JSON.stringify([key.channelId, key.from, key.cipher]);
    this.#keys.delete(name); // a key given anew moves to the end
    this.#keys.set(name, { ...key, at: Math.floor(key.at) });
    const ofChannel = [...this.#keys].filter(([, kept]) => kept.channelId === key.channelId);
    for (const [oldest] of ofChannel.slice(0, -CHANNEL_KEYS_MAX)) this.#keys.delete(oldest);
  }

  #keepContact(contact: StoredContact): void {
    const { addedAt, verifiedAt } = contact;
    const whole = { addedAt: Math.floor(addedAt), verifiedAt: verifiedAt === null ? null : Math.floor(verifiedAt) };
    this.#contacts.set(contact.nodeId, { ...contact, ...whole });
  }

  #keepNick(nick: StoredNick): void {
    this.#nicks.set(nick.nodeId, { ...nick, at: Math.floor(nick.at) });
    if (this.#nicks.size <= NICKS_MAX) return;
    for (const { nodeId } of this.nicks().slice(0, -NICKS_MAX)) this.#nicks.delete(nodeId);
  }
}

/** By time; within a microsecond those without a signature first, as they were kept, then signed events by id. */
function compareEntries(a: Entry, b: Entry): number {
  const isSigned = a.channel !== null;
  return a.hlc - b.hlc || Number(isSigned) - Number(b.channel !== null) || (isSigned ? compare(a.event.id, b.event.id) : a.seq - b.seq);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
