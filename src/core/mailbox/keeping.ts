/**
 * A mailbox for contacts: what others leave for them is kept, unread, until they come for it. PROTOCOL.md §22.3.
 *
 *   owner -> mailbox    JOIN {slots}             keep what is left in these
 *   mailbox -> owner    CHANNEL {keeps: true}    or LEAVE: not for you
 *   sender -> mailbox   MESSAGE {pass, parcel}   ACK once it is on the disk; or LEAVE: not kept here
 *   mailbox -> owner    MESSAGE {slot, parcel}   ACK once its event is on the owner's disk; then it is gone here
 *
 * 1. Owners are contacts of the user; who leaves something shows the pass of a slot, which the owner gave to its members.
 * 2. Everything has a bound: bytes of an owner, of a slot, of a sender; and after 30 days a parcel goes.
 */
import type { BodyOf, NodeId } from "../../wire/index.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { save } from "../saving.ts";
import { sayInSession } from "../session/frames.ts";
import { postInSession } from "../session/letters.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { EXPIRE_MS, OWNER_BYTES_MAX, PARCEL_MS, PARCEL_OVERHEAD_BYTES, SERVED_AT_ONCE, SLOT_BYTES_MAX } from "./limits.ts";
import type { Owner } from "./mailbox.ts";
import type { StoredMailboxOwner, StoredParcel } from "./mailbox-store.ts";
import { boxOf, slotIdOf } from "./names.ts";

/** What is told of a parcel on its way to its owner. */
export interface ServedSender {
  readonly kind: "served";
  readonly owner: NodeId;
  readonly id: string;
}

/** Takes up what the store kept. Called at the start. */
export function restoreOwners(node: NodeState, owners: readonly StoredMailboxOwner[]): void {
  if (node.config.mailbox !== true) return;
  for (const { nodeId, slots } of owners) addOwner(node, nodeId, slots);
}

/** An owner says which slots it has here. */
export function onSlots(node: NodeState, path: Path, peer: Peer, slots: readonly string[], now: Instant): void {
  const { config, mailboxes } = node;
  const owner = peer.id as NodeId;
  const box = boxOf(config.crypto, owner);
  const isFor = config.mailbox === true && config.contacts.has(owner) && config.quiet.of(owner) !== "blocked";
  if (!isFor || slots.length === 0) {
    if (mailboxes.owners.has(owner)) forget(node, owner);
    if (slots.length > 0) {
      node.drop("mailbox-refused", path.endpoint);
      say(node, peer, "LEAVE", { channel_id: box }, now);
    }
    return;
  }
  const known = mailboxes.owners.get(owner);
  const isSame = known !== undefined && known.slots.size === slots.length && slots.every((slot) => known.slots.has(slot));
  if (!isSame) save(node, [{ kind: "mailbox-owner", owner: { nodeId: owner, slots: [...slots] } }]);
  const kept = known ?? addOwner(node, owner, slots);
  kept.slots = new Set(slots);
  for (const slot of [...kept.bytes.keys()]) if (!kept.slots.has(slot)) kept.bytes.delete(slot);
  say(node, peer, "CHANNEL", { channel_id: box, ptp: { keeps: true } }, now);
  serve(node, kept, now);
}

/** Somebody leaves a parcel. */
export function onLeft(node: NodeState, path: Path, peer: Peer, body: BodyOf<"MESSAGE">, now: Instant): void {
  const { mailboxes, config } = node;
  const { pass = "", parcel = "" } = body.ptp ?? {};
  const owner = mailboxes.boxes.get(body.channel_id as Owner["box"]);
  const slot = slotIdOf(config.crypto, pass);
  if (owner === undefined || !owner.slots.has(slot)) return refuse(node, path, peer, body, "mailbox-no-slot", now);
  const bytes = Math.ceil((parcel.length * 3) / 4) + PARCEL_OVERHEAD_BYTES;
  if (!mailboxes.takeArrival(peer.id, bytes, now)) return node.drop("mailbox-rate", path.endpoint); // said again after a while
  const acknowledge = (at: Instant) => say(node, peer, "ACK", body.msg_id === undefined ? undefined : { msg_id: body.msg_id }, at);
  const id = idOf(node, slot, parcel);
  if (mailboxes.arriving.has(id)) return node.drop("duplicate", path.endpoint);
  if (node.events.hasParcel(id)) {
    node.drop("duplicate", path.endpoint);
    return acknowledge(now);
  }
  if (!hasRoom(owner, slot, bytes)) return refuse(node, path, peer, body, "mailbox-full", now);
  account(owner, slot, bytes, 1);
  mailboxes.arriving.add(id);
  const kept: StoredParcel = { id, owner: owner.nodeId, slot, at: node.timestamp(now), parcel };
  save(node, [{ kind: "parcel", parcel: kept }], {
    saved: (at) => {
      mailboxes.arriving.delete(id);
      acknowledge(at);
      serve(node, owner, at);
    },
    failed: () => {
      mailboxes.arriving.delete(id);
      account(owner, slot, -bytes, -1);
      node.drop("store-failed", path.endpoint);
    },
  });
}

/** What became of a parcel on its way to its owner. */
export function onServed(node: NodeState, { owner: ownerId, id }: ServedSender, hasIt: boolean): void {
  const owner = node.mailboxes.owners.get(ownerId);
  if (owner === undefined) return;
  if (!hasIt) {
    owner.serving.delete(id);
    return;
  }
  save(node, [{ kind: "parcel-gone", id }], {
    saved: (at) => {
      owner.serving.delete(id);
      recount(node, owner);
      serve(node, owner, at);
    },
    failed: () => owner.serving.delete(id), // it comes once more, and is known over there
  });
}

/** Drops what is too old, and serves owners that have come. Called once a second. */
export function tendKeeping(node: NodeState, now: Instant): void {
  const { mailboxes } = node;
  if (mailboxes.owners.size === 0) return;
  if (now - mailboxes.expiredAt >= EXPIRE_MS) {
    mailboxes.expiredAt = now;
    save(node, [{ kind: "parcels-expired", before: node.timestamp(now) - PARCEL_MS }], {
      saved: () => {
        for (const owner of mailboxes.owners.values()) recount(node, owner);
      },
      failed: () => {},
    });
  }
  for (const owner of mailboxes.owners.values()) if (owner.parcels > 0) serve(node, owner, now);
}

function serve(node: NodeState, owner: Owner, now: Instant): void {
  const peer = node.sessions.of(owner.nodeId)?.peer;
  const free = SERVED_AT_ONCE - owner.serving.size;
  if (peer === undefined || free <= 0 || owner.parcels === 0) return;
  const oldest = node.events.parcels(owner.nodeId, 2 * SERVED_AT_ONCE);
  for (const { id, slot, parcel } of oldest.filter((each) => !owner.serving.has(each.id)).slice(0, free)) {
    owner.serving.add(id);
    const body = { channel_id: owner.box, message: "", ptp: { slot, parcel } };
    postInSession(node, peer, { verb: "MESSAGE", body, sender: { kind: "served", owner: owner.nodeId, id } }, now);
  }
}

function addOwner(node: NodeState, nodeId: NodeId, slots: readonly string[]): Owner {
  const box = boxOf(node.config.crypto, nodeId);
  const owner: Owner = { nodeId, box, slots: new Set(slots), bytes: new Map(), parcels: 0, serving: new Set() };
  node.mailboxes.owners.set(nodeId, owner);
  node.mailboxes.boxes.set(box, owner);
  recount(node, owner);
  return owner;
}

function forget(node: NodeState, nodeId: NodeId): void {
  const owner = node.mailboxes.owners.get(nodeId);
  if (owner === undefined) return;
  node.mailboxes.owners.delete(nodeId);
  node.mailboxes.boxes.delete(owner.box);
  save(node, [{ kind: "mailbox-owner-gone", nodeId }]);
}

/** As the disk has it, and what is on its way there is counted when it comes. */
function recount(node: NodeState, owner: Owner): void {
  owner.bytes.clear();
  owner.parcels = 0;
  for (const { slot, parcels, bytes } of node.events.usage(owner.nodeId))
    account(owner, slot, bytes + parcels * PARCEL_OVERHEAD_BYTES, parcels);
}

function account(owner: Owner, slot: string, bytes: number, parcels: number): void {
  owner.bytes.set(slot, (owner.bytes.get(slot) ?? 0) + bytes);
  owner.parcels += parcels;
}

function hasRoom({ bytes }: Owner, slot: string, more: number): boolean {
  const all = [...bytes.values()].reduce((sum, each) => sum + each, 0);
  return all + more <= OWNER_BYTES_MAX && (bytes.get(slot) ?? 0) + more <= SLOT_BYTES_MAX;
}

function refuse(
  node: NodeState,
  path: Path,
  peer: Peer,
  { channel_id }: BodyOf<"MESSAGE">,
  reason: "mailbox-no-slot" | "mailbox-full",
  now: Instant,
): void {
  node.drop(reason, path.endpoint);
  say(node, peer, "LEAVE", { channel_id }, now);
}

/** The same parcel in the same slot is the same thing, however often it is left. */
function idOf(node: NodeState, slot: string, parcel: string): string {
  const hash = node.config.crypto.sha256(encoder.encode(`${slot} ${parcel}`));
  let id = "";
  for (const byte of hash.subarray(0, 16)) id += byte.toString(16).padStart(2, "0");
  return id;
}

function say<Name extends "ACK" | "CHANNEL" | "LEAVE">(
  node: NodeState,
  { session }: Peer,
  verb: Name,
  body: BodyOf<Name> | undefined,
  now: Instant,
): void {
  if (session !== null) sayInSession(node, session, verb, body, now);
}

const encoder = new TextEncoder();
