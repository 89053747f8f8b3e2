import { FRAME_BYTES_MAX } from "../../wire/index.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { RESERVE_FRAMES_MAX, RESERVE_SHARE, WINDOW_FIRST_BYTES, WINDOW_MAX_BYTES, WINDOW_MIN_BYTES } from "./limits.ts";

/** How many bytes may be in flight over the data path: NewReno, as RFC 9002 §7 has it. */
export class Congestion {
  #window: number = WINDOW_FIRST_BYTES;
  #threshold = Number.POSITIVE_INFINITY;
  /** Losses of what was sent before are of the same event as the last one. */
  #recoverySince: Instant = NEVER_YET;
  /** How it was before the last event, frames of that event, and since when frames belong to it. */
  #windowBefore: number = WINDOW_FIRST_BYTES;
  #thresholdBefore = Number.POSITIVE_INFINITY;
  #eventFrames = 0;
  #eventFrom: Instant = NEVER_YET;
  /** How it was before the queue on the path made it shrink; null once that is not to be undone. */
  #unshrunk: { readonly window: number; readonly threshold: number } | null = null;
  #inFlight = 0;
  #ackedBytes = 0;
  /** True while the window is what holds data back: only then does it grow (RFC 9002 §7.8). */
  #limiting = false;

  get window(): number {
    return this.#window;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Bytes acknowledged so far. */
  get ackedBytes(): number {
    return this.#ackedBytes;
  }

  get inSlowStart(): boolean {
    return this.#window < this.#threshold;
  }

  /**
   * True when one more frame may be in flight: where the window is too small to leave a part of it free for this, one beyond
   * it, as TCP's limited transmit has it (RFC 3042).
   */
  get hasRoom(): boolean {
    return this.#inFlight + FRAME_BYTES_MAX <= this.#window + (this.#reserve === 0 ? FRAME_BYTES_MAX : 0);
  }

  /** The same for bulk, which leaves a part of the window to the others. */
  get hasRoomForBulk(): boolean {
    return this.#inFlight + FRAME_BYTES_MAX + this.#reserve <= this.#window;
  }

  /** In whole frames. */
  get #reserve(): number {
    const frames = Math.floor((this.#window * RESERVE_SHARE) / FRAME_BYTES_MAX);
    return Math.min(RESERVE_FRAMES_MAX, frames) * FRAME_BYTES_MAX;
  }

  /** Notes whether more waits than may go: to be set before anything is acknowledged. */
  set limiting(limiting: boolean) {
    this.#limiting = limiting;
  }

  sent(bytes: number): void {
    this.#inFlight += bytes;
  }

  acked(bytes: number, sentAt: Instant): void {
    this.#inFlight -= bytes;
    this.#ackedBytes += bytes;
    if (!this.#limiting || sentAt <= this.#recoverySince) return;
    const growth = this.inSlowStart ? bytes : (FRAME_BYTES_MAX * bytes) / this.#window;
    this.#window = Math.min(WINDOW_MAX_BYTES, this.#window + growth);
  }

  /** Lost, by the path as far as one can tell: the window is halved, once for all that was in flight then. */
  lost(bytes: number, sentAt: Instant, now: Instant): void {
    this.#inFlight -= bytes;
    if (sentAt > this.#recoverySince) this.#beginEvent(now);
    if (sentAt > this.#eventFrom) this.#eventFrames++;
  }

  /** A lost frame came after all; when every frame of an event did, the event was none (as in RFC 4015). */
  late(sentAt: Instant): void {
    if (this.#eventFrames === 0 || sentAt <= this.#eventFrom || --this.#eventFrames > 0) return;
    this.#window = Math.max(this.#window, this.#windowBefore);
    this.#threshold = this.#thresholdBefore;
  }

  /** Goes back to what the path carries without a queue; below what a session begins with there is no need to. */
  shrink(bytes: number): void {
    const window = Math.max(WINDOW_FIRST_BYTES, bytes);
    if (window >= this.#inFlight) return;
    this.#unshrunk = { window: this.#window, threshold: this.#threshold };
    this.#window = this.#threshold = Math.min(this.#window, window);
  }

  /** The queue was not of our making: takes the last {@link shrink} back, unless something was lost since. */
  unshrink(): void {
    if (this.#unshrunk === null) return;
    this.#window = Math.max(this.#window, this.#unshrunk.window);
    this.#threshold = this.#unshrunk.threshold;
    this.#unshrunk = null;
  }

  /** Forgets a frame without a word about the path. */
  released(bytes: number): void {
    this.#inFlight -= bytes;
  }

  #beginEvent(now: Instant): void {
    this.#windowBefore = this.#window;
    this.#thresholdBefore = this.#threshold;
    this.#unshrunk = null;
    this.#eventFrames = 0;
    this.#eventFrom = this.#recoverySince;
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
    this.#unshrunk = null;
    this.#eventFrames = 0;
    this.#window = WINDOW_MIN_BYTES;
  }
}
