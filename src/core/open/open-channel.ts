/**
 * An open channel that the user is in: what lasts of it, with whom it is brought to the same state, and who waits for what.
 * PROTOCOL.md §13.
 */
import type { EventId, Guid, InstanceId, NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { Guest } from "../invite/admission.ts";
import type { PeerId } from "../io.ts";
import { dmHash, openHash } from "../log/channel-hash.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import { channelGuid } from "../log/event-message.ts";
import { type ChannelOutput, LastingChannel } from "../log/lasting-channel.ts";
import { STATEMENTS_PER_ADMIN_MAX } from "../log/limits.ts";
import { type Charter, charterOf } from "../log/statement.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { RoleWatch } from "./role-watch.ts";
import { type Secrecy, secrecyOf } from "./secrecy.ts";
import { Sight } from "./sight.ts";

/** An ACK that a sender waits for, once its event is on our disk. */
export interface Debt {
  readonly to: PeerId;
  readonly msgId: string | number;
}

export interface OpenChannel {
  readonly id: Guid;
  readonly hash: ChannelHash;
  readonly lasting: LastingChannel;
  readonly sight: Sight;
  readonly watch: RoleWatch;
  /** Null while what is said there is readable for everybody, or it is not known yet whether it is. */
  secrecy: Secrecy | null;
  /** The log that we write, as the store knows it; null while we have written nothing. */
  inst: InstanceId | null;
  /** Those with whom it is synchronised now. */
  readonly neighbours: Set<PeerId>;
  readonly debts: Map<EventId, Debt[]>;
  /**
   * Who gave us the genesis: a member then, as whoever else has it may be. A newcomer hears it, since nothing but the owner's name
   * follows from a genesis, and the owner may be away.
   */
  bringer: PeerId | null;
  /** Own events that are not on the disk yet, and the command that each came from. */
  readonly commands: Map<EventId, string>;
  /** Those of these commands that are about the channel itself: nobody waits for its delivery. */
  readonly orders: Set<string>;
  /** Own events that no member has confirmed, by their commands; the oldest first. */
  readonly unheard: Map<string, Event>;
  /** What the user wants written, in its order, while our log is not to be gone on with. */
  readonly held: ((now: Instant) => void)[];
  /** Those whom a grant that is on its way to the disk lets in. */
  readonly guests: Map<EventId, Guest>;
  /** What came from neighbours in the step under way: kept at its end. */
  readonly gathered: (ChannelOutput & { kind: "save" })[];
  /** False while nothing can have been done to any post: so a history that comes into an empty channel is shown without a look at each. */
  isTouched: boolean;
  /** Own batches that the store has not answered: what is written meanwhile goes under one signature. */
  savesOpen: number;
}

/**
 * Makes a channel that the user is in an open one, where it can be: it has a genesis, or the name that its GUID is made of, and
 * we have a key. One that was left in this run goes on where it was.
 * @param founded - the genesis, where we have just written it
 */
export function openUp(node: NodeState, channel: Channel, founded: Event | null = null): OpenChannel | null {
  const hash =
    channel.genesis ?? (channel.pair === null ? hashOf(node, channel) : dmHash(node.config.crypto, node.nodeId as NodeId, channel.pair));
  const { config } = node;
  if (hash === null || config.signingKey === null) return channel.open;
  const left = node.leftChannels.get(hash);
  if (left !== undefined) {
    node.leftChannels.delete(hash);
    for (const peer of left.neighbours) left.lasting.lose(peer);
    left.neighbours.clear();
    return left;
  }
  const stored = config.restored.channels.find(({ id }) => id === channel.id);
  const horizon = config.restored.horizons?.find(({ channelId }) => channelId === channel.id)?.horizon;
  const inst = founded?.inst ?? (stored?.mode === "open" ? stored.inst : null);
  const charter = charterOfChannel(node, channel, founded);
  const logs = config.restored.logs.find((each) => each.channel === hash)?.rows ?? [];
  const lasting = new LastingChannel({
    crypto: config.crypto,
    random: config.random,
    channel: hash,
    charter,
    reader: node.events,
    self: node.nodeId as NodeId,
    key: config.signingKey,
    kept: {
      inst,
      logs,
      statements: charter === null || charter.owner === null ? [] : statementsBy(node, hash, charter.owner),
      ...(horizon === undefined ? {} : { horizon }),
    },
  });
  const watch = new RoleWatch();
  watch.begin(lasting.roles);
  return {
    id: channel.id,
    hash,
    lasting,
    sight: new Sight(lasting),
    watch,
    secrecy: secrecyOf(node, { hash, lasting }),
    inst,
    neighbours: new Set(),
    debts: new Map(),
    bringer: null,
    commands: new Map(),
    orders: new Set(),
    unheard: new Map(),
    held: [],
    guests: new Map(),
    gathered: [],
    isTouched: logs.length > 0,
    savesOpen: 0,
  };
}

/** Of a channel with a genesis null until that is here: its author is the owner, and nobody else says so. */
function charterOfChannel(node: NodeState, channel: Channel, founded: Event | null): Charter | null {
  if (channel.pair !== null)
    return { owner: null, others: "member", name: "", isPrivate: true, pair: [node.nodeId as NodeId, channel.pair] };
  if (channel.genesis === null) return { owner: null, others: "member", name: channel.name };
  const genesis = founded ?? node.events.event(channel.genesis, channel.genesis as string as EventId);
  return genesis === null ? null : charterOf(genesis);
}

/** All that the owner said of roles; what counts of others follows from it, and is asked for then. */
function* statementsBy(node: NodeState, hash: ChannelHash, owner: NodeId): Iterable<Event> {
  for (let skip = 0; ; skip += STATEMENTS_PER_ADMIN_MAX) {
    const page = node.events.statementsBy(hash, owner, skip);
    yield* page;
    if (page.length < STATEMENTS_PER_ADMIN_MAX) return;
  }
}

/** The 32 bytes that a named channel is known by; null for one that has no name, or another's. */
function hashOf(node: NodeState, channel: Channel): ChannelHash | null {
  if (channel.name === "") return null;
  const hash = openHash(node.config.crypto, channel.name);
  return channelGuid(hash) === channel.id ? hash : null;
}
