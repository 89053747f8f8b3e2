/** Those who ask for what was said before and were not given it, and those who give it otherwise than it was said. PROTOCOL.md §19.6, §19.8. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { Roles } from "../../../src/core/log/roles.ts";
import { grantDetails } from "../../../src/core/log/statement.ts";
import { HISTORY_MS } from "../../../src/core/private/limits.ts";
import { askPast, type PastRange } from "../../../src/core/private/past-keys.ts";
import { PastSearch } from "../../../src/core/private/past-search.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import type { EventId, NodeId } from "../../../src/wire/index.ts";
import { full } from "../session/full.ts";
import type { Host } from "../world.ts";
import { Circle, endpointOf, nodeIdOf, ref, savedBy, shownAt } from "./gathering.ts";

afterEach(() => void vi.restoreAllMocks());

const texts = (circle: Circle, index: number) => shownAt(circle.at(index), circle.place.genesis);
const pastAt = (circle: Circle, index: number) => circle.at(index).node?.past(circle.place.id, circle.world.now) ?? [];
const EVER = Number.MAX_SAFE_INTEGER;
/** When a world begins. */
const NOON = 1_790_000_000_000;

/** Two who have talked, and others who know them. */
function talked(nodes: number): Circle {
  const circle = new Circle(nodes, 2);
  for (const index of [0, 1]) {
    circle.say(circle.at(index), `said by ${index}`);
    circle.world.run(500);
  }
  circle.world.run(2_000);
  return circle;
}

/** The same, and the third was given the past, which it believes ever after, and removed before it was there. */
function givenAndRemoved(): Circle {
  const circle = talked(3);
  believes(circle.at(2));
  circle.order(circle.at(2), { act: "grant", role: "member", history: true });
  circle.world.run(100);
  circle.order(circle.at(2), { act: "kick" });
  circle.world.run(100);
  return circle;
}

/** From now on the program of a host is another one than ours, in what `with` says. */
function bend(host: Host, bent: { on: boolean }): void {
  const step = host.step.bind(host);
  host.step = (input) => {
    bent.on = true;
    try {
      step(input);
    } finally {
      bent.on = false;
    }
  };
}

/** A host that thinks it was given the past, whatever anybody says. */
function believes(host: Host, wall = NOON): void {
  const [bent, historyOf, sinceOf] = [{ on: false }, Roles.prototype.historyOf, Roles.prototype.sinceOf];
  const self = nodeIdOf(host);
  bend(host, bent);
  vi.spyOn(Roles.prototype, "historyOf").mockImplementation(function (this: Roles, node) {
    return bent.on && node === self ? 1_000 * wall : historyOf.call(this, node);
  });
  vi.spyOn(Roles.prototype, "sinceOf").mockImplementation(function (this: Roles, node) {
    return bent.on && node === self ? EVER : sinceOf.call(this, node);
  });
}

/** A host that asks what we tell it to, by any signer, as often as it can. */
function asks(host: Host, to: Host, questions: () => readonly ReturnType<typeof askPast>[]): void {
  const bent = { on: false };
  bend(host, bent);
  const ask = PastSearch.prototype.ask;
  vi.spyOn(PastSearch.prototype, "ask").mockImplementation(function (this: PastSearch, ...given) {
    return bent.on ? { to: nodeIdOf(to), questions: questions() } : ask.apply(this, given);
  });
}

const keyOf = (index: number) => crypto.ed25519KeyPair(new Uint8Array(32).fill(index + 1));

/** Everything sealed that a host has, as one question. */
function rangesAt(host: Host): PastRange[] {
  const sealed = savedBy(host).filter(({ kind }) => kind === "sealed");
  return sealed.map(({ author, inst, seq, id }) => ({ author, inst, from: seq, to: seq, id }));
}

/** The messages with keys of the past that came to a host. */
function given(host: Host): number {
  return host.events.filter((event) => event.type === "traffic" && event.direction === "in" && event.text.includes('"count"')).length;
}

const dropped = (circle: Circle, index: number, reason: Parameters<Host["dropped"]>[0]) => circle.at(index).dropped(reason);

describe("nothing of before is given to", () => {
  test("a newcomer to whom it was not given, though its program asks", () => {
    const circle = talked(3);
    believes(circle.at(2));
    circle.letIn(circle.at(2));
    circle.world.run(60_000);
    expect(dropped(circle, 0, "no-history")).toBeGreaterThan(0);
    expect(dropped(circle, 1, "no-history")).toBeGreaterThan(0);
    expect([texts(circle, 2), given(circle.at(2))]).toEqual([[], 0]);
    circle.say(circle.owner, "after");
    circle.world.run(2_000);
    expect(texts(circle, 2)).toEqual(["after"]);
  });

  test("one who was given it and was removed", () => {
    const circle = givenAndRemoved();
    circle.join(circle.at(2));
    circle.world.run(60_000);
    expect([texts(circle, 2), given(circle.at(2))]).toEqual([[], 0]);
  });

  test("one who was removed while it was reading, from then on", () => {
    const circle = new Circle(3, 2);
    for (let n = 0; n < 600; n++) circle.say(circle.owner, `text ${n}`);
    circle.world.run(5_000);
    believes(circle.at(2));
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(100);
    circle.join(circle.at(2));
    for (let n = 0; n < 2_000 && texts(circle, 2).length === 0; n++) circle.world.run(1);
    circle.order(circle.at(2), { act: "kick" });
    circle.world.run(200);
    const read = texts(circle, 2).length;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(600);
    circle.world.run(60_000);
    expect(texts(circle, 2)).toHaveLength(read);
  });

  test("one who came again after it was removed, by a grant that does not say so", () => {
    const circle = givenAndRemoved();
    circle.letIn(circle.at(2));
    circle.world.run(60_000);
    expect(texts(circle, 2)).toEqual([]);
    expect(dropped(circle, 0, "no-history")).toBeGreaterThan(0);
  });

  test("one to whom a plain member says that it is given", () => {
    const circle = talked(3);
    believes(circle.at(2));
    circle.letIn(circle.at(2));
    circle.world.run(1_000);
    const forged = { kind: "grant", text: "", details: grantDetails(nodeIdOf(circle.at(2)), 1, "member", null, true) };
    for (const index of [1, 2]) circle.at(index).command({ kind: "order", id: ref(), channelId: circle.place.id, statements: [forged] });
    circle.world.run(60_000);
    expect(texts(circle, 2)).toEqual([]);
    for (const index of [0, 1]) expect(dropped(circle, index, "no-history"), `at ${index}`).toBeGreaterThan(0);
  });

  test("anybody, where the channel was made so that it never is", () => {
    const circle = talked(3);
    circle.owner.command({ kind: "create", id: ref(), name: "vault", others: "none", keepsPast: true });
    const genesis = savedBy(circle.owner).findLast(({ kind }) => kind === "genesis");
    expect(genesis?.details).toContainEqual(["history", "no"]);
    const id = circle.owner.node?.channels(circle.world.now).find(({ genesis: of }) => of === genesis?.channel)?.id;
    if (id === undefined || genesis === undefined) throw new Error("it was made");
    const to = nodeIdOf(circle.at(2));
    expect(circle.owner.node?.plan(id, to, { act: "grant", role: "member", history: true })).toBe("no-past");
    circle.owner.command({ kind: "post", id: ref(), channelId: id, text: "never to be read" });
    const all = { kind: "grant", text: "", details: grantDetails(to, 1, "member", null, true) };
    circle.owner.command({ kind: "order", id: ref(), channelId: id, statements: [all] });
    circle.world.run(100);
    believes(circle.at(2));
    circle.at(2).command({ kind: "join", channelId: id, name: "", at: [], genesis: genesis.channel });
    circle.world.run(60_000);
    expect(shownAt(circle.at(2), genesis.channel)).toEqual([]);
    expect(dropped(circle, 0, "no-history")).toBeGreaterThan(0);
  });

  test("one to whom it was given 30 days ago, who is told so", () => {
    const circle = talked(3);
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(1_000);
    for (const host of circle.hosts) host.step({ kind: "clock", epoch: NOON + HISTORY_MS });
    circle.join(circle.at(2));
    circle.world.run(20_000);
    expect(texts(circle, 2)).toEqual([]);
    expect(pastAt(circle, 2).map(({ state, count }) => [state, count])).toEqual([
      ["over", 1],
      ["over", 1],
    ]);
    believes(circle.at(2), NOON + HISTORY_MS);
    circle.world.run(20_000);
    expect(texts(circle, 2)).toEqual([]);
    expect(dropped(circle, 0, "no-history")).toBeGreaterThan(0);
    vi.restoreAllMocks();
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(20_000);
    expect(texts(circle, 2)).toEqual(["said by 0", "said by 1"]);
  });

  test("somebody in the clear, who knows the channel and its events", () => {
    const circle = talked(2);
    const bare = circle.world.bare(endpointOf(9));
    const question = askPast(
      crypto,
      keyOf(1),
      circle.place.genesis,
      ends(circle, 1, 0),
      rangesAt(circle.owner),
      new Uint8Array(32).fill(9),
      new Uint8Array(16),
    );
    const { past, otk, nonce, sig } = question;
    bare.send(circle.owner.endpoint, { msg_type: "HELLO" });
    bare.send(circle.owner.endpoint, { msg_type: "GETKEY", msg_data: { channel_id: circle.place.id, ptp: { past, otk, nonce, sig } } });
    circle.world.run(10_000);
    expect(bare.verbs()).not.toContain("KEY");
  });

  test("a member of another channel, and a stranger with a session", () => {
    const circle = talked(3);
    const stranger = circle.at(2);
    const question = () =>
      askPast(
        crypto,
        keyOf(2),
        circle.place.genesis,
        ends(circle, 2, 0),
        rangesAt(circle.owner),
        new Uint8Array(32).fill(9),
        new Uint8Array(16),
      );
    stranger.command({ kind: "create", id: ref(), name: "mine", others: "none" });
    const own = savedBy(stranger).findLast(({ kind }) => kind === "genesis")?.channel;
    circle.owner.command({ kind: "join", channelId: circle.place.id, name: "", at: [] });
    believes(stranger);
    // Its program says the questions of its own channel under the id of the other.
    const said = vi.spyOn(PastSearch.prototype, "ask").mockImplementation(() => ({ to: nodeIdOf(circle.owner), questions: [question()] }));
    circle.world.run(5_000);
    expect(said).toHaveBeenCalled();
    expect(own).toBeDefined();
    expect(dropped(circle, 0, "not-joined") + dropped(circle, 0, "not-a-member")).toBeGreaterThan(0);
    expect(given(stranger)).toBe(0);
  });

  test("one who asks in another's name, or for another's ear", () => {
    const circle = talked(4);
    for (const index of [2, 3]) {
      circle.order(circle.at(index), { act: "grant", role: "member", history: true });
      circle.world.run(100);
      circle.join(circle.at(index));
    }
    circle.world.run(20_000);
    const made = (signer: number, from: number, to: number) => () => [
      askPast(
        crypto,
        keyOf(signer),
        circle.place.genesis,
        ends(circle, from, to),
        rangesAt(circle.owner),
        new Uint8Array(32).fill(9),
        new Uint8Array(16),
      ),
    ];
    for (const questions of [made(3, 2, 0), made(2, 3, 0), made(2, 2, 1)]) {
      const before = dropped(circle, 0, "bad-key");
      asks(circle.at(2), circle.owner, questions);
      circle.world.run(3_000);
      expect(dropped(circle, 0, "bad-key")).toBeGreaterThan(before);
      vi.restoreAllMocks();
    }
  });
});

function ends(circle: Circle, asker: number, answerer: number): { asker: NodeId; answerer: NodeId } {
  return { asker: nodeIdOf(circle.at(asker)), answerer: nodeIdOf(circle.at(answerer)) };
}

describe("a member that supplies", () => {
  /** The second gives what `gives` makes of each key; the owner is away. */
  function supplied(gives: (key: Uint8Array, id: EventId) => Uint8Array): Circle {
    const circle = talked(4);
    circle.letIn(circle.at(3)); // nothing of before: it has no key to give
    circle.world.run(2_000);
    const { shelf } = circle.at(1);
    const sealedAt = shelf.sealedAt.bind(shelf);
    shelf.sealedAt = (channel, id, place) => {
      const kept = sealedAt(channel, id, place);
      return kept?.key == null ? kept : { ...kept, key: gives(kept.key, id) };
    };
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(1_000);
    circle.world.loses = ({ from, to }) => [from, to].includes(circle.owner.endpoint);
    circle.world.run(1_000);
    circle.join(circle.at(2));
    circle.world.run(60_000);
    return circle;
  }

  test("a wrong key opens nothing, and the next one is asked", () => {
    const circle = supplied((key) => key.map((byte) => byte ^ 1));
    expect(texts(circle, 2)).toEqual([]);
    expect(dropped(circle, 2, "bad-key")).toBeGreaterThan(0);
    expect(pastAt(circle, 2).reduce((sum, { count }) => sum + count, 0)).toBe(2);
    circle.world.loses = () => false;
    circle.world.run(120_000);
    expect(texts(circle, 2)).toEqual(["said by 0", "said by 1"]);
  });

  test("the key of another event opens nothing either, and nobody becomes the author of another's words", () => {
    let first: Uint8Array | null = null;
    const circle = supplied((key) => (first ??= key));
    circle.world.loses = () => false;
    circle.world.run(120_000);
    const authors = circle
      .at(2)
      .saw("post")
      .map(({ author, text }) => [author, text]);
    expect(authors).toContainEqual([nodeIdOf(circle.owner), "said by 0"]);
    expect(authors).toContainEqual([nodeIdOf(circle.at(1)), "said by 1"]);
    expect(authors).toHaveLength(2);
  });

  test("only some of them keeps the rest back, which comes from others", () => {
    const circle = talked(3);
    const { shelf } = circle.at(1);
    shelf.sealedAt = () => null;
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(100);
    circle.join(circle.at(2));
    circle.world.run(20_000);
    expect(texts(circle, 2)).toEqual(["said by 0", "said by 1"]);
  });
});

describe("a flood of questions", () => {
  test("is answered eight times a second and 64 times at once, and no talk waits for it", () => {
    const circle = talked(3);
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(100);
    circle.join(circle.at(2));
    circle.world.run(20_000);
    const question = askPast(
      crypto,
      keyOf(2),
      circle.place.genesis,
      ends(circle, 2, 0),
      rangesAt(circle.owner),
      crypto.x25519KeyPair(new Uint8Array(32).fill(9)).publicKey,
      new Uint8Array(16),
    );
    asks(circle.at(2), circle.owner, () => Array.from({ length: 200 }, () => question));
    const stray = dropped(circle, 2, "bad-key"); // each answer is one to nothing that it asked
    circle.world.run(10_000);
    const answered = dropped(circle, 2, "bad-key") - stray;
    expect(answered).toBeGreaterThan(64);
    expect(answered).toBeLessThanOrEqual(64 + 8 * 11);
    expect(dropped(circle, 0, "busy")).toBeGreaterThan(500);
    circle.say(circle.owner, "meanwhile");
    circle.world.run(500);
    expect(texts(circle, 1)).toContain("meanwhile");
  });

  test("for more than 64 events at once, or for a range upside down, is answered nothing", () => {
    const circle = talked(3);
    circle.order(circle.at(2), { act: "grant", role: "member", history: true });
    circle.world.run(100);
    circle.join(circle.at(2));
    circle.world.run(20_000);
    const [range] = rangesAt(circle.owner);
    if (range === undefined) throw new Error("something was said");
    for (const wrong of [
      { ...range, from: 1, to: 65 },
      { ...range, from: 2, to: 1 },
      { ...range, from: 1, to: Number.MAX_SAFE_INTEGER },
    ]) {
      const before = dropped(circle, 0, "incomplete");
      const made = () =>
        askPast(crypto, keyOf(2), circle.place.genesis, ends(circle, 2, 0), [wrong], new Uint8Array(32).fill(9), new Uint8Array(16));
      asks(circle.at(2), circle.owner, () => [made()]);
      circle.world.run(2_000);
      expect(dropped(circle, 0, "incomplete"), JSON.stringify(wrong)).toBeGreaterThan(before);
      vi.restoreAllMocks();
    }
  });
});

test("a member whose program knows nothing of all this goes on as before, and gives nothing", () => {
  const circle = talked(3);
  const old = circle.at(1);
  const send = circle.world.loses;
  // An older program acknowledges a GETKEY without an author, and no more.
  const bent = { on: false };
  bend(old, bent);
  const historyOf = Roles.prototype.historyOf;
  vi.spyOn(Roles.prototype, "historyOf").mockImplementation(function (this: Roles, node) {
    return bent.on ? null : historyOf.call(this, node);
  });
  circle.world.loses = ({ from, to }) => [from, to].includes(circle.owner.endpoint);
  circle.world.run(1_000);
  circle.world.loses = send;
  circle.order(circle.at(2), { act: "grant", role: "member", history: true });
  circle.world.run(1_000);
  circle.world.loses = ({ from, to }) => [from, to].includes(circle.owner.endpoint);
  circle.join(circle.at(2));
  circle.world.run(60_000);
  expect(texts(circle, 2)).toEqual([]);
  expect(pastAt(circle, 2).map(({ asked, state }) => [asked, state])).toEqual([
    [1, "waiting"],
    [1, "waiting"],
  ]);
  circle.say(old, "go on");
  circle.world.run(2_000);
  expect(texts(circle, 2)).toEqual(["go on"]);
  circle.world.loses = () => false;
  circle.world.run(90_000);
  expect(texts(circle, 2)).toEqual(["said by 0", "said by 1", "go on"]);
});

test("what a node that is no member says in a session is not heard", () => {
  const circle = talked(2);
  const stranger = full(circle.world, endpointOf(8), 8, { peers: [circle.owner.endpoint] });
  circle.world.run(2_000);
  expect(stranger.node?.past(circle.place.id, circle.world.now)).toEqual([]);
});
