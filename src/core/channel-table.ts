/** Bare channels: those the user joined, and those that only our peers are in. Bounded in channels and members. */
import type { Endpoint, Guid, NodeId } from "../wire/index.ts";
import { AgingMap } from "./aging-map.ts";
import type { Knock } from "./invite/knock.ts";
import type { Meeting } from "./invite/meeting.ts";
import type { PeerId } from "./io.ts";
import { CHANNELS_MAX, MEMBERS_FOREIGN_MAX, MEMBERS_MAX } from "./limits.ts";
import type { ChannelHash } from "./log/event.ts";
import type { OpenChannel } from "./open/open-channel.ts";
import { isAddress } from "./path.ts";
import { type Instant, NEVER_YET } from "./time.ts";

export interface Member {
  readonly peer: PeerId;
  /** Its id, until it is met at one. */
  endpoint: Endpoint;
  /** When it was last heard, or, for one restored from the store, an instant before 0. */
  heardAt: Instant;
  announcedAt: Instant;
}

/** A peer whom we told, and go on telling, that we are in a channel. */
export interface JoinTarget {
  readonly peer: PeerId;
  tries: number;
  nextAt: Instant;
  /** The user named this peer as a place to join at, so it is presumed to be in the channel from the start. */
  named: boolean;
  /** It said that it is in the channel, or that it is not; null while it has said nothing. */
  member: boolean | null;
}

export interface Channel {
  readonly id: Guid;
  name: string;
  joined: boolean;
  readonly members: Map<PeerId, Member>;
  readonly targets: Map<PeerId, JoinTarget>;
  /** When neighbours last announced whom: tells how many there are, also where we do not meet all of them. */
  readonly announced: AgingMap<Endpoint, Instant>;
  /** How many members it has as neighbours said who are proved, the most of late; not what we tell others, so that it does not go round for ever. */
  told: { readonly size: number; readonly until: Instant };
  /** What the store has of it, and who was found there since the start; null for whom nobody was. */
  readonly kept: Map<Endpoint, PeerId | null>;
  keysKept: number;
  /** The id of the event that made it, where one did: it names the channel, and its author is the owner. */
  genesis: ChannelHash | null;
  /** The other one, of a talk of two. */
  pair: NodeId | null;
  /** What lasts of it, and how it is brought to the same state everywhere; null for a channel without signed events. */
  open: OpenChannel | null;
  /** We are coming in by an invite. */
  knock: Knock | null;
  /** It is the place of a word code, ours or one that we were told. */
  meeting: Meeting | null;
}

export class ChannelTable {
  readonly #channels = new Map<Guid, Channel>();
  /** Of all channels together. */
  #members = 0;

  all(): IterableIterator<Channel> {
    return this.#channels.values();
  }

  joined(): Channel[] {
    return [...this.#channels.values()].filter((channel) => channel.joined);
  }

  get(id: Guid): Channel | undefined {
    return this.#channels.get(id);
  }

  /** The channel, made when it is new; null when there are too many. */
  open(id: Guid, name: string): Channel | null {
    const known = this.#channels.get(id);
    if (known !== undefined) {
      if (known.name === "" && !known.joined) known.name = name;
      return known;
    }
    if (this.#channels.size >= CHANNELS_MAX) return null;
    return this.#add(id, name);
  }

  /** The channel that the user enters: strangers' channels never keep it out. */
  openOwn(id: Guid, name: string): Channel {
    if (!this.#channels.has(id) && this.#channels.size >= CHANNELS_MAX) this.#forgetForeign();
    const channel = this.open(id, name) ?? this.#add(id, name);
    if (name !== "") channel.name = name;
    return channel;
  }

  /** @returns the member, or null when the channel is full */
  putMember(channel: Channel, peer: PeerId, endpoint: Endpoint, heardAt: Instant): Member | null {
    const known = channel.members.get(peer);
    if (known !== undefined) {
      known.heardAt = heardAt;
      if (!isAddress(known.endpoint)) known.endpoint = endpoint;
      return known;
    }
    if (channel.members.size >= MEMBERS_MAX || (!channel.joined && this.#members >= MEMBERS_FOREIGN_MAX)) return null;
    const member: Member = { peer, endpoint, heardAt, announcedAt: NEVER_YET };
    channel.members.set(peer, member);
    this.#members++;
    return member;
  }

  removeMember(channel: Channel, peer: PeerId): void {
    if (channel.members.delete(peer)) this.#members--;
  }

  putTarget(channel: Channel, peer: PeerId, now: Instant): JoinTarget {
    const known = channel.targets.get(peer);
    if (known !== undefined) return known;
    const target: JoinTarget = { peer, tries: 0, nextAt: now, named: false, member: null };
    channel.targets.set(peer, target);
    return target;
  }

  /** The member and target of one name go on under another, unless that one has its own. */
  rename(channel: Channel, from: PeerId, to: PeerId): void {
    const member = channel.members.get(from);
    if (member !== undefined) {
      channel.members.delete(from);
      if (channel.members.has(to)) this.#members--;
      else channel.members.set(to, { ...member, peer: to });
    }
    for (const [endpoint, holder] of channel.kept) if (holder === from) channel.kept.set(endpoint, to);
    const target = channel.targets.get(from);
    if (target === undefined) return;
    channel.targets.delete(from);
    if (!channel.targets.has(to)) channel.targets.set(to, { ...target, peer: to });
  }

  /** Forgets a channel that neither the user nor any peer is in. */
  sweep(channel: Channel): void {
    if (!isOurs(channel) && channel.members.size === 0) this.#channels.delete(channel.id);
  }

  #add(id: Guid, name: string): Channel {
    const channel: Channel = {
      id,
      name,
      joined: false,
      members: new Map(),
      targets: new Map(),
      announced: new AgingMap(2 * MEMBERS_MAX),
      told: { size: 0, until: NEVER_YET },
      kept: new Map(),
      keysKept: 0,
      genesis: null,
      pair: null,
      open: null,
      knock: null,
      meeting: null,
    };
    this.#channels.set(id, channel);
    return channel;
  }

  #forgetForeign(): void {
    for (const [id, channel] of this.#channels) {
      if (isOurs(channel)) continue;
      this.#channels.delete(id);
      this.#members -= channel.members.size;
      return;
    }
  }
}

/** The user is in it, about to be, or looks for somebody there. */
export function isOurs({ joined, knock, meeting }: Channel): boolean {
  return joined || knock !== null || meeting !== null;
}
