import { describe, expect, test } from "vitest";
import { EVENT_BYTES_MAX, HEADS_MAX, LOGS_MAX, RANGES_MAX } from "../../../src/core/log/limits.ts";
import type { SyncMessage } from "../../../src/core/log/sync.ts";
import { readSync, type SyncData, syncData } from "../../../src/core/log/sync-message.ts";
import * as wireLimits from "../../../src/wire/limits.ts";
import { objectReader } from "../../../src/wire/reader.ts";
import { syncFields } from "../../../src/wire/sync.ts";
import { Author, NOON } from "./author.ts";

const { id: author, inst } = new Author(1);
const { id } = new Author(1).draft();
const head = { author, inst, seq: 7, id, hlc: NOON };

const MESSAGES: readonly SyncMessage[] = [
  { kind: "digest", digest: id },
  { kind: "heads", heads: [head], whole: true, ask: true },
  { kind: "heads", heads: [], whole: false, ask: false },
  { kind: "want", ranges: [{ author, inst, from: 1, to: 7, id }], graft: true },
  { kind: "want", ranges: [], graft: false },
  { kind: "served", lacking: [id] },
  { kind: "prune", authors: [author] },
  { kind: "genesis" },
];

const read = objectReader(syncFields, true);

describe("what members tell each other", () => {
  test.each(MESSAGES)("comes back as it was sent: $kind", (message) => {
    const travelled = read(JSON.parse(JSON.stringify(syncData(message))));
    expect(readSync(travelled as SyncData)).toEqual([message]);
  });

  test("may come in one message, heads before what is asked", () => {
    const all = Object.assign({}, ...[...MESSAGES].reverse().map(syncData)) as SyncData;
    expect(readSync(all).map(({ kind }) => kind)).toEqual(["digest", "heads", "want", "served", "prune", "genesis"]);
  });

  test.each([
    { digest: "xyz" },
    { heads: [{ ...head, seq: 0 }] },
    { heads: [{ ...head, author: "me" }] },
    { want: [{ author, inst, from: 1, id }] },
    { served: ["0"] },
    { prune: [id] },
    { genesis: "yes" },
  ])("is refused when it has another form: %j", (data) => {
    expect(typeof read(data)).toBe("symbol");
  });

  test("is bounded alike on the wire and in the core", () => {
    expect(wireLimits.HEADS_MAX).toBe(HEADS_MAX);
    expect(wireLimits.RANGES_MAX).toBe(RANGES_MAX);
    expect(HEADS_MAX).toBeGreaterThanOrEqual(LOGS_MAX);
    const largest = syncData({
      kind: "heads",
      heads: Array.from({ length: HEADS_MAX }, () => ({ ...head, seq: 1e15 })),
      whole: true,
      ask: true,
    });
    expect(JSON.stringify(largest).length).toBeLessThan(1_048_576 - EVENT_BYTES_MAX);
  });
});
