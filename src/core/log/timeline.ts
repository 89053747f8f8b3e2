/**
 * The newest entries of a channel, in the order that is the same everywhere. Events come late and in any order; each entry
 * goes to its place, and two that are shown never change places. Older ones are read from the store, page by page, with
 * the same `entryOf`. PROTOCOL.md §13.9.
 */
import type { EventId } from "../../wire/index.ts";
import { type Entry, type Eyes, entryOf } from "./entry.ts";
import type { Event } from "./event.ts";
import { compareOrder } from "./hlc.ts";
import { isEffect, isShown, type Reference, referenceIn } from "./kind.ts";
import { EFFECTS_MAX, EFFECTS_OF_POST_MAX } from "./limits.ts";

/** What changed for whoever shows it. */
export type ViewChange =
  /** A new entry, after the one with the id `after`, null for the top. */
  | { readonly kind: "shown"; readonly entry: Entry; readonly after: EventId | null }
  | { readonly kind: "changed"; readonly entry: Entry }
  | { readonly kind: "gone"; readonly id: EventId };

interface Slot {
  readonly post: Event;
  entry: Entry | null;
}

/** What was done to one post, in order. */
interface Effects {
  readonly target: Reference;
  readonly events: Event[];
}

export class Timeline {
  readonly #eyes: Eyes;
  readonly #most: number;
  /** In order. */
  readonly #slots: Slot[] = [];
  /** By target; also for targets that are not here yet. */
  readonly #effects = new Map<EventId, Effects>();
  #effectCount = 0;
  /** The last entry that did not find room; what is not later than it is not of this window. */
  #floor: Reference = { hlc: 0, id: "" as EventId };

  /** @param most - entries held at most */
  constructor(eyes: Eyes, most: number) {
    this.#eyes = eyes;
    this.#most = most;
  }

  /** The entries that are shown, the oldest first. */
  entries(): Entry[] {
    return this.#slots.map(({ entry }) => entry).filter((entry) => entry !== null);
  }

  add(event: Event): ViewChange[] {
    if (isEffect(event)) return this.#addEffect(event);
    return isShown(event) ? this.#addPost(event) : [];
  }

  /** Looks at everything anew: roles, the reader's wishes or the clock have changed. */
  refresh(): ViewChange[] {
    return this.#slots.flatMap((slot) => this.#look(slot));
  }

  #addPost(post: Event): ViewChange[] {
    const at = this.#indexOf(post);
    if (compareOrder(post, this.#floor) <= 0 || this.#slots[at]?.post.id === post.id) return [];
    const slot = { post, entry: null };
    this.#slots.splice(at, 0, slot);
    const trimmed = this.#slots.length > this.#most ? this.#trim() : [];
    return this.#slots.includes(slot) ? [...trimmed, ...this.#look(slot)] : [];
  }

  #addEffect(effect: Event): ViewChange[] {
    const target = referenceIn(effect, "target");
    if (target === null || compareOrder(target, this.#floor) <= 0) return [];
    const slot = this.#slots[this.#indexOf(target)];
    const isHere = slot?.post.id === target.id;
    if (!isHere && !this.#hasRoom()) return [];
    const effects = this.#effects.get(target.id) ?? { target, events: [] };
    if (effects.events.some(({ id }) => id === effect.id)) return [];
    this.#effects.set(target.id, effects);
    insert(effects.events, effect);
    this.#effectCount++;
    if (effects.events.length > EFFECTS_OF_POST_MAX) {
      effects.events.shift();
      this.#effectCount--;
    }
    return slot !== undefined && isHere ? this.#look(slot) : [];
  }

  /** True when there is room for what is done to a post that is not here, after those were let go of that can come no more. */
  #hasRoom(): boolean {
    if (this.#effectCount < EFFECTS_MAX) return true;
    for (const [id, { target }] of this.#effects) if (compareOrder(target, this.#floor) <= 0) this.#forget(id);
    return this.#effectCount < EFFECTS_MAX;
  }

  #forget(id: EventId): void {
    this.#effectCount -= this.#effects.get(id)?.events.length ?? 0;
    this.#effects.delete(id);
  }

  /** Makes the entry of a slot anew and says what is different. */
  #look(slot: Slot): ViewChange[] {
    const before = slot.entry;
    const entry = entryOf(slot.post, this.#effects.get(slot.post.id)?.events ?? [], this.#eyes);
    if (JSON.stringify(entry) === JSON.stringify(before)) return [];
    slot.entry = entry;
    if (entry === null) return [{ kind: "gone", id: slot.post.id }];
    return before === null ? [{ kind: "shown", entry, after: this.#shownBefore(slot) }] : [{ kind: "changed", entry }];
  }

  #shownBefore(slot: Slot): EventId | null {
    let at = this.#indexOf(slot.post) - 1;
    while (at >= 0 && this.#slots[at]?.entry === null) at--;
    return this.#slots[at]?.post.id ?? null;
  }

  /** Lets go of the oldest. */
  #trim(): ViewChange[] {
    const { post, entry } = this.#slots.shift() as Slot;
    this.#floor = { hlc: post.hlc, id: post.id };
    this.#forget(post.id);
    return entry === null ? [] : [{ kind: "gone", id: post.id }];
  }

  /** The index of a post, or where it would go. */
  #indexOf(of: Reference): number {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOrder((this.#slots[middle] as Slot).post, of) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function insert(list: Event[], event: Event): void {
  let at = list.length;
  while (at > 0 && compareOrder(list[at - 1] as Event, event) > 0) at--;
  list.splice(at, 0, event);
}
