/** Everything arrives once and in order, whatever the link does. PROTOCOL.md §12.3, §12.5. */
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
