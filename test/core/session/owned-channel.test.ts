/** Open channels with an owner: joined by the id of their genesis, with roles that hold wherever and whenever they are heard of. */
import { describe, expect, test } from "vitest";
import type { Act, ChannelHash, Command, Event, StoredChannel } from "../../../src/core/index.ts";
import type { Detail } from "../../../src/core/log/event.ts";
import { channelGuid } from "../../../src/core/log/event-message.ts";
import { grantDetails, type Role, revokeDetails } from "../../../src/core/log/statement.ts";
import type { Endpoint, Guid, InstanceId, NodeId } from "../../../src/wire/index.ts";
import { type Host, World } from "../world.ts";
import { A, B, full, idOf, pair } from "./full.ts";

const C = "203.0.113.3:7667" as Endpoint;

let commands = 0;
const ref = () => `${++commands}`.padStart(32, "0");

interface Place {
  readonly id: Guid;
  readonly genesis: ChannelHash;
}

/** The host makes a channel and is in it. */
function create(host: Host, others: "member" | "reader" = "member"): Place {
  host.command({ kind: "create", id: ref(), name: "garden", others });
  const made = host.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])));
  const genesis = made.findLast(({ kind }) => kind === "genesis")?.channel as ChannelHash;
  return { id: channelGuid(genesis), genesis };
}

const joins = ({ id, genesis }: Place, name = "garden"): Command => ({ kind: "join", channelId: id, name, at: [], genesis });
const says = ({ id }: Place, text: string): Command => ({ kind: "post", id: ref(), channelId: id, text });
const order = ({ id }: Place, ...all: [kind: string, details: Detail[]][]): Command => {
  return { kind: "order", id: ref(), channelId: id, statements: all.map(([kind, details]) => ({ kind, text: "", details })) };
};
const grants = (place: Place, host: Host, inc: number, role: Role) =>
  order(place, ["grant", grantDetails(idOf(host) as NodeId, inc, role)]);

/** The end of the log of `of`, as `host` has it on its disk. */
function headOf(host: Host, of: Host): [InstanceId, { seq: number; id: never }][] {
  const own = host.saves.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.kind === "signed" && change.event.author === idOf(of) ? [change.event] : [])),
  );
  const last = own.sort((a, b) => a.seq - b.seq).at(-1);
  return last === undefined ? [] : [[last.inst, { seq: last.seq, id: last.id as never }]];
}

const revokes = (place: Place, by: Host, host: Host, inc = 0): Command =>
  order(place, ["revoke", revokeDetails(idOf(host) as NodeId, inc, headOf(by, host))]);

/** What stands in front of a person: what was shown and did not vanish. */
function shown(host: Host): string[] {
  const gone = new Set(host.saw("post-gone").map(({ id }) => id));
  return host.events.flatMap((event) => (event.type === "post" && !gone.has(event.id) ? [event.text] : []));
}

/** The signed events that a host has on its disk. */
function heldBy(host: Host): Event[] {
  return host.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])));
}

/** `b` owns a channel that `a` has joined. */
function garden(others: "member" | "reader" = "member"): { world: World; a: Host; b: Host; place: Place } {
  const { world, a, b } = pair();
  const place = create(b, others);
  a.command(joins(place));
  world.run(1_000);
  return { world, a, b, place };
}

describe("a channel with an owner", () => {
  test("is joined by the id of its genesis alone, and is then what its owner made it", () => {
    const { world, a, b } = pair();
    const place = create(b);
    a.command(joins(place, "whatever"));
    world.run(1_000);
    expect(a.saw("charter")).toMatchObject([{ channelId: place.id, owner: idOf(b), called: "garden", others: "member" }]);
    b.command(says(place, "welcome"));
    a.command(says(place, "thank you"));
    world.run(1_000);
    expect(a.posts()).toEqual(["welcome"]);
    expect(b.posts()).toEqual(["thank you"]);
  });
});

describe("a removal", () => {
  test("ends what the removed says, and stands by what it said before", () => {
    const { world, a, b, place } = garden();
    a.command(says(place, "before"));
    world.run(500);
    b.command(revokes(place, b, a));
    world.run(500);
    a.command(says(place, "after"));
    world.run(1_000);
    expect(b.posts()).toEqual(["before"]);
    expect(a.saw("role")).toMatchObject([{ node: idOf(a), role: "none", before: "member", by: idOf(b) }]);
    expect(b.saw("role")).toMatchObject([{ node: idOf(a), role: "none" }]);
  });
});

describe("joining by the id of a genesis", () => {
  test("waits until somebody has it, and takes nothing else before; another one's genesis is not taken for it", () => {
    const world = new World();
    const b = full(world, B, 2);
    const a = full(world, A, 1, { peers: [B] });
    const place = create(b);
    const strange = { id: place.id, genesis: "3f".repeat(32) as ChannelHash };
    a.command(joins(strange));
    b.command(says(place, "hello"));
    world.run(15_000);
    expect(a.saw("charter")).toEqual([]);
    expect(a.posts()).toEqual([]);
    expect(a.dropped("wrong-channel")).toBeGreaterThan(0);
  });

  test("goes on over a member that is not the owner, whom the joiner never meets", () => {
    const { world, a, b, place } = garden();
    b.command(says(place, "from the owner"));
    world.run(1_000);
    world.crash(b);
    const c = full(world, C, 3, { peers: [A] });
    c.command(joins(place));
    world.run(3_000);
    expect(c.saw("charter")).toMatchObject([{ owner: idOf(b) }]);
    expect(c.posts()).toEqual(["from the owner"]);
    c.command(says(place, "hello"));
    world.run(1_000);
    expect(a.posts()).toEqual(["from the owner", "hello"]);
  });

  test("shows nothing that nobody signed, in a session or in the clear", () => {
    const { world, a, b, place } = garden();
    const bare = world.bare("203.0.113.9:7667");
    world.hello(bare, B, 2);
    bare.send(B, { msg_type: "JOIN", msg_data: { channel_id: place.id } });
    bare.send(B, { msg_type: "MESSAGE", msg_data: { channel_id: place.id, message: "in the clear" } });
    world.run(1_000);
    expect(b.posts()).toEqual([]);
    expect(b.dropped("no-event")).toBe(1);
    expect(bare.got("ACK")).toHaveLength(1);
    a.command(says(place, "signed"));
    world.run(1_000);
    expect(b.posts()).toEqual(["signed"]);
  });
});

describe("a role that changes", () => {
  test("brings what was said before it was known, when it comes late", () => {
    const { world, a, b, place } = garden("reader");
    a.command(says(place, "too early")); // as a program would that does not ask first
    world.run(500);
    expect(b.posts()).toEqual([]);
    b.command(grants(place, a, 1, "member"));
    world.run(500);
    expect(b.posts()).toEqual(["too early"]);
  });

  test("lets who is let in again go on in a new log, and what was cut stays so", () => {
    const { world, a, b, place } = garden();
    a.command(says(place, "one"));
    world.run(500);
    b.command(revokes(place, b, a));
    world.run(500);
    a.command(says(place, "not heard"));
    world.run(500);
    b.command(grants(place, a, 1, "member"));
    world.run(500);
    a.command(says(place, "two"));
    world.run(2_000);
    expect(b.posts()).toEqual(["one", "two"]);
    expect(shown(a)).toEqual(["one", "two"]);
    expect(b.saw("role").map(({ role }) => role)).toEqual(["none", "member"]);
  });

  test("is no news to who starts anew, and holds there", () => {
    const { world, a, b, place } = garden();
    b.command(grants(place, a, 1, "admin"));
    world.run(1_000);
    world.crash(a);
    const rows = a.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "channel" ? [change.channel] : [])));
    const channels = [rows.at(-1) as StoredChannel];
    const again = full(world, A, 1, { peers: [B], events: a.shelf, restored: { channels, members: [], logs: a.shelf.logs(), recent: [] } });
    world.run(3_000);
    expect(again.saw("role")).toEqual([]);
    expect(again.saw("charter")).toEqual([]);
    expect(again.node?.channels(world.now)).toMatchObject([{ id: place.id, owner: idOf(b), role: "admin" }]);
  });
});

/** Three members of a channel that `b` owns, all of whom know each other. */
function three(): { world: World; a: Host; b: Host; c: Host; place: Place } {
  const { world, a, b, place } = garden();
  const c = full(world, C, 3, { peers: [A, B] });
  c.command(joins(place));
  world.run(3_000);
  return { world, a, b, c, place };
}

describe("row 25: who was removed dates back", () => {
  test("what it writes beyond the cut vanishes everywhere, whether the revoke or the post comes first", () => {
    for (const isPostFirst of [true, false]) {
      const { world, a, b, c, place } = three();
      a.command(says(place, "before"));
      world.run(2_000);
      const cut = revokes(place, b, a);
      // c hears only a, so that the post comes to it first; or only b.
      world.loses = ({ from, to }) => [from, to].includes(C) && ![from, to].includes(isPostFirst ? A : B);
      if (isPostFirst) world.loses = ({ from, to }) => [from, to].includes(B);
      a.command(says(place, "after"));
      b.command(cut);
      world.run(2_000);
      expect(shown(c).includes("after"), `${isPostFirst}`).toBe(isPostFirst);
      world.loses = () => false;
      world.run(60_000);
      for (const host of [b, c]) expect(shown(host), `${isPostFirst}`).toEqual(["before"]);
      expect(shown(a), `${isPostFirst}`).toEqual(["before"]);
    }
  });

  test("what it did to posts beyond the cut is taken back on screens where it was told already", () => {
    const { world, a, b, c, place } = three();
    b.command(says(place, "of the owner"));
    a.command(says(place, "as it was"));
    world.run(2_000);
    const [owners] = a.saw("post").filter(({ text }) => text === "of the owner");
    const [own] = a.saw("post").filter(({ text }) => text === "as it was");
    const target = (id = "") => ({ id: id as never, hlc: heldBy(c).find((event) => event.id === id)?.hlc ?? 0 });
    const act = (of: Act): Command => ({ kind: "act", id: ref(), channelId: place.id, act: of });
    const cut = revokes(place, b, a);
    world.loses = ({ from, to }) => [from, to].includes(B);
    a.command(act({ kind: "edit", target: target(own?.id), text: "as it became" }));
    a.command(act({ kind: "reaction", target: target(owners?.id), text: "👎", off: false }));
    b.command(cut);
    world.run(2_000);
    expect(c.saw("post-edited").map(({ text }) => text)).toEqual(["as it became"]);
    expect(c.saw("reaction").map(({ text, off }) => [text, off])).toEqual([["👎", false]]);
    world.loses = () => false;
    world.run(60_000);
    expect(c.saw("post-edited").map(({ text }) => text)).toEqual(["as it became", "as it was"]);
    expect(c.saw("reaction").map(({ text, off }) => [text, off])).toEqual([
      ["👎", false],
      ["👎", true],
    ]);
    expect(b.saw("post-edited")).toEqual([]);
  });

  test("nor does a new log of its own help, or a grant that it writes itself", () => {
    const { world, a, b, c, place } = three();
    b.command(revokes(place, b, a));
    world.run(1_000);
    a.command(grants(place, a, 5, "admin"));
    a.command(says(place, "by my own leave"));
    world.run(20_000);
    for (const host of [b, c]) {
      expect(shown(host)).toEqual([]);
      expect(host.dropped("not-wanted")).toBeGreaterThan(0);
    }
  });
});

describe("row 26: admins fight", () => {
  test("on both sides of a partition: all agree afterwards, and only the owner makes and removes admins", () => {
    const { world, a, b, c, place } = three();
    b.command(order(place, ["grant", grantDetails(idOf(a) as NodeId, 1, "admin")], ["grant", grantDetails(idOf(c) as NodeId, 1, "admin")]));
    world.run(2_000);
    world.loses = () => true;
    a.command(revokes(place, a, c, 1));
    a.command(grants(place, c, 2, "reader"));
    c.command(revokes(place, c, a, 1));
    c.command(grants(place, c, 3, "admin"));
    world.run(5_000);
    world.loses = () => false;
    world.run(60_000);
    const rolesAt = (host: Host) =>
      host.node
        ?.members(place.id, world.now)
        .map(({ nodeId, role }) => [nodeId, role])
        .sort();
    expect(rolesAt(b)).toEqual(
      [
        [idOf(a), "admin"],
        [idOf(c), "admin"],
      ].sort(),
    );
    expect(rolesAt(a)).toEqual(
      [
        [idOf(b), "owner"],
        [idOf(c), "admin"],
      ].sort(),
    );
    expect(rolesAt(c)).toEqual(
      [
        [idOf(a), "admin"],
        [idOf(b), "owner"],
      ].sort(),
    );
  });
});
