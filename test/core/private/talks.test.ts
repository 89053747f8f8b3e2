/** Talks of two: begun by either, sealed anew with every turn, and from a stranger only when the user takes them up. PROTOCOL.md §19. */
import { describe, expect, test } from "vitest";
import type { StoredChannel, TalkRequest } from "../../../src/core/index.ts";
import { dmHash } from "../../../src/core/log/channel-hash.ts";
import type { ChannelHash } from "../../../src/core/log/event.ts";
import { channelGuid } from "../../../src/core/log/event-message.ts";
import { sealingOf } from "../../../src/core/private/sealing.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import type { Guid, NodeId } from "../../../src/wire/index.ts";
import { full } from "../session/full.ts";
import { type Host, World } from "../world.ts";
import { endpointOf, nodeIdOf, ref, savedBy, shownAt } from "./gathering.ts";

interface Talk {
  readonly world: World;
  readonly a: Host;
  readonly b: Host;
  readonly eve: Host;
  readonly hash: ChannelHash;
  readonly id: Guid;
}

/** Three nodes that know each other's addresses; `known` are the contacts of b. */
function three(known: (a: NodeId) => readonly string[] = (a) => [a]): Talk {
  const world = new World();
  const a = full(world, endpointOf(1), 1);
  const contacts = known(nodeIdOf(a));
  const b = full(world, endpointOf(2), 2, {
    peers: [endpointOf(1)],
    contacts: { has: (id) => contacts.includes(id), all: () => contacts },
  });
  const eve = full(world, endpointOf(3), 3, { peers: [endpointOf(1), endpointOf(2)] });
  world.run(2_000);
  const hash = dmHash(sodiumCrypto, nodeIdOf(a), nodeIdOf(b));
  return { world, a, b, eve, hash, id: channelGuid(hash) };
}

const begin = ({ id }: Talk, host: Host, other: Host) =>
  host.command({ kind: "join", channelId: id, name: "", at: [], pair: nodeIdOf(other) });
const NOTHING = { channels: [], members: [], logs: [], recent: [] };
const requestChanges = (host: Host) =>
  host.saves.flatMap(({ changes }) => changes.flatMap(({ kind }) => (kind.startsWith("request") ? [kind] : [])));
const say = ({ id }: Talk, host: Host, text: string) => host.command({ kind: "post", id: ref(), channelId: id, text });

describe("a talk", () => {
  test("is begun by one, and taken up by the other where the first is a contact", () => {
    const talk = three();
    begin(talk, talk.a, talk.b);
    say(talk, talk.a, "are you there?");
    talk.world.run(5_000);
    expect(talk.b.posts()).toEqual(["are you there?"]);
    say(talk, talk.b, "yes");
    talk.world.run(2_000);
    expect(talk.a.posts()).toEqual(["yes"]);
    expect(savedBy(talk.eve)).toEqual([]);
  });

  test("is sealed in a new epoch with every turn, and in the same one within it", () => {
    const talk = three();
    begin(talk, talk.a, talk.b);
    talk.world.run(2_000);
    for (const [host, text] of [
      [talk.a, "1"],
      [talk.a, "2"],
      [talk.b, "3"],
      [talk.a, "4"],
      [talk.b, "5"],
      [talk.b, "6"],
      [talk.a, "7"],
    ] as const) {
      say(talk, host, text);
      talk.world.run(1_000);
    }
    const epochs = (host: Host) =>
      savedBy(host)
        .filter(({ kind, author }) => kind === "sealed" && author === nodeIdOf(host))
        .map((event) => sealingOf(event)?.epoch);
    const [first, second, third, fourth] = epochs(talk.a);
    expect(second).toBe(first);
    expect(new Set([first, third, fourth]).size).toBe(3);
    const [fromB, then, same] = epochs(talk.b);
    expect(fromB).not.toBe(then);
    expect(same).toBe(then);
    expect(shownAt(talk.a, talk.hash)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(shownAt(talk.b, talk.hash)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });

  test("heals: whoever copied all keys of one of them cannot open what is said a turn of both later", () => {
    const talk = three();
    begin(talk, talk.a, talk.b);
    say(talk, talk.a, "before");
    talk.world.run(3_000);
    const stolen = talk.b.shelf.prekeys(talk.hash).map(({ id }) => id);
    say(talk, talk.b, "a turn");
    talk.world.run(1_000);
    say(talk, talk.a, "after");
    talk.world.run(1_000);
    const last = savedBy(talk.a).findLast(({ kind }) => kind === "key");
    const [, prekey = ""] = last?.details.find(([name]) => name === "box")?.[1].split(" ") ?? [];
    expect(stolen).not.toContain(prekey);
    expect(talk.b.posts()).toEqual(["before", "after"]);
  });

  test("is known to nobody else: no third is sent its JOIN, also where the user connects to it", () => {
    const talk = three();
    begin(talk, talk.a, talk.b);
    talk.a.command({ kind: "tap", on: true });
    talk.a.command({ kind: "connect", ref: 1, to: talk.eve.endpoint, via: null });
    say(talk, talk.a, "between us");
    talk.world.run(70_000);
    const told = talk.a.saw("traffic").filter(({ direction, text }) => direction === "out" && text.includes(talk.id));
    expect(new Set(told.map(({ session }) => session))).toEqual(new Set([nodeIdOf(talk.b)]));
    expect(told.length).toBeGreaterThan(3);
  });

  test("takes nothing from a third, nor tells it anything", () => {
    const talk = three();
    begin(talk, talk.a, talk.b);
    say(talk, talk.a, "between us");
    talk.world.run(3_000);
    talk.eve.command({ kind: "join", channelId: talk.id, name: "", at: [], genesis: talk.hash });
    talk.world.run(20_000);
    expect(savedBy(talk.eve)).toEqual([]);
    expect(talk.a.dropped("not-a-member")).toBeGreaterThan(0);
  });
});

describe("a stranger's talk", () => {
  test("waits: nothing of it is kept, who asks is shown, and once it is taken up all that was said comes", () => {
    const talk = three(() => []);
    begin(talk, talk.a, talk.b);
    say(talk, talk.a, "you do not know me");
    talk.world.run(5_000);
    expect(talk.b.saw("request")).toMatchObject([{ peer: nodeIdOf(talk.a) }]);
    expect(talk.b.node?.requests()).toMatchObject([{ node: nodeIdOf(talk.a) }]);
    expect(talk.b.saves.flatMap(({ changes }) => changes)).toEqual([
      { kind: "request", request: { node: nodeIdOf(talk.a), at: expect.any(Number) } },
    ]);
    talk.world.run(120_000);
    expect(talk.b.saw("request")).toHaveLength(1);
    begin(talk, talk.b, talk.a);
    talk.world.run(5_000);
    expect(talk.b.posts()).toEqual(["you do not know me"]);
    expect(talk.b.node?.requests()).toEqual([]);
    expect(requestChanges(talk.b)).toEqual(["request", "request-gone"]);
  });

  test("is remembered over a restart, with when it was begun, and is taken up then without its asker being there again first", () => {
    const talk = three(() => []);
    begin(talk, talk.a, talk.b);
    say(talk, talk.a, "you do not know me");
    talk.world.run(5_000);
    const [kept] = talk.b.node?.requests() ?? [];
    talk.world.crash(talk.a);
    talk.world.crash(talk.b);
    talk.world.run(60_000);
    const again = full(talk.world, talk.b.endpoint, 2, {
      peers: [endpointOf(1)],
      restored: { ...NOTHING, requests: [kept as TalkRequest] },
    });
    expect(again.node?.requests()).toEqual([kept]);
    begin(talk, again, talk.a);
    talk.world.run(2_000);
    expect(again.node?.requests()).toEqual([]);
    expect(requestChanges(again)).toEqual(["request-gone"]);
    const { id, a } = talk;
    const channel: StoredChannel = { id, name: "", mode: "open", joinedAt: 1, inst: null, pair: nodeIdOf(a) };
    const third = full(talk.world, endpointOf(9), 2, { restored: { ...NOTHING, channels: [channel], requests: [kept as TalkRequest] } });
    expect(third.node?.requests()).toEqual([]); // they talk already
  });

  test("goes when its asker is blocked, and does not come back when that is taken back; and after 90 days", () => {
    const world = new World();
    const quiet = new Map<string, "blocked">();
    const [first, second] = [3, 4].map((n) => full(world, endpointOf(n), n)) as [Host, Host];
    const requests = [first, second].map((host, n) => ({ node: nodeIdOf(host), at: 1_790_000_000_000 - n * 89.5 * 86_400_000 }));
    const b = full(world, endpointOf(2), 2, { quiet: { of: (id) => quiet.get(id) ?? null }, restored: { ...NOTHING, requests } });
    world.run(2_000);
    expect(b.node?.requests()).toEqual(requests);
    quiet.set(nodeIdOf(first), "blocked");
    world.run(2_000);
    quiet.clear();
    expect(b.node?.requests()).toEqual(requests.slice(1));
    world.run(60_000);
    b.step({ kind: "clock", epoch: 1_790_000_000_000 + 86_400_000 });
    world.run(2_000);
    expect(b.node?.requests()).toEqual([]);
    expect(requestChanges(b)).toEqual(["request-gone", "request-gone"]);
  });

  test("of a blocked node is no request", () => {
    const world = new World();
    const a = full(world, endpointOf(1), 1);
    const blocked = nodeIdOf(a);
    const b = full(world, endpointOf(2), 2, { peers: [endpointOf(1)], quiet: { of: (id) => (id === blocked ? "blocked" : null) } });
    world.run(2_000);
    const id = channelGuid(dmHash(sodiumCrypto, nodeIdOf(a), nodeIdOf(b)));
    a.command({ kind: "join", channelId: id, name: "", at: [], pair: nodeIdOf(b) });
    world.run(5_000);
    expect(b.saw("request")).toEqual([]);
  });

  test("is one of 64 at most", () => {
    const world = new World();
    const b = full(world, endpointOf(1), 1);
    for (let n = 2; n < 72; n++) {
      const stranger = full(world, endpointOf(n), n, { peers: [endpointOf(1)] });
      world.run(300);
      const id = channelGuid(dmHash(sodiumCrypto, nodeIdOf(b), nodeIdOf(stranger)));
      stranger.command({ kind: "join", channelId: id, name: "", at: [], pair: nodeIdOf(b) });
    }
    world.run(5_000);
    expect(b.node?.requests()).toHaveLength(64);
  });
});
