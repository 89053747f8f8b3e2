/** Private channels among whole nodes: members read, nobody else hears anything, and what is missing comes. PROTOCOL.md §19. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/index.ts";
import { recipientsIn } from "../../../src/core/private/boxes.ts";
import { sealingOf } from "../../../src/core/private/sealing.ts";
import type { Endpoint } from "../../../src/wire/index.ts";
import { LATENCY_MS } from "../world.ts";
import { Circle, endpointOf, keylessDisk, nodeIdOf, savedBy, shownAt } from "./gathering.ts";

const texts = (circle: Circle, index: number) => shownAt(circle.at(index), circle.place.genesis);
const HOUR_MS = 3_600_000;

/** The epochs of the sealed events that a node wrote itself, in their order. */
function epochsBy(circle: Circle, index: number): number[] {
  const host = circle.at(index);
  const own = savedBy(host).filter(({ kind, author }) => kind === "sealed" && author === nodeIdOf(host));
  return own.map((event) => sealingOf(event)?.epoch ?? 0);
}

/** For whom the keys of an epoch were sealed by a node. */
function boxesBy(circle: Circle, index: number, epoch: number): string[] {
  const keys = savedBy(circle.at(index)).filter(({ kind, author }) => kind === "key" && author === nodeIdOf(circle.at(index)));
  return keys.filter(({ details }) => details.some(([name, value]) => name === "epoch" && value === `${epoch}`)).flatMap(recipientsIn);
}

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

  test("reaches a member that was away, though the author is gone when it comes back", () => {
    const circle = new Circle(3);
    const absent = circle.at(2);
    circle.world.loses = ({ from, to }) => [from, to].includes(absent.endpoint);
    circle.say(circle.at(1), "said meanwhile");
    circle.world.run(20_000);
    circle.world.loses = ({ from, to }) => [from, to].includes(circle.at(1).endpoint);
    circle.world.run(90_000);
    expect(texts(circle, 2)).toEqual(["said meanwhile"]);
  });

  test("is entered over a plain member, while the owner who let the newcomer in is away", () => {
    const circle = new Circle(4, 3);
    circle.order(circle.at(3), { act: "grant", role: "member" });
    circle.world.run(2_000);
    circle.world.crash(circle.owner);
    circle.world.run(1_000);
    circle.join(circle.at(3));
    circle.world.run(20_000);
    circle.say(circle.at(1), "come in");
    circle.world.run(1_000);
    circle.say(circle.at(3), "thank you");
    circle.world.run(20_000);
    expect(texts(circle, 3)).toEqual(["come in", "thank you"]);
    expect(texts(circle, 2)).toEqual(["come in", "thank you"]);
  });

  test("reaches a member that was let in and has never been there, from the first text on, once it comes", () => {
    const circle = new Circle(2, 1);
    circle.order(circle.at(1), { act: "grant", role: "member" });
    circle.say(circle.owner, "welcome, whenever");
    circle.world.run(1_000);
    circle.join(circle.at(1));
    circle.world.run(5_000);
    expect(circle.at(1).posts()).toEqual(["welcome, whenever"]);
  });

  test("opens to a newcomer what is said from its grant on, and nothing of before, whomever it asks", () => {
    const circle = new Circle(3, 2);
    circle.say(circle.owner, "before");
    circle.world.run(2_000);
    circle.letIn(circle.at(2));
    circle.world.run(3_000);
    circle.say(circle.owner, "after");
    circle.world.run(60_000);
    expect(texts(circle, 2)).toEqual(["after"]);
    expect(circle.at(2).node?.locked(circle.place.id)).toEqual([]);
  });

  test("gives a newcomer no key of before, where its program asks for one all the same", () => {
    const circle = new Circle(3, 2);
    circle.say(circle.owner, "before");
    circle.world.run(2_000);
    const { shelf } = circle.at(2);
    const awaited = shelf.awaited.bind(shelf);
    shelf.awaited = (channel, _since, most) => awaited(channel, 0, most);
    circle.letIn(circle.at(2));
    circle.world.run(60_000);
    expect(circle.at(2).node?.locked(circle.place.id)).toMatchObject([{ count: 1, asked: 2 }]);
    expect(texts(circle, 2)).toEqual([]);
  });

  test("lets readers read, and takes nothing from them but their nick", () => {
    const circle = new Circle(2, 1);
    circle.letIn(circle.at(1), "reader");
    circle.world.run(3_000);
    circle.say(circle.owner, "listen");
    circle.world.run(2_000);
    circle.say(circle.at(1), "I say");
    circle.world.run(2_000);
    expect(circle.at(1).posts()).toEqual(["listen"]);
    expect(circle.owner.posts()).toEqual([]);
  });
});

describe("an epoch", () => {
  test("lasts while nothing happens, and ends after 100 events and after a day", () => {
    const circle = new Circle(2);
    for (let n = 0; n < 101; n++) circle.say(circle.owner, `text ${n}`);
    circle.world.run(5_000);
    const epochs = epochsBy(circle, 0);
    expect(new Set(epochs.slice(0, 100)).size).toBe(1);
    expect(new Set(epochs).size).toBe(2);
    circle.world.run(23 * HOUR_MS);
    circle.say(circle.owner, "the same day");
    circle.world.run(1_000);
    expect(new Set(epochsBy(circle, 0)).size).toBe(2);
    circle.world.run(HOUR_MS);
    circle.say(circle.owner, "the next day");
    circle.world.run(2_000);
    expect(new Set(epochsBy(circle, 0)).size).toBe(3);
    expect(texts(circle, 1).slice(-2)).toEqual(["the same day", "the next day"]);
  }, 60_000);

  test("ends with the run of a program", () => {
    const circle = new Circle(2);
    circle.say(circle.owner, "one");
    circle.world.run(1_000);
    circle.restart(0);
    circle.world.run(5_000);
    circle.say(circle.owner, "two");
    circle.world.run(5_000);
    expect(circle.at(1).posts()).toEqual(["one", "two"]);
    const sealed = savedBy(circle.at(1)).filter(({ kind }) => kind === "sealed");
    expect(new Set(sealed.map((event) => sealingOf(event)?.epoch)).size).toBe(2);
  });

  test("ends when somebody is let in or removed, and is sealed to those alone who are in then", () => {
    const circle = new Circle(3, 2);
    const [, bob, eve] = circle.hosts.map(nodeIdOf);
    circle.say(circle.owner, "two of us");
    circle.world.run(1_000);
    circle.letIn(circle.at(2));
    circle.world.run(3_000);
    circle.say(circle.owner, "three of us");
    circle.world.run(2_000);
    circle.order(circle.at(2), { act: "kick" });
    circle.say(circle.owner, "two again");
    circle.world.run(2_000);
    const epochs = epochsBy(circle, 0);
    expect(new Set(epochs).size).toBe(3);
    expect(epochs.map((epoch) => boxesBy(circle, 0, epoch).sort())).toEqual([[bob], [bob, eve].sort(), [bob]]);
  });
});

describe("row 24: who was removed", () => {
  test("hears nothing of what is said from then on, not even that it was", () => {
    const circle = new Circle(3);
    circle.say(circle.owner, "before");
    circle.world.run(2_000);
    circle.order(circle.at(2), { act: "kick" });
    circle.say(circle.owner, "after");
    circle.world.run(1_000);
    circle.say(circle.at(1), "I agree");
    circle.world.run(60_000);
    expect(texts(circle, 1)).toEqual(["before", "after", "I agree"]);
    expect(texts(circle, 2)).toEqual(["before"]);
    const ids = (events: readonly Event[]) => events.filter(({ kind }) => kind === "sealed").map(({ id }) => id);
    expect(ids(savedBy(circle.at(2)))).toHaveLength(1);
  });

  test("cannot open it either where it gets hold of it", () => {
    const circle = new Circle(3);
    circle.say(circle.owner, "before");
    circle.world.run(2_000);
    const removed = circle.at(2);
    circle.order(removed, { act: "kick" });
    circle.say(circle.owner, "after");
    circle.world.run(2_000);
    for (const event of savedBy(circle.owner))
      removed.shelf.keep({ event, branch: 0, ...(event.kind === "sealed" ? { waits: sealingOf(event)?.epoch ?? 0 } : {}) });
    circle.restart(2);
    circle.world.run(60_000);
    expect(texts(circle, 2)).toEqual(["before"]);
    expect(circle.at(2).dropped("bad-key")).toBe(0);
  });

  test("says nothing that others take", () => {
    const circle = new Circle(2);
    circle.order(circle.at(1), { act: "kick" });
    circle.world.run(1_000);
    circle.say(circle.at(1), "still here");
    circle.world.run(15_000);
    const received = () => circle.owner.node?.counters().received.MESSAGE;
    const before = received();
    circle.world.run(120_000);
    expect(circle.owner.posts()).toEqual([]);
    expect(received(), "it does not say so for ever").toBe(before);
    expect(circle.owner.dropped("not-a-member")).toBeGreaterThan(0);
  });
});

describe("row 23: an outsider", () => {
  test("that knows the channel's id is told nothing: no event, no heads, no digest, no genesis", () => {
    const circle = new Circle(3, 2);
    circle.say(circle.owner, "among us");
    const outsider = circle.at(2);
    const before = outsider.saves.length;
    circle.join(outsider);
    circle.world.run(60_000);
    expect(savedBy(outsider)).toEqual([]);
    expect(outsider.saw("charter")).toEqual([]);
    expect(circle.owner.dropped("not-a-member")).toBeGreaterThan(0);
    expect(
      outsider.saves
        .slice(before)
        .flatMap(({ changes }) => changes)
        .every(({ kind }) => kind === "channel"),
    ).toBe(true);
  });

  test("that grants itself a role gets none, and no key", () => {
    const circle = new Circle(3, 2);
    const outsider = circle.at(2);
    outsider.shelf.keep({ event: savedBy(circle.owner).find(({ kind }) => kind === "genesis") as Event, branch: 0 });
    circle.join(outsider);
    circle.world.run(1_000);
    const details = [
      ["node", nodeIdOf(outsider)],
      ["inc", "1"],
      ["role", "admin"],
    ] as const;
    const statements = [{ kind: "grant", text: "", details }];
    outsider.command({ kind: "order", id: "f".repeat(32), channelId: circle.place.id, statements });
    circle.world.run(2_000);
    circle.say(circle.owner, "among us");
    circle.world.run(30_000);
    const boxes = savedBy(circle.owner).filter(({ kind }) => kind === "key");
    expect(boxes.flatMap(recipientsIn)).not.toContain(nodeIdOf(outsider));
    expect(texts(circle, 2)).toEqual([]);
  });

  test("in the clear is sent no text, no name and no JOIN", () => {
    const circle = new Circle(2);
    const bare = circle.world.bare("203.0.113.77:7667");
    circle.world.rhythm(bare, circle.owner.endpoint);
    circle.world.run(3_000);
    bare.send(circle.owner.endpoint, { msg_type: "JOIN", msg_data: { channel_id: circle.place.id } });
    circle.world.run(1_000);
    circle.say(circle.owner, "not for you");
    circle.owner.command({
      kind: "join",
      channelId: circle.place.id,
      name: "attic",
      at: [bare.endpoint as Endpoint],
      genesis: circle.place.genesis,
    });
    circle.world.run(10_000);
    expect(bare.got("MESSAGE")).toEqual([]);
    expect(bare.got("JOIN")).toEqual([]);
    expect(bare.got("CHANNEL")).toEqual([]);
  });
});

describe("a node that has lost its keys", () => {
  test("is told what it waits for, asks members, and reads again", () => {
    const circle = new Circle(3);
    circle.say(circle.owner, "one");
    circle.world.run(2_000);
    circle.world.loses = ({ from, to }) => [from, to].includes(endpointOf(3));
    circle.say(circle.at(1), "two");
    circle.say(circle.at(1), "three");
    circle.world.run(1_000);
    circle.restart(2, keylessDisk(circle.at(2)));
    circle.world.run(5_000);
    // nobody has its prekeys any more, and the author is away: only another member has the key
    circle.world.loses = ({ from, to }) => [from, to].includes(endpointOf(2));
    let seen: unknown[] = [];
    for (let n = 0; n < 3_000 && seen.length === 0; n++) {
      circle.world.run(20);
      seen = circle.at(2).node?.locked(circle.place.id) ?? [];
    }
    expect(seen).toMatchObject([{ author: expect.any(String), count: expect.any(Number) }]);
    circle.world.run(60_000);
    expect(texts(circle, 2)).toEqual(["one", "two", "three"]);
    expect(circle.at(2).posts().toSorted()).toEqual(["one", "three", "two"]);
    expect(circle.at(2).node?.locked(circle.place.id)).toEqual([]);
  });
});

test("what a removed member said to somebody who had not heard of it is awaited from nobody", () => {
  const circle = new Circle(3);
  const [owner, carol, eve] = circle.hosts;
  circle.world.loses = ({ from, to }) => [from, to].includes(owner?.endpoint as Endpoint);
  circle.order(eve as never, { act: "kick" });
  circle.say(eve as never, "beyond the cut");
  circle.world.run(3_000);
  expect(carol?.posts()).toEqual(["beyond the cut"]);
  circle.restart(1, keylessDisk(carol as never));
  circle.world.loses = ({ from, to }) => [from, to].includes(endpointOf(3));
  circle.world.run(60_000);
  expect(circle.at(1).saw("role")).toMatchObject([{ node: nodeIdOf(eve as never), role: "none" }]);
  expect(circle.at(1).node?.locked(circle.place.id)).toEqual([]);
});

test("nothing of it is late by more than the way takes", () => {
  const circle = new Circle(2);
  circle.say(circle.owner, "first");
  circle.world.run(2_000);
  const at = circle.world.now;
  circle.say(circle.owner, "second");
  circle.world.run(1_000);
  const [, second] = circle.at(1).saw("post");
  expect((second?.at ?? 0) - at).toBeLessThan(4 * LATENCY_MS);
});
