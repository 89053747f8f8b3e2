/** Open channels as the user enters, writes and leaves them, and what is due in them. PROTOCOL.md §13. */
import type { Guid } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { DEPS_MAX } from "../../wire/index.ts";
import { isMesh } from "../log/neighbours.ts";
import { liveRecipients } from "../membership.ts";
import { postNotSaved } from "../posts.ts";
import type { NodeState } from "../state.ts";
import { type Instant, NEVER } from "../time.ts";
import { beginInstance, keepOwn } from "./keep.ts";
import { newInstance, OpenChannel, openHashOf } from "./open-channel.ts";
import { saySync } from "./talk.ts";

/** Makes a channel that the user is in an open one, where it can be: it has a name, and we have a key. */
export function openUp(node: NodeState, channel: Channel): OpenChannel | null {
  if (channel.open !== null) return channel.open;
  const hash = openHashOf(node, channel);
  if (hash === null) return null;
  const { channels, logs } = node.config.restored;
  const stored = channels.find(({ id }) => id === channel.id);
  const inst = stored?.mode === "open" ? stored.inst : null;
  const rows = logs.find((each) => each.channel === hash)?.rows ?? [];
  channel.open = new OpenChannel(node, channel.id, hash, inst ?? newInstance(node), rows);
  return channel.open;
}

/** Writes a post of the user's: signed, kept, then sent. What comes while a batch is being kept goes under one signature with the next. */
export function writeEvent(node: NodeState, channel: Channel, open: OpenChannel, command: string, text: string, now: Instant): void {
  const wall = node.timestamp(now);
  if (open.own.mustBegin(wall)) beginInstance(node, channel, open, now);
  if (open.own.isFull) keepOwn(node, channel, open, now);
  const deps = open.log.takeUnnamed(DEPS_MAX, wall).map(({ id }) => id);
  if (node.saving.failed !== null) return postNotSaved(node, command, node.saving.failed);
  const event = open.own.write({ kind: "post", text, details: [] }, deps, wall);
  if (typeof event === "string") return postNotSaved(node, command, event);
  open.written.set(event.id, command);
  node.posts.name(command, event.id);
  node.emit({ type: "post", id: event.id, ref: command, channelId: channel.id, author: node.nodeId, own: true, at: wall, text, verified: true, kept: true });
  if (open.savesOpen === 0) keepOwn(node, channel, open, now);
}

/** Meets the members that came, lets go of those that went, and says what is due. Called at every pulse. */
export function tendOpenChannels(node: NodeState, now: Instant): void {
  for (const channel of node.channels.all()) if (channel.open !== null && channel.joined) tendOpen(node, channel, channel.open, now);
}

export function tendOpen(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  const members = liveRecipients(node, channel, now).filter((peer) => peer.session !== null && channel.members.has(peer.id));
  open.spread.isMesh = isMesh(channel.members.size + 1);
  const present = new Set(members.map(({ id }) => id));
  for (const id of open.neighbours) {
    if (present.has(id)) continue;
    open.neighbours.delete(id);
    open.sync.lose(id);
    open.spread.lose(id);
    open.log.forgetNeighbour(id);
  }
  for (const id of present) {
    if (open.neighbours.has(id)) continue;
    open.neighbours.add(id);
    open.spread.meet(id);
    saySync(node, open, open.sync.meet(id, now), now);
  }
  if (Math.min(open.sync.wakeAt, open.spread.wakeAt) > now) return;
  saySync(node, open, [...open.sync.tick(now), ...open.spread.tick(now)], now);
}

/** What is missing of the history, for people to see. */
export function missingIn(node: NodeState, channelId: Guid): { author: string; count: number; asked: number }[] {
  const open = node.channels.get(channelId)?.open;
  if (open == null) return [];
  const byAuthor = new Map<string, { count: number; asked: number }>();
  for (const { author, from, to, asked } of open.sync.missing()) {
    const known = byAuthor.get(author) ?? { count: 0, asked: 0 };
    byAuthor.set(author, { count: known.count + to - from + 1, asked: Math.max(known.asked, asked) });
  }
  return [...byAuthor].map(([author, known]) => ({ author, ...known }));
}

/** When an open channel wants to be tended before the next pulse; NEVER when none does. */
export function openWakeAt(node: NodeState): Instant {
  let at = NEVER;
  for (const channel of node.channels.all()) if (channel.open !== null) at = Math.min(at, channel.open.sync.wakeAt, channel.open.spread.wakeAt);
  return at;
}
