import { LOOSE_MAX } from "./limits.ts";

/** Loose messages that wait: a bounded queue. */
export class LooseQueue {
  #waiting: Uint8Array[] = [];
  #from = 0;

  get first(): Uint8Array | undefined {
    return this.#waiting[this.#from];
  }

  /** False when it is full. */
  push(message: Uint8Array): boolean {
    if (this.#waiting.length - this.#from >= LOOSE_MAX) return false;
    this.#waiting.push(message);
    return true;
  }

  drop(): void {
    this.#from++;
    if (this.#from < LOOSE_MAX && this.#from < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#from);
    this.#from = 0;
  }
}
