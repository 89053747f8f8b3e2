/** Frames in flight, in rings that are used again and again. PROTOCOL.md §12.5. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Flight } from "../../../src/core/session/flight.ts";

/** Sends frames without anything in them, at the instants of their places, with counters twice as high. */
function sent(flight: Flight, count: number): void {
  for (let frame = 0; frame < count; frame++) flight.sent(2 * flight.tail, 100, flight.tail);
}

describe("a flight", () => {
  test("finds a frame by its counter, or the next one", () => {
    const flight = new Flight();
    sent(flight, 20);
    expect([-1, 0, 1, 2, 37, 38, 39, 1_000].map((counter) => flight.placeOf(counter))).toEqual([0, 0, 1, 1, 19, 19, 20, 20]);
  });

  test("keeps lost frames that are young, and lets go all others up to the oldest in flight", () => {
    const flight = new Flight();
    sent(flight, 10);
    for (const place of [0, 1, 3]) flight.acked(place, []);
    for (const place of [2, 4]) flight.lost(place, []);
    flight.trim(2);
    expect(flight.head).toBe(2);
    flight.trim(3);
    expect(flight.head).toBe(4);
    flight.trim(100);
    expect(flight.head).toBe(5);
    expect(flight.firstOut).toBe(5);
  });

  test("knows the oldest in flight when older ones were lost, let go and their places in the rings taken", () => {
    const flight = new Flight();
    sent(flight, 8);
    expect(flight.firstOut).toBe(0);
    for (let place = 0; place < 4; place++) flight.lost(place, []);
    flight.trim(100);
    sent(flight, 4);
    expect(flight.firstOut).toBe(4);
  });

  test("is a list of frames with their states, however its rings grow and turn", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("send" as const), frames: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ kind: fc.constantFrom("acked" as const, "lost" as const, "repeat" as const), back: fc.nat(30) }),
      fc.record({ kind: fc.constant("trim" as const), back: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const flight = new Flight();
        const states: ("out" | "settled" | "lost")[] = [];
        for (const each of steps) {
          if (each.kind === "send") {
            sent(flight, each.frames);
            for (let frame = 0; frame < each.frames; frame++) states.push("out");
            continue;
          }
          const place = states.length - 1 - each.back;
          if (each.kind === "trim") {
            flight.trim(place);
            continue;
          }
          if (place >= flight.head && states[place] !== "settled") {
            if (each.kind === "acked") {
              flight.acked(place, []);
              states[place] = "settled";
            } else if (states[place] === "out") {
              flight[each.kind](place, []);
              if (each.kind === "lost") states[place] = "lost";
            }
          }
          const firstOut = states.indexOf("out");
          expect(flight.firstOut).toBe(firstOut < 0 ? states.length : firstOut);
          expect(flight.isEmpty).toBe(firstOut < 0);
          expect(flight.tail).toBe(states.length);
          expect(flight.head).toBeLessThanOrEqual(flight.firstOut);
          for (let kept = flight.head; kept < flight.tail; kept++) {
            expect([flight.isOut(kept), flight.isLost(kept)]).toEqual([states[kept] === "out", states[kept] === "lost"]);
            expect([flight.counterAt(kept), flight.sentAt(kept), flight.sizeAt(kept)]).toEqual([2 * kept, kept, 100]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
