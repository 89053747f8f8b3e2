/**
 * A bounded map that forgets what was set longest ago, half of it at a time. (Deleting the oldest entries of a `Map` one
 * by one makes every look at its first entry slower than the last, which a flood would notice.)
 */
export class AgingMap<Key, Value> {
  readonly #halfMax: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** @param most - entries at most; the `most / 2` set last are always kept */
  constructor(most: number) {
    this.#halfMax = Math.floor(most / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: Key, value: Value): void {
    if (!this.#young.has(key) && this.#young.size >= this.#halfMax) this.age();
    this.#young.set(key, value);
  }

  /** Those set longest ago first. */
  *values(): IterableIterator<Value> {
    for (const [key, value] of this.#old) if (!this.#young.has(key)) yield value;
    yield* this.#young.values();
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Forgets the older half, and calls the younger one old from here on. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
