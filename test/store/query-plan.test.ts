/** No question to the store may go through all events: with a million of them it would stop the node for seconds. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ChangeWriter } from "../../src/store/change-writer.ts";
import { type Connection, openWriting } from "../../src/store/connection.ts";
import { Reader } from "../../src/store/reader.ts";
import { KEY } from "./changes.ts";
import { directory } from "./directory.ts";

/** A database that remembers what it was asked to prepare. */
function listening(): { db: Connection; asked: string[] } {
  const db = openWriting(join(directory(), "store.db"), KEY);
  onTestFinished(() => db.close());
  const asked: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    asked.push(sql);
    return prepare(sql);
  }) as Connection["prepare"];
  return { db, asked };
}

function planOf(db: Connection, sql: string): string[] {
  const nothing = [...sql.matchAll(/\?/g)].map(() => null);
  return db
    .prepare<null[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...nothing)
    .map(({ detail }) => detail);
}

test("every statement finds its events by an index", () => {
  const { db, asked } = listening();
  new Reader(db);
  new ChangeWriter(db);
  const ofEvents = asked.filter((sql) => /\bevent\b/.test(sql));
  expect(ofEvents.length).toBeGreaterThan(10);
  for (const sql of ofEvents) {
    const scans = planOf(db, sql).filter((step) => /^SCAN event\b(?!.*event_others)/.test(step));
    expect([sql, scans]).toEqual([sql, []]);
  }
});
