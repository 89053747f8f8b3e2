/** Parcels and what belongs to them in memory, found as a store on disk finds them: for the store in memory and the disks of the simulator. */
import type { NodeId } from "../../wire/index.ts";
import type {
  MailboxChange,
  ParcelReader,
  RestoredMailboxes,
  SlotUsage,
  StoredLeftMark,
  StoredMailboxOwner,
  StoredOwnMailbox,
  StoredParcel,
} from "./mailbox-store.ts";

export class ParcelShelf implements Omit<ParcelReader, "mailboxOf"> {
  readonly #parcels = new Map<string, StoredParcel>();
  readonly #owners = new Map<NodeId, StoredMailboxOwner>();
  readonly #own = new Map<NodeId, StoredOwnMailbox>();
  readonly #marks = new Map<string, StoredLeftMark>();

  apply(change: MailboxChange): void {
    switch (change.kind) {
      case "parcel":
        if (!this.#parcels.has(change.parcel.id))
          this.#parcels.set(change.parcel.id, { ...change.parcel, at: Math.floor(change.parcel.at) });
        break;
      case "parcel-gone":
        this.#parcels.delete(change.id);
        break;
      case "parcels-expired":
        this.#drop(({ at }) => at < Math.floor(change.before));
        break;
      case "mailbox-owner":
        this.#owners.set(change.owner.nodeId, change.owner);
        this.#drop(({ owner, slot }) => owner === change.owner.nodeId && !change.owner.slots.includes(slot));
        break;
      case "mailbox-owner-gone":
        this.#owners.delete(change.nodeId);
        this.#drop(({ owner }) => owner === change.nodeId);
        break;
      case "own-mailbox":
        this.#own.set(change.mailbox.nodeId, { ...change.mailbox, addedAt: Math.floor(change.mailbox.addedAt) });
        break;
      case "own-mailbox-gone":
        this.#own.delete(change.nodeId);
        break;
      case "left-mark":
        this.#marks.set(`${change.mark.channel} ${change.mark.nodeId}`, change.mark);
        break;
    }
  }

  parcels(owner: NodeId, most: number): StoredParcel[] {
    const lie = [...this.#parcels.values()].filter((each) => each.owner === owner);
    return lie.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(0, most);
  }

  hasParcel(id: string): boolean {
    return this.#parcels.has(id);
  }

  usage(owner: NodeId): SlotUsage[] {
    const bySlot = new Map<string, { parcels: number; bytes: number }>();
    for (const parcel of this.#parcels.values()) {
      if (parcel.owner !== owner) continue;
      const { parcels, bytes } = bySlot.get(parcel.slot) ?? { parcels: 0, bytes: 0 };
      bySlot.set(parcel.slot, { parcels: parcels + 1, bytes: bytes + bytesOf(parcel) });
    }
    return [...bySlot].map(([slot, used]) => ({ slot, ...used }));
  }

  restored(): RestoredMailboxes {
    const byNode = (a: { nodeId: NodeId }, b: { nodeId: NodeId }) => (a.nodeId < b.nodeId ? -1 : 1);
    const marks = [...this.#marks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, mark]) => mark);
    return { owners: [...this.#owners.values()].sort(byNode), own: [...this.#own.values()].sort(byNode), marks };
  }

  #drop(goes: (parcel: StoredParcel) => boolean): void {
    for (const parcel of [...this.#parcels.values()]) if (goes(parcel)) this.#parcels.delete(parcel.id);
  }
}

/** Without the filling of base64. */
function bytesOf({ parcel }: StoredParcel): number {
  const filling = parcel.endsWith("==") ? 2 : parcel.endsWith("=") ? 1 : 0;
  return (parcel.length / 4) * 3 - filling;
}
