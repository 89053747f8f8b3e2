import { type Instant, NEVER } from "./time.ts";

interface Entry<Name> {
  readonly name: Name;
  /** When it is due. */
  due: Instant;
  /** Where the heap has it: no later than `due`. */
  at: Instant;
  /** Its place in the heap. */
  index: number;
}

/**
 * Timers as data: a name and the instant it is due. A binary heap by instant with one entry for each name; setting a timer
 * later only notes the new instant until the entry surfaces, so the usual "set again before it is due" costs no heap work.
 */
export class Timers<Name> {
  readonly #entries = new Map<Name, Entry<Name>>();
  readonly #heap: Entry<Name>[] = [];

  /** Timers that are set. */
  get size(): number {
    return this.#heap.length;
  }

  set(name: Name, at: Instant): void {
    const known = this.#entries.get(name);
    if (known === undefined) {
      const entry = { name, due: at, at, index: this.#heap.length };
      this.#entries.set(name, entry);
      this.#heap.push(entry);
      this.#rise(entry);
      return;
    }
    known.due = at;
    if (at >= known.at) return;
    known.at = at;
    this.#rise(known);
  }

  clear(name: Name): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#remove(entry);
  }

  /** The earliest instant at which {@link take} has something. */
  get next(): Instant {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return NEVER;
      if (top.due <= top.at) return top.at;
      top.at = top.due;
      this.#sink(top);
    }
  }

  /** Takes one timer that is due at `now`, the earliest first. */
  take(now: Instant): Name | undefined {
    if (this.next > now) return undefined;
    const top = this.#heap[0];
    if (top === undefined) return undefined; // `now` is NEVER
    this.clear(top.name);
    return top.name;
  }

  /** The last entry takes the place of the one that goes. */
  #remove(entry: Entry<Name>): void {
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry<Name>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as Entry<Name>;
      if (parent.at <= entry.at) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry<Name>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const least = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (least === undefined || least.at >= entry.at) return;
      this.#swap(entry, least);
    }
  }

  #swap(one: Entry<Name>, other: Entry<Name>): void {
    const { index } = one;
    this.#put(one, other.index);
    this.#put(other, index);
  }

  #put(entry: Entry<Name>, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}
