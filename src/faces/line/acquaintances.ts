/** The names that were shown lately, for Tab to complete. */

const NAMES_MAX = 200;

export class Acquaintances {
  readonly #names = new Set<string>();

  /** The last one met is offered first. */
  meet(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > NAMES_MAX && oldest !== undefined) this.#names.delete(oldest);
  }

  /** Names that begin so, the last met first. */
  beginningWith(typed: string): string[] {
    return [...this.#names].reverse().filter((name) => name.startsWith(typed));
  }
}
