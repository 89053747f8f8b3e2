import { expect, test } from "vitest";
import { nearest } from "../../../src/faces/shared/nearest.ts";

const WORDS = ["join", "leave", "send", "status", "start", "stop", "peers", "rendezvous", "connect"];

test.each([
  ["jion", "join"],
  ["snd", "send"],
  ["statsu", "status"],
  ["conect", "connect"],
  ["rend", "rendezvous"],
  ["PEERS", "peers"],
])("%s is nearest to %s", (typed, meant) => {
  expect(nearest(typed, WORDS)).toBe(meant);
});

test("a word that is near to none has no nearest", () => {
  expect(nearest("xyzzy", WORDS)).toBeNull();
  expect(nearest("", WORDS)).toBeNull();
});
