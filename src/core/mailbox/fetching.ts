/** Our own mailboxes: they are told our slots, and what they bring is taken as if its author had sent it. PROTOCOL.md §22.4. */
import type { BodyOf, NodeId } from "../../wire/index.ts";
import { callPeer } from "../liveness.ts";
import { readEvent } from "../log/event-message.ts";
import { carry, clocksOf } from "../open/carry.ts";
import { owe, payDebts } from "../open/debts.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { save } from "../saving.ts";
import { sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { tendAnnouncing } from "./announcing.ts";
import type { OwnMailbox } from "./mailbox.ts";
import type { StoredOwnMailbox } from "./mailbox-store.ts";
import { boxOf, type Slot } from "./names.ts";
import { openParcel } from "./parcel.ts";
import { ownSlots } from "./slots.ts";

/** Takes up what the store kept, and calls them. Called at the start. */
export function restoreOwnMailboxes(node: NodeState, own: readonly StoredOwnMailbox[], now: Instant): void {
  for (const stored of own) {
    node.mailboxes.own.set(stored.nodeId, { stored, told: null, keeps: null });
    for (const endpoint of stored.at) callPeer(node, endpoint, "asked", now);
  }
}

/** A contact is to keep parcels for us, or is not to any more. */
export function useMailbox(node: NodeState, nodeId: NodeId, on: boolean, now: Instant): void {
  const { own } = node.mailboxes;
  if (on) {
    const stored = { nodeId, at: placesOf(node, nodeId), addedAt: node.timestamp(now) };
    own.set(nodeId, { stored, told: null, keeps: null });
    save(node, [{ kind: "own-mailbox", mailbox: stored }]);
    return tendFetching(node, now);
  }
  const session = node.sessions.of(nodeId);
  if (session !== undefined && own.has(nodeId)) sayInSession(node, session, "JOIN", { channel_id: ownBox(node), ptp: { slots: [] } }, now);
  own.delete(nodeId);
  save(node, [{ kind: "own-mailbox-gone", nodeId }]);
}

/** Tells mailboxes that are here what slots we have. Called once a second. */
export function tendFetching(node: NodeState, now: Instant): void {
  const { own } = node.mailboxes;
  if (own.size === 0) return;
  const slots = ownSlots(node);
  const text = slots.map(({ id }) => id).join();
  for (const mailbox of own.values()) {
    const session = node.sessions.of(mailbox.stored.nodeId);
    if (session === undefined) continue;
    notePlaces(node, mailbox);
    if (slots.length === 0) continue;
    if (mailbox.told?.session === session && mailbox.told.slots === text) continue;
    mailbox.told = { session, slots: text };
    mailbox.keeps = null;
    sayInSession(node, session, "JOIN", { channel_id: ownBox(node), ptp: { slots: slots.map(({ id }) => id) } }, now);
  }
}

/** A mailbox says whether it keeps anything for us. */
export function onKeeps(node: NodeState, peer: Peer, keeps: boolean, now: Instant): void {
  const mailbox = node.mailboxes.own.get(peer.id as NodeId);
  if (mailbox === undefined) return node.drop("mailbox-stray", peer.endpoint);
  if (mailbox.keeps === keeps) return;
  mailbox.keeps = keeps;
  node.emit({ type: "mailbox", node: mailbox.stored.nodeId, keeps });
  tendAnnouncing(node, now);
}

/** A mailbox brings what was left for us. What nothing can be made of is acknowledged all the same, so that it goes. */
export function onParcel(node: NodeState, path: Path, peer: Peer, body: BodyOf<"MESSAGE">, now: Instant): void {
  const { mailboxes, config } = node;
  const { slot: id = "", parcel = "" } = body.ptp ?? {};
  if (!mailboxes.own.has(peer.id as NodeId) || body.channel_id !== ownBox(node)) return node.drop("mailbox-stray", path.endpoint);
  const slot = ownSlots(node).find((each) => each.id === id);
  const inner = slot === undefined ? null : openParcel(config.crypto, node.nodeId as NodeId, slot, parcel);
  if (slot === undefined || inner === null) {
    node.drop("parcel-unreadable", path.endpoint);
    return acknowledge(node, peer, body, now);
  }
  takeOut(node, path, peer, slot, inner, body, now);
}

function takeOut(
  node: NodeState,
  path: Path,
  peer: Peer,
  slot: Slot,
  inner: BodyOf<"MESSAGE">,
  body: BodyOf<"MESSAGE">,
  now: Instant,
): void {
  const channel = [...node.channels.all()].find(({ open }) => open?.hash === slot.channel);
  const open = channel?.open ?? null;
  const event = open === null || inner.channel_id !== open.id ? "wrong-channel" : readEvent(node.config.crypto, inner, open.hash);
  if (channel === undefined || open === null || typeof event === "string") {
    node.drop(typeof event === "string" ? event : "wrong-channel", path.endpoint);
    return acknowledge(node, peer, body, now);
  }
  const isHeld = open.lasting.log.isHeld(event);
  const { outcome, outputs } = open.lasting.takeIn(event, `mailbox ${peer.id}`, clocksOf(node, now));
  if (outcome === "busy") return node.drop("busy", path.endpoint); // it comes again
  if (outcome !== "imported" && !isHeld) {
    node.drop(outcome === "waiting" || outcome === "held" ? "duplicate" : outcome, path.endpoint);
    return acknowledge(node, peer, body, now);
  }
  if (body.msg_id !== undefined) owe(open, event.id, peer.id, body.msg_id);
  carry(node, channel, open, outputs, now);
  if (isHeld && open.lasting.log.isSettled(event.id)) payDebts(node, open, event.id, now);
}

function acknowledge(node: NodeState, { session }: Peer, { msg_id }: BodyOf<"MESSAGE">, now: Instant): void {
  if (session !== null) sayInSession(node, session, "ACK", msg_id === undefined ? undefined : { msg_id }, now);
}

export function ownBox(node: NodeState) {
  return boxOf(node.config.crypto, node.nodeId as NodeId);
}

/**
 * Where a mailbox is reached now is where it is called after the next start, and what our members are told. That a place is silent for
 * a while is no news; one that lets nobody in has none, and is reached over others.
 */
function notePlaces(node: NodeState, mailbox: OwnMailbox): void {
  const at = placesOf(node, mailbox.stored.nodeId);
  if (at.every((place) => mailbox.stored.at.includes(place))) return;
  mailbox.stored = { ...mailbox.stored, at };
  save(node, [{ kind: "own-mailbox", mailbox: mailbox.stored }]);
}

function placesOf(node: NodeState, nodeId: NodeId) {
  const peer = node.peers.get(nodeId);
  const direct = (peer?.paths ?? []).filter(({ kind, trusted }) => kind === "direct" && trusted).map(({ endpoint }) => endpoint);
  const { udp } = node.sessions.of(nodeId)?.mapped ?? { udp: null };
  return [...new Set([...(udp === null ? [] : [udp.endpoint]), ...direct])].slice(0, PLACES_MAX);
}

const PLACES_MAX = 4;
