import type { AckRecord } from "../../wire/index.ts";
import { type Instant, NEVER } from "../time.ts";
import { Congestion } from "./congestion.ts";
import { Flight } from "./flight.ts";
import { ACK_DELAY_MS, LOST_KEPT, PATIENT_ACK_MS, PROBE_FRAMES, PROBE_GAP_MAX_MS, PROBES_MAX } from "./limits.ts";
import { QueueWatch } from "./queue-watch.ts";
import { Reordering } from "./reordering.ts";
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
  #reordering = new Reordering();
  #queueWatch: QueueWatch;
  readonly #streams: readonly SendStream[];
  /** Place of the newest frame that was acknowledged. */
  #newestAcked = -1;
  /** Frames from this place on went over the present data path. */
  #pathFrom = 0;
  /** When a frame of an earlier path counts as lost, after it was sent: by the round trip of that path, in ms. */
  #earlierLossDelay = 0;
  #lossAt: Instant = NEVER;
  /** Probes since the last ack, and since anything was heard at all. */
  #probesInRow = 0;
  #backoff = 0;
  /** True while nothing was heard since the first of these probes. */
  #isSilent = false;
  /** Where the time until the next probe begins: the newest frame sent, or the switch of paths. */
  #probeFrom: Instant;
  /** Place of the newest frame whose ack is not late. */
  #newestPressing = -1;
  /** Frames that may go now, whatever window and pacer say. */
  #probeFrames = 0;
  #lostFrames = 0;

  constructor(streams: readonly SendStream[], now: Instant, rttMs?: number) {
    this.#streams = streams;
    this.rtt = new Rtt(rttMs);
    this.#queueWatch = new QueueWatch(now);
    this.#probeFrom = now;
  }

  /** Frames that counted as lost, late ones included. */
  get lostFrames(): number {
    return this.#lostFrames;
  }

  /** Nothing was acknowledged since several probes. */
  get stalled(): boolean {
    return this.#probesInRow >= PROBES_MAX;
  }

  /** When {@link onTimer} has something to do. */
  get timerAt(): Instant {
    if (this.flight.isEmpty) return NEVER;
    if (this.#lossAt !== NEVER) return this.#lossAt;
    const first = this.rtt.probeDelay + (this.#newestPressing < this.flight.firstOut ? PATIENT_ACK_MS : 0);
    return this.#probeFrom + Math.max(first, Math.min(first * 2 ** this.#backoff, PROBE_GAP_MAX_MS));
  }

  /**
   * A frame that wants an ack has left.
   * @param bytes - on the wire
   * @param patient - it said that its ack may be late
   */
  sent(counter: number, bytes: number, now: Instant, patient = false): void {
    if (!patient) this.#newestPressing = this.flight.tail;
    this.flight.sent(counter, bytes, now, patient);
    this.congestion.sent(bytes);
    this.#probeFrom = now;
    if (this.#probeFrames > 0) this.#probeFrames--;
  }

  /** Takes an ack of counters that were all used. */
  acked(ack: AckRecord, now: Instant): void {
    const newest = this.#settle(ack, now);
    if (newest < 0) return;
    this.#probesInRow = this.#backoff = this.#probeFrames = 0;
    this.#isSilent = false;
    this.#newestAcked = Math.max(this.#newestAcked, newest);
    this.#findLost(now);
  }

  /**
   * The other side is there: after an outage the next probe need not wait for what the last ones were in vain. Only once,
   * though: where it is heard all the time, they are in vain because an answer takes longer than we think.
   */
  heard(): void {
    if (this.#isSilent) this.#backoff = 0;
    this.#isSilent = false;
  }

  onTimer(now: Instant): void {
    if (now < this.timerAt) return;
    if (this.#lossAt !== NEVER) this.#findLost(now);
    else this.#probe(now);
  }

  /** True when a frame may go now, whatever window and pacer say. */
  get probes(): boolean {
    return this.#probeFrames > 0;
  }

  /** Gives a probe something to carry that is in flight already, when there is no new data. */
  repeatForProbe(): void {
    if (this.#repeat(1) === 0) this.#probeFrames = 0;
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
    this.#reordering = new Reordering();
    this.#queueWatch = new QueueWatch(now);
    this.#pathFrom = this.flight.tail;
    this.#probesInRow = this.#backoff = 0;
    this.#probeFrom = now;
    if (!this.flight.isEmpty) this.#probeFrames = 1;
  }

  /** Settles what an ack says has arrived. @returns the newest place among it, or -1 */
  #settle(ack: AckRecord, now: Instant): number {
    const { flight } = this;
    let newest = -1;
    for (let range = 0; range < ack.count && flight.head < flight.tail; range++) {
      const high = ack.highs[range] as number;
      if (high < flight.counterAt(flight.head)) break;
      for (let place = flight.placeOf(ack.lows[range] as number); place < flight.tail && flight.counterAt(place) <= high; place++) {
        if (flight.isOut(place)) this.#settleOut(place);
        else if (flight.isLost(place)) this.#settleLate(place, now);
        else continue;
        newest = Math.max(newest, place);
      }
    }
    // Only the largest counter's delay is known (RFC 9002 §5.1).
    if (newest >= this.#pathFrom && flight.counterAt(newest) === ack.largest) this.#measure(newest, ack.delayMs, now);
    return newest;
  }

  #measure(place: number, delayMs: number, now: Instant): void {
    const { flight } = this;
    if (flight.isPatient(place) && delayMs > ACK_DELAY_MS) return; // it waited for company, and only the other side's clock tells how long
    const roundTripMs = now - flight.sentAt(place);
    this.rtt.sample(roundTripMs, delayMs);
    const { ackedBytes, inSlowStart } = this.congestion;
    const variationMs = this.rtt.variation;
    const verdict = this.#queueWatch.sample({ roundTripMs, variationMs, inSlowStart, place, next: flight.tail, ackedBytes, now });
    if (verdict === "in-vain") this.congestion.unshrink();
    else if (verdict !== null) this.congestion.shrink(verdict);
  }

  #settleOut(place: number): void {
    if (place >= this.#pathFrom) this.congestion.acked(this.flight.sizeAt(place), this.flight.sentAt(place));
    this.flight.acked(place, this.#streams);
  }

  #settleLate(place: number, now: Instant): void {
    if (place >= this.#pathFrom) {
      const sentAt = this.flight.sentAt(place);
      this.#reordering.late(this.#newestAcked - place, (now - sentAt) / this.rtt.present);
      this.congestion.late(sentAt);
    }
    this.flight.acked(place, this.#streams);
  }

  /** Looks for what is lost by its place or its age, and when the next will be by its age. */
  #findLost(now: Instant): void {
    const { flight } = this;
    const lossDelay = this.#reordering.time * this.rtt.present;
    this.#lossAt = NEVER;
    for (let place = flight.firstOut; place < this.#newestAcked; place++) {
      if (!flight.isOut(place)) continue;
      const earlier = place < this.#pathFrom;
      const lostAt = flight.sentAt(place) + (earlier ? this.#earlierLossDelay : lossDelay);
      if (lostAt <= now || (!earlier && this.#newestAcked - place >= this.#reordering.frames)) {
        if (!earlier) this.congestion.lost(flight.sizeAt(place), flight.sentAt(place), now);
        this.#lose(place);
      } else this.#lossAt = Math.min(this.#lossAt, lostAt);
    }
    this.#trim(now);
  }

  /**
   * Nothing was heard for a while. New data, or else copies of the oldest in flight, go out in spite of the window; an
   * answer then tells what else is lost. When several probes were in vain, everything counts as lost.
   */
  #probe(now: Instant): void {
    this.#probeFrom = now;
    if (this.#probesInRow++ === 0) this.#isSilent = true;
    this.#backoff++;
    this.#probeFrames = PROBE_FRAMES;
    if (this.#probesInRow >= PROBES_MAX) {
      this.#releaseAll(now);
      this.congestion.collapsed(this.#probesInRow === PROBES_MAX);
    } else if (this.#repeat(PROBE_FRAMES) === 0 && !this.#streams.some((stream) => stream.ready)) {
      this.#releaseAll(now); // nothing in flight wants a copy: loose messages, and what arrived by another frame
    }
  }

  /** Gives what the oldest frames in flight carry back to the streams. @returns frames of which something goes again */
  #repeat(frames: number): number {
    const { flight } = this;
    let repeated = 0;
    for (let place = flight.firstOut; place < flight.tail && repeated < frames; place++) {
      if (flight.isOut(place) && !flight.isRepeated(place) && flight.repeat(place, this.#streams) > 0) repeated++;
    }
    return repeated;
  }

  #releaseAll(now: Instant): void {
    const { flight } = this;
    for (let place = flight.firstOut; place < flight.tail; place++) {
      if (!flight.isOut(place)) continue;
      if (place >= this.#pathFrom) this.congestion.released(flight.sizeAt(place));
      this.#lose(place);
    }
    this.#trim(now);
  }

  #lose(place: number): void {
    this.#lostFrames++;
    this.flight.lost(place, this.#streams);
  }

  #trim(now: Instant): void {
    this.flight.trim(now - LOST_KEPT * this.rtt.probeDelay);
  }
}
