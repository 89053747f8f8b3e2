/** What an authentic but hostile other side can do: cost nobody memory, time or an exception. PROTOCOL.md §12.7. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Transport } from "../../../src/core/session/transport.ts";
import { Random } from "../../../src/sim/random.ts";
import { payloadOf, type RecordVector, recordBytes } from "../../wire/payload.ts";

const LIMIT = 1_171;
const MIB = 1_048_576;
const REFUSALS = ["replay", "frame-too-long", "record-cut", "bad-record", "bad-ack"];

const fragment = (stream: number, seq: number, index: number, of: number, bytes: number): RecordVector => ({
  type: "fragment",
  stream,
  seq,
  index,
  of,
  text: "x".repeat(bytes),
});

describe("memory", () => {
  /** Feeds frames until `count`, and watches what is held. */
  function feed(transport: Transport, count: number, frame: (number: number) => RecordVector): void {
    for (let number = 0; number < count; number++) {
      const received = transport.receive(number, payloadOf(frame(number)), number / 10);
      expect(typeof received).toBe("object");
      expect(transport.stats.heldBytes).toBeLessThanOrEqual(4 * MIB);
      transport.next(number / 10, LIMIT);
    }
  }

  test("is bounded when the first message of a stream never comes", () => {
    const transport = new Transport(0);
    feed(transport, 6_000, (number) => ({ type: "message", stream: 2, seq: number + 1, text: "x".repeat(1_100) }));
    expect(transport.stats.heldBytes).toBeGreaterThan(3.9 * MIB);
    expect(transport.stats.refusedFrames).toBeGreaterThan(2_000);
  });

  test("is bounded when messages are begun and never finished", () => {
    const transport = new Transport(0);
    feed(transport, 5_000, (number) => fragment(number % 3, number, 0, 900, 1_100));
    expect(transport.stats.heldBytes).toBeLessThanOrEqual(4 * MIB);
  });

  test("is bounded when only last fragments come", () => {
    const transport = new Transport(0);
    feed(transport, 20_000, (number) => fragment(number % 3, Math.floor(number / 3), 2_047, 2_048, 1));
    expect(transport.stats.heldBytes).toBeLessThanOrEqual(3 * 4_096);
  });

  test("is given back when a message is cut anew and anew", () => {
    const transport = new Transport(0);
    feed(transport, 900, (number) => fragment(1, 1, 0, number + 2, 1_000));
    expect(transport.stats.heldBytes).toBe(901 * 1_000);
  });

  test("is free again once everything has come", () => {
    const transport = new Transport(0);
    feed(transport, 500, (number) => ({ type: "message", stream: 1, seq: 500 - number, text: "x".repeat(500) }));
    expect(transport.stats.heldBytes).toBe(250_000);
    const received = transport.receive(500, payloadOf({ type: "message", stream: 1, seq: 0, text: "x" }), 60);
    expect(typeof received === "object" && received.messages).toHaveLength(501);
    expect(transport.stats.heldBytes).toBe(0);
  });

  test("a frame that was not taken whole is not acknowledged", () => {
    const transport = new Transport(0);
    transport.receive(0, payloadOf({ type: "message", stream: 1, seq: 5_000, text: "far" }, { type: "loose", text: "{}" }), 0);
    expect(transport.next(1_000, LIMIT)).toBeNull();
    expect(transport.stats.refusedFrames).toBe(1);
  });
});

describe("acks", () => {
  test("of everything, without having received it, do not open the window beyond its bound", () => {
    const transport = new Transport(0);
    let counter = 0;
    let sent = 0;
    for (let now = 0; now < 120; now++) {
      while (transport.send(2, new Uint8Array(60_000)));
      for (let out = transport.next(now, LIMIT); out !== null; out = transport.next(now, LIMIT)) sent = out.counter + 1;
      transport.receive(counter++, payloadOf({ type: "ack", largest: sent - 1, delayMs: 0, ranges: [[0, sent - 1]] }), now + 0.5);
      expect(transport.stats.windowBytes).toBeLessThanOrEqual(8 * MIB);
      expect(transport.unackedBytes).toBeLessThanOrEqual(2 * MIB);
    }
    expect(sent).toBeGreaterThan(10_000);
  });

  test("with times that cannot be do no harm", () => {
    const transport = new Transport(1_000);
    for (let counter = 0; counter < 50; counter++) {
      transport.send(1, new Uint8Array(10));
      transport.next(1_000 + counter, LIMIT);
      transport.receive(counter, payloadOf({ type: "ack", largest: counter, delayMs: 8_191, ranges: [[0, counter]] }), 1_000 + counter);
      expect(transport.rttMs).toBeGreaterThanOrEqual(0);
      expect(transport.wakeAt).toBeGreaterThan(0);
    }
  });
});

/** Frames like those of a node that has gone mad: well-made records with any numbers in them, and broken ones. */
function madPayload(random: Random): Uint8Array {
  const records: Uint8Array[] = [];
  let bytes = 0;
  for (let count = random.below(6); count >= 0; count--) {
    const record = madRecord(random);
    if (bytes + record.length > LIMIT) break;
    bytes += record.length;
    records.push(record);
  }
  const payload = Uint8Array.from(records.flatMap((record) => [...record]));
  if (random.chance(0.2) && payload.length > 0) payload[random.below(payload.length)] = random.below(256);
  return random.chance(0.1) ? payload.subarray(0, random.below(payload.length + 1)) : payload;
}

function madRecord(random: Random): Uint8Array {
  const near = () => (random.chance(0.8) ? random.below(40) : random.below(2 ** 32));
  const of = random.chance(0.7) ? 2 + random.below(5) : 2 + random.below(2_047);
  switch (random.below(5)) {
    case 0:
      return payloadOf({ type: "message", stream: random.below(3), seq: near(), text: "m".repeat(1 + random.below(300)) });
    case 1:
      return payloadOf(fragment(random.below(3), near(), random.below(of), of, 1 + random.below(300)));
    case 2:
      return payloadOf({ type: "ack", largest: 5 + random.below(60), delayMs: random.below(8_000), ranges: [[3, 5]] });
    case 3:
      return payloadOf({ type: "loose", text: "l".repeat(1 + random.below(20)) });
    default:
      return recordBytes(random.below(256), random.bytes(random.below(40)));
  }
}

test("frames of a node gone mad never throw, and stay within all bounds", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = new Random(seed);
      const transport = new Transport(0);
      let now = 0;
      for (let frame = 0; frame < 300; frame++) {
        now += random.below(30);
        if (random.chance(0.3)) transport.send(random.below(3) as 0 | 1 | 2, random.bytes(1 + random.below(3_000)));
        if (random.chance(0.1)) transport.switchPath(now);
        const counter = random.chance(0.9) ? frame : random.below(2 ** 20);
        if (transport.mayAccept(counter)) {
          const received = transport.receive(counter, madPayload(random), now);
          if (typeof received === "string") expect(REFUSALS).toContain(received);
        }
        if (transport.wakeAt <= now) transport.onTimer(now);
        let sent = 0;
        while (transport.next(now, random.chance(0.5) ? LIMIT : 300 + random.below(800)) !== null) expect(++sent).toBeLessThan(1_000);
        expect(transport.stats.heldBytes).toBeLessThanOrEqual(4 * MIB);
        expect(transport.stats.inFlightBytes).toBeGreaterThanOrEqual(0);
        expect(transport.stats.windowBytes).toBeGreaterThanOrEqual(2_400);
      }
    }),
    { numRuns: 60 },
  );
});
