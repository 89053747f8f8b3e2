/** What is asked of whom, and when. PROTOCOL.md §13.10. */
import { describe, expect, test } from "vitest";
import { ChannelLog } from "../../../src/core/log/channel-log.ts";
import type { Event } from "../../../src/core/log/event.ts";
import type { LogHead } from "../../../src/core/log/heads.ts";
import {
  ANSWER_MS,
  COMPARE_MS,
  DIGEST_MS,
  FETCH_AFTER_MS,
  FETCH_LATE_MS,
  HEADS_BURST,
  LACKING_MS,
  PAGE_BYTES,
  PAGE_EVENTS_MAX,
  PAGE_EVENTS_MIN,
  QUIET_MS,
  UNSAVED_ASK_MAX,
  WANTS_BURST,
} from "../../../src/core/log/limits.ts";
import { pageOf } from "../../../src/core/log/serve.ts";
import { type Range, type Sent, Sync, type SyncMessage } from "../../../src/core/log/sync.ts";
import { Author, crypto, LOBBY, NOON } from "./author.ts";
import { Shelf } from "./shelf.ts";

/** A member that holds some events, and its sync. */
class Side {
  readonly shelf = new Shelf();
  readonly log = new ChannelLog(LOBBY, crypto, this.shelf);
  readonly sync = new Sync(this.log, () => 0.5);
  now = 0;

  take(events: readonly Event[], from: string | null = null): void {
    for (const event of events) {
      const receipt = this.log.receive(event, from ?? "somebody");
      this.shelf.give(this.log, receipt);
      if (receipt.kind === "accepted") this.sync.noteTaken(from, this.now);
    }
    this.shelf.flush(this.log);
  }

  /** Lets time pass; all that was sent meanwhile. */
  pass(ms: number): Sent[] {
    const sent: Sent[] = [];
    const end = this.now + ms;
    for (let wakes = 0; this.sync.wakeAt <= end; wakes++) {
      expect(wakes, "it wakes without end").toBeLessThan(10_000);
      this.now = Math.max(this.now, this.sync.wakeAt);
      sent.push(...this.sync.tick(this.now));
    }
    this.now = end;
    return sent;
  }

  meet(...peers: string[]): this {
    for (const peer of peers) this.sync.meet(peer, this.now);
    return this;
  }

  told(peer: string, heads: readonly LogHead[], whole = true): Sent[] {
    return this.sync.onHeads(peer, { kind: "heads", heads, whole, ask: false }, this.now);
  }
}

function posts(author: Author, count: number, from = NOON): Event[] {
  return Array.from({ length: count }, (_, at) => author.post(`${at}`, { hlc: from + 1_000 * at }));
}

function headOf(event: Event): LogHead {
  const { author, inst, seq, id, hlc } = event;
  return { author, inst, seq, id, hlc };
}

const ranges = (sent: readonly Sent[]) => sent.flatMap(({ message }) => (message.kind === "want" ? message.ranges : []));
/** Who is asked for what: each range, and the neighbour in place of its end. */
const asked = (sent: readonly Sent[]) =>
  sent.flatMap(({ to, message }) => (message.kind === "want" ? message.ranges.map(({ from, id }) => ({ to, from, id })) : []));
const kinds = (sent: readonly Sent[]) => sent.map(({ message }) => message.kind);

describe("heads that differ", () => {
  test("are told when a digest differs, and not when it is ours", () => {
    const side = new Side().meet("b");
    expect(side.sync.onDigest("b", side.log.digest(), 0)).toEqual([]);
    expect(side.sync.onDigest("b", "0".repeat(64), 0)).toEqual([
      { to: "b", message: { kind: "heads", heads: [], whole: true, ask: true } },
    ]);
  });

  test("are answered with ours, once", () => {
    const side = new Side().meet("b");
    const heads: SyncMessage = { kind: "heads", heads: [], whole: true, ask: true };
    expect(side.sync.onHeads("b", heads, 0)).toEqual([{ to: "b", message: { ...heads, ask: false } }]);
  });

  test("are not told again and again to who gains nothing by it: a liar gets them a dozen times in an hour", () => {
    const side = new Side().meet("liar");
    let told = 0;
    for (let second = 0; second < 3_600; second++) {
      told += kinds(side.sync.onDigest("liar", "0".repeat(64), side.now)).filter((kind) => kind === "heads").length;
      side.pass(1_000);
    }
    expect(told).toBeLessThan(22);
    expect(told).toBeGreaterThan(8);
  });

  test("are not compared while events come, yet now and then in a channel that is never quiet", () => {
    const side = new Side().meet("b");
    side.sync.onDigest("b", "0".repeat(64), 0);
    const author = new Author(1);
    const compared: number[] = [];
    for (let tenth = 0; tenth < 900; tenth++) {
      side.take([author.post(`${tenth}`)], "b");
      if (side.sync.onDigest("b", "0".repeat(64), side.now).length > 0) compared.push(side.now);
      side.pass(100);
    }
    expect(compared.map((at) => Math.round(at / COMPARE_MS))).toEqual([1, 2]);
    side.pass(QUIET_MS);
    expect(kinds(side.sync.onDigest("b", "0".repeat(64), side.now))).toEqual(["heads"]);
  });
});

describe("what is asked", () => {
  test("is the newest of all logs first, a page of it", () => {
    const [anna, bob] = [new Author(1), new Author(2)];
    const old = posts(anna, 1_000).at(-1) as Event;
    const young = posts(bob, 100, NOON + 10_000_000_000).at(-1) as Event;
    const side = new Side().meet("b");
    expect(ranges(side.told("b", [headOf(old), headOf(young)]))).toEqual([
      { author: bob.id, inst: bob.inst, from: 1, to: 100, id: young.id },
      { author: anna.id, inst: anna.inst, from: 1_000 - (PAGE_EVENTS_MIN - 100) + 1, to: 1_000, id: old.id },
    ]);
  });

  test("is twice as much each time, as long as it comes", () => {
    const all = new Author(1).batch(9_000).reverse();
    const side = new Side().meet("b");
    const sizes: number[] = [];
    let sent = side.told("b", [headOf(all[0] as Event)]);
    for (let page = 0; page < 7; page++) {
      const [range] = ranges(sent) as [Range];
      sizes.push(range.to - range.from + 1);
      side.take(all.slice(9_000 - range.to, 9_001 - range.from), "b");
      sent = side.sync.onServed("b", [], side.now);
    }
    expect(sizes).toEqual([128, 256, 512, 1_024, 2_048, 2_048, 2_048]);
  });

  test("begins where we end", () => {
    const all = posts(new Author(1), 20);
    const side = new Side().meet("b");
    side.take(all.slice(0, 12));
    expect(asked(side.told("b", [headOf(all[19] as Event)]))).toMatchObject([{ from: 13, id: all[19]?.id }]);
  });

  test("is a hole, soon after it shows, without any digest", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("b");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    const sent = side.pass(FETCH_AFTER_MS);
    expect(asked(sent)).toMatchObject([{ to: "b", from: 4, id: all[5]?.id }]);
  });

  test("and when an answer is late does not wake for it again and again, at whatever fraction of a millisecond", () => {
    const event = new Author(1).post("far away");
    for (let count = 1; count <= 200; count++) {
      const side = new Side().meet("a");
      side.now = 11_297 + count / 7;
      side.told("a", [headOf(event)]);
      side.pass(2 * ANSWER_MS); // fails when it wakes without end
    }
  });

  test("is asked of one at a time, and of another when no answer comes", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("b", "c");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    expect(asked(side.pass(ANSWER_MS - 1)).map(({ to }) => to)).toEqual(["b"]);
    expect(asked(side.pass(FETCH_AFTER_MS + 1)).map(({ to }) => to)).toEqual(["c"]);
    expect(side.sync.missing()).toMatchObject([{ from: 4, asked: 2 }]);
  });

  test("is asked of another at once when the first lacks it, and of the first again after a while", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("b", "c");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    const hole = all[5]?.id as Event["id"];
    expect(asked(side.pass(FETCH_AFTER_MS)).map(({ to }) => to)).toEqual(["b"]);
    side.sync.onServed("b", [hole], side.now);
    expect(asked(side.pass(1)).map(({ to }) => to)).toEqual(["c"]);
    side.sync.onServed("c", [hole], side.now);
    expect(asked(side.pass(LACKING_MS - 1_000))).toEqual([]);
    expect(asked(side.pass(1_000 + DIGEST_MS)).map(({ to }) => to)).toEqual(["b"]);
  });

  test("is asked of a new neighbour at once, though its heads are ours", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("b");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    side.pass(FETCH_AFTER_MS);
    side.sync.onServed("b", [all[5]?.id as Event["id"]], side.now);
    side.pass(1);
    side.meet("c");
    side.sync.onDigest("c", side.log.digest(), side.now);
    expect(asked(side.pass(FETCH_AFTER_MS)).map(({ to }) => to)).toEqual(["c"]);
  });

  test("is not asked again at once of who says that it served and did not", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("liar");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    side.pass(FETCH_AFTER_MS);
    expect(side.sync.onServed("liar", [], side.now)).toEqual([]);
    expect(asked(side.pass(5_000))).toEqual([]);
  });

  test("goes on while a page is coming, however long it takes", () => {
    const all = posts(new Author(1), 40);
    const side = new Side().meet("b", "c");
    side.take(all.slice(39));
    side.pass(FETCH_AFTER_MS);
    for (const event of all.slice(0, 39).reverse()) {
      expect(asked(side.pass(ANSWER_MS / 2))).toEqual([]);
      side.take([event], "b");
    }
  });

  test("of what was told in passing waits whether it comes by itself, and then asks for more of it", () => {
    const [first, second] = posts(new Author(1), 2) as [Event, Event];
    const side = new Side().meet("b");
    expect(side.told("b", [headOf(first)], false)).toEqual([]);
    side.take([first], "c");
    expect(asked(side.pass(FETCH_AFTER_MS))).toEqual([]);
    side.told("b", [headOf(second)], false);
    expect(side.pass(FETCH_AFTER_MS)).toMatchObject([{ to: "b", message: { kind: "want", graft: true } }]);
  });

  test("of what was told in passing waits longer where its author is here and says it by himself", () => {
    const [here, away] = [new Author(1), new Author(2)];
    const side = new Side().meet("b", here.id);
    const late = headOf(here.post("on its way"));
    side.told("b", [late], false);
    expect(asked(side.pass(FETCH_LATE_MS - 1))).toEqual([]);
    expect(asked(side.pass(1))).toMatchObject([{ to: "b", id: late.id }]);
    const mixed = new Side().meet("b", here.id);
    const unreached = headOf(away.post("from somebody whom we do not reach"));
    mixed.told("b", [headOf(here.post("on its way, too")), unreached], false);
    expect(asked(mixed.pass(FETCH_AFTER_MS))).toMatchObject([{ to: "b", id: unreached.id }]);
  });

  test("is not kept from others by who invents heads", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("liar", "b");
    side.take(all.slice(0, 3));
    const real = headOf(all[8] as Event);
    const invented = { ...real, seq: 12, id: "f".repeat(64) as Event["id"] };
    expect(asked(side.told("liar", [invented]))).toMatchObject([{ to: "liar", from: 4 }]);
    expect(asked(side.told("b", [real]))).toMatchObject([{ to: "b", from: 4, id: real.id }]);
  });

  test("ends with the neighbour", () => {
    const all = posts(new Author(1), 9);
    const side = new Side().meet("b", "c");
    side.take([...all.slice(0, 3), ...all.slice(6)]);
    side.pass(FETCH_AFTER_MS);
    side.sync.lose("b");
    side.take([new Author(2).post("x")]);
    expect(asked(side.pass(FETCH_AFTER_MS)).map(({ to }) => to)).toEqual(["c"]);
    expect(side.sync.onServed("b", [], side.now)).toEqual([]);
  });
});

describe("a neighbour that asks and tells without end", () => {
  test("is heard within a budget", () => {
    const side = new Side().meet("liar");
    const heads = posts(new Author(1), 1_000).map(headOf);
    let heard = 0;
    for (let count = 0; count < 1_000; count++)
      heard += side.sync.onHeads("liar", { kind: "heads", heads, whole: true, ask: true }, 0).length;
    expect(heard).toBeLessThan(2 * (HEADS_BURST / 1_000));
    let answered = 0;
    for (let count = 0; count < 1_000; count++) answered += side.sync.mayAsk("liar", 0) ? 1 : 0;
    expect(answered).toBe(WANTS_BURST);
    expect(side.sync.mayAsk("stranger", 0)).toBe(false);
  });
});

describe("digests", () => {
  test("go out at a slow beat, however much changes", () => {
    const side = new Side().meet("b");
    const author = new Author(1);
    let sent = 0;
    for (let tenth = 0; tenth < 40 * (DIGEST_MS / 1_000); tenth++) {
      side.take([author.post(`${tenth}`)], "b");
      sent += kinds(side.pass(100)).filter((kind) => kind === "digest").length;
    }
    expect(sent).toBe(4);
  });

  test("go to nobody when nobody is there, and wake nobody", () => {
    const side = new Side();
    side.take(posts(new Author(1), 1));
    side.pass(FETCH_AFTER_MS);
    expect(side.pass(DIGEST_MS)).toEqual([]);
    expect(side.sync.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });
});

test("asks for more only as far as the disk keeps up, and goes on once it has", () => {
  const side = new Side().meet("b");
  for (const event of new Author(1).batch(UNSAVED_ASK_MAX).reverse()) side.shelf.give(side.log, side.log.receive(event, "b"));
  const [missing] = posts(new Author(2), 1) as [Event];
  expect(asked(side.told("b", [headOf(missing)]))).toEqual([]);
  expect(side.sync.onKept(side.now)).toEqual([]);
  side.shelf.flush(side.log);
  expect(asked(side.sync.onKept(side.now))).toEqual([{ to: "b", from: 1, id: missing.id }]);
  expect(side.sync.onKept(side.now)).toEqual([]);
});

describe("a page", () => {
  const range = (events: readonly Event[], from = 1): Range => {
    const { author, inst, seq: to, id } = events.at(-1) as Event;
    return { author, inst, from, to, id };
  };

  test("has the newest of each range first, and no more than fits", () => {
    const side = new Side();
    const count = PAGE_EVENTS_MAX + 10;
    const events = new Author(1).batch(count).reverse();
    side.take(events);
    events.reverse();
    const page = pageOf(side.log, [range(events)]);
    expect(page.lacking).toEqual([]);
    expect(page.events.map(({ seq }) => seq)).toEqual(Array.from({ length: PAGE_EVENTS_MAX }, (_, at) => count - at));
    expect(pageOf(side.log, [range(events, count - 1)]).events).toHaveLength(2);
  });

  test("is bounded in bytes too, but for one long event", () => {
    const side = new Side();
    const author = new Author(1);
    const long = Array.from({ length: 80 }, () => author.post("x".repeat(16_000)));
    side.take(long);
    const { events } = pageOf(side.log, [range(long)]);
    expect(events.length).toBe(Math.floor(PAGE_BYTES / 16_250));
  });

  test("says what is lacking: what is not held, and another history of the same log", () => {
    const side = new Side();
    const events = posts(new Author(1), 3);
    side.take(events);
    const other = { ...range(events), id: "0".repeat(64) as Event["id"] };
    const unknown = range(posts(new Author(9), 2));
    expect(pageOf(side.log, [other, unknown, range(events)])).toMatchObject({
      lacking: [other.id, unknown.id],
      events: [{ seq: 3 }, { seq: 2 }, { seq: 1 }],
    });
  });

  test("follows a branch down to where it left the other, and on", () => {
    const side = new Side();
    const author = new Author(1);
    const common = posts(author, 4);
    const tip = author.tip;
    side.take([...common, ...posts(author, 3)]);
    author.tip = tip;
    const branch = [author.post("other 5"), author.post("other 6")];
    side.take(branch);
    const { events } = pageOf(side.log, [range(branch)]);
    expect(events.map(({ text }) => text)).toEqual(["other 6", "other 5", "3", "2", "1", "0"]);
  });
});
