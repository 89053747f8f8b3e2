/** How far long work has come: one line on stderr, in a terminal only, that is gone when the work is done. */
import type { Call } from "./call.ts";

/** Work that is done sooner needs no word. */
const PATIENCE_MS = 500;
const GAP_MS = 200;
const CLEAR_LINE = "\r\u001b[K";

export class Progress {
  readonly #call: Call;
  readonly #isShown: boolean;
  #nextAt = performance.now() + PATIENCE_MS;
  #drawn = false;

  constructor(call: Call) {
    this.#call = call;
    this.#isShown = call.world.stderr.isTTY === true && !call.json;
  }

  at(words: string): void {
    if (!this.#isShown || performance.now() < this.#nextAt) return;
    this.#nextAt = performance.now() + GAP_MS;
    this.#drawn = true;
    this.#call.world.stderr.write(`${CLEAR_LINE}${words}`);
  }

  end(): void {
    if (this.#drawn) this.#call.world.stderr.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

/** Of a file of so many bytes. */
export function readWords(readBytes: number): string {
  return `${(readBytes / 1_000_000).toFixed(1)} MB read`;
}
