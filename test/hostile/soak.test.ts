/**
 * Five seconds of each flood of `npm run soak`, over real sockets. What a busy machine cannot spoil is asserted: that all is
 * there at the end, and what was answered. The times are for `npm run soak` to show.
 */
import { afterAll, describe, expect, test } from "vitest";
import { endChildren } from "../../bench/child.ts";
import { soak } from "../../bench/soak.ts";
import { HANDSHAKES_FREE_PER_SECOND } from "../../src/core/limits.ts";

const FOR_MS = 5_000;
/** Answers of the node that are no demand for a cookie, in bytes; such a demand has about a tenth of its question. */
const ANSWER_BYTES = 1_100;

afterAll(endChildren);

describe("a flood over real sockets", () => {
  test("of 10,000 forged handshakes a second: sessions and honest callers get what they want, the attacker a cookie's demand", async () => {
    const { flood, talked, dialsMs, dropped, heldBefore, heldAfter } = await soak({ kind: "handshakes", perSecond: 10_000, forMs: FOR_MS });
    expect(flood.sent).toBeGreaterThan(5_000);
    expect(talked.roundTripsMs.length).toBeGreaterThan(100);
    expect([talked.failed, talked.down]).toEqual([0, 0]);
    expect(dialsMs.filter(Number.isNaN)).toEqual([]);
    expect(dropped["handshake-cookie"]).toBeGreaterThan(1_000);
    const seconds = flood.elapsedMs / 1_000 + 1;
    expect(flood.answerBytes).toBeLessThan(flood.sentBytes / 5 + HANDSHAKES_FREE_PER_SECOND * seconds * ANSWER_BYTES);
    expect(heldAfter - heldBefore).toBeLessThan(16 * 2 ** 20);
  }, 120_000);

  test("of 50,000 frames at random a second: nothing is answered, and nobody is disturbed", async () => {
    const { flood, talked, dialsMs, dropped, heldBefore, heldAfter } = await soak({ kind: "frames", perSecond: 50_000, forMs: FOR_MS });
    expect(flood.sent).toBeGreaterThan(5_000);
    expect([flood.answers, flood.answerBytes]).toEqual([0, 0]);
    expect(talked.roundTripsMs.length).toBeGreaterThan(100);
    expect([talked.failed, talked.down]).toEqual([0, 0]);
    expect(dialsMs.filter(Number.isNaN)).toEqual([]);
    expect(dropped["no-session"]).toBeGreaterThan(1_000);
    expect(heldAfter - heldBefore).toBeLessThan(16 * 2 ** 20);
  }, 120_000);
});
