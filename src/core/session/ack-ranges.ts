import { ACK_RANGES_MAX } from "../../wire/index.ts";
import { ACK_REPEATS } from "./limits.ts";

/**
 * The counters received, as ranges, newest first, with a gap between any two. Lost frames leave gaps that never close, so
 * a range is left out once it was reported ACK_REPEATS times and did not change; the newest one stays.
 */
export class AckRanges {
  readonly lows: number[] = [];
  readonly highs: number[] = [];
  /** How often each was reported since it last changed. */
  readonly #reports: number[] = [];

  get count(): number {
    return this.highs.length;
  }

  /** Adds a counter that was not added before. @returns true when it is not the one that was expected next */
  add(counter: number): boolean {
    if (this.count === 0) {
      this.#insert(0, counter);
      return counter !== 0;
    }
    const newest = this.highs[0] as number;
    if (counter === newest + 1) {
      this.highs[0] = counter;
      this.#reports[0] = 0;
      return false;
    }
    if (counter > newest) this.#insert(0, counter);
    else this.#fill(counter);
    return true;
  }

  /** Counts one report of the `reported` newest ranges, and leaves out those that were reported often enough. */
  reported(reported: number): void {
    for (let index = reported - 1; index >= 1; index--) {
      const reports = (this.#reports[index] as number) + 1;
      this.#reports[index] = reports;
      if (reports >= ACK_REPEATS) this.#remove(index);
    }
  }

  /** Adds a counter below the newest range's end. */
  #fill(counter: number): void {
    let index = 0;
    while (index < this.count && counter < (this.lows[index] as number) - 1) index++;
    if (index < this.count && counter === (this.lows[index] as number) - 1) this.#lower(index, counter);
    else if (index < this.count && counter === (this.highs[index] as number) + 1) {
      this.highs[index] = counter;
      this.#reports[index] = 0;
    } else if (index === this.count || counter > (this.highs[index] as number)) this.#insert(index, counter);
  }

  /** Lowers a range by one; it may now touch the one below. */
  #lower(index: number, counter: number): void {
    this.lows[index] = counter;
    this.#reports[index] = 0;
    if (index + 1 < this.count && this.highs[index + 1] === counter - 1) {
      this.lows[index] = this.lows[index + 1] as number;
      this.#remove(index + 1);
    }
  }

  /** One range too many pushes out the oldest. */
  #insert(index: number, counter: number): void {
    if (index >= ACK_RANGES_MAX) return;
    this.lows.splice(index, 0, counter);
    this.highs.splice(index, 0, counter);
    this.#reports.splice(index, 0, 0);
    if (this.count > ACK_RANGES_MAX) this.#remove(ACK_RANGES_MAX);
  }

  #remove(index: number): void {
    this.lows.splice(index, 1);
    this.highs.splice(index, 1);
    this.#reports.splice(index, 1);
  }
}
