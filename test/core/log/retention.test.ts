/** A channel of which the oldest was dropped to make room: what is wanted of it, and what is not. PROTOCOL.md §13.6. */
import { describe, expect, test } from "vitest";
import { ChannelLog } from "../../../src/core/log/channel-log.ts";
import type { Event } from "../../../src/core/log/event.ts";
import type { LogCut, Low } from "../../../src/core/log/event-store.ts";
import { Author, crypto, LOBBY, NOON } from "./author.ts";
import { Shelf } from "./shelf.ts";

const at = (seq: number) => NOON + 1_000_000 * seq;

/** A member and its disk. */
class Member {
  readonly shelf = new Shelf();
  log: ChannelLog;
  readonly #keepsWhole: (author: string) => boolean;

  constructor(keepsWhole: (author: string) => boolean = () => false) {
    this.#keepsWhole = keepsWhole;
    this.log = this.#opened();
  }

  take(event: Event): string {
    const receipt = this.log.receive(event, "a neighbour");
    this.shelf.give(this.log, receipt);
    this.shelf.flush(this.log);
    return receipt.kind === "refused" ? receipt.reason : receipt.kind;
  }

  /** As the node does, with what the store says. */
  drop(upTo: number, first: Event): LogCut[] {
    const { author, inst, seq, id, prev, hlc } = first;
    const low: Low = { author, inst, seq, id, prev, hlc };
    const cuts = this.log.drop(upTo, [low]);
    for (const row of this.log.takeChanged()) this.shelf.logs.set(`${row.author} ${row.inst}`, row);
    for (const { below } of cuts) for (const [gone, { event }] of this.shelf.rows) if (event.seq < below) this.shelf.rows.delete(gone);
    return cuts;
  }

  restart(): void {
    const { horizon } = this.log;
    this.log = this.#opened();
    this.log.horizon = horizon;
    this.log.restore([...this.shelf.logs.values()]);
  }

  #opened(): ChannelLog {
    return new ChannelLog(
      LOBBY,
      crypto,
      this.shelf,
      () => null,
      ({ author }) => this.#keepsWhole(author),
    );
  }
}

function written(count: number): { ada: Author; events: Event[] } {
  const ada = new Author(1);
  return { ada, events: Array.from({ length: count }, (_, n) => ada.post(`text ${n + 1}`)) };
}

describe("what was dropped", () => {
  const { ada, events } = written(9);
  const [first, third, fifth, sixth, last] = [events[0], events[2], events[4], events[5], events[8]] as [Event, Event, Event, Event, Event];
  const dropped = () => {
    const member = new Member();
    for (const event of events) member.take(event);
    expect(member.drop(at(5), sixth)).toEqual([{ author: ada.id, inst: ada.inst, branch: 0, below: 6 }]);
    return member;
  };

  test("is not missing, not taken again, and not given to others; heads and digest stay as they were", () => {
    const member = new Member();
    for (const event of events) member.take(event);
    const digest = member.log.digest();
    member.drop(at(5), sixth);
    for (let round = 0; round < 2; round++) {
      expect(member.log.holes()).toEqual([]);
      expect(events.slice(0, 5).map((event) => member.take(event))).toEqual(Array(5).fill("not-wanted"));
      expect(member.take(sixth)).toBe("held");
      expect(member.log.isForked({ author: ada.id, inst: ada.inst })).toBe(false);
      expect(member.log.digest()).toBe(digest);
      expect(member.log.chain({ author: ada.id, inst: ada.inst, from: 1, to: 9, id: last.id }, 99).map(({ seq }) => seq)).toEqual([
        9, 8, 7, 6,
      ]);
      expect(member.log.chain({ author: ada.id, inst: ada.inst, from: 1, to: 3, id: third.id }, 99)).toEqual([]);
      member.restart();
    }
  });

  test("does not keep the log from going on", () => {
    const member = dropped();
    const next = new Author(1);
    next.tip = ada.tip;
    expect(member.take(next.post("more"))).toBe("accepted");
    expect(member.log.headOf({ author: ada.id, inst: ada.inst })?.seq).toBe(10);
  });

  test("is wanted again once more is kept, and comes back without a fork", () => {
    const member = dropped();
    member.log.wantAll();
    expect(member.log.holes()).toMatchObject([{ from: 1, to: 5, id: fifth.id }]);
    expect(
      events
        .slice(0, 5)
        .reverse()
        .map((event) => member.take(event)),
    ).toEqual(Array(5).fill("accepted"));
    expect(member.log.holes()).toEqual([]);
    expect(member.log.isForked({ author: ada.id, inst: ada.inst })).toBe(false);
  });

  test("does not make room for another beginning of the same log that claims to be new", () => {
    const member = dropped();
    const liar = new Author(1);
    liar.tip = { seq: 2, id: "0".repeat(64) as never };
    expect(member.take(liar.write({ hlc: at(50) }))).toBe("accepted");
    expect(member.log.holes().filter(({ from }) => from > 5)).toEqual([]);
    expect(member.take(first)).toBe("not-wanted");
  });
});

test("a member that keeps a week does not fetch a year: the first event that is too old ends the asking", () => {
  const { events } = written(9);
  const member = new Member();
  member.log.horizon = at(4);
  const taken = [...events].reverse().map((event) => member.take(event));
  expect(taken).toEqual([...Array(5).fill("accepted"), ...Array(4).fill("not-wanted")]);
  expect(member.log.holes()).toEqual([]);
});

test("a stranger's word does not end the asking", () => {
  const { ada, events } = written(9);
  const member = new Member();
  member.log.horizon = at(2);
  member.take(events[8] as Event);
  ada.tip = { seq: 7, id: "0".repeat(64) as never };
  expect(member.take(ada.write({ hlc: at(1) }))).toBe("not-wanted");
  expect(member.log.holes()).toMatchObject([{ from: 1, to: 8 }]);
});

test("nothing is dropped of a log that says who may do what", () => {
  const { ada, events } = written(9);
  const member = new Member((author) => author === ada.id);
  for (const event of events.slice(2)) member.take(event);
  expect(member.drop(at(8), events[7] as Event)).toEqual([]);
  expect(member.log.holes()).toMatchObject([{ from: 1, to: 2 }]);
  expect(member.take(events[1] as Event)).toBe("accepted");
});

test("of a log that forks each branch loses what is old, and both go on", () => {
  const { ada, events } = written(9);
  const fork = new Author(1);
  fork.tip = { seq: 3, id: (events[2] as Event).id };
  const others = Array.from({ length: 4 }, () => fork.post("otherwise"));
  const member = new Member();
  for (const event of [...events, ...others]) member.take(event);
  const low = events[5] as Event;
  member.drop(at(5), low);
  expect(member.log.isForked({ author: ada.id, inst: ada.inst })).toBe(true);
  expect(member.log.holes()).toEqual([]);
  expect(member.take(fork.post("goes on"))).toBe("accepted");
  expect(member.take(ada.post("goes on"))).toBe("accepted");
  expect(member.log.heads()).toHaveLength(2);
});

test("the head of a log that was cut, which is told without its time, is wanted", () => {
  const { ada } = written(1);
  const member = new Member();
  const head = { author: ada.id, inst: ada.inst };
  expect(member.log.isWanted({ ...head, hlc: 0 })).toBe(true);
  member.log.horizon = at(4);
  expect(member.log.isWanted({ ...head, hlc: 0 })).toBe(true);
  expect(member.log.isWanted({ ...head, hlc: at(4) })).toBe(false);
  expect(member.log.isWanted({ ...head, hlc: at(5) })).toBe(true);
});
