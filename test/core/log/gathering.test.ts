/** Members who come and go end with the same history. PROTOCOL.md §13.10, §13.11. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { Author } from "./author.ts";
import { Gathering, type Member } from "./gathering.ts";
import { FULL_TIMEOUT_MS, isFull, runs } from "./scale.ts";

/** All hold the same: events, heads, and no holes. */
function expectSame(members: readonly Member[], at = ""): void {
  const [first, ...rest] = members as [Member, ...Member[]];
  for (const member of members) expect(member.channel?.log.holes(), at).toEqual([]);
  for (const member of rest) {
    expect(member.channel?.log.digest(), at).toBe(first.channel?.log.digest());
    expect(member.ids, at).toEqual(first.ids);
  }
}

describe("a channel", () => {
  test("in fair weather gets every post to everybody, and hands each about once to each", () => {
    const gathering = new Gathering(1, 20);
    gathering.calm();
    gathering.pass(1_000);
    for (let count = 0; count < 50; count++) {
      gathering.say(gathering.random.pick(gathering.members), `${count}`);
      gathering.pass(50);
    }
    gathering.pass(500);
    for (const member of gathering.members) expect(member.shelf.size).toBe(50);
    expect(gathering.handed / (50 * 19)).toBeLessThan(1.05);
    gathering.pass(20_000);
    expectSame(gathering.members);
  });

  test("whose members were never there together gets all posts to all, by way of a third", () => {
    const gathering = new Gathering(2, 3);
    const [anna, bob, cleo] = gathering.members as [Member, Member, Member];
    for (const [writer, text] of [
      [anna, "from Anna"],
      [bob, "from Bob"],
    ] as const) {
      gathering.connect(writer, cleo);
      gathering.say(writer, text);
      gathering.pass(5_000);
      gathering.crash(writer);
    }
    gathering.start(anna);
    gathering.connect(anna, cleo);
    gathering.pass(5_000);
    expect(anna.shelf.size).toBe(2);
    gathering.crash(anna);
    gathering.start(bob);
    gathering.connect(bob, cleo);
    gathering.pass(5_000);
    expectSame([bob, cleo]);
    expect(bob.ids).toEqual(anna.ids);
  });

  test("brings to all what is left of a log of which parts are lost for ever", () => {
    const gathering = new Gathering(6, 4);
    const [gone, one, other] = gathering.members as [Member, Member, Member];
    const author = new Author(1);
    const events = Array.from({ length: 12 }, (_, at) => author.post(`${at + 1}`));
    const kept = [1, 3, 4, 7, 12];
    gathering.crash(gone);
    for (const seq of kept) gathering.inject(seq < 12 ? one : other, events[seq - 1] as Event);
    gathering.pass(1_000);
    for (const wish of [...gathering.wishes]) if (wish.includes(gone.id)) gathering.wishes.delete(wish);
    gathering.calm();
    gathering.pass(60_000);
    const [, ...present] = gathering.members;
    for (const member of present) expect([...member.shelf.rows.values()].map(({ event }) => event.seq).sort((a, b) => a - b)).toEqual(kept);
    for (const member of present) expect(member.channel?.log.holes()).toEqual(one.channel?.log.holes());
  });

  test("that was parted for an hour is whole ten seconds after", () => {
    const gathering = new Gathering(3, 10);
    gathering.calm();
    gathering.pass(1_000);
    const half = (member: Member) => gathering.members.indexOf(member) % 2;
    gathering.divide((a, b) => half(a) === half(b));
    for (let tenth = 0; tenth < 10; tenth++) {
      for (const member of gathering.members) for (let count = 0; count < 5; count++) gathering.say(member, `${tenth} ${count}`);
      gathering.pass(360_000);
    }
    gathering.calm();
    gathering.pass(10_000);
    expect(gathering.members[0]?.shelf.size).toBe(500);
    expectSame(gathering.members);
  });

  test("shows a newcomer the newest first, and all in the end", () => {
    const gathering = new Gathering(4, 2);
    const [old, young] = gathering.members as [Member, Member];
    for (let count = 0; count < 1_000; count++) gathering.say(old, `${count}`);
    gathering.pass(1_000);
    gathering.connect(old, young);
    const newest = [...old.shelf.rows.values()].slice(-100).map(({ event }) => event.id);
    while (young.shelf.size < 128) gathering.pass(10);
    expect(young.shelf.size).toBeLessThan(300);
    for (const id of newest) expect(young.shelf.rows.has(id)).toBe(true);
    gathering.pass(20_000);
    expectSame([old, young]);
  });

  test("of a hundred members, each with a dozen neighbours, gets posts to all along trees", { timeout: FULL_TIMEOUT_MS }, () => {
    const gathering = new Gathering(5, 100);
    gathering.calm();
    gathering.pass(2_000);
    const writers = gathering.members.slice(0, 4);
    const say = (count: number) => {
      gathering.say(gathering.random.pick(writers), `${count}`);
      gathering.pass(200);
    };
    for (let count = 0; count < 20; count++) say(count);
    gathering.pass(3_000);
    const before = { handed: gathering.handed, messages: gathering.messages };
    for (let count = 0; count < 40; count++) say(count);
    gathering.pass(2_000);
    for (const member of gathering.members) expect(member.shelf.size).toBe(60);
    const deliveries = 40 * 99;
    expect((gathering.handed - before.handed) / deliveries).toBeLessThan(1.25);
    expect((gathering.messages - before.messages) / deliveries).toBeLessThan(2);
  });
});

describe("in bad weather", () => {
  const SEEDS = runs(40, 3_000);

  test(`${SEEDS} gatherings all end with one history`, { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const gathering = new Gathering(seed, 3 + (seed % 8));
      storm(gathering);
      const said = new Set(gathering.members.flatMap(({ ids }) => ids));
      gathering.calm();
      gathering.pass(120_000);
      expectSame(gathering.members, `seed ${seed}`);
      for (const id of said) expect(gathering.members[0]?.shelf.rows.has(id as never), `seed ${seed}`).toBe(true);
      if (isFull && seed % 100 === 0) console.log(`seed ${seed}: ${said.size} events`);
    }
  });

  /** Two minutes in which everything goes wrong that can. */
  function storm(gathering: Gathering): void {
    const { random, members, weather } = gathering;
    weather.loss = random.pick([0, 0.05, 0.3]);
    weather.latencyMs = random.pick([5, 50, 500]);
    weather.saveMs = random.pick([1, 20, 400]);
    for (let step = 0; step < 120; step++) {
      const member = random.pick(members);
      const other = random.pick(members);
      const dice = random.unit();
      if (dice < 0.4) for (let count = random.below(4); count >= 0; count--) gathering.say(member, `${step} ${count}`);
      else if (dice < 0.65) gathering.connect(member, other);
      else if (dice < 0.75) gathering.disconnect(member, other);
      else if (dice < 0.85) gathering.crash(member);
      else if (dice < 0.95 && member.channel === null) gathering.start(member);
      else if (dice < 0.97) gathering.divide((a, b) => members.indexOf(a) % 2 === members.indexOf(b) % 2);
      else weather.loss = random.pick([0, 0.05, 0.3]);
      gathering.pass(random.between(0, 2_000));
    }
  }
});
