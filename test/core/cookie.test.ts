import { describe, expect, test } from "vitest";
import { cookieFor, isCookieOf } from "../../src/core/cookie.ts";
import { COOKIE_MS } from "../../src/core/limits.ts";
import { NodeState } from "../../src/core/state.ts";
import { at } from "./said.ts";
import { configOf, World } from "./world.ts";

const node = (seed = 1) => {
  const world = new World();
  world.random = seed;
  return new NodeState(configOf(world, {}), 0);
};

describe("a cookie", () => {
  test("is good for its endpoint, from one to two minutes", () => {
    const it = node();
    const made = 30_000;
    const cookie = cookieFor(it, at(2), made);
    expect(cookie).toMatch(/^[0-9a-f]{24}$/);
    expect(isCookieOf(it, at(2), cookie, made)).toBe(true);
    expect(isCookieOf(it, at(2), cookie, 2 * COOKIE_MS - 1)).toBe(true);
    expect(isCookieOf(it, at(2), cookie, 2 * COOKIE_MS)).toBe(false);
  });

  test("is good for no other address, no other port, and no other node", () => {
    const it = node();
    const cookie = cookieFor(it, at(2), 0);
    expect(isCookieOf(it, at(3), cookie, 0)).toBe(false);
    expect(isCookieOf(it, at(2, 4_001), cookie, 0)).toBe(false);
    expect(isCookieOf(node(2), at(2), cookie, 0)).toBe(false);
  });

  test("is not good before it was made, cut short, or made up", () => {
    const it = node();
    const cookie = cookieFor(it, at(2), COOKIE_MS);
    expect(isCookieOf(it, at(2), cookie, 0)).toBe(false);
    for (const wrong of ["", cookie.slice(1), `${cookie}0`, cookie.toUpperCase(), "\u00e9".repeat(24)])
      expect(isCookieOf(it, at(2), wrong, COOKIE_MS)).toBe(wrong === cookie);
  });
});
