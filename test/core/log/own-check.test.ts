/** Whether our own log may be gone on with. PROTOCOL.md §13.6. */
import { expect, test } from "vitest";
import { OWN_CHECK_MS } from "../../../src/core/log/limits.ts";
import { OwnCheck } from "../../../src/core/log/own-check.ts";

test("a node that has written nothing yet, and one with nobody there, need not wait", () => {
  const none = new OwnCheck(false);
  none.meet("b", 0);
  expect(none.isOver(0)).toBe(true);
  expect(new OwnCheck(true).isOver(0)).toBe(true);
});

test("two neighbours are asked, or the one that there is", () => {
  const check = new OwnCheck(true);
  check.meet("b", 0);
  expect(check.isOver(1)).toBe(false);
  check.meet("c", 1);
  check.agree("b");
  expect(check.isOver(2)).toBe(false);
  check.agree("stranger");
  expect(check.isOver(2)).toBe(false);
  check.agree("c");
  expect(check.isOver(2)).toBe(true);
  const alone = new OwnCheck(true);
  alone.meet("b", 0);
  alone.agree("b");
  expect(alone.isOver(1)).toBe(true);
});

test("whoever says nothing, or claims what it does not show, holds up nobody for longer than two seconds", () => {
  const check = new OwnCheck(true);
  check.meet("b", 10);
  check.meet("c", 1_000);
  expect(check.isOver(9 + OWN_CHECK_MS)).toBe(false);
  expect(check.isOver(10 + OWN_CHECK_MS)).toBe(true);
  check.meet("d", 5_000);
  expect(check.isOver(5_000)).toBe(true);
});

test("is over for good once something is written, or a new log is begun", () => {
  const check = new OwnCheck(true);
  expect(check.isPending).toBe(true);
  check.end();
  check.meet("b", 0);
  expect(check.isOver(0)).toBe(true);
  expect(check.isPending).toBe(false);
});

test("the last neighbour gone, nobody is waited for", () => {
  const check = new OwnCheck(true);
  check.meet("b", 0);
  check.lose("b");
  expect(check.isOver(1)).toBe(true);
});
