/** What will happen, in order of time; what is due at the same instant happens in the order in which it was planned. */
import { type Instant, NEVER } from "../core/index.ts";

export type Job = () => void;

interface Entry {
  readonly at: Instant;
  readonly order: number;
  readonly job: Job;
}

export class EventQueue {
  readonly #heap: Entry[] = [];
  #planned = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextAt(): Instant {
    return this.#heap[0]?.at ?? NEVER;
  }

  push(at: Instant, job: Job): void {
    const entry = { at, order: this.#planned++, job };
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = heap[up] as Entry;
      if (isBefore(parent, entry)) break;
      heap[hole] = parent;
      hole = up;
    }
    heap[hole] = entry;
  }

  /** Takes what is next; the caller has seen by `nextAt` that there is something. */
  pop(): Job {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) throw new RangeError("the event queue is empty");
    if (heap.length > 0) this.#sink(last);
    return first.job;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      let down = 2 * hole + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Entry, heap[down] as Entry)) down++;
      const child = heap[down] as Entry;
      if (isBefore(entry, child)) break;
      heap[hole] = child;
      hole = down;
    }
    heap[hole] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
