/** How much may be in flight, how fast, and how that follows the path. PROTOCOL.md §12.5, §12.6; RFC 9002. */
import { describe, expect, test } from "vitest";
import { Congestion } from "../../../src/core/session/congestion.ts";
import { Pacer } from "../../../src/core/session/pacer.ts";
import { type QueueSample, type QueueVerdict, QueueWatch } from "../../../src/core/session/queue-watch.ts";
import { Reordering } from "../../../src/core/session/reordering.ts";
import { Rtt } from "../../../src/core/session/rtt.ts";

const FRAME = 1_200;

function limitedCongestion(): Congestion {
  const congestion = new Congestion();
  congestion.limiting = true;
  return congestion;
}

/** Sends frames at `sentAt` and has them all acknowledged. */
function roundTrip(congestion: Congestion, frames: number, sentAt: number): void {
  for (let frame = 0; frame < frames; frame++) congestion.sent(FRAME);
  for (let frame = 0; frame < frames; frame++) congestion.acked(FRAME, sentAt);
}

describe("the window", () => {
  test("begins with 10 frames and doubles in a round trip", () => {
    const congestion = limitedCongestion();
    expect(congestion.window).toBe(10 * FRAME);
    roundTrip(congestion, 10, 1);
    expect(congestion.window).toBe(20 * FRAME);
    expect(congestion.inFlight).toBe(0);
  });

  test("does not grow while it is not what holds data back", () => {
    const congestion = new Congestion();
    roundTrip(congestion, 10, 1);
    expect(congestion.window).toBe(10 * FRAME);
  });

  test("is halved by a loss, once for all that was sent before it was noticed", () => {
    const congestion = limitedCongestion();
    for (let frame = 0; frame < 10; frame++) congestion.sent(FRAME);
    for (const sentAt of [1, 2, 3]) congestion.lost(FRAME, sentAt, 50);
    expect(congestion.window).toBe(5 * FRAME);
    expect(congestion.inFlight).toBe(7 * FRAME);
    congestion.lost(FRAME, 51, 90);
    expect(congestion.window).toBe(2.5 * FRAME);
  });

  test("grows by a frame in a round trip after a loss", () => {
    const congestion = limitedCongestion();
    congestion.sent(FRAME);
    congestion.lost(FRAME, 1, 50);
    roundTrip(congestion, 5, 51);
    expect(congestion.window).toBeGreaterThan(5.9 * FRAME);
    expect(congestion.window).toBeLessThanOrEqual(6 * FRAME);
  });

  test("is not grown by what was sent before the loss", () => {
    const congestion = limitedCongestion();
    congestion.sent(FRAME);
    congestion.lost(FRAME, 1, 50);
    roundTrip(congestion, 5, 50);
    expect(congestion.window).toBe(5 * FRAME);
  });

  test("is never below 2 frames, nor above 8 MiB", () => {
    const low = limitedCongestion();
    for (let loss = 1; loss < 20; loss++) {
      low.sent(FRAME);
      low.lost(FRAME, 10 * loss, 10 * loss + 5);
    }
    expect(low.window).toBe(2 * FRAME);
    const high = limitedCongestion();
    for (let round = 0; round < 12; round++) roundTrip(high, high.window / FRAME, round + 1);
    expect(high.window).toBe(8_388_608);
  });

  test("is as before when all that was lost came after all", () => {
    const congestion = limitedCongestion();
    for (let frame = 0; frame < 10; frame++) congestion.sent(FRAME);
    for (const sentAt of [1, 2]) congestion.lost(FRAME, sentAt, 50);
    congestion.late(1);
    expect(congestion.window).toBe(5 * FRAME);
    congestion.late(2);
    expect(congestion.window).toBe(10 * FRAME);
    expect(congestion.inSlowStart).toBe(true);
  });

  test("stays halved when something was really lost", () => {
    const congestion = limitedCongestion();
    for (const sentAt of [1, 2]) congestion.lost(FRAME, sentAt, 50);
    congestion.late(1);
    for (const sentAt of [60, 61]) congestion.lost(FRAME, sentAt, 100);
    congestion.late(2); // of the event before, which is over
    congestion.late(60);
    expect(congestion.window).toBe(2.5 * FRAME);
    congestion.late(61);
    expect(congestion.window).toBe(5 * FRAME);
  });

  test("begins at 2 frames after several probes in vain, and doubles to half of what it was", () => {
    const congestion = limitedCongestion();
    roundTrip(congestion, 10, 1);
    congestion.collapsed(true);
    congestion.collapsed(false);
    expect(congestion.window).toBe(2 * FRAME);
    roundTrip(congestion, 2, 100);
    roundTrip(congestion, 4, 200);
    expect(congestion.window).toBe(8 * FRAME);
    roundTrip(congestion, 8, 300);
    expect(congestion.inSlowStart).toBe(false);
  });

  test("leaves room to others than bulk, an eighth of it in whole frames", () => {
    const congestion = limitedCongestion();
    roundTrip(congestion, 10, 1);
    expect(framesOf(congestion, "hasRoomForBulk")).toBe(18);
    expect(framesOf(congestion, "hasRoom")).toBe(20);
    roundTrip(congestion, 80, 1);
    expect(framesOf(congestion, "hasRoomForBulk")).toBe(96);
  });

  test("is all bulk's where it is small; others may have one frame beyond it", () => {
    const congestion = limitedCongestion();
    congestion.collapsed(true);
    expect(framesOf(congestion, "hasRoomForBulk")).toBe(2);
    expect(framesOf(congestion, "hasRoom")).toBe(3);
  });

  test("shrinks to what the path carries, also when it is not what holds data back", () => {
    const congestion = limitedCongestion();
    roundTrip(congestion, 90, 1);
    congestion.limiting = false;
    for (let frame = 0; frame < 60; frame++) congestion.sent(FRAME);
    congestion.shrink(80 * FRAME);
    expect(congestion.window).toBe(100 * FRAME);
    congestion.shrink(40 * FRAME);
    expect(congestion.window).toBe(40 * FRAME);
    expect(congestion.inSlowStart).toBe(false);
    congestion.shrink(FRAME);
    expect(congestion.window).toBe(10 * FRAME);
  });

  test("is as before when shrinking was in vain, unless something was lost since", () => {
    const congestion = limitedCongestion();
    for (let frame = 0; frame < 30; frame++) congestion.sent(FRAME);
    for (let frame = 0; frame < 10; frame++) congestion.acked(FRAME, 1);
    congestion.shrink(12 * FRAME);
    congestion.unshrink();
    expect(congestion.window).toBe(20 * FRAME);
    expect(congestion.inSlowStart).toBe(true);
    congestion.shrink(12 * FRAME);
    congestion.lost(FRAME, 2, 50);
    congestion.unshrink();
    expect(congestion.window).toBe(6 * FRAME);
  });
});

/** How many frames may be in flight. */
function framesOf(congestion: Congestion, room: "hasRoom" | "hasRoomForBulk"): number {
  let frames = 0;
  for (; congestion[room] && frames < 1_000; frames++) congestion.sent(FRAME);
  congestion.released(frames * FRAME);
  return frames;
}

describe("the round trip", () => {
  test("is the first sample, then a mean that follows", () => {
    const rtt = new Rtt();
    expect(rtt.smoothed).toBe(333);
    rtt.sample(100, 0);
    expect(rtt.smoothed).toBe(100);
    expect(rtt.probeDelay).toBe(100 + 4 * 50 + 5);
    rtt.sample(180, 0);
    expect(rtt.smoothed).toBe(110);
    expect(rtt.present).toBe(180);
  });

  test("leaves out the other side's delay, up to 5 ms and never below the least", () => {
    const smoothedBy = (latest: number, delay: number) => {
      const rtt = new Rtt();
      rtt.sample(100, 0);
      rtt.sample(latest, delay);
      return rtt.smoothed * 8 - 700;
    };
    expect(smoothedBy(110, 4)).toBe(106);
    expect(smoothedBy(110, 8_000)).toBe(105);
    expect(smoothedBy(102, 5)).toBe(102);
  });

  test("of a path that is known already is not assumed", () => {
    const rtt = new Rtt(20);
    expect(rtt.smoothed).toBe(20);
    rtt.sample(30, 0);
    expect(rtt.smoothed).toBe(30);
  });

  test("leaves a probe the grain of a timer at least", () => {
    const rtt = new Rtt(0);
    expect(rtt.probeDelay).toBe(0 + 1 + 5);
    expect(rtt.present).toBe(1);
  });
});

describe("reordering", () => {
  test("raises what counts as lost, up to a bound", () => {
    const reordering = new Reordering();
    expect([reordering.frames, reordering.time]).toEqual([3, 9 / 8]);
    reordering.late(1, 0.5);
    expect([reordering.frames, reordering.time]).toEqual([3, 9 / 8]);
    reordering.late(7, 1.2);
    expect(reordering.frames).toBe(8);
    expect(reordering.time).toBeCloseTo(1.35);
    reordering.late(100_000, 50);
    expect([reordering.frames, reordering.time]).toEqual([256, 2]);
  });
});

describe("the pacer", () => {
  const congestion = limitedCongestion();

  /** Frames that may leave in `forMs`, asked every `stepMs`. */
  function framesIn(forMs: number, stepMs: number, rttMs: number): number {
    const pacer = new Pacer(0);
    const rtt = new Rtt(rttMs);
    let frames = 0;
    for (let step = 0; step * stepMs < forMs; step++) {
      while (pacer.mayGo(step * stepMs, congestion, rtt) && frames < 100_000) {
        pacer.spend(FRAME);
        frames++;
      }
    }
    return frames;
  }

  test("lets a burst of 10 frames go at once, then two windows per round trip while the window doubles", () => {
    expect(framesIn(1, 1, 100)).toBe(10);
    expect(framesIn(1_000, 1, 100)).toBeGreaterThanOrEqual(10 + 195);
    expect(framesIn(1_000, 1, 100)).toBeLessThanOrEqual(10 + 200);
  });

  test("lets 2 ms of the rate go at once where that is more: timers are no finer", () => {
    expect(framesIn(1_000, 2, 1)).toBeGreaterThanOrEqual(19_900);
    expect(framesIn(1_000, 4, 1)).toBeLessThanOrEqual(10_100);
  });

  test("saves up no more than the burst", () => {
    const pacer = new Pacer(0);
    let frames = 0;
    while (pacer.mayGo(60_000, congestion, new Rtt(100))) {
      pacer.spend(FRAME);
      frames++;
    }
    expect(frames).toBe(10);
  });

  test("says when the next frame may go, to the instant", () => {
    const pacer = new Pacer(0);
    const rtt = new Rtt(77);
    let now = 0;
    for (let frame = 0; frame < 1_000; frame++) {
      if (!pacer.mayGo(now, congestion, rtt)) {
        now = pacer.goesAt(congestion, rtt);
        expect(pacer.mayGo(now, congestion, rtt), `frame ${frame}`).toBe(true);
      }
      pacer.spend(FRAME);
    }
    expect(now).toBeGreaterThan(0);
  });
});

describe("the queue watch", () => {
  /** Of calm round trips, past slow start, where nothing else is said. */
  const CALM = { variationMs: 1, inSlowStart: false };

  /** Rounds of four samples each, a frame a sample, 10 ms apart. @returns what it said at the end of each round */
  function watch(
    rounds: readonly number[],
    kind: Pick<QueueSample, "variationMs" | "inSlowStart"> = CALM,
    queue = new QueueWatch(0),
    from = 0,
  ) {
    let samples = from / 10;
    return rounds.map((roundTripMs) => {
      let verdict: QueueVerdict = null;
      for (let sample = 0; sample < 4; sample++) {
        samples++;
        const now = 10 * samples;
        verdict = queue.sample({ roundTripMs, ...kind, place: samples, next: samples + 1, ackedBytes: FRAME * samples, now }) ?? verdict;
      }
      return verdict;
    });
  }

  test("says nothing while round trips stay within 8 ms of the least", () => {
    expect(watch([40, 44, 48, 40, 47])).toEqual([null, null, null, null, null]);
  });

  test("says what the path carries, by its rate and its least round trip, when they do not", () => {
    const [, target] = watch([40, 49]);
    expect(target).toBeCloseTo(120 * (40 + 4));
  });

  test("bears more where round trips vary by themselves, up to 50 ms, and while the window doubles 16 ms", () => {
    const said = (roundTripMs: number, variationMs: number, inSlowStart = false) =>
      watch([40, roundTripMs], { variationMs, inSlowStart })[1] !== null;
    expect([said(68, 7), said(69, 7)]).toEqual([false, true]);
    expect([said(90, 30), said(91, 30)]).toEqual([false, true]);
    expect([said(56, 0, true), said(57, 30, true)]).toEqual([false, true]);
  });

  test("waits a round for the queue to drain, and may say so again later", () => {
    const said = watch([40, 60, 60, 45, 45, 60]).map((verdict) => verdict !== null);
    expect(said).toEqual([false, true, false, false, false, true]);
  });

  test("takes a queue that does not shorten for others', for 10 s", () => {
    const queue = new QueueWatch(0);
    expect(watch([40, 60, 60, 60, 60, 68], CALM, queue).slice(2)).toEqual([null, "in-vain", null, null]);
    expect(watch([60, 60, 60], CALM, queue, 10_000)).toEqual([null, null, null]);
    expect(typeof watch([60], CALM, queue, 10_160)[0]).toBe("number");
  });

  test("notices when the others' queue is gone", () => {
    const said = watch([40, 60, 60, 60, 42, 60]).map((verdict) => verdict !== null);
    expect(said).toEqual([false, true, false, true, false, true]);
  });
});
