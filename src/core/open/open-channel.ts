/**
 * An open channel that the user is in: what lasts of it, with whom it is brought to the same state, and who waits for what.
 * PROTOCOL.md §13.
 */
import { openChannelHash } from "../../crypto/index.ts";
import { type EventId, type Guid, guidFrom, type InstanceId, type NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { PeerId } from "../io.ts";
import type { ChannelHash } from "../log/event.ts";
import { LastingChannel } from "../log/lasting-channel.ts";
import { toHex } from "../log/text-form.ts";
import type { NodeState } from "../state.ts";

/** An ACK that a sender waits for, once its event is on our disk. */
export interface Debt {
  readonly to: PeerId;
  readonly msgId: string | number;
}

export interface OpenChannel {
  readonly id: Guid;
  readonly hash: ChannelHash;
  readonly lasting: LastingChannel;
  /** The log that we write, as the store knows it; null while we have written nothing. */
  inst: InstanceId | null;
  /** Those with whom it is synchronised now. */
  readonly neighbours: Set<PeerId>;
  readonly debts: Map<EventId, Debt[]>;
  /** Own events that are not on the disk yet, and the command that each came from. */
  readonly commands: Map<EventId, string>;
  /** Own batches that the store has not answered: what is written meanwhile goes under one signature. */
  savesOpen: number;
}

/** Makes a channel that the user is in an open one, where it can be: it has the name that its GUID is made of, and we have a key. */
export function openUp(node: NodeState, channel: Channel): OpenChannel | null {
  const hash = hashOf(node, channel);
  const { config } = node;
  if (hash === null || config.signingKey === null) return channel.open;
  const stored = config.restored.channels.find(({ id }) => id === channel.id);
  const horizon = config.restored.horizons?.find(({ channelId }) => channelId === channel.id)?.horizon;
  const inst = stored?.mode === "open" ? stored.inst : null;
  const lasting = new LastingChannel({
    crypto: config.crypto,
    random: config.random,
    channel: hash,
    charter: { owner: null, others: "member", name: channel.name },
    reader: node.events,
    self: node.nodeId as NodeId,
    key: config.signingKey,
    kept: {
      inst,
      logs: config.restored.logs.find((each) => each.channel === hash)?.rows ?? [],
      statements: [],
      ...(horizon === undefined ? {} : { horizon }),
    },
  });
  return { id: channel.id, hash, lasting, inst, neighbours: new Set(), debts: new Map(), commands: new Map(), savesOpen: 0 };
}

/** The 32 bytes that a named channel is known by; null for one that has no name, or another's. */
function hashOf(node: NodeState, channel: Channel): ChannelHash | null {
  if (channel.name === "") return null;
  const hash = openChannelHash(node.config.crypto, channel.name);
  return guidFrom(hash) === channel.id ? (toHex(hash) as ChannelHash) : null;
}
