/** A channel of which no more than the id of its genesis is known: what is taken, asked and told until that comes. PROTOCOL.md §13.8. */
import { describe, expect, test } from "vitest";
import { ChannelLog } from "../../../src/core/log/channel-log.ts";
import { type Detail, type Event, GENESIS } from "../../../src/core/log/event.ts";
import { type Clocks, LastingChannel } from "../../../src/core/log/lasting-channel.ts";
import { Random } from "../../../src/sim/random.ts";
import { Author, crypto, NOON } from "./author.ts";
import { Shelf } from "./shelf.ts";

const AT: Clocks = { now: 0, wall: NOON / 1_000 };
const OPEN: Detail[] = [
  ["mode", "open"],
  ["name", "garden"],
];

/** A genesis, and somebody who knows nothing else of the channel that it makes. */
function joiner(details = OPEN): { channel: LastingChannel; owner: Author; genesis: Event } {
  const owner = new Author(1);
  const genesis = owner.write({ kind: GENESIS, details });
  const { id: self, key } = new Author(2);
  const kept = { inst: null, logs: [], statements: [] };
  const random = new Random(1).bytes;
  const channel = new LastingChannel({ crypto, random, channel: genesis.channel, charter: null, reader: new Shelf(), self, key, kept });
  return { channel, owner, genesis };
}

describe("before the genesis has come", () => {
  test("nothing else is taken, and nobody is in the channel", () => {
    const { channel, owner, genesis } = joiner();
    expect(channel.receive(owner.post("hello", { channel: genesis.channel }), "b", AT)).toEqual([
      { kind: "dropped", reason: "not-wanted", from: "b" },
    ]);
    expect(channel.roles.roleOf(owner.id)).toBe("none");
    expect(channel.isKnown).toBe(false);
  });

  test("each neighbour is asked for it, when it is met and when it tells how far it is; nothing is compared", () => {
    const { channel } = joiner();
    const ask = [{ kind: "send", to: "b", message: { kind: "genesis" } }];
    expect(channel.meet("b", 2, AT)).toEqual(ask);
    expect(channel.hear({ kind: "digest", digest: "00" }, "b", AT)).toEqual(ask);
    expect(channel.hear({ kind: "heads", heads: [], whole: true, ask: true }, "b", AT)).toEqual([]);
    expect(channel.hear({ kind: "genesis" }, "b", AT)).toEqual([]);
  });

  test("one without a signature is not taken for it", () => {
    const { channel, genesis } = joiner();
    expect(channel.receive({ ...genesis, sig: null }, "b", AT)).toEqual([]);
    expect(channel.isKnown).toBe(false);
  });
});

describe("the genesis", () => {
  test("says whose the channel is; whoever was met before hears now how far we are", () => {
    const { channel, owner, genesis } = joiner();
    channel.meet("b", 2, AT);
    const outputs = channel.receive(genesis, "b", AT);
    expect(outputs).toMatchObject([
      { kind: "save", accepted: [{ event: { id: genesis.id } }] },
      { kind: "charter", charter: { owner: owner.id, others: "member", name: "garden" } },
      { kind: "send", to: "b", message: { kind: "digest" } },
    ]);
    expect(channel.roles.roleOf(owner.id)).toBe("owner");
    expect(channel.receive(owner.post("hello", { channel: genesis.channel }), "b", AT)[0]).toMatchObject({ kind: "save" });
    expect(channel.hear({ kind: "genesis" }, "b", AT)).toEqual([{ kind: "events", to: "b", events: [genesis] }]);
  });

  test("keeps its signature also where a later event has proved it", () => {
    const { owner, genesis } = joiner();
    const log = new ChannelLog(genesis.channel, crypto, new Shelf());
    log.receive(owner.post("proves it", { channel: genesis.channel }), "b");
    expect(log.receive(genesis, "b")).toMatchObject({ kind: "accepted", accepted: [{ event: { id: genesis.id, sig: genesis.sig } }] });
  });

  test("of a kind that this version does not know is said so once, and asked for no more", () => {
    const { channel, genesis } = joiner([["mode", "of a later time"]]);
    channel.meet("b", 2, AT);
    expect(channel.receive(genesis, "b", AT)).toMatchObject([{ kind: "save" }, { kind: "charter", charter: null }]);
    expect(channel.hear({ kind: "digest", digest: "00" }, "b", AT)).toEqual([]);
    expect(channel.isKnown).toBe(false);
  });
});
