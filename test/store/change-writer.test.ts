import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StoredEvent } from "../../src/core/index.ts";
import { ChangeWriter } from "../../src/store/change-writer.ts";
import { type Connection, openWriting } from "../../src/store/connection.ts";
import { KEY, post } from "./changes.ts";
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
