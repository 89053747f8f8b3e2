/** Chat beside bulk: 10 Mbit/s, 20 ms each way, and routers with small and large queues. PROTOCOL.md §12.6. */
import { describe, expect, test } from "vitest";
import { Link, numbered, type PathOptions } from "./link.ts";

const BYTES_PER_MS = 1_250;
const DELAY_MS = 20;
const CHAT_EVERY_MS = 50;
const BULK_BYTES = 60_000;

interface Run {
  /** How long each chat message took, least first, in ms. */
  readonly chatMs: readonly number[];
  /** Bulk that arrived, as a share of what the link could carry. */
  readonly share: number;
}

/** Bulk as fast as it goes from the start on, and a chat message every 50 ms from the first second on. */
function run(queueBytes: number, over: Partial<PathOptions> = {}, seconds = 20): Run {
  const path = { delayMs: DELAY_MS, bytesPerMs: BYTES_PER_MS, queueBytes, ...over };
  const { bytesPerMs } = path;
  const link = new Link(11, path, { delayMs: path.delayMs, loss: over.loss ?? 0, jitterMs: over.jitterMs ?? 0 });
  const feed = () => {
    while (link.a.transport.send(2, numbered(0, BULK_BYTES)));
  };
  for (let at = 0; at < seconds * 1_000; at += 10) link.at(at, feed);
  const sentAt: number[] = [];
  for (let at = 1_000; at < (seconds - 1) * 1_000; at += CHAT_EVERY_MS) {
    link.at(at, () => {
      sentAt.push(at);
      link.a.transport.send(1, numbered(sentAt.length, 200));
    });
  }
  link.run(seconds * 1_000);
  const chat = link.b.arrivals.filter(({ stream }) => stream === 1);
  expect(chat).toHaveLength(sentAt.length);
  const bulk = link.b.arrivals.filter(({ stream }) => stream === 2).length * BULK_BYTES;
  return {
    chatMs: chat.map(({ at }, index) => at - (sentAt[index] as number)).sort((a, b) => a - b),
    share: bulk / (seconds * 1_000 * bytesPerMs),
  };
}

const at = (share: number, { chatMs }: Run) => chatMs[Math.floor(share * chatMs.length)] as number;

describe.each([
  ["25 kB", 25_000],
  ["64 kB", 64_000],
  ["250 kB", 250_000],
  ["1 MB, nearly a second,", 1_000_000],
])("beside bulk, over a link whose router holds %s", (_, queueBytes) => {
  const taken = run(queueBytes);

  test("a chat message takes hardly longer than the link", () => {
    expect(at(0.5, taken)).toBeLessThan(DELAY_MS + 8);
    expect(at(0.95, taken)).toBeLessThan(DELAY_MS + 15);
    expect(at(0.999, taken)).toBeLessThan(DELAY_MS + 25);
  });

  test("bulk takes most of the link", () => {
    expect(taken.share).toBeGreaterThan(0.8);
    expect(taken.share).toBeLessThan(1);
  });
});

test("beside bulk, over a link that loses 2 %, a chat message still comes soon", () => {
  const taken = run(64_000, { loss: 0.02 });
  expect(at(0.5, taken)).toBeLessThan(DELAY_MS + 60);
  expect(at(0.99, taken)).toBeLessThan(400);
});

test("beside bulk in a machine, where nothing limits it but the other program, a chat message takes little longer", () => {
  const taken = run(4_000_000, { delayMs: 0.1, bytesPerMs: 50_000 }, 3);
  expect(at(0.5, taken)).toBeLessThan(8);
  expect(at(0.99, taken)).toBeLessThan(12);
  expect(taken.share).toBeGreaterThan(0.8);
});

test.each([20, 60])("round trips that vary by %i ms each way are not taken for a queue", (jitterMs) => {
  const { share } = run(1_000_000, { jitterMs });
  expect(share).toBeGreaterThan(jitterMs < 50 ? 0.7 : 0.35);
});

test("bulk goes on over a link that loses a fifth of all frames", () => {
  const { share } = run(64_000, { loss: 0.2 });
  expect(share * BYTES_PER_MS).toBeGreaterThan(25); // 0.85 frames a round trip, beside the chat
});

test("a chat message goes with the next frame, ahead of all bulk that waits", () => {
  const link = new Link(1, { delayMs: DELAY_MS, bytesPerMs: BYTES_PER_MS, queueBytes: 64_000 });
  for (let count = 0; count < 100; count++) link.a.transport.send(2, numbered(count, BULK_BYTES));
  link.run(500);
  const from = link.a.framesSent;
  let frames = 0;
  link.onFrame = (end, _, payload) => {
    if (end === link.a && link.a.transport.queuedBytes > 0 && frames === 0) {
      frames = link.a.framesSent - from;
      expect([...payload.subarray(0, 4)]).toEqual([1, 0, 205, 1]);
    }
    return true;
  };
  link.a.transport.send(1, numbered(0, 200));
  link.run(600, () => frames > 0);
  expect(frames).toBe(1);
});
