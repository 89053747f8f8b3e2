import { describe, expect, test } from "vitest";
import { CREDIT_WAIT_MS } from "../../src/core/limits.ts";
import { newPath } from "../../src/core/path.ts";
import { type Waiting, WaitingRoom } from "../../src/core/waiting-room.ts";
import { at } from "./said.ts";

function letter(n: number, name: string, since = 0): Waiting {
  return { path: newPath("direct", at(n), 0), verb: "CHANNEL", bytes: new TextEncoder().encode(name), since };
}

function flushed(room: WaitingRoom, network: string, most = 99): string[] {
  const names: string[] = [];
  room.flush(network, ({ bytes }) => {
    if (names.length >= most) return false;
    names.push(new TextDecoder().decode(bytes));
    return true;
  });
  return names;
}

describe("the waiting room", () => {
  test("keeps a line for each address, in order, HELLO and ACK at its head", () => {
    const room = new WaitingRoom();
    for (const name of ["a", "b"]) room.add(letter(2, name), false, 9, 9);
    room.add(letter(2, "first"), true, 9, 9);
    room.add(letter(3, "other"), false, 9, 9);
    expect(flushed(room, "203.0.113.2")).toEqual(["first", "a", "b"]);
    expect(room.holds("203.0.113.2")).toBe(false);
    expect(room.networks()).toEqual(["203.0.113.3"]);
  });

  test("stops at the first that cannot be paid, and keeps the rest", () => {
    const room = new WaitingRoom();
    for (const name of ["a", "b", "c"]) room.add(letter(2, name), false, 9, 9);
    expect(flushed(room, "203.0.113.2", 1)).toEqual(["a"]);
    expect(flushed(room, "203.0.113.2")).toEqual(["b", "c"]);
  });

  test("is bounded for each address and in all, and has room again when it empties", () => {
    const room = new WaitingRoom();
    expect(room.add(letter(2, "a"), false, 1, 2)).toBe(true);
    expect(room.add(letter(2, "b"), false, 1, 2)).toBe(false);
    expect(room.add(letter(3, "c"), false, 1, 2)).toBe(true);
    expect(room.add(letter(4, "d"), false, 1, 2)).toBe(false);
    flushed(room, "203.0.113.2");
    expect(room.add(letter(4, "d"), false, 1, 2)).toBe(true);
    room.expire(CREDIT_WAIT_MS);
    expect(room.networks()).toEqual([]);
    expect(room.add(letter(5, "e"), false, 1, 1)).toBe(true);
  });

  test("gives out what has waited 30 s, and not before", () => {
    const room = new WaitingRoom();
    room.add(letter(2, "old", 0), false, 9, 9);
    room.add(letter(2, "new", 1), false, 9, 9);
    expect(room.expire(CREDIT_WAIT_MS - 1)).toEqual([]);
    expect(room.expire(CREDIT_WAIT_MS)).toHaveLength(1);
    expect(flushed(room, "203.0.113.2")).toEqual(["new"]);
  });
});
