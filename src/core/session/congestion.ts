import { FRAME_BYTES_MAX } from "../../wire/index.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { RESERVE_MAX_BYTES, RESERVE_MIN_BYTES, RESERVE_SHARE, WINDOW_FIRST_BYTES, WINDOW_MAX_BYTES, WINDOW_MIN_BYTES } from "./limits.ts";

/** How many bytes may be in flight over the data path: NewReno, as RFC 9002 §7 has it. */
export class Congestion {
  #window: number = WINDOW_FIRST_BYTES;
  #threshold = Number.POSITIVE_INFINITY;
  /** Losses of what was sent before are of the same event as the last one. */
  #recoverySince: Instant = NEVER_YET;
  #inFlight = 0;
  /** True while the window is what holds data back: only then does it grow (RFC 9002 §7.8). */
  #limiting = false;

  get window(): number {
    return this.#window;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get inSlowStart(): boolean {
    return this.#window < this.#threshold;
  }

  /** True when one more frame may be in flight. */
  get hasRoom(): boolean {
    return this.#inFlight + FRAME_BYTES_MAX <= this.#window;
  }

  /** The same for bulk, which leaves a part of the window to the others. */
  get hasRoomForBulk(): boolean {
    const reserve = Math.min(RESERVE_MAX_BYTES, Math.max(RESERVE_MIN_BYTES, this.#window * RESERVE_SHARE));
    return this.#inFlight + FRAME_BYTES_MAX + reserve <= this.#window;
  }

  /** Notes whether there was more to send than may go. */
  set limiting(limiting: boolean) {
    this.#limiting = limiting;
  }

  sent(bytes: number): void {
    this.#inFlight += bytes;
  }

  acked(bytes: number, sentAt: Instant): void {
    this.#inFlight -= bytes;
    if (!this.#limiting || sentAt <= this.#recoverySince) return;
    const growth = this.inSlowStart ? bytes : (FRAME_BYTES_MAX * bytes) / this.#window;
    this.#window = Math.min(WINDOW_MAX_BYTES, this.#window + growth);
  }

  /** Forgets a frame without a word about the path. */
  released(bytes: number): void {
    this.#inFlight -= bytes;
  }

  /** One or more frames were lost, the newest of them sent at `sentAt`. */
  lost(sentAt: Instant, now: Instant): void {
    if (sentAt <= this.#recoverySince) return;
    this.#recoverySince = now;
    this.#threshold = Math.max(this.#window / 2, WINDOW_MIN_BYTES);
    this.#window = this.#threshold;
  }

  /**
   * Nothing got through for several probes: begins small, as after persistent congestion (RFC 9002 §7.6.2).
   * @param first - false when that is so still: the window to come back to is not halved again
   */
  collapsed(first: boolean): void {
    if (first) this.#threshold = Math.max(this.#window / 2, WINDOW_MIN_BYTES);
    this.#recoverySince = NEVER_YET;
    this.#window = WINDOW_MIN_BYTES;
  }
}
