/** What was said before somebody came: shown to whom that was given, and to nobody else. PROTOCOL.md §19.6. */
import { describe, expect, test } from "vitest";
import type { Act } from "../../../src/core/open/writing.ts";
import { KEYS_KEPT_MS } from "../../../src/core/private/limits.ts";
import type { Host } from "../world.ts";
import { Circle, keylessDisk, nodeIdOf, savedBy, shownAt } from "./gathering.ts";

const texts = (circle: Circle, index: number) => shownAt(circle.at(index), circle.place.genesis);
const pastAt = (circle: Circle, index: number) => circle.at(index).node?.past(circle.place.id, circle.world.now) ?? [];

/** A member comes, who may read what was said before. */
function letInWithHistory(circle: Circle, index: number, role: "member" | "reader" = "member"): void {
  circle.order(circle.at(index), { act: "grant", role, history: true });
  circle.world.run(100);
  circle.join(circle.at(index));
}

let acts = 0;
function act(circle: Circle, by: Host, what: Act): void {
  by.command({ kind: "act", id: `${++acts}`.padStart(32, "a"), channelId: circle.place.id, act: what });
  circle.world.run(100);
}

/** The owner and the second say so many texts. */
function talk(circle: Circle, count: number): string[] {
  const said = Array.from({ length: count }, (_, n) => `text ${n}`);
  for (const [n, text] of said.entries()) {
    circle.say(circle.at(n % 2), text);
    circle.world.run(20);
  }
  circle.world.run(2_000);
  return said;
}

describe("a newcomer to whom it was given", () => {
  test("reads all that was said before it came, by whomever, and what is said from then on", () => {
    const circle = new Circle(3, 2);
    const said = talk(circle, 10);
    letInWithHistory(circle, 2);
    circle.world.run(10_000);
    expect(texts(circle, 2)).toEqual(said);
    circle.say(circle.at(1), "and this");
    circle.world.run(2_000);
    expect(texts(circle, 2)).toEqual([...said, "and this"]);
    expect(pastAt(circle, 2)).toEqual([]);
    const authors = circle
      .at(2)
      .saw("post")
      .map(({ author, text }) => `${author} ${text}`);
    expect(authors).toContain(`${nodeIdOf(circle.at(1))} text 1`);
    expect(authors).toContain(`${nodeIdOf(circle.owner)} text 2`);
  });

  test("reads on many pages, the newest first, and goes on where it was after a new start", () => {
    const circle = new Circle(3, 2);
    const said = talk(circle, 600);
    letInWithHistory(circle, 2);
    for (let n = 0; n < 2_000 && texts(circle, 2).filter((text) => text !== "").length < 100; n++) circle.world.run(5);
    const some = texts(circle, 2);
    expect(some.length).toBeLessThan(600);
    expect(some.at(-1)).toMatch(/^text 59[89]$/);
    circle.restart(2, circle.at(2).shelf);
    circle.world.run(30_000);
    expect(texts(circle, 2)).toEqual(said);
  });

  test("reads from any member, while who let it in and who wrote are away", () => {
    const circle = new Circle(4, 3);
    const said = talk(circle, 6);
    circle.order(circle.at(3), { act: "grant", role: "member", history: true });
    circle.world.run(2_000);
    for (const index of [0, 1]) circle.world.crash(circle.at(index));
    circle.world.run(1_000);
    circle.join(circle.at(3));
    circle.world.run(90_000);
    expect(texts(circle, 3)).toEqual(said);
  });

  test("reads it when it was given later than the role", () => {
    const circle = new Circle(3, 2);
    const said = talk(circle, 4);
    circle.letIn(circle.at(2));
    circle.world.run(40_000);
    expect(texts(circle, 2)).toEqual([]);
    expect(pastAt(circle, 2)).toEqual([]);
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(10_000);
    expect(texts(circle, 2)).toEqual(said);
  });

  test("shows what it read to the next, so that what nobody else has any more is not lost", () => {
    const circle = new Circle(4, 2);
    const said = talk(circle, 6);
    letInWithHistory(circle, 2);
    circle.world.run(10_000);
    circle.order(circle.at(3), { act: "grant", role: "member", history: true });
    circle.world.run(2_000);
    for (const index of [0, 1]) circle.world.crash(circle.at(index));
    circle.join(circle.at(3));
    circle.world.run(90_000);
    expect(texts(circle, 3)).toEqual(said);
  });

  test("reads what was said more than 14 days ago, when no key of an epoch is kept any more", () => {
    const circle = new Circle(3, 2);
    const said = talk(circle, 6);
    for (const index of [0, 1]) {
      const { shelf } = circle.at(index);
      shelf.forgetKeys(Number.MAX_SAFE_INTEGER);
      circle.restart(index, shelf);
    }
    circle.world.run(5_000);
    letInWithHistory(circle, 2);
    circle.world.run(20_000);
    expect(texts(circle, 2)).toEqual(said);
  });

  test("reads again what it read before it lost its keys, and the key of no epoch is kept of", () => {
    const circle = new Circle(3);
    const said = talk(circle, 6);
    expect(texts(circle, 2)).toEqual(said);
    const lost = keylessDisk(circle.at(2));
    for (const index of [0, 1, 2]) {
      const shelf = index === 2 ? lost : circle.at(index).shelf;
      shelf.forgetKeys(Number.MAX_SAFE_INTEGER);
      circle.restart(index, shelf).step({ kind: "clock", epoch: 1_790_000_000_000 + 2 * KEYS_KEPT_MS });
    }
    circle.world.run(40_000);
    expect(texts(circle, 2)).toEqual([]);
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(40_000);
    expect(texts(circle, 2)).toEqual(said);
  });

  test("sees a post as it stands: with its edits and reactions, and nothing of what was deleted", () => {
    const circle = new Circle(3, 2);
    talk(circle, 3);
    const about = (text: string) => {
      const post = circle.owner.saw("post").find((each) => each.text === text);
      const event = savedBy(circle.owner).find(({ id }) => id === post?.id);
      if (event === undefined) throw new Error(`nobody said ${text}`);
      return { hlc: event.hlc, id: event.id };
    };
    act(circle, circle.owner, { kind: "edit", target: about("text 0"), text: "a better text" });
    act(circle, circle.owner, { kind: "edit", target: about("text 2"), text: "a secret slip" });
    act(circle, circle.owner, { kind: "delete", target: about("text 2") });
    circle.world.run(2_000);
    letInWithHistory(circle, 2);
    circle.world.run(10_000);
    const seen = circle
      .at(2)
      .shelf.all(circle.place.genesis)
      .flatMap(({ id }) => circle.at(2).shelf.seen(circle.place.genesis, id) ?? []);
    expect(seen.map(({ text }) => text)).toContain("a better text");
    expect(seen.map(({ text }) => text)).toContain("text 1");
    expect(seen.map(({ text }) => text)).not.toContain("text 2");
    expect(seen.map(({ text }) => text)).not.toContain("a secret slip");
    expect(pastAt(circle, 2)).toEqual([{ author: nodeIdOf(circle.owner), count: 2, deleted: 2, asked: 2, state: "waiting" }]);
  });
});
