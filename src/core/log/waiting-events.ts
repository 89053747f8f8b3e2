/**
 * Events without a signature, until one that covers them comes: by neighbour, since nobody else vouches for them. A
 * neighbour that sends junk loses its own and nobody else's. PROTOCOL.md §13.4.
 */
import type { EventId } from "../../wire/index.ts";
import type { Event } from "./event.ts";
import { WAITING_BYTES_MAX, WAITING_EVENTS_MAX } from "./limits.ts";

interface Waiting {
  readonly events: Map<EventId, Event>;
  units: number;
}

export class WaitingEvents {
  readonly #of = new Map<string, Waiting>();

  /** Keeps an event that `from` sent. Where there is no room, all that waited goes: its signature is late or will not come. */
  add(from: string, event: Event): void {
    const waiting = this.#of.get(from) ?? { events: new Map(), units: 0 };
    this.#of.set(from, waiting);
    const units = unitsOf(event);
    if (waiting.events.size >= WAITING_EVENTS_MAX || waiting.units + units > WAITING_BYTES_MAX) {
      waiting.events.clear();
      waiting.units = 0;
    }
    waiting.events.set(event.id, event);
    waiting.units += units;
  }

  /** Takes out the event that `from` sent. */
  take(from: string, id: EventId | null): Event | null {
    if (id === null) return null;
    const waiting = this.#of.get(from);
    const event = waiting?.events.get(id);
    if (waiting === undefined || event === undefined) return null;
    waiting.events.delete(id);
    waiting.units -= unitsOf(event);
    if (waiting.events.size === 0) this.#of.delete(from);
    return event;
  }

  /** The neighbour is gone, and with it what it owed a signature for. */
  forget(from: string): void {
    this.#of.delete(from);
  }

  get size(): number {
    let size = 0;
    for (const { events } of this.#of.values()) size += events.size;
    return size;
  }
}

/** About as many as it has bytes: hashes and keys count as some hundred. */
function unitsOf({ text, deps, details }: Event): number {
  let units = 300 + 64 * deps.length + text.length;
  for (const [name, value] of details) units += name.length + value.length;
  return units;
}
