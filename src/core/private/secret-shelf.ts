/** Keys in memory, found as a store on disk finds them: for the store in memory and the disks of the simulator. */
import type { NodeId } from "../../wire/index.ts";
import type { ChannelHash } from "../log/event.ts";
import type { HybridTime } from "../log/hlc.ts";
import type { Timestamp } from "../time.ts";
import { PREKEYS_MAX } from "./limits.ts";
import type { StoredPrekey, StoredSenderKey } from "./secret-store.ts";

export class SecretShelf {
  readonly #prekeys = new Map<string, StoredPrekey>();
  readonly #senderKeys = new Map<string, StoredSenderKey>();

  keepPrekey(prekey: StoredPrekey): void {
    this.#prekeys.set(`${prekey.channel} ${prekey.id}`, prekey);
  }

  keepSenderKey(key: StoredSenderKey): void {
    this.#senderKeys.set(nameOf(key.channel, key.author, key.epoch), key);
  }

  /** Sender keys learned, and prekeys replaced, before that time go. */
  forget(before: Timestamp): void {
    for (const [name, { replacedAt }] of this.#prekeys) if (replacedAt !== null && replacedAt < before) this.#prekeys.delete(name);
    for (const [name, { at }] of this.#senderKeys) if (at < before) this.#senderKeys.delete(name);
  }

  prekeys(channel: ChannelHash): StoredPrekey[] {
    const ofChannel = [...this.#prekeys.values()].filter((prekey) => prekey.channel === channel);
    return ofChannel.sort((a, b) => b.madeAt - a.madeAt).slice(0, PREKEYS_MAX);
  }

  senderKey(channel: ChannelHash, author: NodeId, epoch: HybridTime): StoredSenderKey | null {
    return this.#senderKeys.get(nameOf(channel, author, epoch)) ?? null;
  }
}

function nameOf(channel: ChannelHash, author: NodeId, epoch: HybridTime): string {
  return `${channel} ${author} ${epoch}`;
}
