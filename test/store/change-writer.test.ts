import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StoredEvent } from "../../src/core/index.ts";
import { ChangeWriter } from "../../src/store/change-writer.ts";
import { type Connection, openWriting } from "../../src/store/connection.ts";
import { ADA, BEN, GARDEN_HASH, KEY, logRow, post, signed, signedEvent } from "./changes.ts";
import { directory } from "./directory.ts";

function opened(): Connection {
  const db = openWriting(join(directory(), "store.db"), KEY);
  onTestFinished(() => db.close());
  return db;
}

const bodies = (db: Connection) => db.prepare<[], string>("SELECT body FROM event ORDER BY seq").pluck().all();

test("a group is kept whole or not at all, and the next one is not hindered", () => {
  const db = opened();
  const writer = new ChangeWriter(db);
  const broken = post(2, { body: null } as unknown as Partial<StoredEvent>);
  expect(() => writer.commit([[post(1)], [post(3), broken]])).toThrow(expect.objectContaining({ code: "SQLITE_CONSTRAINT_NOTNULL" }));
  expect([bodies(db), db.inTransaction]).toEqual([[], false]);
  writer.commit([[post(4)], [], [post(5)]]);
  expect(bodies(db)).toEqual(["text 4", "text 5"]);
});

test("a channel and a log that were new in a group that failed are new again in the next", () => {
  const db = opened();
  const writer = new ChangeWriter(db);
  const broken = post(2, { body: null } as unknown as Partial<StoredEvent>);
  expect(() => writer.commit([[signed(signedEvent(1)), broken]])).toThrow();
  writer.commit([[signed(signedEvent(2, { ...BEN, channel: GARDEN_HASH }))], [signed(signedEvent(1))]]);
  const kept = db
    .prepare("SELECT log.author, body FROM event JOIN log ON log.n = log JOIN channel_guid ON channel_guid.n = event.channel ORDER BY seq")
    .all();
  expect(kept).toEqual([
    { author: BEN.author, body: "text 2" },
    { author: ADA.author, body: "text 1" },
  ]);
});

test("an event that is there already is not kept twice: after a group that failed, by the next writer, and where its log has a hole", () => {
  const db = opened();
  const event = (seq: number) => signed(signedEvent(seq, { ...ADA, channel: GARDEN_HASH }));
  const writer = new ChangeWriter(db);
  writer.commit([[event(5)], [event(5), event(9)]]);
  const broken = post(2, { body: null } as unknown as Partial<StoredEvent>);
  expect(() => writer.commit([[event(12), broken]])).toThrow();
  writer.commit([[event(9), event(7), event(7), event(12)]]);
  new ChangeWriter(db).commit([[event(12), event(5), event(3)], [event(3)]]);
  expect(db.prepare<[], number>("SELECT log_seq FROM event ORDER BY log_seq").pluck().all()).toEqual([3, 5, 7, 9, 12]);
});

test("a log that changes with every batch of a group is written once, as it is after the last; a group that failed leaves no trace of it", () => {
  const db = opened();
  const writer = new ChangeWriter(db);
  const highs = () =>
    db
      .prepare<[], string>("SELECT branches FROM log ORDER BY n")
      .pluck()
      .all()
      .map((branches) => JSON.parse(branches)[0]?.[1].stretches[0].high);
  const growsTo = (high: number) => [
    signed(signedEvent(high, { ...ADA, channel: GARDEN_HASH })),
    { kind: "log", channel: GARDEN_HASH, row: logRow(high) } as const,
  ];
  writer.commit([growsTo(1)]);
  const broken = post(9, { body: null } as unknown as Partial<StoredEvent>);
  expect(() => writer.commit([growsTo(2), [broken]])).toThrow();
  writer.commit([[post(10)]]);
  expect(highs()).toEqual([1]);
  const before = db.prepare<[], number>("SELECT total_changes()").pluck().get() as number;
  writer.commit([growsTo(2), growsTo(3), growsTo(4)]);
  const changes = (db.prepare<[], number>("SELECT total_changes()").pluck().get() as number) - before;
  expect(highs()).toEqual([4]);
  const ofEachEvent = 1;
  const once = 2; // the row of the log, and the count of the channel
  expect(changes).toBe(3 * ofEachEvent + once);
});
