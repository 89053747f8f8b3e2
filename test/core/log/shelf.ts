/** A store for one channel's events, in memory, that may be behind: it knows what it was told to keep only once it says so. */
import type { ChannelLog } from "../../../src/core/log/channel-log.ts";
import type { ChannelHash, Event } from "../../../src/core/log/event.ts";
import type { EventRange, LogRow } from "../../../src/core/log/event-store.ts";
import { keyOf } from "../../../src/core/log/heads.ts";
import type { Accepted, Receipt } from "../../../src/core/log/receipt.ts";
import type { LogMove, Mark } from "../../../src/core/log/unsaved.ts";
import type { NodeReader } from "../../../src/core/private/secret-store.ts";
import type { EventId, NodeId } from "../../../src/wire/index.ts";

interface Row {
  readonly event: Event;
  branch: number;
}

interface Batch {
  readonly mark: Mark;
  readonly rows: readonly Row[];
  readonly moves: readonly LogMove[];
  readonly logs: readonly LogRow[];
}

export class Shelf implements NodeReader {
  readonly rows = new Map<EventId, Row>();
  readonly logs = new Map<string, LogRow>();
  readonly #places = new Map<string, EventId>();
  #behind: Batch[] = [];
  lookedUp = 0;

  branchOf(_channel: ChannelHash, id: EventId): number | null {
    this.lookedUp++;
    return this.rows.get(id)?.branch ?? null;
  }

  event(_channel: ChannelHash, id: EventId): Event | null {
    return this.rows.get(id)?.event ?? null;
  }

  range({ author, inst, branch, from, to }: EventRange, most: number): Event[] {
    const found: Event[] = [];
    for (let seq = to; seq >= from && found.length < most; seq--) {
      const id = this.#places.get(`${author} ${inst} ${branch} ${seq}`);
      const row = id === undefined ? undefined : this.rows.get(id);
      if (row === undefined) break;
      found.push(row.event);
    }
    return found;
  }

  statementsBy(_channel: ChannelHash, author: NodeId): Event[] {
    const events = [...this.rows.values()].map(({ event }) => event);
    return events.filter((event) => event.author === author && ["grant", "revoke", "leave"].includes(event.kind));
  }

  // Keys and parcels are asked of the stores that have them.
  mailboxOf(): null {
    return null;
  }

  parcels(): [] {
    return [];
  }

  hasParcel(): boolean {
    return false;
  }

  usage(): [] {
    return [];
  }

  published(): [] {
    return [];
  }

  closed(): [] {
    return [];
  }

  closedCounts(): [] {
    return [];
  }

  sealedAt(): null {
    return null;
  }

  prekeys(): [] {
    return [];
  }

  senderKey(): null {
    return null;
  }

  unopened(): [] {
    return [];
  }

  awaited(): [] {
    return [];
  }

  // What people see is asked of the stores that they have.
  meant(): null {
    return null;
  }

  isTouched(): boolean {
    return false;
  }

  effectsOn(): Event[] {
    return [];
  }

  latest(): Event[] {
    return [];
  }

  /** Is given what an accepted receipt says; keeps it at the next `flush`. */
  give(log: ChannelLog, receipt: Receipt): void {
    if (receipt.kind !== "accepted") return;
    this.take({ ...receipt, logs: log.takeChanged() });
  }

  /** Is given what a `save` says. */
  take({
    mark,
    accepted,
    moves,
    logs,
  }: {
    mark: Mark;
    accepted: readonly Accepted[];
    moves: readonly LogMove[];
    logs: readonly LogRow[];
  }): void {
    this.#behind.push({ mark, rows: accepted.map(({ event, branch }) => ({ event, branch })), moves, logs });
  }

  /** Keeps the first batch that it was given; its mark. */
  keepNext(): Mark[] {
    return this.#behind.splice(0, 1).map((batch) => this.#keepBatch(batch));
  }

  /** Keeps the first `count` batches that it was given and says so. */
  flush(log: ChannelLog, count = this.#behind.length): void {
    for (const batch of this.#behind.splice(0, count)) log.settle(this.#keepBatch(batch));
  }

  /** A backup: what is kept now. */
  copy(): Shelf {
    const copy = new Shelf();
    for (const { event, branch } of this.rows.values()) copy.#keep({ event, branch });
    for (const [name, row] of this.logs) copy.logs.set(name, row);
    return copy;
  }

  /** Loses what it was given and did not keep, as in a crash. */
  lose(): void {
    this.#behind = [];
  }

  get size(): number {
    return this.rows.size;
  }

  #keepBatch({ mark, rows, moves, logs }: Batch): Mark {
    for (const move of moves) this.#move(move);
    for (const row of rows) this.#keep(row);
    for (const row of logs) this.logs.set(keyOf(row), row);
    return mark;
  }

  #keep({ event, branch }: Row): void {
    if (this.rows.has(event.id)) return;
    this.rows.set(event.id, { event, branch });
    this.#places.set(placeName(event, branch), event.id);
  }

  #move(move: LogMove): void {
    const moved = [...this.rows.values()].filter(({ event, branch }) => {
      return (
        event.author === move.author && event.inst === move.inst && branch === move.from && event.seq >= move.low && event.seq <= move.high
      );
    });
    for (const row of moved) this.#places.delete(placeName(row.event, row.branch));
    for (const row of moved) {
      row.branch = move.to;
      this.#places.set(placeName(row.event, row.branch), row.event.id);
    }
  }
}

function placeName({ author, inst, seq }: Event, branch: number): string {
  return `${author} ${inst} ${branch} ${seq}`;
}
