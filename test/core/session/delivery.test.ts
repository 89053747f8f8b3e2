/** Everything arrives once and in order, whatever the link does. PROTOCOL.md §12.3, §12.5. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamId } from "../../../src/core/session/transport.ts";
import { type End, Link, numbered, numbersOf, type PathOptions } from "./link.ts";

const HOUR = 3_600_000;
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

function sendAll(end: End, stream: StreamId, count: number, bytes: (number: number) => number): void {
  for (let number = 0; number < count; number++) expect(end.transport.send(stream, numbered(number, bytes(number)))).toBe(true);
}

function arrived(end: End, stream: StreamId): number[] {
  return numbersOf(end.arrivals.filter((arrival) => arrival.stream === stream));
}

const good: PathOptions = { delayMs: 20 };
const paths: Record<string, PathOptions> = {
  "a good link": good,
  "10 % loss": { ...good, loss: 0.1 },
  "30 % loss": { ...good, loss: 0.3 },
  "60 % loss": { ...good, loss: 0.6 },
  "every frame twice": { ...good, duplicates: 1 },
  "frames in any order": { ...good, jitterMs: 100 },
  "loss, copies and disorder": { ...good, jitterMs: 30, loss: 0.2, duplicates: 0.2 },
  "small frames": { ...good, limit: 600, loss: 0.05 },
};

describe.each(Object.entries(paths))("over %s", (_, path) => {
  test.each([1, 2, 3])("everything arrives once, in order in its stream (seed %i)", (seed) => {
    const link = new Link(seed, path);
    sendAll(link.a, 0, 30, (number) => (number % 5) * 700);
    sendAll(link.a, 1, 100, (number) => 200 + ((number * 37) % 100));
    sendAll(link.a, 2, 5, () => 9_000);
    sendAll(link.b, 1, 50, (number) => number * 40);
    link.run(HOUR, () => link.idle);
    expect(arrived(link.b, 0)).toEqual(upTo(30));
    expect(arrived(link.b, 1)).toEqual(upTo(100));
    expect(arrived(link.b, 2)).toEqual(upTo(5));
    expect(arrived(link.a, 1)).toEqual(upTo(50));
    expect(link.idle).toBe(true);
  });
});

test("whatever the link, the messages and the changes of path: once, in order, and unchanged", () => {
  const path = fc.record({
    delayMs: fc.integer({ min: 0, max: 300 }),
    jitterMs: fc.nat(200),
    loss: fc.double({ min: 0, max: 0.5, noNaN: true }),
    duplicates: fc.double({ min: 0, max: 0.5, noNaN: true }),
    limit: fc.integer({ min: 560, max: 1_171 }),
  });
  const sent = fc.record({
    at: fc.nat(20_000),
    stream: fc.nat(2),
    bytes: fc.oneof(fc.integer({ min: 8, max: 400 }), fc.integer({ min: 8, max: 20_000 })),
  });
  fc.assert(
    fc.property(
      fc.nat(),
      path,
      path,
      fc.array(sent, { maxLength: 60 }),
      fc.array(fc.tuple(fc.nat(20_000), path), { maxLength: 3 }),
      (seed, there, back, messages, switches) => {
        const link = new Link(seed, there, back);
        const queued: Uint8Array[][] = [[], [], []];
        for (const { at, stream, bytes } of messages) {
          link.at(at, () => {
            const message = numbered(queued[stream]?.length ?? 0, bytes);
            queued[stream]?.push(message);
            expect(link.a.transport.send(stream as StreamId, message)).toBe(true);
            link.b.transport.sendHello();
          });
        }
        for (const [at, next] of switches) link.at(at, () => link.switchTo(next));
        link.run(10 * HOUR, () => link.now > 20_000 && link.idle);
        for (const stream of [0, 1, 2] as const) {
          const arrivals = link.b.arrivals.filter((arrival) => arrival.stream === stream);
          expect(arrivals.map(({ bytes }) => Buffer.from(bytes).toString("latin1"))).toEqual(
            queued[stream]?.map((bytes) => Buffer.from(bytes).toString("latin1")),
          );
        }
        expect(link.b.transport.stats.heldBytes).toBe(0);
        expect(link.b.transport.stats.refusedFrames).toBe(0);
        expect(link.a.transport.stats.inFlightBytes).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

test("the same seed gives the same run, frame by frame", () => {
  const traceOf = () => {
    const trace: string[] = [];
    const link = new Link(77, { delayMs: 30, jitterMs: 20, loss: 0.2, duplicates: 0.1 });
    link.onFrame = (from, counter, payload) => {
      trace.push(`${link.now} ${from === link.a ? "a" : "b"} ${counter} ${Buffer.from(payload).toString("base64")}`);
      return true;
    };
    sendAll(link.a, 1, 60, (number) => number * 50);
    sendAll(link.b, 2, 10, () => 4_000);
    link.run(HOUR, () => link.idle);
    return trace;
  };
  expect(traceOf()).toEqual(traceOf());
});

test("an honest sender is never refused, whatever it has under way in all streams at once", () => {
  const link = new Link(4, { delayMs: 100, jitterMs: 30, loss: 0.02, duplicates: 0.02, bytesPerMs: 60_000 });
  for (const stream of [0, 1, 2] as const) {
    sendAll(link.a, stream, 3, () => 1_048_576);
    sendAll(link.a, stream, 200, (number) => 1 + ((number * 7_919) % 4_000));
  }
  let held = 0;
  link.run(HOUR, () => {
    held = Math.max(held, link.b.transport.stats.heldBytes);
    return link.idle;
  });
  for (const stream of [0, 1, 2] as const) expect(link.b.arrivals.filter((arrival) => arrival.stream === stream)).toHaveLength(203);
  expect(link.b.transport.stats.refusedFrames).toBe(0);
  expect(held).toBeGreaterThan(1_048_576);
  expect(held).toBeLessThanOrEqual(4 * 1_048_576);
});
