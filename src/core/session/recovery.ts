import type { AckRecord } from "../../wire/index.ts";
import { type Instant, NEVER, NEVER_YET } from "../time.ts";
import { Congestion } from "./congestion.ts";
import { Flight } from "./flight.ts";
import { PROBE_FRAMES, PROBE_GAP_MAX_MS, PROBES_MAX, REORDERED_FRAMES } from "./limits.ts";
import { Rtt } from "./rtt.ts";
import type { SendStream } from "./send-stream.ts";

/**
 * Finds out what was lost, after RFC 9002 §6. Frames are compared by their place among those that want an ack, since
 * other frames use up counters too. PROTOCOL.md §12.5.
 */
export class Recovery {
  readonly flight = new Flight();
  rtt: Rtt;
  congestion = new Congestion();
  readonly #streams: readonly SendStream[];
  /** Place of the newest frame that was acknowledged. */
  #newestAcked = -1;
  /** Frames from this place on went over the present data path. */
  #pathFrom = 0;
  /** When a frame of an earlier path counts as lost, after it was sent: by the round trip of that path, in ms. */
  #earlierLossDelay = 0;
  #lossAt: Instant = NEVER;
  #probesInRow = 0;
  /** Where the time until the next probe begins: the newest frame sent, or the switch of paths. */
  #probeFrom: Instant;
  /** Frames that may go now, whatever window and pacer say. */
  #probes = 0;
  #lostFrames = 0;

  constructor(streams: readonly SendStream[], now: Instant, rttMs?: number) {
    this.#streams = streams;
    this.rtt = new Rtt(rttMs);
    this.#probeFrom = now;
  }

  get probes(): number {
    return this.#probes;
  }

  get lostFrames(): number {
    return this.#lostFrames;
  }

  /** When {@link onTimer} has something to do. */
  get timerAt(): Instant {
    if (this.flight.isEmpty) return NEVER;
    if (this.#lossAt !== NEVER) return this.#lossAt;
    const first = this.rtt.probeDelay;
    return this.#probeFrom + Math.max(first, Math.min(first * 2 ** this.#probesInRow, PROBE_GAP_MAX_MS));
  }

  /** A frame that wants an ack has left. @param bytes - on the wire */
  sent(counter: number, bytes: number, now: Instant): void {
    this.flight.sent(counter, bytes, now);
    this.congestion.sent(bytes);
    this.#probeFrom = now;
    if (this.#probes > 0) this.#probes--;
  }

  /** Takes an ack of counters that were all sent. */
  acked(ack: AckRecord, now: Instant): void {
    const newest = this.#settle(ack, now);
    if (newest < 0) return;
    this.#probesInRow = 0;
    this.#newestAcked = Math.max(this.#newestAcked, newest);
    this.flight.trim();
    this.#findLost(now);
  }

  onTimer(now: Instant): void {
    if (now < this.timerAt) return;
    if (this.#lossAt !== NEVER) this.#findLost(now);
    else this.#probe(now);
  }

  /**
   * Data goes over another path from here on. What is in flight is neither forgotten nor lost by that: it may arrive yet,
   * and is given the time that its own path takes. One frame goes at once, so that the new path is soon measured.
   * @param rttMs - of the new path, where a challenge has measured it
   */
  switchPath(now: Instant, rttMs?: number): void {
    this.#earlierLossDelay = this.rtt.probeDelay;
    this.rtt = new Rtt(rttMs);
    this.congestion = new Congestion();
    this.#pathFrom = this.flight.tail;
    this.#probesInRow = 0;
    this.#probeFrom = now;
    this.#repeat(1);
  }

  /** Settles what an ack says has arrived. @returns the newest place among it, or -1 */
  #settle(ack: AckRecord, now: Instant): number {
    const { flight } = this;
    let newest = -1;
    for (let range = 0; range < ack.count && !flight.isEmpty; range++) {
      const high = ack.highs[range] as number;
      if (high < flight.counterAt(flight.head)) break;
      for (let place = flight.placeOf(ack.lows[range] as number); place < flight.tail && flight.counterAt(place) <= high; place++) {
        if (!flight.isOut(place)) continue;
        if (place >= this.#pathFrom) this.congestion.acked(flight.sizeAt(place), flight.sentAt(place));
        flight.acked(place, this.#streams);
        newest = Math.max(newest, place);
      }
    }
    // Only the largest counter's delay is known (RFC 9002 §5.1).
    if (newest >= this.#pathFrom && flight.counterAt(newest) === ack.largest) this.rtt.sample(now - flight.sentAt(newest), ack.delayMs);
    return newest;
  }

  /** Looks for what is lost by its place or its age, and when the next will be by its age. */
  #findLost(now: Instant): void {
    const { flight } = this;
    const lossDelay = this.rtt.lossDelay;
    let newestLostAt = NEVER_YET;
    this.#lossAt = NEVER;
    for (let place = flight.head; place < this.#newestAcked; place++) {
      if (!flight.isOut(place)) continue;
      const earlier = place < this.#pathFrom;
      const lostAt = flight.sentAt(place) + (earlier ? this.#earlierLossDelay : lossDelay);
      if (lostAt <= now || (!earlier && this.#newestAcked - place >= REORDERED_FRAMES)) {
        if (!earlier) newestLostAt = flight.sentAt(place);
        this.#lose(place);
      } else this.#lossAt = Math.min(this.#lossAt, lostAt);
    }
    flight.trim();
    if (newestLostAt !== NEVER_YET) this.congestion.lost(newestLostAt, now);
  }

  /**
   * Nothing was heard for a while. New data, or else copies of the oldest in flight, go out in spite of the window; an
   * answer then tells what else is lost. When several probes were in vain, everything counts as lost.
   */
  #probe(now: Instant): void {
    this.#probeFrom = now;
    this.#probesInRow++;
    if (this.#probesInRow >= PROBES_MAX) {
      this.#loseAll();
      this.congestion.collapsed(this.#probesInRow === PROBES_MAX);
    } else if (this.#repeat(PROBE_FRAMES) > 0 || this.#streams.some((stream) => stream.ready)) this.#probes = PROBE_FRAMES;
    else this.#loseAll(); // nothing in flight wants a copy: loose messages, and what arrived by another frame
  }

  /** Gives what the oldest frames in flight carry back to the streams. @returns frames of which something goes again */
  #repeat(frames: number): number {
    const { flight } = this;
    let repeated = 0;
    for (let place = flight.head; place < flight.tail && repeated < frames; place++) {
      if (flight.isOut(place) && !flight.isRepeated(place) && flight.repeat(place, this.#streams) > 0) repeated++;
    }
    return repeated;
  }

  #loseAll(): void {
    const { flight } = this;
    for (let place = flight.head; place < flight.tail; place++) if (flight.isOut(place)) this.#lose(place);
    flight.trim();
  }

  #lose(place: number): void {
    this.#lostFrames++;
    if (place >= this.#pathFrom) this.congestion.released(this.flight.sizeAt(place));
    this.flight.lost(place, this.#streams);
  }
}
