/** What counts as lost, and what happens then: two ends and a link. PROTOCOL.md §12.5, §12.6. */
import { describe, expect, test } from "vitest";
import { Acknowledgements } from "../../../src/core/session/acknowledgements.ts";
import { Sender } from "../../../src/core/session/sender.ts";
import { Transport } from "../../../src/core/session/transport.ts";
import { NEVER } from "../../../src/core/time.ts";
import { AckRecord } from "../../../src/wire/index.ts";
import { bytesOfHex, recordsOf } from "../../wire/payload.ts";
import { type End, Link, numbered, numbersOf } from "./link.ts";

const LIMIT = 1_171;
const HOUR = 3_600_000;
const KIB = 1_024;

/** Loses the frames of one end whose numbers, counted from 0, are given. */
function losing(link: Link, from: End, ...numbers: readonly number[]): void {
  let number = 0;
  link.onFrame = (end) => end !== from || !numbers.includes(number++);
}

/** Sends `count` messages that fill a frame each. */
function sendFrames(end: End, count: number, stream: 0 | 1 | 2 = 1): void {
  for (let number = 0; number < count; number++) expect(end.transport.send(stream, numbered(number, 1_100))).toBe(true);
}

describe("a lost frame", () => {
  test("is noticed by the third frame after it, and goes again before all others", () => {
    const link = new Link(1, { delayMs: 50 });
    const sent: number[] = [];
    losing(link, link.a, 2);
    sendFrames(link.a, 40);
    link.run(HOUR, () => link.b.arrivals.length === 40);
    for (const arrival of link.b.arrivals) sent.push(arrival.at);
    expect(numbersOf(link.b.arrivals)).toEqual(Array.from({ length: 40 }, (_, number) => number));
    expect(link.a.transport.stats.lostFrames).toBe(1);
    expect(link.a.transport.stats.repeatedRecords).toBe(1);
    expect(sent[2]).toBeLessThan(50 + 100 + 20);
  });

  test("at the very end is repeated by a probe", () => {
    const link = new Link(1, { delayMs: 50 });
    losing(link, link.a, 4);
    sendFrames(link.a, 5);
    link.run(HOUR, () => link.idle);
    expect(link.b.arrivals).toHaveLength(5);
    expect(link.b.arrivals[4]?.at).toBeLessThan(600);
  });

  test("halves the window once for a burst", () => {
    const link = new Link(1, { delayMs: 50 });
    losing(link, link.a, 30, 31, 32, 33);
    sendFrames(link.a, 300);
    let largest = 0;
    let least = Number.POSITIVE_INFINITY;
    link.run(HOUR, () => {
      const { windowBytes, lostFrames } = link.a.transport.stats;
      if (lostFrames === 0) largest = Math.max(largest, windowBytes);
      else least = Math.min(least, windowBytes);
      return link.idle;
    });
    expect(link.a.transport.stats.lostFrames).toBe(4);
    expect(least).toBeGreaterThanOrEqual(largest / 2);
    expect(least).toBeLessThan(largest * 0.6);
  });

  test("that was only late does not halve the window, and the path's disorder is learnt", () => {
    const link = new Link(3, { delayMs: 20, jitterMs: 15 });
    for (let number = 0; number < 3_000; number++) link.a.transport.send(2, numbered(number, 1_000));
    link.run(HOUR, () => link.idle);
    expect(numbersOf(link.b.arrivals)).toHaveLength(3_000);
    expect(link.a.transport.stats.lostFrames).toBeLessThan(200);
    expect(link.a.transport.stats.windowBytes).toBeGreaterThan(100 * KIB);
    expect(link.now).toBeLessThan(2_000);
  });
});

describe("silence", () => {
  /** The instants at which a lonely transport sends, with nothing ever heard. */
  function probesOf(transport: Transport, until: number): number[] {
    const at: number[] = [];
    for (let now = 0; now <= until && at.length < 10_000; now = transport.wakeAt) {
      transport.onTimer(now);
      while (transport.next(now, LIMIT) !== null) at.push(now);
    }
    return at;
  }

  test("is probed in pairs, twice as late each time, up to every 2 s", () => {
    const transport = new Transport(0, 100);
    transport.send(1, numbered(0));
    const first = 100 + 4 * 50 + 5;
    const third = 7 * first;
    const probes = [first, 3 * first, third, third + 2_000, third + 4_000].flatMap((at) => [at, at]);
    expect(probesOf(transport, 7_000)).toEqual([0, ...probes]);
  });

  test("does not make a path with long round trips busy", () => {
    const transport = new Transport(0, 3_000);
    transport.send(1, numbered(0));
    const delay = 3_000 + 4 * 1_500 + 5;
    const probes = [1, 2, 3].flatMap((round) => [round * delay, round * delay]);
    expect(probesOf(transport, 4 * delay - 1)).toEqual([0, ...probes]);
  });

  test("costs two frames every 2 s at most, however much waits", () => {
    const transport = new Transport(0, 100);
    while (transport.send(2, numbered(0, 60_000)));
    const at = probesOf(transport, 600_000);
    const late = at.filter((instant) => instant > 100_000);
    expect(late.length).toBeLessThanOrEqual((2 * 500_000) / 2_000 + 2);
    expect(late.length).toBeGreaterThan(200);
  });

  test("takes no more memory the longer it lasts: what is in flight is bounded", () => {
    const transport = new Transport(0, 100);
    transport.send(1, numbered(0));
    probesOf(transport, 24 * HOUR);
    expect(transport.stats.inFlightBytes).toBeLessThanOrEqual(2_400);
  });
});

describe("an outage of 60 s", () => {
  const path = { delayMs: 20, outages: [[1_000, 61_500]] as const };

  test("loses nothing, and the link is in use again within 2 s", () => {
    const link = new Link(5, path);
    for (let number = 0; number < 400; number++) link.at(number * 10, () => link.a.transport.send(1, numbered(number, 200)));
    link.run(HOUR, () => link.b.arrivals.length === 400);
    expect(numbersOf(link.b.arrivals)).toEqual(Array.from({ length: 400 }, (_, number) => number));
    expect(link.b.arrivals.filter(({ at }) => at > 1_020 && at < 61_500)).toEqual([]);
    expect(link.now).toBeLessThan(61_500 + 2_000 + 500);
  });

  test("ends at once when the other side is heard again", () => {
    const link = new Link(5, path);
    link.at(500, () => link.a.transport.send(1, numbered(0)));
    link.at(2_000, () => link.a.transport.send(1, numbered(1)));
    link.at(61_510, () => link.b.transport.sendHello());
    link.run(HOUR, () => link.b.arrivals.length === 2);
    expect(link.now).toBeLessThan(61_510 + 20 + 20 + 1);
  });

  test("is over for a full window of bulk soon after, too", () => {
    const link = new Link(5, { ...path, bytesPerMs: 1_250, queueBytes: 64_000 });
    for (let number = 0; number < 60; number++) link.a.transport.send(2, numbered(number, 100_000));
    link.run(61_500);
    const before = link.b.arrivals.length;
    link.run(HOUR, () => link.idle);
    expect(before).toBeLessThan(60);
    expect(numbersOf(link.b.arrivals)).toEqual(Array.from({ length: 60 }, (_, number) => number));
    expect(link.now).toBeLessThan(61_500 + 15_000);
  });
});

describe("the window after an outage", () => {
  test("is soon half of what it was", () => {
    const link = new Link(5, { delayMs: 50, outages: [[1_000, 31_000]] });
    const feed = () => {
      while (link.a.transport.send(2, numbered(0, 60_000)));
    };
    for (let at = 0; at < 40_000; at += 20) link.at(at, feed);
    link.run(1_000);
    const before = link.a.transport.stats.windowBytes;
    link.run(31_000);
    expect(link.a.transport.stats.windowBytes).toBe(2_400);
    const heard = link.b.received.length;
    link.run(40_000, () => link.b.received.length > heard);
    link.run(link.now + 1_500);
    expect(link.a.transport.stats.windowBytes).toBeGreaterThan(0.4 * before);
  });

  test("is not touched by single probes, however many there are in a long session", () => {
    const link = new Link(5, { delayMs: 20 });
    let messages = 0;
    link.onFrame = (from) => {
      if (from === link.a || link.b.arrivals.length === messages) return true;
      messages = link.b.arrivals.length;
      return false; // the first ack of each message
    };
    for (let number = 0; number < 20; number++) link.at(number * 3_000, () => link.a.transport.send(1, numbered(number, 1_000)));
    link.run(70_000);
    expect(link.b.arrivals).toHaveLength(20);
    expect(link.a.transport.stats.repeatedRecords).toBeGreaterThanOrEqual(20);
    expect(link.a.transport.stats.windowBytes).toBe(12_000);
  });
});

describe("a round trip that was first taken for far shorter than it is", () => {
  test("is learnt, and what is under way comes to an end", () => {
    const link = new Link(6, { delayMs: 20, firstRttMs: 0.2 });
    for (let at = 0; at < 3_000; at += 3) link.at(at, () => link.b.transport.sendHello()); // it is heard all the time
    for (let number = 0; number < 4; number++) link.a.transport.send(0, numbered(number, 700));
    link.run(2_000);
    expect(link.a.transport.idle).toBe(true);
    expect(link.a.framesSent).toBeLessThan(50);
    expect(link.a.transport.rttMs).toBeGreaterThan(39);
  });
});

describe("what is kept of lost frames", () => {
  test("is forgotten after a while", () => {
    const sender = new Sender(new Acknowledgements(), 0, 20);
    const ack = new AckRecord();
    let kept = 0;
    for (let now = 0; now < 20_000; now += 5) {
      sender.send(1, numbered(0, 1_000));
      const counters: number[] = [];
      for (let out = sender.next(now, LIMIT); out !== null; out = sender.next(now, LIMIT)) counters.push(out.counter);
      const newest = counters.at(-1);
      if (newest !== undefined && newest % 5 === 0) {
        ack.read(bytesOfHex(`${newest.toString(16).padStart(16, "0")}000000`), 0, 11);
        sender.acked(ack, now + 1);
      }
      if (sender.wakeAt <= now) sender.onTimer(now);
      kept = Math.max(kept, sender.recovery.flight.tail - sender.recovery.flight.head);
    }
    expect(sender.recovery.lostFrames).toBeGreaterThan(1_000);
    expect(kept).toBeLessThan(200);
  });
});

describe("a change of the data path", () => {
  const relay = { delayMs: 120, limit: 700 };
  const direct = { delayMs: 10 };

  test("loses nothing, from large frames to small ones and back", () => {
    const link = new Link(9, { ...direct, loss: 0.05 });
    for (let number = 0; number < 400; number++) {
      link.a.transport.send(1, numbered(number, 400 + ((number * 97) % 900)));
      link.b.transport.send(2, numbered(number, 100 + ((number * 331) % 9_000)));
    }
    for (const [at, path] of [
      [40, relay],
      [400, { ...direct, loss: 0.05 }],
      [440, { ...relay, loss: 0.05 }],
      [900, direct],
    ] as const)
      link.at(at, () => link.switchTo(path));
    link.run(HOUR, () => link.idle);
    const all = Array.from({ length: 400 }, (_, number) => number);
    expect(numbersOf(link.b.arrivals)).toEqual(all);
    expect(numbersOf(link.a.arrivals)).toEqual(all);
  });

  test("carries the largest message over a relay, begun over a direct path", () => {
    const link = new Link(9, direct);
    link.a.transport.send(2, numbered(0, 1_048_576));
    link.at(15, () => link.switchTo(relay));
    link.run(HOUR, () => link.idle);
    expect(link.b.arrivals.map(({ bytes }) => bytes.length)).toEqual([1_048_576]);
    expect(link.b.transport.stats.refusedFrames).toBe(0);
    expect(link.b.transport.stats.heldBytes).toBe(0);
  });

  test("begins window and round trip anew", () => {
    const link = new Link(9, direct);
    sendFrames(link.a, 1_000);
    link.run(HOUR, () => link.b.arrivals.length > 600);
    expect(link.a.transport.stats.windowBytes).toBeGreaterThan(100_000);
    link.a.transport.switchPath(link.now);
    expect(link.a.transport.stats.windowBytes).toBe(12_000);
    expect(link.a.transport.stats.inFlightBytes).toBe(0);
    expect(link.a.transport.rttMs).toBe(333);
    link.a.transport.switchPath(link.now, 80);
    expect(link.a.transport.rttMs).toBe(80);
  });

  test("does not send again what is still on its way over the slower path", () => {
    const link = new Link(9, relay);
    for (let number = 0; number < 600; number++) link.a.transport.send(1, numbered(number, 500));
    link.run(1_000);
    link.switchTo(direct);
    link.run(HOUR, () => link.idle);
    expect(numbersOf(link.b.arrivals)).toEqual(Array.from({ length: 600 }, (_, number) => number));
    expect(link.a.transport.stats.repeatedRecords).toBeLessThan(5);
  });

  test("sends a copy of what is in flight at once, to measure the new one", () => {
    const transport = new Transport(0, 50);
    transport.send(1, numbered(0));
    expect(transport.next(0, LIMIT)).not.toBeNull();
    expect(transport.next(1, LIMIT)).toBeNull();
    transport.switchPath(1);
    expect(transport.wakeAt).toBe(1);
    expect(recordsOf(Uint8Array.from(transport.next(1, LIMIT)?.payload ?? []))).toMatchObject([{ type: "message", stream: 1, seq: 0 }]);
    expect(transport.next(1, LIMIT)).toBeNull();
  });

  test("from a dead path sends what was in flight there again, soon", () => {
    const link = new Link(9, { delayMs: 10, outages: [[100, NEVER]] });
    for (let number = 0; number < 2_000; number++) link.a.transport.send(1, numbered(number, 1_000));
    link.at(300, () => link.switchTo(direct));
    link.run(HOUR, () => link.idle);
    expect(numbersOf(link.b.arrivals)).toEqual(Array.from({ length: 2_000 }, (_, number) => number));
    expect(link.now).toBeLessThan(2_000);
  });
});
