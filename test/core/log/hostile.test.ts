/** Members who lie, flood, backdate or come back from a backup. Rows 25, 30 to 33, 40 and 41 of the attack table, as far as logic alone goes. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { compareOrder } from "../../../src/core/log/hlc.ts";
import type { ChannelOutput } from "../../../src/core/log/lasting-channel.ts";
import { AHEAD_MAX_MS, PUSH_BURST, PUSH_PER_SECOND, STRIKES_MAX } from "../../../src/core/log/limits.ts";
import { grantDetails, type Role, revokeDetails } from "../../../src/core/log/statement.ts";
import type { SyncMessage } from "../../../src/core/log/sync.ts";
import { Random } from "../../../src/sim/random.ts";
import type { EventId, InstanceId } from "../../../src/wire/index.ts";
import { Author, made, NOON } from "./author.ts";
import { Gathering, type Member } from "./gathering.ts";
import { FULL_TIMEOUT_MS, runs } from "./scale.ts";

const nameOf = (member: Member) => ({ author: member.id, inst: member.inst as InstanceId });

/** What a member shows: the events that count, in order. */
function shown(member: Member): EventId[] {
  const events = [...member.shelf.rows.values()].map(({ event }) => event).sort(compareOrder);
  return events.filter((event) => member.channel?.roles.roleAt(event) !== "none").map(({ id }) => id);
}

describe("row 30: a member with two stories", () => {
  test("is found out by everybody after one exchange, and both stories by all", () => {
    const gathering = new Gathering(1, 6);
    const [liar, ...honest] = gathering.members as [Member, ...Member[]];
    const author = new Author(1);
    const common = author.post("to all");
    const tip = author.tip;
    const toSome = author.post("to some");
    author.tip = tip;
    const toOthers = author.post("to others");
    gathering.crash(liar);
    for (const [at, member] of honest.entries()) {
      gathering.inject(member, common);
      gathering.inject(member, at % 2 === 0 ? toSome : toOthers);
    }
    for (const member of honest) expect(member.findings).toEqual([]);
    gathering.calm();
    gathering.pass(5_000);
    for (const member of honest) {
      expect(member.findings).toMatchObject([{ kind: "fork", author: author.id }]);
      expect(member.ids).toEqual([common.id, toSome.id, toOthers.id].sort());
      expect(member.channel?.log.digest()).toBe(honest[0]?.channel?.log.digest());
    }
  });
});

describe("row 31: a restored backup", () => {
  test("that hears of its own later events goes on in a new log, and forks nothing", () => {
    const gathering = new Gathering(2, 4);
    gathering.calm();
    const [member] = gathering.members as [Member];
    gathering.say(member, "before");
    gathering.pass(1_000);
    const backup = member.shelf.copy();
    gathering.say(member, "after");
    gathering.pass(1_000);
    gathering.crash(member);
    member.shelf = backup;
    gathering.calm();
    gathering.pass(2_000);
    expect(member.findings).toMatchObject([{ kind: "rolled-back" }]);
    gathering.say(member, "and on");
    gathering.pass(20_000);
    for (const each of gathering.members) {
      expect(each.shelf.size).toBe(3);
      expect(each.findings.filter(({ kind }) => kind === "fork")).toEqual([]);
    }
  });

  test("that writes before it hears is a fork that all see, and loses nothing", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(200, 2_000); seed++) {
      const gathering = new Gathering(seed, 4);
      gathering.calm();
      gathering.pass(500);
      const [member] = gathering.members as [Member];
      for (let count = 0; count < 3; count++) gathering.say(member, `before ${count}`);
      gathering.pass(1_000);
      const backup = member.shelf.copy();
      for (let count = 0; count <= seed % 3; count++) gathering.say(member, `after ${count}`);
      gathering.pass(1_000);
      gathering.crash(member);
      member.shelf = backup;
      gathering.start(member);
      for (let count = 0; count <= seed % 4; count++) gathering.say(member, `offline ${count}`);
      gathering.pass(1_000);
      gathering.calm();
      gathering.pass(5_000);
      gathering.say(member, "together again");
      gathering.pass(30_000);
      const written = 3 + (1 + (seed % 3)) + (1 + (seed % 4)) + 1;
      for (const each of gathering.members) {
        expect(each.shelf.size, `seed ${seed}`).toBe(written);
        expect(
          each.findings.some(({ kind }) => kind === "fork"),
          `seed ${seed}`,
        ).toBe(true);
        expect(each.channel?.log.digest(), `seed ${seed}`).toBe(member.channel?.log.digest());
      }
    }
  });
});

describe("row 33: a clock at the year 2099", () => {
  test("drags nobody along, and all show the same order", () => {
    const gathering = new Gathering(3, 5);
    const [lost, ...others] = gathering.members as [Member, ...Member[]];
    lost.skewMs = 73 * 365 * 86_400_000;
    gathering.calm();
    gathering.pass(500);
    const far = gathering.say(lost, "from the future") as Event;
    gathering.pass(1_000);
    for (const member of others) {
      const event = gathering.say(member, "now") as Event;
      expect(event.hlc).toBeLessThan(NOON + 1_000 * (gathering.now + AHEAD_MAX_MS));
      expect(event.deps).not.toContain(far.id);
    }
    lost.skewMs = 0;
    const mended = gathering.say(lost, "my clock was wrong") as Event;
    expect(mended).toMatchObject({ seq: 1, prev: null });
    expect(mended.inst).not.toBe(far.inst);
    gathering.pass(20_000);
    for (const member of gathering.members) expect(shown(member)).toEqual(shown(lost));
    expect(shown(lost).at(-1)).toBe(far.id);
  });
});

describe("row 32: who stands between two and leaves out every third event", () => {
  test("makes a gap that shows, and that another way fills", () => {
    const gathering = new Gathering(32, 4);
    const [author, between, reader, friend] = gathering.members as [Member, Member, Member, Member];
    let count = 0;
    between.tamper = (output) =>
      output.kind === "events" ? [{ ...output, events: output.events.filter(() => ++count % 3 !== 0) }] : [output];
    gathering.connect(author, between);
    gathering.connect(between, reader);
    for (let at = 0; at < 30; at++) {
      gathering.say(author, `${at}`);
      gathering.pass(200);
    }
    gathering.pass(2_000);
    // What it never gives of a log's middle the reader knows to be missing, by number and by hash.
    const missing = reader.channel?.sync.missing() ?? [];
    expect(missing.length).toBeGreaterThan(0);
    const lacking = missing.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const highest = Math.max(...[...reader.shelf.rows.values()].map(({ event }) => event.seq));
    expect(reader.shelf.size + lacking).toBe(highest);
    gathering.connect(author, friend);
    gathering.pass(5_000);
    gathering.connect(friend, reader);
    gathering.pass(60_000);
    expect(reader.shelf.size).toBe(30);
    expect(reader.channel?.sync.missing()).toEqual([]);
  });
});

describe("rows 40 and 41: a flood", () => {
  test.each([5, 6, 7, 8])("of valid events holds up nobody else's, and is passed on no faster than its budget (seed %i)", (seed) => {
    const gathering = new Gathering(seed, 4);
    const [flooder, a, b, c] = gathering.members as [Member, Member, Member, Member];
    gathering.wishes.clear();
    for (const [one, other] of [
      [flooder, a],
      [a, b],
      [b, c],
    ] as const)
      gathering.connect(one, other);
    for (const member of gathering.members) if (member.channel !== null) member.channel.spread.isMesh = false;
    let pushed = 0;
    a.tamper = (output) => {
      if (output.kind === "events" && output.to === b.id && !isAnswer(gathering, b)) pushed += output.events.length;
      return [output];
    };
    gathering.say(flooder, "hello");
    gathering.pass(3_000);
    const said: Event[] = [];
    for (let tenth = 0; tenth < 20; tenth++) {
      for (let count = 0; count < 100; count++) gathering.say(flooder, `${tenth} ${count}`);
      said.push(gathering.say(a, `${tenth}`) as Event);
      gathering.pass(100);
    }
    gathering.pass(2_000);
    expect(pushed).toBeLessThanOrEqual(said.length + PUSH_BURST + 10 * PUSH_PER_SECOND);
    const took = said.map(({ id, hlc }) => (c.takenAt.get(id) as number) - (hlc / 1_000 - NOON / 1_000));
    expect(Math.max(...took)).toBeLessThan(1_000);
    expect(Math.max(...took.slice(-10))).toBeLessThan(200); // by itself, down the tree of its author
    gathering.pass(60_000);
    expect(c.shelf.size).toBe(2_021);
  });

  /** True when `member` has asked somebody, so that what comes may be an answer. */
  function isAnswer(gathering: Gathering, member: Member): boolean {
    return gathering.members.some(({ id }) => member.channel?.sync.isAsked(id) === true);
  }

  test("of bad signatures is not looked at after a few, and harms neither its supposed author nor others", () => {
    const gathering = new Gathering(5, 3);
    const [victim, liar, member] = gathering.members as [Member, Member, Member];
    gathering.calm();
    gathering.pass(500);
    const forger = new Author(77);
    for (let count = 0; count < 20_000; count++) {
      const forged = forger.sign(made({ ...new Author(1).draft({ text: `${count}` }), inst: "00000000000000ff" as InstanceId }));
      gathering.inject(member, forged, liar.id);
    }
    expect(member.drops.get("bad-signature")).toBe(STRIKES_MAX);
    expect(member.drops.get("muted")).toBe(20_000 - STRIKES_MAX);
    const event = gathering.say(victim, "it is me") as Event;
    gathering.pass(500);
    expect(member.shelf.rows.has(event.id)).toBe(true);
    gathering.pass(70_000);
    const late = gathering.say(liar, "I behave now") as Event;
    gathering.pass(500);
    expect(member.shelf.rows.has(late.id)).toBe(true);
  });
});

describe("members who lie about what they have", () => {
  /** Ways to be of no use, or worse. */
  const lies: ((random: Random, liar: Member) => (output: ChannelOutput) => ChannelOutput[])[] = [
    () => (output) => (output.kind === "events" ? [] : [output]), // gives nothing
    (random) => (output) => (output.kind === "events" && random.chance(0.34) ? [{ ...output, events: output.events.slice(1) }] : [output]),
    () => (output) =>
      output.kind === "send" && output.message.kind === "want"
        ? []
        : output.kind === "send" && output.message.kind === "served"
          ? []
          : [output],
    (random, liar) => (output) => {
      if (output.kind !== "send" || output.message.kind !== "heads") return [output];
      const id = random.next().toString(16).padStart(64, "0") as EventId;
      const invented = { author: liar.id, inst: "0000000000000bad" as InstanceId, seq: 1 + random.below(1e9), id, hlc: NOON * 2 };
      return [{ ...output, message: { ...output.message, heads: [...output.message.heads.slice(1), invented] } }];
    },
    (random) => (output) =>
      output.kind === "send" && output.message.kind === "digest" && random.chance(0.5)
        ? [{ ...output, message: { kind: "digest", digest: "0".repeat(64) } }]
        : [output],
    () => (output) =>
      output.kind === "events" ? [{ ...output, events: output.events.map((event) => ({ ...event, sig: null })) }] : [output], // strips signatures
  ];

  test("are three in ten, and the others still agree", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(24, 1_000); seed++) {
      const gathering = new Gathering(seed, 7);
      const random = new Random(seed);
      const liars = gathering.members.slice(0, 2);
      for (const [at, liar] of liars.entries()) liar.tamper = (lies[(seed + 3 * at) % lies.length] as (typeof lies)[0])(random, liar);
      const honest = gathering.members.slice(2);
      gathering.calm();
      for (let step = 0; step < 30; step++) {
        gathering.say(random.pick(gathering.members), `${step}`);
        if (random.chance(0.2)) gathering.crash(random.pick(honest));
        if (random.chance(0.5)) gathering.calm();
        gathering.pass(random.between(0, 2_000));
      }
      const said = new Set(honest.flatMap(({ ids }) => ids));
      gathering.calm();
      gathering.pass(180_000);
      for (const member of honest) expect(new Set(member.ids), `seed ${seed}`).toEqual(said);
      expect(new Set(honest.map(({ channel }) => channel?.log.digest())).size, `seed ${seed}`).toBe(1);
    }
  });
});

describe("who was removed", () => {
  const genesis = new Author(1).write({
    kind: "genesis",
    details: [
      ["mode", "open"],
      ["name", "garden"],
    ],
  });

  /** A channel of member 1, in which all are connected. */
  function garden(seed: number, size: number): Gathering {
    const gathering = new Gathering(seed, size, genesis);
    gathering.inject(gathering.members[0] as Member, genesis);
    gathering.calm();
    gathering.pass(2_000);
    return gathering;
  }

  test("writes on, and is heard by nobody; all agree though some have seen more", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(20, 500); seed++) {
      const gathering = garden(seed, 6);
      const [owner, removed, ...others] = gathering.members as [Member, Member, ...Member[]];
      for (let count = 0; count < 3; count++) gathering.say(removed, `before ${count}`);
      gathering.pass(1_000);
      const head = owner.channel?.log.headOf(nameOf(removed));
      if (head == null) throw new Error("nothing of it has come");
      // Half of them hear more of it before they hear of the removal.
      gathering.divide((a, b) => isOfTheOwner(a) === isOfTheOwner(b));
      gathering.say(owner, "", "revoke", revokeDetails(removed.id, 0, [[removed.inst as InstanceId, head]]));
      for (let count = 0; count < 4; count++) gathering.say(removed, `after ${count}`);
      gathering.pass(2_000);
      const seen = others.filter((member) => member.shelf.size > owner.shelf.size - 1);
      expect(seen.length).toBeGreaterThan(0);
      gathering.calm();
      gathering.pass(10_000);
      gathering.say(removed, "still here", "post");
      gathering.pass(30_000);
      const honest = [owner, ...others];
      for (const member of honest) {
        expect(shown(member), `seed ${seed}`).toEqual(shown(owner));
        expect(member.channel?.log.digest(), `seed ${seed}`).toBe(owner.channel?.log.digest());
      }
      expect(shown(owner)).toHaveLength(1 + 3 + 1);

      function isOfTheOwner(member: Member): boolean {
        return gathering.members.indexOf(member) % 2 === 0;
      }
    }
  });

  test("was an admin, and dates statements back: none counts, in whatever order it comes", () => {
    const gathering = garden(7, 5);
    const [owner, admin, target, a, b] = gathering.members as [Member, Member, Member, Member, Member];
    gathering.say(owner, "", "grant", grantDetails(admin.id, 1, "admin"));
    gathering.say(target, "hello");
    gathering.say(admin, "I am an admin");
    gathering.pass(2_000);
    const head = owner.channel?.log.headOf(nameOf(admin));
    if (head == null) throw new Error("nothing of it has come");
    const island = new Set([admin, a]);
    gathering.divide((one, other) => island.has(one) === island.has(other));
    gathering.say(owner, "", "revoke", revokeDetails(admin.id, 1, [[admin.inst as InstanceId, head]]));
    gathering.say(admin, "", "revoke", revokeDetails(target.id, 0, []));
    gathering.pass(3_000);
    const roles = (member: Member): (Role | undefined)[] => [target, admin].map(({ id }) => member.channel?.roles.roleOf(id));
    expect(roles(a)).toEqual(["none", "admin"]);
    gathering.calm();
    gathering.pass(30_000);
    for (const member of [owner, target, a, b]) expect(roles(member)).toEqual(["member", "none"]);
  });

  test("cannot hide behind a fork: only the branch of the cut counts", () => {
    const gathering = garden(8, 3);
    const [owner, , other] = gathering.members as [Member, Member, Member];
    const author = new Author(2).begin(0xf0);
    const common = author.post("one", { channel: genesis.channel });
    const tip = author.tip;
    const post = (text: string) => author.post(text, { channel: genesis.channel });
    const kept = [post("two"), post("three"), post("four")];
    author.tip = tip;
    const forked = [post("two, otherwise"), post("three, otherwise"), post("four, otherwise"), post("five")];
    for (const event of [common, ...kept, ...forked]) gathering.inject(owner, event);
    gathering.pass(1_000);
    const cut = [author.inst, { seq: 4, id: (kept[2] as Event).id }] as const;
    gathering.say(owner, "", "revoke", revokeDetails(author.id, 0, [cut]));
    gathering.pass(30_000);
    for (const member of [owner, other]) {
      const ids = shown(member);
      expect([common, ...kept].every(({ id }) => ids.includes(id))).toBe(true);
      expect(forked.some(({ id }) => ids.includes(id))).toBe(false);
    }
    expect(owner.channel?.log.digest()).toBe(other.channel?.log.digest());
  });
});

describe("nonsense of any kind", () => {
  test("makes nobody stumble, and the next honest event is taken", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(60, 5_000); seed++) {
      const random = new Random(seed);
      const gathering = new Gathering(seed, 3);
      gathering.calm();
      const [member, liar, friend] = gathering.members as [Member, Member, Member];
      const known = Array.from({ length: 5 }, (_, at) => gathering.say(friend, `${at}`) as Event);
      gathering.pass(500);
      for (let count = 0; count < 60; count++) {
        if (random.chance(0.5)) gathering.inject(member, nonsense(random, known), liar.id);
        else gathering.tell(member, babble(random, known), liar.id);
        gathering.pass(random.between(0, 300));
      }
      const honest = gathering.say(friend, "hello") as Event;
      gathering.pass(30_000);
      expect(member.shelf.rows.has(honest.id), `seed ${seed}`).toBe(true);
      expect(
        member.channel?.log.holes().filter(({ author }) => author === friend.id),
        `seed ${seed}`,
      ).toEqual([]);
    }
  });

  /** An event with anything in it, now and then signed by a stranger. */
  function nonsense(random: Random, known: readonly Event[]): Event {
    const base = random.pick(known);
    const seq = random.pick([1, 2, base.seq, base.seq + 1, 1e9]);
    const event = made({
      ...base,
      author: random.chance(0.5) ? base.author : new Author(50 + random.below(3)).id,
      inst: random.chance(0.7) ? base.inst : (random.next().toString(16).padStart(16, "0") as InstanceId),
      seq,
      prev: seq === 1 ? null : random.pick([base.id, base.prev ?? base.id, "0".repeat(64) as EventId]),
      hlc: random.pick([1, base.hlc, 2 ** 53 - 1]),
      kind: random.pick(["post", "revoke", "leave", "grant", "odd"]),
      text: `${random.next()}`,
    });
    return random.pick([event, new Author(50 + random.below(3)).sign(event), { ...event, sig: base.sig }]);
  }

  function babble(random: Random, known: readonly Event[]): SyncMessage {
    const base = random.pick(known);
    const id = random.chance(0.5) ? base.id : (random.next().toString(16).padStart(64, "0") as EventId);
    const seq = random.pick([1, base.seq, base.seq + 1, 2 ** 53 - 1]);
    const place = { author: base.author, inst: base.inst, id };
    return random.pick<SyncMessage>([
      { kind: "digest", digest: id },
      {
        kind: "heads",
        heads: [{ ...place, seq, hlc: random.pick([0, base.hlc, 2 ** 53 - 1]) }],
        whole: random.chance(0.5),
        ask: random.chance(0.5),
      },
      { kind: "want", ranges: [{ ...place, from: random.pick([1, seq, 2 ** 53 - 1]), to: seq }], graft: random.chance(0.5) },
      { kind: "served", lacking: [id] },
      { kind: "prune", authors: [base.author] },
    ]);
  }
});
