/** Open channels as members speak in them, and what is due in them. PROTOCOL.md §13. */
import type { BodyOf, Guid } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { noteAnswer } from "../joining.ts";
import { readEvent } from "../log/event-message.ts";
import type { HybridTime } from "../log/hlc.ts";
import type { SyncMessage } from "../log/sync.ts";
import { isIn, sizeOf } from "../members.ts";
import { isLive, type Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import { type Instant, NEVER } from "../time.ts";
import { transmit } from "../transmit.ts";
import { carry, clocksOf } from "./carry.ts";
import { owe, payDebts } from "./debts.ts";
import { tendHeld } from "./holding-back.ts";
import type { OpenChannel } from "./open-channel.ts";
import { tellRoles } from "./owning.ts";
import { mayHear, tendSecrecy } from "./secrecy.ts";
import { tellUnheard } from "./unheard.ts";

/** A MESSAGE with an event in it, from whomever: its author's signature decides, not who brought it. */
export function onEvent(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  path: Path,
  peer: Peer,
  body: BodyOf<"MESSAGE">,
  now: Instant,
): void {
  if (node.saving.isDamaged) return node.drop("store-failed", path.endpoint);
  if (!mayHear(open, peer.id)) {
    node.drop("not-a-member", path.endpoint);
    transmit(node, path, "LEAVE", { channel_id: channel.id }, now); // or it would say the same again and again
    return;
  }
  const event = readEvent(node.config.crypto, body, open.hash);
  if (typeof event === "string") return node.drop(event, path.endpoint);
  isIn(node, channel, peer, path, now);
  noteAnswer(channel, peer.id, true, now);
  const { log, isKnown: wasKnown } = open.lasting;
  const isHeld = log.isHeld(event);
  if (body.msg_id !== undefined) owe(open, event.id, peer.id, body.msg_id);
  carry(node, channel, open, open.lasting.receive(event, peer.id, clocksOf(node, now)), now);
  if (!wasKnown && open.lasting.isKnown) open.bringer = peer.id;
  tendHeld(node, open, now);
  if (!isHeld) return;
  node.drop("duplicate", path.endpoint);
  if (log.isSettled(event.id)) payDebts(node, open, event.id, now);
}

/** A CHANNEL that is about what one of us lacks. */
export function onSync(node: NodeState, channel: Channel, open: OpenChannel, peer: Peer, message: SyncMessage, now: Instant): void {
  if (!mayHear(open, peer.id)) return node.drop("not-a-member", peer.endpoint);
  if (!open.neighbours.has(peer.id)) meet(node, channel, open, peer, now);
  carry(node, channel, open, open.lasting.hear(message, peer.id, clocksOf(node, now)), now, true);
  tendHeld(node, open, now);
}

/** A member with a session, in whatever order it became the one and the other: the two compare their logs at once. */
export function greet(node: NodeState, channel: Channel, peer: Peer, now: Instant): void {
  const { open } = channel;
  if (open !== null && peer.session !== null && !open.neighbours.has(peer.id) && channel.members.has(peer.id))
    tendOpen(node, channel, open, now);
}

/** Meets the members that came, lets go of those that went, and says what is due. Called at every pulse. */
export function tendOpenChannels(node: NodeState, now: Instant): void {
  for (const channel of node.channels.all()) if (channel.open !== null) tendOpen(node, channel, channel.open, now);
}

export function tendOpen(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  const present = new Map<string, Peer>();
  for (const id of channel.members.keys()) {
    const peer = node.peers.get(id);
    if (peer !== undefined && isPresent(peer, now) && mayHear(open, id)) present.set(id, peer);
  }
  for (const id of open.neighbours) if (!present.has(id)) lose(open, id);
  for (const peer of present.values()) if (!open.neighbours.has(peer.id)) meet(node, channel, open, peer, now);
  const [first] = present.values();
  if (first !== undefined) tellUnheard(node, open, first, now);
  tellRoles(node, open, now);
  tendHeld(node, open, now);
  tendSecrecy(node, channel, open, now);
  if (open.lasting.wakeAt <= now) carry(node, channel, open, open.lasting.tick(clocksOf(node, now)), now);
}

/** There, in a session: whoever is in a channel that lasts knows what MESSAGE is. */
function isPresent(peer: Peer, now: Instant): boolean {
  return peer.session !== null && peer.paths.some((path) => isLive(path, now));
}

function meet(node: NodeState, channel: Channel, open: OpenChannel, peer: Peer, now: Instant): void {
  open.neighbours.add(peer.id);
  carry(node, channel, open, open.lasting.meet(peer.id, sizeOf(channel, now), clocksOf(node, now)), now);
}

function lose(open: OpenChannel, id: string): void {
  open.neighbours.delete(id);
  open.lasting.lose(id);
}

/** What is missing of the history of a channel, for people to see: how much of whom, and how many were asked. */
export function missingIn(node: NodeState, channelId: Guid): { author: string; count: number; asked: number }[] {
  const open = node.channels.get(channelId)?.open ?? null;
  const byAuthor = new Map<string, { count: number; asked: number }>();
  for (const { author, from, to, asked } of open?.lasting.sync.missing() ?? []) {
    const known = byAuthor.get(author) ?? { count: 0, asked: 0 };
    byAuthor.set(author, { count: known.count + to - from + 1, asked: Math.max(known.asked, asked) });
  }
  return [...byAuthor].map(([author, known]) => ({ author, ...known }));
}

/** Authors of whom two histories are held, and when each wrote last. */
export function forkedIn(node: NodeState, channelId: Guid): { author: string; hlc: HybridTime }[] {
  const forked = node.channels.get(channelId)?.open?.lasting.log.forkedAuthors() ?? [];
  return [...forked].map(([author, hlc]) => ({ author, hlc }));
}

/** When an open channel wants to be tended next. */
export function openWakeAt(node: NodeState): Instant {
  let at = NEVER;
  for (const channel of node.channels.all()) if (channel.open !== null) at = Math.min(at, channel.open.lasting.wakeAt);
  return at;
}
