/**
 * Where a sender is told that a mailbox holds something for a member, it lies on the disk of that mailbox, or the member has taken it
 * out already: looked for with the member's own keys, at the moment when the sender is told. PROTOCOL.md §22.
 */
import type { NodeEvent } from "../../core/index.ts";
import { readEvent } from "../../core/log/event-message.ts";
import { slotOf } from "../../core/mailbox/names.ts";
import { openParcel } from "../../core/mailbox/parcel.ts";
import type { Crypto } from "../../crypto/index.ts";
import type { NodeId } from "../../wire/index.ts";
import type { Host } from "../host.ts";
import type { Room } from "../private-swarm/index.ts";
import type { Note, Watcher } from "../world.ts";

/** More than lie in one mailbox in a run. */
const PARCELS_MAX = 100_000;

export class HeldChecker implements Watcher {
  readonly violations: string[] = [];
  /** How often somebody was told so. */
  told = 0;
  readonly #crypto: Crypto;
  readonly #hosts: readonly Host[];
  readonly #rooms: readonly Room[];
  /** What lies in a parcel, by its id. */
  readonly #opened = new Map<string, string | null>();

  constructor(crypto: Crypto, hosts: readonly Host[], rooms: readonly Room[]) {
    this.#crypto = crypto;
    this.#hosts = hosts;
    this.#rooms = rooms;
  }

  watch(note: Note): void {
    if (note.kind !== "event" || note.event.type !== "held") return;
    this.told++;
    const { id, by, for: owner } = note.event;
    if (!this.#isHeld(note.event))
      this.violations.push(`${note.host} was told at ${note.at} ms that ${this.#nameOf(by)} holds ${id} for ${this.#nameOf(owner)}`);
  }

  #isHeld({ channelId, id, for: owner, by }: NodeEvent & { type: "held" }): boolean {
    const [receiver, mailbox] = [this.#hosts.find(isCalled(owner)), this.#hosts.find(isCalled(by))];
    const room = this.#rooms.find((each) => each.id === channelId);
    if (receiver === undefined || mailbox === undefined || room === undefined) return false;
    if (receiver.disk.shelf.all(room.hash).some((event) => event.id === id)) return true;
    const { shelf } = mailbox.disk;
    return shelf.parcels(owner, PARCELS_MAX).some((parcel) => this.#eventIn(receiver, room, parcel) === id);
  }

  #eventIn(receiver: Host, room: Room, { id, parcel }: { readonly id: string; readonly parcel: string }): string | null {
    const key = `${room.id} ${id}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const slot = slotOf(this.#crypto, receiver.keyPair, room.hash);
    const body = openParcel(this.#crypto, receiver.nodeId as NodeId, slot, parcel);
    const event = body === null ? null : readEvent(this.#crypto, body, room.hash);
    const found = event === null || typeof event === "string" ? null : event.id;
    this.#opened.set(key, found);
    return found;
  }

  #nameOf(nodeId: string): string {
    return this.#hosts.find(isCalled(nodeId))?.name ?? nodeId;
  }
}

function isCalled(nodeId: string): (host: Host) => boolean {
  return (host) => host.nodeId === nodeId;
}
