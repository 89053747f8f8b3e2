import { REORDERED_FRAMES, REORDERED_FRAMES_MAX, REORDERED_TIME, REORDERED_TIME_MAX } from "./limits.ts";

/**
 * How far frames overtake one another on a path, so that a late one is not taken for lost: RFC 9002's thresholds, raised
 * by every frame that came after all.
 */
export class Reordering {
  #frames: number = REORDERED_FRAMES;
  #time: number = REORDERED_TIME;

  /** A frame is lost when one that was sent so many later has arrived. */
  get frames(): number {
    return this.#frames;
  }

  /** A frame is lost so many round trips after it was sent, when a later one has arrived. */
  get time(): number {
    return this.#time;
  }

  /**
   * A frame that counted as lost has arrived.
   * @param behind - how many frames later the newest was sent that had arrived before
   * @param roundTrips - how long after it was sent its ack came
   */
  late(behind: number, roundTrips: number): void {
    this.#frames = Math.min(REORDERED_FRAMES_MAX, Math.max(this.#frames, behind + 1));
    this.#time = Math.min(REORDERED_TIME_MAX, Math.max(this.#time, roundTrips * REORDERED_TIME));
  }
}
