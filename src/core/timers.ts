import { type Instant, NEVER } from "./time.ts";

interface Timer<Name> {
  readonly name: Name;
  /** When it is due; NEVER once it is cleared. */
  due: Instant;
  /** Its place in the heap, never later than `due`. */
  at: Instant;
}

/**
 * Timers as data: a name and the instant it is due. A binary heap by instant; setting a timer later, or clearing it, only
 * notes that and lets its entry surface, so the usual "clear, and set again" costs no heap work and leaves no entry behind.
 */
export class Timers<Name> {
  readonly #timers = new Map<Name, Timer<Name>>();
  readonly #heap: Timer<Name>[] = [];

  /** Entries held, those that were cleared and have not surfaced included. */
  get size(): number {
    return this.#heap.length;
  }

  set(name: Name, due: Instant): void {
    const known = this.#timers.get(name);
    if (known !== undefined && due >= known.at) {
      known.due = due;
      return;
    }
    const timer = { name, due, at: due };
    this.#timers.set(name, timer); // an entry with a later place is from here on nobody's
    this.#push(timer);
  }

  clear(name: Name): void {
    const known = this.#timers.get(name);
    if (known !== undefined) known.due = NEVER;
  }

  /** The earliest instant at which {@link take} may have something; never later than the true one. */
  get next(): Instant {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const current = this.#timers.get(top.name) === top;
      if (current && top.due <= top.at) return top.at;
      this.#pop();
      if (!current) continue;
      if (top.due === NEVER) this.#timers.delete(top.name);
      else this.#putBack(top);
    }
    return NEVER;
  }

  /** Takes one timer that is due at `now`, the earliest first. */
  take(now: Instant): Name | undefined {
    if (this.next > now) return undefined;
    const { name } = this.#pop() as Timer<Name>;
    this.#timers.delete(name);
    return name;
  }

  #putBack(timer: Timer<Name>): void {
    timer.at = timer.due;
    this.#push(timer);
  }

  #push(entry: Timer<Name>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Timer<Name>;
      if (parent.at <= entry.at) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): Timer<Name> | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && (heap[down + 1] as Timer<Name>).at < (heap[down] as Timer<Name>).at) down++;
      const child = heap[down] as Timer<Name>;
      if (child.at >= last.at) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}
