/**
 * An open channel that the user is in: its logs, the one that we write, and how it is brought to the same state as with
 * the other members. PROTOCOL.md §13.
 */
import { openChannelHash } from "../../crypto/index.ts";
import { type EventId, type Guid, guidFrom, type InstanceId, type NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { PeerId } from "../io.ts";
import { ChannelLog } from "../log/channel-log.ts";
import type { ChannelHash } from "../log/event.ts";
import type { LogRow } from "../log/event-store.ts";
import { OwnLog } from "../log/own-log.ts";
import { Spread } from "../log/spread.ts";
import { Sync } from "../log/sync.ts";
import { toHex } from "../log/text-form.ts";
import type { NodeState } from "../state.ts";

const INSTANCE_BYTES = 8;

/** An ACK that a sender waits for, once its event is on our disk. */
export interface Debt {
  readonly to: PeerId;
  readonly msgId: string | number;
}

export class OpenChannel {
  readonly id: Guid;
  readonly hash: ChannelHash;
  readonly log: ChannelLog;
  readonly own: OwnLog;
  readonly sync: Sync;
  readonly spread: Spread;
  /** Those with whom it is synchronised now. */
  readonly neighbours = new Set<PeerId>();
  readonly debts = new Map<EventId, Debt[]>();
  /** Own events that are written and not signed yet, and the command that each came from. */
  readonly written = new Map<EventId, string>();
  /** Batches of our own that the store has not answered: what is written meanwhile goes under one signature. */
  savesOpen = 0;

  constructor(node: NodeState, id: Guid, hash: ChannelHash, inst: InstanceId, rows: readonly LogRow[]) {
    const { config, nodeId } = node;
    if (config.signingKey === null) throw new Error("a node without a key signs nothing");
    const chance = () => chanceOf(node);
    this.id = id;
    this.hash = hash;
    this.log = new ChannelLog(hash, config.crypto, config.events);
    this.log.restore(rows);
    const name = { author: nodeId as NodeId, inst };
    this.own = new OwnLog(config.crypto, hash, name.author, config.signingKey, inst, this.log.headOf(name));
    this.log.own = this.own.name;
    this.sync = new Sync(this.log, chance);
    this.spread = new Spread(name.author, chance);
  }
}

/** The 32 bytes that a named channel is known by; null for one that has no name, or another's. */
export function openHashOf(node: NodeState, channel: Channel): ChannelHash | null {
  if (channel.name === "" || node.config.signingKey === null) return null;
  const hash = openChannelHash(node.config.crypto, channel.name);
  return guidFrom(hash) === channel.id ? (toHex(hash) as ChannelHash) : null;
}

export function newInstance(node: NodeState): InstanceId {
  return toHex(node.config.random(INSTANCE_BYTES)) as InstanceId;
}

function chanceOf(node: NodeState): number {
  const [high = 0, low = 0] = node.config.random(2);
  return ((high << 8) | low) / 65_536;
}
