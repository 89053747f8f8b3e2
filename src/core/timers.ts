import { type Instant, NEVER } from "./time.ts";

/**
 * Timers as data: a name and the instant it is due. A binary heap by instant; setting a timer later only notes the
 * new instant and lets the old entry surface, so the usual "set again before it is due" costs no heap work.
 */
export class Timers<Name> {
  readonly #due = new Map<Name, Instant>();
  readonly #heap: { at: Instant; name: Name }[] = [];

  set(name: Name, at: Instant): void {
    const before = this.#due.get(name);
    this.#due.set(name, at);
    if (before === undefined || at < before) this.#push({ at, name });
  }

  clear(name: Name): void {
    this.#due.delete(name);
  }

  /** The earliest instant at which {@link take} may have something; never later than the true one. */
  get next(): Instant {
    while (this.#heap.length > 0) {
      const top = this.#heap[0] as { at: Instant; name: Name };
      const due = this.#due.get(top.name);
      if (due !== undefined && due <= top.at) return top.at;
      this.#pop();
      if (due !== undefined) this.#push({ at: due, name: top.name });
    }
    return NEVER;
  }

  /** Takes one timer that is due at `now`, the earliest first. */
  take(now: Instant): Name | undefined {
    if (this.next > now) return undefined;
    const { name } = this.#pop() as { name: Name };
    this.#due.delete(name);
    return name;
  }

  #push(entry: { at: Instant; name: Name }): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as typeof entry;
      if (parent.at <= entry.at) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): { at: Instant; name: Name } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && (heap[down + 1] as typeof last).at < (heap[down] as typeof last).at) down++;
      const child = heap[down] as typeof last;
      if (child.at >= last.at) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}
