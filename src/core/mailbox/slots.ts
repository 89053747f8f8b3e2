/** Our own slots, made when they are first needed. PROTOCOL.md §22.1. */
import type { OpenChannel } from "../open/open-channel.ts";
import type { NodeState } from "../state.ts";
import { type Slot, slotOf } from "./names.ts";

/** Our slots, one for each channel whose members may leave something for us. */
export function ownSlots(node: NodeState): Slot[] {
  return [...node.channels.all()].flatMap(({ open }) => (open !== null && open.secrecy !== null ? [ownSlot(node, open)] : []));
}

export function ownSlot(node: NodeState, { hash }: OpenChannel): Slot {
  const { mailboxes, config } = node;
  const known = mailboxes.slotOf.get(hash);
  if (known !== undefined) return known;
  if (config.signingKey === null) throw new Error("a channel that lasts is one of a node with a key");
  const slot = slotOf(config.crypto, config.signingKey, hash);
  mailboxes.slotOf.set(hash, slot);
  return slot;
}
