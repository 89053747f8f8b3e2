/** What the frames of a session say, and when they leave. PROTOCOL.md §12. */
import { describe, expect, test } from "vitest";
import { type Received, Transport } from "../../../src/core/session/transport.ts";
import { NEVER } from "../../../src/core/time.ts";
import { bytesOfHex, hexOf, payloadOf, type RecordVector, recordsOf } from "../../wire/payload.ts";

const LIMIT = 1_171;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (length: number) => bytes("x".repeat(length));

interface Frame {
  readonly counter: number;
  readonly length: number;
  readonly records: readonly RecordVector[];
  readonly payload: Uint8Array;
}

function nextOf(transport: Transport, now = 0, limit = LIMIT): Frame | null {
  const out = transport.next(now, limit);
  if (out === null) return null;
  const payload = Uint8Array.from(out.payload);
  return { counter: out.counter, length: payload.length, records: recordsOf(payload), payload };
}

function allOf(transport: Transport, now = 0, limit = LIMIT): Frame[] {
  const frames: Frame[] = [];
  for (let frame = nextOf(transport, now, limit); frame !== null && frames.length < 1_000; frame = nextOf(transport, now, limit))
    frames.push(frame);
  return frames;
}

function receive(transport: Transport, counter: number, now: number, ...records: readonly RecordVector[]): Received {
  const received = transport.receive(counter, payloadOf(...records), now);
  if (typeof received === "string") throw new Error(received);
  return received;
}

const ack = (largest: number, low = 0, delayMs = 0): RecordVector => ({ type: "ack", largest, delayMs, ranges: [[low, largest]] });
const message = (stream: number, seq: number, words = "{}"): RecordVector => ({ type: "message", stream, seq, text: words });

describe("a new transport", () => {
  test("has nothing to say and wants no waking", () => {
    const transport = new Transport(0);
    expect(transport.next(0, LIMIT)).toBeNull();
    expect(transport.wakeAt).toBe(NEVER);
    expect(transport.idle).toBe(true);
  });
});

describe("a frame", () => {
  test("carries a message, is filled up, and uses counter 0", () => {
    const transport = new Transport(0);
    expect(transport.send(1, bytes("{}"))).toBe(true);
    const frame = nextOf(transport);
    expect(frame?.counter).toBe(0);
    expect(hexOf(frame?.payload ?? text(0))).toBe(`01000701000000007b7d${"000033"}${"00".repeat(51)}`);
  });

  test("carries control before chat before loose before bulk, each in its order", () => {
    const transport = new Transport(0);
    for (const [stream, words] of [
      [2, "b0"],
      [1, "t0"],
      [0, "c0"],
      [1, "t1"],
    ] as const)
      transport.send(stream, bytes(words));
    transport.sendLoose(bytes("l"));
    transport.sendHello();
    expect(nextOf(transport)?.records).toEqual([
      { type: "hello" },
      message(0, 0, "c0"),
      message(1, 0, "t0"),
      message(1, 1, "t1"),
      { type: "loose", text: "l" },
      message(2, 0, "b0"),
    ]);
  });

  test("holds as many messages as fit", () => {
    const transport = new Transport(0);
    for (let count = 0; count < 12; count++) transport.send(1, text(200));
    expect(allOf(transport).map(({ records }) => records.length)).toEqual([5, 5, 2]);
  });

  test("is never longer than the limit, and neither it nor its messages are lost on a small path", () => {
    const transport = new Transport(0);
    transport.send(1, text(900));
    transport.send(1, text(300));
    const frames = allOf(transport, 0, 500);
    for (const { length } of frames) expect(length).toBeLessThanOrEqual(500);
    expect(frames.flatMap(({ records }) => records)).toEqual([
      { type: "fragment", stream: 1, seq: 0, index: 0, of: 3, text: "x".repeat(300) },
      { type: "fragment", stream: 1, seq: 0, index: 1, of: 3, text: "x".repeat(300) },
      { type: "fragment", stream: 1, seq: 0, index: 2, of: 3, text: "x".repeat(300) },
      message(1, 1, "x".repeat(300)),
    ]);
  });

  test("with a message that leaves no room for an ack carries it in fragments", () => {
    const lengths = [LIMIT - 8 - 40, LIMIT - 8 - 39].map((length) => {
      const transport = new Transport(0);
      transport.send(1, text(length));
      return allOf(transport).map(({ records }) => records[0]?.type);
    });
    expect(lengths).toEqual([["message"], ["fragment"]]);
  });

  test("of a hello alone is three bytes, and wants no ack", () => {
    const transport = new Transport(0);
    transport.sendHello();
    expect(hexOf(nextOf(transport)?.payload ?? text(0))).toBe("060000");
    expect(nextOf(transport)).toBeNull();
    expect(transport.idle).toBe(true);
    expect(transport.wakeAt).toBe(NEVER);
  });

  test("of records for another path holds just these, and uses a counter", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    const { counter, payload } = transport.single([{ type: "challenge", data: bytesOfHex("0001020304050607") }, { type: "hello" }], 0);
    expect(counter).toBe(0);
    expect(hexOf(payload)).toBe("0300080001020304050607060000");
    expect(nextOf(transport)?.counter).toBe(1);
    const close = transport.single([{ type: "close", reason: 3 }], 0);
    expect(hexOf(close.payload)).toBe("08000103");
    expect(close.counter).toBe(2);
  });

  test("has the same counters whatever it carries: each is used once", () => {
    const transport = new Transport(0);
    const counters: number[] = [];
    for (let round = 0; round < 5; round++) {
      transport.send(0, bytes("{}"));
      transport.sendHello();
      counters.push(...allOf(transport, round).map(({ counter }) => counter), transport.single([{ type: "hello" }], round).counter);
    }
    expect(counters).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("a frame of receipts alone", () => {
  const patient = { type: "patient" } as const;

  test("says that it can wait, and one with anything else in it does not", () => {
    const transport = new Transport(0);
    transport.send(0, bytes("r0"), true);
    expect(nextOf(transport)?.records).toEqual([message(0, 0, "r0"), patient]);
    transport.send(0, bytes("r1"), true);
    transport.send(1, bytes("{}"));
    expect(nextOf(transport)?.records).toEqual([message(0, 1, "r1"), message(1, 0)]);
    transport.send(0, bytes("r2"), true);
    transport.sendLoose(bytes("l"));
    expect(nextOf(transport)?.records).not.toContainEqual(patient);
    transport.send(0, bytes("r3"), true);
    expect(nextOf(transport)?.records).toContainEqual(patient);
  });

  test("is probed for 100 ms later, and what goes again cannot wait", () => {
    const [transport, pressing] = [new Transport(0, 20), new Transport(0, 20)];
    transport.send(0, bytes("{}"), true);
    pressing.send(0, bytes("{}"));
    for (const each of [transport, pressing]) nextOf(each, 0);
    expect(transport.wakeAt).toBe(pressing.wakeAt + 100);
    transport.onTimer(transport.wakeAt);
    expect(nextOf(transport, transport.wakeAt)?.records).toEqual([message(0, 0)]);
  });

  test("after one that cannot wait is probed for as that", () => {
    const transport = new Transport(0, 20);
    transport.send(1, bytes("{}"));
    nextOf(transport, 0);
    const { wakeAt } = transport;
    transport.send(0, bytes("{}"), true);
    nextOf(transport, 0);
    expect(transport.wakeAt).toBe(wakeAt);
  });
});

describe("bulk", () => {
  test("leaves room for a chat message, though nothing was acknowledged yet", () => {
    const transport = new Transport(0);
    transport.send(2, text(100_000));
    expect(allOf(transport)).toHaveLength(9);
    transport.send(1, bytes("{}"));
    expect(nextOf(transport)?.records[0]).toEqual(message(1, 0));
    expect(nextOf(transport)).toBeNull();
  });
});

describe("a queue", () => {
  test("says no when it holds 4 MiB of chat or 8 MiB of bulk, and yes again later", () => {
    const counts = ([0, 1, 2] as const).map((stream) => {
      const transport = new Transport(0);
      let count = 0;
      while (count < 100 && transport.send(stream, text(262_144))) count++;
      return count;
    });
    expect(counts).toEqual([15, 15, 31]);
    const transport = new Transport(0);
    while (transport.send(1, text(1_000_000))) expect(transport.queuedBytes).toBeLessThanOrEqual(4_194_304);
    const carried = allOf(transport).length;
    receive(transport, 0, 50, ack(carried - 1));
    expect(transport.send(1, text(300))).toBe(true);
  });

  test("of tiny messages is bounded too", () => {
    const transport = new Transport(0);
    let count = 0;
    while (count < 1_000_000 && transport.send(1, bytes("0"))) count++;
    expect(count).toBe(Math.floor(4_194_304 / 65));
  });

  test("of loose messages holds 1,024, each of which fits a frame", () => {
    const transport = new Transport(0);
    expect(transport.sendLoose(text(1_169))).toBe(false);
    let count = 0;
    while (count < 5_000 && transport.sendLoose(text(1_168))) count++;
    expect(count).toBe(1_024);
  });

  test("counts what waits and what is under way", () => {
    const transport = new Transport(0);
    transport.send(1, text(1_000));
    transport.send(2, text(500));
    expect([transport.queuedBytes, transport.unackedBytes, transport.idle]).toEqual([1_500, 0, false]);
    nextOf(transport);
    expect([transport.queuedBytes, transport.unackedBytes, transport.idle]).toEqual([500, 1_000, false]);
    nextOf(transport);
    receive(transport, 0, 30, ack(1));
    expect([transport.queuedBytes, transport.unackedBytes, transport.idle]).toEqual([0, 0, true]);
  });

  test("takes no message that the protocol has no room for: that is the caller's fault", () => {
    const transport = new Transport(0);
    expect(() => transport.send(1, text(0))).toThrow(RangeError);
    expect(() => transport.send(1, new Uint8Array(1_048_577))).toThrow(RangeError);
    expect(() => transport.sendLoose(text(0))).toThrow(RangeError);
    expect(transport.send(1, new Uint8Array(1_048_576))).toBe(true);
  });
});

describe("a loose message", () => {
  test("goes once, and is not sent again", () => {
    const transport = new Transport(0);
    transport.sendLoose(bytes("{}"));
    expect(allOf(transport)).toHaveLength(1);
    for (let wakes = 0; wakes < 10 && transport.wakeAt !== NEVER; wakes++) {
      const now = transport.wakeAt;
      transport.onTimer(now);
      expect(allOf(transport, now)).toEqual([]);
    }
    expect(transport.idle).toBe(true);
    expect(transport.stats.lostFrames).toBe(1);
  });

  test("that no frame of this path can hold is dropped and counted", () => {
    const transport = new Transport(0);
    transport.sendLoose(text(700));
    transport.sendLoose(bytes("small"));
    expect(nextOf(transport, 0, 600)?.records).toEqual([{ type: "loose", text: "small" }]);
    expect(transport.stats.droppedLoose).toBe(1);
    expect(transport.idle).toBe(false);
  });

  test("that fills a frame has one of its own, however often a hello or an ack is due", () => {
    const transport = new Transport(0);
    receive(transport, 0, 0, message(1, 0));
    receive(transport, 2, 0, message(1, 1));
    transport.sendLoose(text(1_168));
    transport.sendHello();
    expect(allOf(transport).map(({ records }) => records.map(({ type }) => type))).toEqual([["loose"], ["hello", "ack"]]);
  });

  test("comes out as it came in, in no stream", () => {
    const received = receive(new Transport(0), 0, 0, { type: "loose", text: "{}" });
    expect(received.messages).toEqual([{ stream: null, bytes: bytes("{}") }]);
  });
});

describe("an ack", () => {
  test("leaves 5 ms after what it acknowledges, alone and padded", () => {
    const transport = new Transport(0);
    receive(transport, 0, 100, message(1, 0));
    expect(transport.wakeAt).toBe(105);
    expect(nextOf(transport, 104.9)).toBeNull();
    const frame = nextOf(transport, 105);
    expect(frame?.records).toEqual([ack(0, 0, 5)]);
    expect(frame?.length).toBe(64);
    expect(transport.wakeAt).toBe(NEVER);
    expect(transport.idle).toBe(true);
  });

  test("leaves a quarter of a round trip after it where that is less, and after 1 ms at least", () => {
    const dueAt = [0.1, 2, 8, 100].map((rttMs) => {
      const transport = new Transport(0, rttMs);
      receive(transport, 0, 100, message(1, 0));
      return transport.wakeAt;
    });
    expect(dueAt).toEqual([101, 101, 102, 105]);
  });

  test("rides along with data before that", () => {
    const transport = new Transport(0);
    receive(transport, 0, 100, message(1, 0));
    transport.send(1, bytes("{}"));
    expect(nextOf(transport, 101)?.records).toEqual([message(1, 0), ack(0, 0, 1)]);
    expect(nextOf(transport, 105)).toBeNull();
  });

  test("rides along with a hello too", () => {
    const transport = new Transport(0);
    receive(transport, 0, 100, message(1, 0));
    transport.sendHello();
    const frame = nextOf(transport, 101);
    expect(frame?.records).toEqual([{ type: "hello" }, ack(0, 0, 1)]);
    expect(frame?.length).toBe(64);
  });

  test("leaves at once with the tenth frame, and when one is missing", () => {
    const many = new Transport(0);
    for (let counter = 0; counter < 9; counter++) receive(many, counter, 0, message(1, counter));
    expect(nextOf(many, 0)).toBeNull();
    receive(many, 9, 0, message(1, 9));
    expect(nextOf(many, 0)?.records).toEqual([ack(9)]);
    receive(many, 11, 1, message(1, 10));
    expect(nextOf(many, 1)?.records).toEqual([
      {
        type: "ack",
        largest: 11,
        delayMs: 0,
        ranges: [
          [11, 11],
          [0, 9],
        ],
      },
    ]);
  });

  test("of a frame that can wait leaves within 100 ms, and rides along before that", () => {
    const transport = new Transport(0);
    receive(transport, 0, 0, message(0, 0), { type: "patient" });
    expect(transport.wakeAt).toBe(100);
    expect(nextOf(transport, 99)).toBeNull();
    transport.send(1, bytes("{}"));
    expect(nextOf(transport, 99)?.records).toContainEqual(ack(0, 0, 99));
    receive(transport, 1, 200, message(0, 1), { type: "patient" });
    expect(nextOf(transport, 300)?.records).toEqual([ack(1, 0, 100)]);
  });

  test("waits no longer for a frame that can wait where one came that cannot", () => {
    const transport = new Transport(0);
    receive(transport, 0, 0, message(0, 0), { type: "patient" });
    receive(transport, 1, 10, message(1, 0));
    expect(transport.wakeAt).toBe(15);
  });

  test("that was late since it could wait measures nothing", () => {
    const transport = new Transport(0, 20);
    transport.send(0, bytes("{}"), true);
    nextOf(transport, 0);
    receive(transport, 0, 110, ack(0, 0, 90));
    expect(transport.rttMs).toBe(20);
  });

  test("is not owed for hello, acks, challenges, responses, a close or padding", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    nextOf(transport);
    const others: RecordVector[] = [
      { type: "hello" },
      ack(0),
      { type: "challenge", data: "00".repeat(8) },
      { type: "response", data: "00".repeat(8) },
      { type: "close", reason: 0 },
    ];
    for (const [index, record] of others.entries()) receive(transport, 2 * index, 50, record);
    expect(transport.next(1_000, LIMIT)).toBeNull();
    expect(transport.wakeAt).toBe(NEVER);
  });

  test("of a counter that was never used has no effect, nor has what came with it", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    nextOf(transport);
    expect(transport.receive(0, payloadOf(message(1, 0), ack(1)), 10)).toBe("bad-ack");
    expect(transport.receive(1, payloadOf(ack(2 ** 47)), 10)).toBe("bad-ack");
    expect(transport.unackedBytes).toBe(2);
    expect(transport.stats.lostFrames).toBe(0);
    expect(receive(transport, 2, 10, message(1, 0)).messages).toHaveLength(1);
  });

  test("repeated, or of what is settled, changes nothing", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    nextOf(transport);
    receive(transport, 0, 40, ack(0));
    const { rttMs, stats } = transport;
    expect(rttMs).toBe(40);
    receive(transport, 1, 500, ack(0));
    receive(transport, 2, 900, ack(0), ack(0));
    expect(transport.rttMs).toBe(rttMs);
    expect(transport.stats).toEqual(stats);
  });

  test("whose newest frame carried no data measures nothing: the delay is not that of the others", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    nextOf(transport);
    transport.sendHello();
    nextOf(transport, 1);
    receive(transport, 0, 40, ack(1));
    expect(transport.unackedBytes).toBe(0);
    expect(transport.rttMs).toBe(333);
  });

  test("of a frame without data measures nothing", () => {
    const transport = new Transport(0);
    transport.sendHello();
    nextOf(transport);
    receive(transport, 0, 40, ack(0));
    expect(transport.rttMs).toBe(333);
  });
});

describe("a received frame", () => {
  test("tells what it brought", () => {
    const transport = new Transport(0);
    const received = receive(
      transport,
      3,
      0,
      { type: "hello" },
      { type: "challenge", data: "0001020304050607" },
      { type: "response", data: "08090a0b0c0d0e0f" },
      message(0, 0, "a"),
      message(1, 0, "b"),
      { type: "close", reason: 9 },
    );
    expect(received).toEqual({
      messages: [
        { stream: 0, bytes: bytes("a") },
        { stream: 1, bytes: bytes("b") },
      ],
      challenges: [bytesOfHex("0001020304050607")],
      responses: [bytesOfHex("08090a0b0c0d0e0f")],
      hello: true,
      close: 9,
      newest: true,
      used: true,
    });
  });

  test("is the newest when its counter is the highest so far", () => {
    const transport = new Transport(0);
    const newest = [5, 4, 6, 0, 7].map((counter) => receive(transport, counter, 0, { type: "hello" }).newest);
    expect(newest).toEqual([true, false, true, false, true]);
  });

  test.each([
    ["a hello", [{ type: "hello" }], false],
    ["nothing", [], false],
    ["an ack", [ack(0)], false],
    ["a message", [message(1, 0)], true],
    ["a loose message", [{ type: "loose", text: "{}" }], true],
    ["a challenge", [{ type: "challenge", data: "00".repeat(8) }], true],
    ["a close", [{ type: "close", reason: 1 }], true],
  ] as const)("with %s counts as use or not", (_, records, used) => {
    const transport = new Transport(0);
    transport.sendHello();
    nextOf(transport);
    expect(receive(transport, 0, 0, ...records).used).toBe(used);
  });

  test("is taken once, and its counter moves the window only then", () => {
    const transport = new Transport(0);
    expect(transport.mayAccept(2 ** 47)).toBe(true);
    expect(transport.mayAccept(0)).toBe(true);
    receive(transport, 0, 0, message(1, 0));
    expect(transport.mayAccept(0)).toBe(false);
    expect(transport.receive(0, payloadOf(message(1, 1)), 0)).toBe("replay");
    receive(transport, 2_048, 0, { type: "hello" });
    expect([0, 1, 2].map((counter) => transport.mayAccept(counter))).toEqual([false, true, true]);
  });

  test("that is wrong anywhere has no effect, but its counter is used", () => {
    const transport = new Transport(0);
    const wrong = Uint8Array.of(...payloadOf(message(1, 0)), 9);
    expect(transport.receive(0, wrong, 0)).toBe("record-cut");
    expect(transport.mayAccept(0)).toBe(false);
    expect(transport.next(1_000, LIMIT)).toBeNull();
    expect(receive(transport, 1, 0, message(1, 0)).messages).toHaveLength(1);
    expect(transport.receive(2, new Uint8Array(1_172), 0)).toBe("frame-too-long");
    expect(transport.receive(3, bytesOfHex("03 0001 00"), 0)).toBe("bad-record");
  });
});

describe("messages of a stream", () => {
  test("come out in their order, once, whatever order they came in", () => {
    const transport = new Transport(0);
    const order = [2, 0, 0, 3, 1, 2].map((seq, counter) =>
      receive(transport, counter, 0, message(1, seq, `${seq}`)).messages.map((got) => new TextDecoder().decode(got.bytes)),
    );
    expect(order).toEqual([[], ["0"], [], [], ["1", "2", "3"], []]);
  });

  test("do not wait for other streams", () => {
    const transport = new Transport(0);
    expect(receive(transport, 0, 0, message(0, 1), message(1, 0), message(2, 0)).messages.map(({ stream }) => stream)).toEqual([1, 2]);
  });
});

describe("the next waking", () => {
  test("is due at once when there is something to send", () => {
    const transport = new Transport(7);
    transport.send(1, bytes("{}"));
    expect(transport.wakeAt).toBeLessThanOrEqual(7);
  });

  test("is when the pacer lets the next frame go", () => {
    const transport = new Transport(0, 100);
    for (let count = 0; count < 30; count++) transport.send(1, text(1_100));
    const first = allOf(transport);
    receive(transport, 0, 100, ack(first.length - 1));
    const second = allOf(transport, 100);
    expect(second.length).toBeGreaterThan(0);
    expect(transport.wakeAt).toBeGreaterThan(100);
    expect(transport.wakeAt).toBeLessThan(110);
    expect(nextOf(transport, transport.wakeAt - 0.01)).toBeNull();
    expect(nextOf(transport, transport.wakeAt)).not.toBeNull();
  });

  test("is a probe's when nothing is heard of what was sent", () => {
    const transport = new Transport(0);
    transport.send(1, bytes("{}"));
    nextOf(transport);
    expect(transport.wakeAt).toBe(333 + 4 * (333 / 2) + 5);
  });

  test("does not come while what waits fits no frame", () => {
    const transport = new Transport(0);
    transport.send(2, new Uint8Array(1_048_576));
    expect(nextOf(transport, 0, 300)).toBeNull();
    expect(transport.wakeAt).toBe(NEVER);
    expect(nextOf(transport, 1, 700)?.records[0]).toMatchObject({ type: "fragment", of: 1_619 });
  });
});
