/** Private channels among whole nodes: members read, nobody else hears anything, and what is missing comes. PROTOCOL.md §19. */
import { describe, expect, test } from "vitest";
import { Circle, savedBy, shownAt } from "./gathering.ts";

const texts = (circle: Circle, index: number) => shownAt(circle.at(index), circle.place.genesis);

describe("a private channel", () => {
  test("carries texts between its members, and what is signed shows nothing of them", () => {
    const circle = new Circle(3);
    circle.say(circle.owner, "the key is under the mat");
    circle.world.run(2_000);
    circle.say(circle.at(1), "which one?");
    circle.world.run(2_000);
    for (const index of [0, 1, 2]) expect(texts(circle, index)).toEqual(["the key is under the mat", "which one?"]);
    expect(circle.at(2).posts()).toEqual(["the key is under the mat", "which one?"]);
    const sealed = savedBy(circle.at(2)).filter(({ kind }) => kind === "sealed");
    expect(sealed.length).toBe(2);
    for (const host of circle.hosts) expect(JSON.stringify(savedBy(host))).not.toContain("under the mat");
  });
});
