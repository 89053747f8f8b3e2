/** The store in memory, for tests, the simulator and nodes that keep nothing. It answers as the one on disk does. */
import {
  type Change,
  CONTACTS_MAX,
  type HistoryQuery,
  NICKS_MAX,
  RECENT_MAX,
  type Restored,
  type Store,
  type StoredChannel,
  type StoredContact,
  type StoredEvent,
  type StoredKey,
  type StoredMember,
  type StoredNick,
} from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import { checkBatch } from "./change-check.ts";
import { closed } from "./fault.ts";
import { boundedMost, CHANNEL_KEYS_MAX } from "./limits.ts";

export function openMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #events = new Map<string, StoredEvent>();
  readonly #channels = new Map<Guid, StoredChannel>();
  readonly #members = new Map<string, StoredMember>();
  readonly #keys = new Map<string, StoredKey>();
  readonly #contacts = new Map<string, StoredContact>();
  readonly #nicks = new Map<string, StoredNick>();
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
    const recent = [...this.#events.values()].filter((event) => !event.own).slice(-RECENT_MAX);
    return { channels, members, recent: recent.map((event) => event.id) };
  }

  history({ channelId, since, most }: HistoryQuery): StoredEvent[] {
    this.#checkOpen();
    const events = [...this.#events.values()].filter((event) => event.channelId === channelId);
    if (typeof since === "number") return newestFrom(events, since, boundedMost(most));
    const after = since === undefined ? -1 : events.findIndex((event) => event.id === since);
    if (since !== undefined && after < 0) return [];
    return events.slice(after + 1).slice(-boundedMost(most));
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

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed("the store in memory");
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case "event":
        this.#keepEvent(change.event);
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
    }
  }

  #keepEvent(event: StoredEvent): void {
    if (!this.#events.has(event.id)) this.#events.set(event.id, { ...event, at: Math.floor(event.at) });
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

/** The newest by their time, in the order kept. */
function newestFrom(events: readonly StoredEvent[], since: number, most: number): StoredEvent[] {
  const order = events.map((event, seq) => ({ event, seq })).filter(({ event }) => event.at >= since);
  order.sort((a, b) => b.event.at - a.event.at || b.seq - a.seq);
  return order
    .slice(0, most)
    .sort((a, b) => a.seq - b.seq)
    .map(({ event }) => event);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
