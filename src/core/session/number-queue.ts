const FIRST_CAPACITY = 8;

/** A queue of numbers in a ring that grows; nothing is allocated while it does not. */
export class NumberQueue {
  #ring: Float64Array | null = null;
  #from = 0;
  #to = 0;

  get size(): number {
    return this.#to - this.#from;
  }

  /** The oldest number; the queue must hold one. */
  get first(): number {
    const ring = this.#ring as Float64Array;
    return ring[this.#from & (ring.length - 1)] as number;
  }

  push(value: number): void {
    if (this.#ring === null || this.size === this.#ring.length) this.#grow();
    const ring = this.#ring as Float64Array;
    ring[this.#to++ & (ring.length - 1)] = value;
  }

  drop(): void {
    this.#from++;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Float64Array(old === null ? FIRST_CAPACITY : old.length * 2);
    if (old !== null) for (let at = this.#from; at < this.#to; at++) ring[at - this.#from] = old[at & (old.length - 1)] as number;
    this.#to -= this.#from;
    this.#from = 0;
    this.#ring = ring;
  }
}
