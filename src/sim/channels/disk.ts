/** The disk of one member: keeps batches in their order, each whole; what it has not kept is lost in a crash. */
import { EventShelf } from "../../core/index.ts";
import type { ChannelOutput, Event, EventReader, LogRow } from "../../core/log/index.ts";
import type { EventId, InstanceId } from "../../wire/index.ts";

export type Save = Extract<ChannelOutput, { kind: "save" }>;

export interface Batch extends Pick<Save, "accepted" | "moves" | "logs"> {
  /** The log that its owner writes, where the batch is the owner's own. */
  readonly inst: InstanceId | null;
}

export class MemberDisk {
  #shelf = new EventShelf();
  #kept: Batch[] = [];
  #inst: InstanceId | null = null;
  readonly #events = new Map<EventId, Event>();

  get reader(): EventReader {
    return this.#shelf;
  }

  get events(): ReadonlyMap<EventId, Event> {
    return this.#events;
  }

  get inst(): InstanceId | null {
    return this.#inst;
  }

  get logs(): readonly LogRow[] {
    return this.#shelf.logs().flatMap(({ rows }) => rows);
  }

  /** How many batches it has: names a moment that a backup may be of. */
  get age(): number {
    return this.#kept.length;
  }

  keep(batch: Batch): void {
    this.#kept.push(batch);
    const [first] = batch.accepted;
    if (first === undefined) return;
    const { channel } = first.event;
    for (const move of batch.moves) this.#shelf.move(channel, move);
    for (const accepted of batch.accepted) {
      this.#shelf.keep(accepted);
      this.#events.set(accepted.event.id, accepted.event);
    }
    for (const row of batch.logs) this.#shelf.keepLog(channel, row);
    this.#inst = batch.inst ?? this.#inst;
  }

  /** Puts an old backup in the place of everything. @param age - of the moment that it was made */
  restore(age: number): void {
    const kept = this.#kept.slice(0, age);
    this.#shelf = new EventShelf();
    this.#kept = [];
    this.#inst = null;
    this.#events.clear();
    for (const batch of kept) this.keep(batch);
  }
}
