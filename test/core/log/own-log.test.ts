import { describe, expect, test } from "vitest";
import { type Event, isSignedByAuthor } from "../../../src/core/log/event.ts";
import { AHEAD_MAX_MS, BATCH_MAX } from "../../../src/core/log/limits.ts";
import { OwnLog } from "../../../src/core/log/own-log.ts";
import type { InstanceId } from "../../../src/wire/index.ts";
import { Author, crypto, LOBBY, NOON } from "./author.ts";

const WALL = NOON / 1_000;
const INST = "00000000000000aa" as InstanceId;
const post = (text: string) => ({ kind: "post", text, details: [] });

function ownLog(): OwnLog {
  const { id, key } = new Author(1);
  return new OwnLog(crypto, LOBBY, id, key, INST, null);
}

function written(log: OwnLog, text: string, wall = WALL): Event {
  const event = log.write(post(text), [], wall);
  if (typeof event === "string") throw new Error(event);
  return event;
}

describe("our own log", () => {
  test("chains what is written, and signs the last of it for all", () => {
    const log = ownLog();
    const [a, b] = [written(log, "a"), written(log, "b")];
    expect([a.seq, a.prev, b.seq, b.prev]).toEqual([1, null, 2, a.id]);
    const taken = log.take();
    expect(taken.map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(taken[0]?.sig).toBeNull();
    expect(isSignedByAuthor(crypto, taken[1] as Event)).toBe(true);
    expect(log.take()).toEqual([]);
    expect(written(log, "c").prev).toBe(b.id);
  });

  test("dates each event later than the last, even when the clock was set back", () => {
    const log = ownLog();
    const times = [WALL, WALL, WALL - 50_000, WALL + 1].map((wall) => written(log, "x", wall).hlc);
    expect(times).toEqual([NOON, NOON + 1, NOON + 2, NOON + 1_000]);
  });

  test("goes on behind the last event on the disk, also when the clock stands behind it", () => {
    const { id, key } = new Author(1);
    const head = { seq: 7, id: new Author(1).draft().id, hlc: NOON + 40_000_000 };
    const log = new OwnLog(crypto, LOBBY, id, key, INST, head);
    expect(log.mustBegin(WALL)).toBe(false);
    expect(written(log, "x")).toMatchObject({ seq: 8, prev: head.id, hlc: NOON + 40_000_001 });
  });

  test("has to begin anew when its last event lies more than 60 s ahead", () => {
    const { id, key } = new Author(1);
    const head = { seq: 7, id: new Author(1).draft().id, hlc: NOON + 1_000 * (AHEAD_MAX_MS + 1) };
    const log = new OwnLog(crypto, LOBBY, id, key, INST, head);
    expect(log.mustBegin(WALL)).toBe(true);
    log.begin("00000000000000bb" as InstanceId);
    expect(log.mustBegin(WALL)).toBe(false);
    expect(written(log, "x")).toMatchObject({ seq: 1, prev: null, hlc: NOON, inst: "00000000000000bb" });
  });

  test("writes nothing for words that cannot be an event", () => {
    const log = ownLog();
    expect(log.write(post("\ud800"), [], WALL)).toBe("bad-text");
    expect(log.write(post("x".repeat(20_000)), [], WALL)).toBe("too-long");
    expect(written(log, "x").seq).toBe(1);
  });

  test("is full after a batch, or after many long texts", () => {
    const log = ownLog();
    for (let count = 0; count < BATCH_MAX; count++) {
      expect(log.isFull).toBe(false);
      written(log, "x");
    }
    expect(log.isFull).toBe(true);
    log.take();
    let count = 0;
    for (; !log.isFull; count++) written(log, "x".repeat(16_000));
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(20);
  });
});
