/** What is handed on at once, what waits for a turn of the event loop, and what is dropped. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BACKLOG_MAX, Backlog } from "../../src/net/index.ts";
import type { Endpoint } from "../../src/wire/index.ts";

const STRANGER = "192.0.2.1:7667" as Endpoint;
const FRAME = 0xf8;
const BRACE = 0x7b;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate", "clearImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A node that needs `eachMs` for a datagram, on a clock that nothing else moves. */
function setUp(eachMs: number) {
  const heard: number[] = [];
  let now = 0;
  const receive = (_socket: number, _from: Endpoint, bytes: Uint8Array) => {
    heard.push(bytes[1] ?? bytes[0] ?? -1);
    now += eachMs;
  };
  const backlog = new Backlog(receive, () => now);
  const bare = (number: number) => backlog.take(0, STRANGER, Uint8Array.of(BRACE, number));
  const frame = () => backlog.take(0, STRANGER, Uint8Array.of(FRAME));
  return { heard, backlog, bare, frame };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test("what takes little time is handed on at once, in order", () => {
  const { heard, bare, frame } = setUp(0.001);
  for (const number of numbers(0, 200)) bare(number);
  frame();
  expect(heard).toEqual([...numbers(0, 200), FRAME]);
  vi.advanceTimersToNextTimer();
  expect(vi.getTimerCount()).toBe(0);
});

test("of a flood each turn hands on half a millisecond, in order; frames of sessions at once", () => {
  const { heard, bare, frame } = setUp(0.125);
  for (const number of numbers(0, 10)) bare(number);
  frame();
  expect(heard.splice(0)).toEqual([0, 1, 2, 3, FRAME]);
  vi.advanceTimersToNextTimer();
  bare(10);
  frame();
  expect(heard.splice(0)).toEqual([4, 5, 6, 7, FRAME]);
  vi.advanceTimersToNextTimer();
  expect(heard.splice(0)).toEqual([8, 9, 10]);
  bare(11);
  expect(heard).toEqual([11]);
});

test("one that takes longer than a turn does not keep the others back for ever", () => {
  const { heard, bare } = setUp(3);
  for (const number of numbers(0, 3)) bare(number);
  vi.runAllTimers();
  expect(heard).toEqual([0, 1, 2]);
});

test("what is too much to wait is dropped, and said so", () => {
  const { heard, bare } = setUp(0.5);
  const taken = numbers(0, 1 + BACKLOG_MAX).map(() => bare(1));
  expect(taken).not.toContain(false);
  expect(bare(2)).toBe(false);
  vi.advanceTimersToNextTimer();
  expect(bare(3)).toBe(true);
  vi.runAllTimers();
  expect(heard).toHaveLength(BACKLOG_MAX + 2);
  expect(heard.at(-1)).toBe(3);
});

test("nothing comes once it is cleared, not even when that happens on the way", () => {
  const { heard, backlog, bare } = setUp(0.25);
  for (const number of numbers(0, 40)) bare(number);
  backlog.clear();
  vi.runAllTimers();
  expect(heard).toEqual([0, 1]);
  const clearing = new Backlog(
    () => clearing.clear(),
    () => 0,
  );
  expect(clearing.take(0, STRANGER, Uint8Array.of(BRACE))).toBe(true);
});
