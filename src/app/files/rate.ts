/** How fast something goes, over the last seconds. */
const OVER_MS = 5_000;

export class Rate {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  note(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && (this.#samples[1] as { at: number }).at <= at - OVER_MS) this.#samples.shift();
  }

  /** Null until there is something to go by. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < 100) return null;
    return (1_000 * (last.bytes - first.bytes)) / (last.at - first.at);
  }
}
