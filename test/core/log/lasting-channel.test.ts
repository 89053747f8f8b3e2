/** Where the parts of a channel meet. PROTOCOL.md §13. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { isShown, referenceDetail } from "../../../src/core/log/kind.ts";
import { type ChannelOutput, type Clocks, LastingChannel } from "../../../src/core/log/lasting-channel.ts";
import { BATCH_MAX, UNSAVED_MAX } from "../../../src/core/log/limits.ts";
import { type Charter, grantDetails } from "../../../src/core/log/statement.ts";
import { Random } from "../../../src/sim/random.ts";
import { Author, crypto, LOBBY, NOON } from "./author.ts";
import { Gathering, type Member, OPEN } from "./gathering.ts";
import { Shelf } from "./shelf.ts";

const AT: Clocks = { now: 0, wall: NOON / 1_000 };

function channelOf(
  number: number,
  charter: Charter = OPEN,
  shelf = new Shelf(),
  inst: Event["inst"] | null = null,
  seed = number,
): LastingChannel {
  const { id, key } = new Author(number);
  const kept = { inst, logs: [...shelf.logs.values()], statements: [...shelf.rows.values()].map(({ event }) => event) };
  return new LastingChannel({ crypto, random: new Random(seed).bytes, channel: LOBBY, charter, reader: shelf, self: id, key, kept });
}

function keep(channel: LastingChannel, shelf: Shelf, outputs: readonly ChannelOutput[]): ChannelOutput[] {
  return outputs.flatMap((output) => {
    if (output.kind !== "save") return [output];
    shelf.take(output);
    return shelf.keepNext().flatMap((mark) => channel.onSaved([mark], AT));
  });
}

const post = (text: string) => ({ kind: "post", text, details: [] });

describe("a post of ours", () => {
  test("goes to the neighbours once it is on the disk, and no sooner", () => {
    const channel = channelOf(1);
    channel.meet("b", 2, AT);
    channel.write(post("hello"), AT);
    const [save, ...rest] = channel.flush(AT);
    expect(save).toMatchObject({ kind: "save" });
    expect(rest).toEqual([]);
    const mark = save?.kind === "save" ? save.mark : 0;
    expect(channel.onSaved([mark], AT)).toMatchObject([{ kind: "events", to: "b", events: [{ text: "hello" }] }]);
    expect(channel.onSaved([mark], AT)).toEqual([]);
  });

  test("is signed with others of the same step: one save, one signature", () => {
    const channel = channelOf(1);
    for (let count = 0; count < BATCH_MAX; count++) {
      expect(channel.mustFlush(AT)).toBe(false);
      channel.write(post(`${count}`), AT);
    }
    expect(channel.mustFlush(AT)).toBe(true);
    const [save] = channel.flush(AT);
    const accepted = save?.kind === "save" ? save.accepted : [];
    expect(accepted.map(({ event }) => event.sig !== null)).toEqual([...Array.from({ length: BATCH_MAX - 1 }, () => false), true]);
    expect(channel.flush(AT)).toEqual([]);
  });

  test("names what we had seen, and each head once", () => {
    const channel = channelOf(1);
    const seen = new Author(2).post("first");
    channel.receive(seen, "b", AT);
    expect(channel.write(post("x"), AT)).toMatchObject({ deps: [seen.id] });
    expect(channel.write(post("y"), AT)).toMatchObject({ deps: [] });
  });

  test("stands below what it answers, though our clock is half a minute behind", () => {
    const gathering = new Gathering(1, 2);
    const [quick, slow] = gathering.members as [Member, Member];
    slow.skewMs = -30_000;
    gathering.calm();
    const question = gathering.say(quick, "is it late?") as Event;
    gathering.pass(1_000);
    const answer = gathering.say(slow, "yes", "post", [referenceDetail("reply", question)]) as Event;
    expect(answer.hlc).toBeGreaterThan(question.hlc);
    expect(isShown(answer)).toBe(true);
  });

  test("that was written and not saved is saved all the same, when what comes shows that our disk is an old backup", () => {
    const [shelf, first] = [new Shelf(), channelOf(1)];
    first.write(post("one"), AT);
    keep(first, shelf, first.flush(AT));
    const backup = shelf.copy();
    const later = first.write(post("two"), AT) as Event;
    const [save] = first.flush(AT);
    const signed = save?.kind === "save" ? (save.accepted[0]?.event ?? later) : later;
    const again = channelOf(1, OPEN, backup, later.inst, 2);
    again.write(post("unsaved"), AT);
    const outputs = again.receive(signed, "b", AT);
    const saved = outputs.flatMap((output) => (output.kind === "save" ? output.accepted.map(({ event }) => event.text) : []));
    expect(saved).toEqual(["two", "unsaved"]);
    expect(again.write(post("three"), AT)).toMatchObject({ seq: 1, inst: expect.not.stringContaining(later.inst) });
  });

  test("that cannot be is said so, and nothing is written", () => {
    const channel = channelOf(1);
    expect(channel.write(post("\udc00"), AT)).toBe("bad-text");
    expect(channel.flush(AT)).toEqual([]);
  });
});

describe("an event from a neighbour", () => {
  test("is passed on, and its statements count, only once it is proved", () => {
    const owner = new Author(1);
    const charter: Charter = { owner: owner.id, others: "none", name: "" };
    const channel = channelOf(2, charter);
    const grant = owner.draft({ kind: "grant", details: grantDetails(new Author(3).id, 1, "member") });
    expect(channel.receive(grant, "b", AT)).toEqual([]);
    expect(channel.roles.roleOf(new Author(3).id)).toBe("none");
    const out = channel.receive(owner.post("covers it"), "b", AT);
    expect(out.map(({ kind }) => kind)).toEqual(["save", "roles-changed"]);
    expect(channel.roles.roleOf(new Author(3).id)).toBe("member");
  });

  test("that makes an admin brings its earlier words to count, from the disk and from before it", () => {
    const owner = new Author(1);
    const admin = new Author(2);
    const charter: Charter = { owner: owner.id, others: "member", name: "" };
    for (const isOnDisk of [true, false]) {
      const shelf = new Shelf();
      const channel = channelOf(3, charter, shelf);
      const word = new Author(2).write({ kind: "grant", details: grantDetails(new Author(4).id, 1, "reader") });
      const outputs = channel.receive(word, "b", AT);
      if (isOnDisk) keep(channel, shelf, outputs);
      expect(channel.roles.lastInc(new Author(4).id)).toBe(0);
      const grant = new Author(1).write({ kind: "grant", details: grantDetails(admin.id, 1, "admin") });
      channel.receive(grant, "b", AT);
      expect(channel.roles.lastInc(new Author(4).id), `${isOnDisk}`).toBe(1);
    }
  });

  test("is not taken while the store is far behind", () => {
    const channel = channelOf(1);
    const author = new Author(2);
    for (let count = 0; count < UNSAVED_MAX; count++) expect(channel.receive(author.post(`${count}`), "b", AT)[0]?.kind).toBe("save");
    expect(channel.receive(author.post("one more"), "b", AT)).toEqual([{ kind: "dropped", reason: "busy", from: "b" }]);
  });

  test("waits for its signature no longer than its sender is there", () => {
    const channel = channelOf(1);
    const batch = new Author(2).batch(2) as [Event, Event];
    channel.receive(batch[0], "b", AT);
    channel.lose("b");
    channel.receive(batch[1], "b", AT);
    expect(channel.log.holes()).toHaveLength(1);
  });
});

describe("a restart", () => {
  test("knows members and admins from what was kept, and goes on in the same log", () => {
    const owner = new Author(1);
    const charter: Charter = { owner: owner.id, others: "none", name: "" };
    const shelf = new Shelf();
    const channel = channelOf(1, charter, shelf);
    channel.write({ kind: "grant", text: "", details: grantDetails(new Author(2).id, 1, "admin") }, AT);
    const [save] = channel.flush(AT);
    keep(channel, shelf, save === undefined ? [] : [save]);
    keep(
      channel,
      shelf,
      channel.receive(new Author(2).write({ kind: "grant", details: grantDetails(new Author(3).id, 1, "member") }), "b", AT),
    );
    const again = new LastingChannel({
      crypto,
      random: new Random(9).bytes,
      channel: LOBBY,
      charter,
      reader: shelf,
      self: owner.id,
      key: owner.key,
      kept: {
        inst: save?.kind === "save" ? save.inst : null,
        logs: [...shelf.logs.values()],
        statements: [...shelf.rows.values()].map(({ event }) => event).reverse(),
      },
    });
    expect(again.roles.members()).toEqual(channel.roles.members());
    expect(again.roles.members()).toHaveLength(3);
    expect(again.write(post("on"), AT)).toMatchObject({ seq: 2 });
  });
});
