/** The logs of a channel: proving, holes, forks, digests, restarts. PROTOCOL.md §13.6. */
import { describe, expect, test } from "vitest";
import { ChannelLog } from "../../../src/core/log/channel-log.ts";
import type { Event } from "../../../src/core/log/event.ts";
import type { Cut, LogName } from "../../../src/core/log/heads.ts";
import { AHEAD_MAX_MS, BATCH_MAX, LOGS_PER_AUTHOR_MAX, RECENT_MAX, SIGNATURE_EVERY, STRETCHES_MAX } from "../../../src/core/log/limits.ts";
import type { Receipt } from "../../../src/core/log/receipt.ts";
import type { Crypto } from "../../../src/crypto/index.ts";
import { Random } from "../../../src/sim/random.ts";
import type { Signature } from "../../../src/wire/index.ts";
import { Author, crypto, LOBBY, made, NOON } from "./author.ts";
import { Shelf } from "./shelf.ts";

/** A member of the channel: its logs and its store. */
class Member {
  readonly shelf: Shelf;
  readonly log: ChannelLog;
  readonly cuts = new Map<string, Cut>();
  verified = 0;

  constructor(shelf = new Shelf()) {
    const counting: Crypto = {
      ...crypto,
      ed25519Verify: (...of) => {
        this.verified++;
        return crypto.ed25519Verify(...of);
      },
    };
    this.shelf = shelf;
    this.log = new ChannelLog(LOBBY, counting, shelf, ({ inst }) => this.cuts.get(inst) ?? null);
    this.log.restore([...shelf.logs.values()]);
  }

  cut(inst: string, cut: Cut): void {
    this.cuts.set(inst, cut);
    this.log.forgetHeads();
  }

  /** Takes an event and keeps what comes of it. */
  take(event: Event, from = "a neighbour"): string {
    const receipt = this.give(event, from);
    this.shelf.flush(this.log);
    return receipt.kind === "refused" ? receipt.reason : receipt.kind;
  }

  /** Takes an event; the store is behind. */
  give(event: Event, from = "a neighbour"): Receipt {
    const receipt = this.log.receive(event, from);
    this.shelf.give(this.log, receipt);
    return receipt;
  }

  takeAll(events: readonly Event[], from?: string): string[] {
    return events.map((event) => this.take(event, from));
  }

  get ids(): string[] {
    return [...this.shelf.rows.keys()].sort();
  }
}

/** Fetches from `other` all that its heads and our holes tell of. */
function catchUp(member: Member, other: Member): void {
  const wanted = () => [...other.log.heads().filter((head) => !member.log.isHeld(head)), ...member.log.holes().map(({ id }) => ({ id }))];
  for (let progress = true; progress; ) {
    progress = false;
    for (const { id } of wanted()) {
      const event = other.shelf.event(LOBBY, id);
      if (event !== null && member.take(event) === "accepted") progress = true;
    }
  }
}

describe("proving", () => {
  test("an event with its author's signature is taken, once", () => {
    const member = new Member();
    const event = new Author(1).post("hello");
    expect(member.takeAll([event, event])).toEqual(["accepted", "held"]);
    expect(member.verified).toBe(1);
  });

  test("an event with another's signature, or a changed word, is not", () => {
    const member = new Member();
    const event = new Author(1).post("hello");
    const forged = new Author(2).sign(event);
    expect(member.take(forged)).toBe("bad-signature");
    expect(member.take({ ...made({ ...event, text: "hullo" }), sig: event.sig })).toBe("bad-signature");
    expect(member.shelf.size).toBe(0);
    expect(member.log.heads()).toEqual([]);
  });

  test("events without a signature wait for one that covers them", () => {
    const member = new Member();
    const batch = new Author(1).batch(BATCH_MAX);
    const before = batch.slice(0, -1);
    expect(new Set(member.takeAll(before))).toEqual(new Set(["waiting"]));
    expect(member.shelf.size).toBe(0);
    expect(member.take(batch.at(-1) as Event)).toBe("accepted");
    expect(member.shelf.size).toBe(BATCH_MAX);
    expect(member.verified).toBe(1);
  });

  test("the covered come out in their order, in one batch for the store", () => {
    const member = new Member();
    const batch = new Author(1).batch(5);
    for (const event of batch.slice(0, -1)) member.take(event);
    const receipt = member.give(batch.at(-1) as Event);
    expect(receipt).toMatchObject({ kind: "accepted", accepted: batch.map((event) => ({ event, branch: 0 })) });
  });

  test("nobody else's signed event brings out what another neighbour sent, and junk displaces only its sender's", () => {
    const member = new Member();
    const batch = new Author(1).batch(3);
    member.takeAll(batch.slice(0, -1), "honest");
    for (let count = 0; count < 2_000; count++) member.take(new Author(99).draft({ text: `${count}` }), "flooder");
    expect(member.take(batch.at(-1) as Event, "honest")).toBe("accepted");
    expect(member.shelf.size).toBe(3);
    expect(member.take(batch.at(-1) as Event, "flooder")).toBe("held");
  });

  test("what a neighbour owes a signature for goes with it", () => {
    const member = new Member();
    const batch = new Author(1).batch(3);
    member.takeAll(batch.slice(0, -1));
    member.log.forgetNeighbour("a neighbour");
    expect(member.take(batch.at(-1) as Event)).toBe("accepted");
    expect(member.shelf.size).toBe(1);
    expect(member.log.holes()).toMatchObject([{ from: 1, to: 2 }]);
  });

  test("a log of any length that is read backwards needs one signature", () => {
    const batch = new Author(1).batch(1_000).reverse();
    const member = new Member();
    expect(new Set(member.takeAll(batch))).toEqual(new Set(["accepted"]));
    expect(member.verified).toBe(1);
    expect(member.log.holes()).toEqual([]);
  });

  test("of events that all carry one, a signature is checked and kept now and then; the others are left out", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 10 * SIGNATURE_EVERY }, (_, at) => author.post(`${at}`)).reverse();
    const member = new Member();
    member.takeAll(posts);
    const signed = [...member.shelf.rows.values()].filter(({ event }) => event.sig !== null);
    expect(signed).toHaveLength(10);
    expect(member.verified).toBe(10);
  });

  test("a wrong signature on what a hash proves is left out, and the event is taken", () => {
    const author = new Author(1);
    const [first, second] = [author.post("a"), author.post("b")] as const;
    const member = new Member();
    member.take(second);
    expect(member.take({ ...first, sig: second.sig as Signature })).toBe("accepted");
    expect(member.shelf.event(LOBBY, first.id)?.sig).toBeNull();
  });

  test("an event of another channel is refused", () => {
    const elsewhere = new Author(1).post("hi", { channel: "0".repeat(64) as typeof LOBBY });
    expect(new Member().take(elsewhere)).toBe("wrong-channel");
  });
});

describe("holes", () => {
  test("name what is missing, and are filled by any member", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 9 }, (_, at) => author.post(`${at}`));
    const member = new Member();
    member.takeAll(posts.filter((_, at) => at % 3 !== 2)); // a relay that drops every third
    expect(member.log.holes()).toMatchObject([
      { author: author.id, from: 6, to: 6, id: posts[5]?.id },
      { author: author.id, from: 3, to: 3, id: posts[2]?.id },
    ]);
    const other = new Member();
    other.takeAll(posts);
    catchUp(member, other);
    expect(member.log.holes()).toEqual([]);
    expect(member.log.digest()).toBe(other.log.digest());
  });

  test("below the floor are none, and what lies there is not taken", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 6 }, (_, at) => author.post(`${at}`));
    const member = new Member();
    member.takeAll(posts.slice(4));
    member.log.raiseFloor({ author: author.id, inst: author.inst }, 4);
    expect(member.log.holes()).toMatchObject([{ from: 4, to: 4 }]);
    expect(member.take(posts[2] as Event)).toBe("not-wanted");
    expect(member.take(posts[3] as Event)).toBe("accepted");
    expect(member.log.holes()).toEqual([]);
  });
});

describe("a log that forks", () => {
  /** Two histories of one author: five events in common, then each its own. */
  function equivocation(): { common: Event[]; a: Event[]; b: Event[] } {
    const author = new Author(1);
    const common = Array.from({ length: 5 }, (_, at) => author.post(`${at}`));
    const tip = author.tip;
    const a = [author.post("to Ada"), author.post("more to Ada")];
    author.tip = tip;
    const b = [author.post("to Bea")];
    return { common, a, b };
  }

  test("is found on both sides after one exchange, and both hold both histories", () => {
    const { common, a, b } = equivocation();
    const [ada, bea] = [new Member(), new Member()];
    ada.takeAll([...common, ...a]);
    bea.takeAll([...common, ...b]);
    const name: LogName = { author: new Author(1).id, inst: new Author(1).inst };
    expect([ada.log.isForked(name), bea.log.isForked(name)]).toEqual([false, false]);
    catchUp(ada, bea);
    catchUp(bea, ada);
    expect([ada.log.isForked(name), bea.log.isForked(name)]).toEqual([true, true]);
    expect(ada.ids).toEqual(bea.ids);
    expect(ada.log.digest()).toBe(bea.log.digest());
    expect(ada.log.heads()).toHaveLength(2);
  });

  test("is reported once, with the log's name", () => {
    const { common, a, b } = equivocation();
    const member = new Member();
    member.takeAll([...common, ...a]);
    const receipt = member.give(b[0] as Event);
    expect(receipt).toMatchObject({ findings: [{ kind: "fork", author: new Author(1).id }] });
    member.shelf.flush(member.log);
    const again = new Author(1);
    again.tip = { seq: 6, id: b[0]?.id ?? null };
    expect(member.give(again.post("more to Bea"))).toMatchObject({ kind: "accepted", findings: [] });
  });

  test("is no fork when the same comes by several ways", () => {
    const { common, a } = equivocation();
    const member = new Member();
    member.takeAll([...common, ...a, ...a, ...common].reverse());
    expect(member.log.isForked({ author: new Author(1).id, inst: new Author(1).inst })).toBe(false);
  });

  test("tells which events lie before which, within its branches", () => {
    const { common, a, b } = equivocation();
    const member = new Member();
    member.takeAll([...common, ...a, ...b]);
    const name = { author: new Author(1).id, inst: new Author(1).inst };
    const place = (event: Event | undefined) => {
      const found = event === undefined ? null : member.log.placeOf(name, event.seq, event.id);
      if (found === null) throw new Error("not held");
      return found;
    };
    expect(member.log.isBefore(name, place(common[4]), place(b[0]))).toBe(true);
    expect(member.log.isBefore(name, place(a[0]), place(a[1]))).toBe(true);
    expect(member.log.isBefore(name, place(a[0]), place(b[0]))).toBe(false);
  });

  test("lies in the store as it does in the log, also when one signature brings out a history that is longer", () => {
    const { common, a } = equivocation();
    const member = new Member();
    member.takeAll([...common, ...a]);
    const author = new Author(1);
    author.tip = { seq: 5, id: common[4]?.id ?? null };
    const longer = author.batch(4); // the last is placed above a hole, and moves when the others come out
    member.takeAll(longer);
    for (const event of [...a, ...longer]) {
      expect(member.shelf.branchOf(LOBBY, event.id)).toBe(member.log.placeOf(event, event.seq, event.id)?.branch);
    }
    const [last] = longer.slice(-1) as [Event];
    const branch = member.log.placeOf(last, last.seq, last.id)?.branch ?? -1;
    expect(member.shelf.range({ ...last, branch, from: 1, to: last.seq }, 9).map(({ seq }) => seq)).toEqual([9, 8, 7, 6]);
  });

  test("by ourselves means that our disk is an old backup", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 4 }, (_, at) => author.post(`${at}`));
    const member = new Member();
    member.log.own = { author: author.id, inst: author.inst };
    member.shelf.give(member.log, member.log.append(posts.slice(0, 2)));
    member.shelf.flush(member.log);
    expect(member.give(posts[1] as Event)).toEqual({ kind: "held" });
    expect(member.give(posts[3] as Event)).toMatchObject({ findings: [{ kind: "rolled-back" }] });
  });
});

describe("a clock that runs backwards", () => {
  test.each(["upwards", "downwards"])("is found where two events meet, read %s", (way) => {
    const author = new Author(1);
    const posts = [NOON, NOON + 5, NOON + 4, NOON + 6].map((hlc) => author.write({ hlc }));
    const member = new Member();
    const receipts = (way === "upwards" ? posts : posts.reverse()).map((event) => member.give(event));
    const findings = receipts.flatMap((receipt) => (receipt.kind === "accepted" ? receipt.findings : []));
    expect(findings).toEqual([{ kind: "dated-back", author: author.id, inst: author.inst, seq: 3 }]);
  });
});

describe("the digest", () => {
  test("is equal exactly when the same is held, whatever the order", () => {
    const random = new Random(5);
    const authors = [1, 2, 3].map((number) => new Author(number));
    const posts = Array.from({ length: 40 }, (_, at) => random.pick(authors).post(`${at}`));
    const [a, b] = [new Member(), new Member()];
    a.takeAll(posts);
    expect(a.log.digest()).not.toBe(b.log.digest());
    b.takeAll([...posts].reverse());
    expect(a.log.digest()).toBe(b.log.digest());
    a.take((authors[0] as Author).post("one more"));
    expect(a.log.digest()).not.toBe(b.log.digest());
  });

  test("of nothing is the same in no two channels", () => {
    const other = new ChannelLog("1".repeat(64) as typeof LOBBY, crypto, new Shelf());
    expect(other.digest()).not.toBe(new Member().log.digest());
  });

  test("does not depend on what came after a cut", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 6 }, (_, at) => author.post(`${at}`));
    const [quick, slow] = [new Member(), new Member()];
    quick.takeAll(posts.slice(0, 5));
    slow.takeAll(posts.slice(0, 2));
    const cut = { seq: 3, id: posts[2]?.id ?? null };
    for (const member of [quick, slow]) member.cut(author.inst, cut);
    expect(quick.log.digest()).not.toBe(slow.log.digest());
    catchUp(slow, quick);
    expect(slow.shelf.size).toBe(3);
    expect(quick.log.digest()).toBe(slow.log.digest());
    expect(quick.take(posts[5] as Event)).toBe("not-wanted");
  });

  test("counts nothing, and misses nothing, that lies beyond a cut which is not held yet", () => {
    const author = new Author(1);
    const posts = Array.from({ length: 9 }, (_, at) => author.post(`${at}`));
    const member = new Member();
    member.takeAll([posts[0], posts[3], posts[8]] as Event[]);
    member.cut(author.inst, { seq: 3, id: posts[2]?.id ?? null });
    expect(member.log.heads()).toEqual([]);
    expect(member.log.holes()).toMatchObject([{ from: 2, to: 3, id: posts[2]?.id }]);
  });

  test("of a log that was cut whole is that of none", () => {
    const author = new Author(1);
    const member = new Member();
    const empty = member.log.digest();
    member.take(author.post("x"));
    member.cut(author.inst, { seq: 0, id: null });
    expect(member.log.digest()).toBe(empty);
  });
});

describe("a store that is behind", () => {
  test("does not make us take anything twice or take a duplicate for a fork", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const author = new Author(1);
      const posts = Array.from({ length: 12 }, (_, at) => author.post(`${at}`));
      author.tip = { seq: 3, id: posts[2]?.id ?? null };
      posts.push(...[0, 1, 2, 3, 4, 5, 6, 7].map((at) => author.post(`other ${at}`)));
      const member = new Member();
      const places = () => posts.map((post) => member.log.placeOf(post, post.seq, post.id));
      for (let step = 0; step < 60; step++) {
        member.give(random.pick(posts));
        if (random.chance(0.2)) member.shelf.flush(member.log, 1);
        if (!random.chance(0.1)) continue;
        const before = places();
        member.shelf.flush(member.log);
        expect(places(), `seed ${seed}`).toEqual(before);
      }
      for (const post of posts) member.give(post);
      member.shelf.flush(member.log);
      expect(member.shelf.size, `seed ${seed}`).toBe(20);
      expect(member.log.heads(), `seed ${seed}`).toHaveLength(2);
      expect(member.log.holes(), `seed ${seed}`).toEqual([]);
      for (const post of posts) {
        expect(member.log.placeOf(post, post.seq, post.id)?.branch).toBe(member.shelf.branchOf(LOBBY, post.id));
      }
    }
  });

  test("is what we speak of: heads and digest name only what is on the disk", () => {
    const member = new Member();
    const author = new Author(1);
    const [first, second, third] = [author.post("a"), author.post("b"), author.post("c")] as const;
    const seqs = () => member.log.heads().map(({ seq }) => seq);
    const empty = member.log.digest();
    member.give(first);
    member.give(second);
    member.give(third);
    expect([seqs(), member.log.digest()]).toEqual([[], empty]);
    member.shelf.flush(member.log, 1);
    expect(seqs()).toEqual([1]);
    member.shelf.flush(member.log);
    expect(seqs()).toEqual([3]);
    expect(new Member(member.shelf).log.digest()).toBe(member.log.digest());
  });

  test("and that lost what it had not kept is where we begin again", () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed);
      const author = new Author(1);
      const posts = Array.from({ length: 20 }, (_, at) => author.post(`${at}`));
      let member = new Member();
      for (let step = 0; step < 60; step++) {
        member.give(random.pick(posts));
        if (random.chance(0.3)) member.shelf.flush(member.log, 1);
        if (random.chance(0.05)) {
          member.shelf.lose();
          member = new Member(member.shelf);
        }
      }
      for (const post of posts) member.give(post);
      member.shelf.flush(member.log);
      expect(member.shelf.size, `seed ${seed}`).toBe(20);
      expect(member.log.holes(), `seed ${seed}`).toEqual([]);
    }
  });
});

describe("a restart", () => {
  test("takes up the logs as they were, without reading their events", () => {
    const member = new Member();
    const author = new Author(1);
    const posts = Array.from({ length: 10 }, (_, at) => author.post(`${at}`));
    member.takeAll([...posts.slice(0, 4), ...posts.slice(6)]);
    const again = new Member(member.shelf);
    expect(again.log.heads()).toEqual(member.log.heads());
    expect(again.log.holes()).toEqual(member.log.holes());
    expect(again.takeAll(posts.slice(0, 4))).toEqual(["held", "held", "held", "held"]);
    expect(again.takeAll(posts.slice(4, 6))).toEqual(["accepted", "accepted"]);
  });
});

describe("heads for our next event to name", () => {
  test("are those of others that we have not named, the latest first", () => {
    const member = new Member();
    const authors = [1, 2, 3].map((number) => new Author(number));
    const posts = authors.map((author, at) => author.post("x", { hlc: NOON + at }));
    member.takeAll(posts);
    const taken = member.log.takeUnnamed(2, NOON / 1_000);
    expect(taken.map(({ id }) => id)).toEqual([posts[2]?.id, posts[1]?.id]);
    expect(member.log.takeUnnamed(2, NOON / 1_000).map(({ id }) => id)).toEqual([posts[0]?.id]);
    expect(member.log.takeUnnamed(2, NOON / 1_000)).toEqual([]);
  });

  test("are heads only: an old event that comes late is none", () => {
    const member = new Member();
    const author = new Author(1);
    const [first, second] = [author.post("a"), author.post("b")] as const;
    member.take(second);
    expect(member.log.takeUnnamed(8, NOON / 1_000 + 60_000)).toHaveLength(1);
    member.take(first);
    expect(member.log.takeUnnamed(8, NOON / 1_000 + 60_000)).toEqual([]);
  });

  test("leave out one dated ahead until it is due", () => {
    const member = new Member();
    const far = NOON + 1_000 * (AHEAD_MAX_MS + 1);
    member.take(new Author(1).post("from the future", { hlc: far }));
    expect(member.log.takeUnnamed(8, NOON / 1_000)).toEqual([]);
    expect(member.log.takeUnnamed(8, NOON / 1_000 + 1)).toHaveLength(1);
  });
});

describe("bounds", () => {
  test("one author has so many logs and no more; others are not hindered", () => {
    const member = new Member();
    const author = new Author(1);
    for (let inst = 0; inst < LOGS_PER_AUTHOR_MAX; inst++) expect(member.take(author.begin(1_000 + inst).post("x"))).toBe("accepted");
    expect(member.take(author.begin(9_999).post("x"))).toBe("too-many-logs");
    expect(member.take(new Author(2).post("x"))).toBe("accepted");
  });

  test("an event for which a log has no room is refused, and nothing is kept of it", () => {
    const member = new Member();
    const author = new Author(1);
    const posts = Array.from({ length: 2 * STRETCHES_MAX + 2 }, (_, at) => author.post(`${at}`)).filter((_, at) => at % 2 === 1);
    const results = member.takeAll(posts);
    expect(results.slice(-2)).toEqual(["accepted", "too-many-holes"]);
    expect(member.shelf.size).toBe(STRETCHES_MAX);
    expect(member.log.takeChanged()).toEqual([]);
  });

  test("a log that nobody proved anything of takes no room", () => {
    const member = new Member();
    for (let number = 0; number < 10_000; number++) {
      const inst = number.toString(16).padStart(16, "0") as Event["inst"];
      member.log.receive({ ...new Author(1).draft(), inst, sig: null }, "flooder");
    }
    expect(member.take(new Author(1).post("x"))).toBe("accepted");
  });

  test("what a full disk takes before what came first is on it, and its head not told until that is too", () => {
    const member = new Member();
    const author = new Author(1);
    const [first, second] = [1, 2]
      .map((n) => author.post(`${n}`))
      .map((event) => ({ event, receipt: member.log.receive(event, "a neighbour") }));
    if (first?.receipt.kind !== "accepted" || second?.receipt.kind !== "accepted") throw new Error("both are accepted");
    member.log.settle(second.receipt.mark);
    expect([first, second].map(({ event }) => member.log.isSettled(event.id))).toEqual([false, true]);
    expect(member.log.heads()).toEqual([]);
    member.log.settle(first.receipt.mark);
    expect(member.log.isSettled(first.event.id)).toBe(true);
    expect(member.log.heads().map(({ seq }) => seq)).toEqual([2]);
  });

  test("what is remembered of 100,000 events is a few lines", () => {
    const member = new Member();
    const author = new Author(1);
    for (let batch = 0; batch < 1_000; batch++) {
      const events = author.batch(100, { hlc: NOON + batch });
      for (const event of events) {
        const receipt = member.log.receive(event, "a neighbour");
        if (receipt.kind === "accepted") member.log.settle(receipt.mark);
      }
      for (const row of member.log.takeChanged()) expect(JSON.stringify(row).length).toBeLessThan(1_000);
    }
    expect(member.log.headOf({ author: author.id, inst: author.inst })?.seq).toBe(100_000);
    expect(RECENT_MAX).toBeLessThan(10_000);
  });
});
