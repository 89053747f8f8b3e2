import { hash } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test } from "vitest";
import { type Connection, openWriting } from "../../src/store/connection.ts";
import { migrate, schemaVersion } from "../../src/store/migrations.ts";
import { SCHEMA_1 } from "../../src/store/schema-1.ts";
import { SCHEMA_2 } from "../../src/store/schema-2.ts";
import { SCHEMA_3 } from "../../src/store/schema-3.ts";
import { SCHEMA_4 } from "../../src/store/schema-4.ts";
import { SCHEMA_5 } from "../../src/store/schema-5.ts";
import { SCHEMA_6 } from "../../src/store/schema-6.ts";
import { SCHEMA_7 } from "../../src/store/schema-7.ts";
import { SCHEMA_8 } from "../../src/store/schema-8.ts";
import { SCHEMA_9 } from "../../src/store/schema-9.ts";
import { SCHEMA_10 } from "../../src/store/schema-10.ts";
import { SCHEMA_11 } from "../../src/store/schema-11.ts";
import { KEY } from "./changes.ts";
import { directory } from "./directory.ts";

/** A database of the first schema. */
function opened(): Connection {
  const db = new Database(":memory:");
  onTestFinished(() => db.close());
  migrate(db, [SCHEMA_1]);
  return db;
}

const ADD_COLUMN = "ALTER TABLE event ADD COLUMN sig BLOB";
const ADD_EVENT = `INSERT INTO event (id, channel, author, own, kind, at, body, verified)
  VALUES (x'00', x'01', 'a', 0, 'post', 1, 'text', 0)`;

const bodies = (db: Connection) => db.prepare<[], string>("SELECT body FROM event").pluck().all();
const columns = (db: Connection) => db.prepare<[], string>("SELECT name FROM pragma_table_info('event')").pluck().all();

test("the first schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_1)).toBe("2edeeed6cb32b524faf6434de8490c4e5661675827a2e6ce9d1ad92cbace7987");
});

test("the step to the second schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_2)).toBe("29812f4cdc26478b15cd20d3358122c16db5521b6268718c8c17b03c3372b693");
});

test("the step to the third schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_3)).toBe("d545be0392d28a1f2f4926d020e1f19faaff2cf7954d7a38cee1fcef2e2b1ea8");
});

test("the step to the fourth schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_4)).toBe("dc7d0164ea110a279ea7fc82d1e15194d5659d7ac71c1ed6a0c06a298d3ceaf6");
});

test("the step to the fifth schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_5)).toBe("8432bb9d269ef92ac5a259ec5b0bc19f3f7e512c7eb771dcb633e495cf83b0e6");
});

test("the fifth schema finds what older ones kept of posts by the post, where it means one", () => {
  const db = opened();
  migrate(db, [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4]);
  db.exec("INSERT INTO channel_guid (guid) VALUES (x'01'); INSERT INTO log (channel, author, inst) VALUES ('c', 'a', 'i')");
  const add = db.prepare<[string, number, string | null]>(
    "INSERT INTO event (id, channel, own, verified, kind, hlc, log, log_seq, branch, details, body) VALUES (zeroblob(32), 1, 0, 1, ?, 1000, 1, ?, 0, ?, 'x')",
  );
  const id = "ab".repeat(32);
  const kept: [kind: string, details: unknown[]][] = [
    ["edit", [["target", `999:${id}`]]],
    [
      "reaction",
      [
        ["off", "yes"],
        ["target", `1:${id}`],
        ["target", `2:${id}`],
      ],
    ],
    ["delete", [["target", `1000:${id}`]]],
    ["delete", [["target", `0999:${id}`]]],
    ["delete", [["target", `999:${id.toUpperCase()}`]]],
    ["delete", [["target", `999:${id}00`]]],
    ["delete", [["target", "999"]]],
    [
      "delete",
      [
        ["target", ""],
        ["target", `999:${id}`],
      ],
    ],
    ["post", [["target", `999:${id}`]]],
    ["edit", [["note", `999:${id}`]]],
  ];
  for (const [n, [kind, details]] of kept.entries()) add.run(kind, n + 1, JSON.stringify(details));
  add.run("edit", 99, null);
  migrate(db);
  const targets = db
    .prepare<[], string>("SELECT log_seq || ' ' || lower(hex(target)) FROM event WHERE target IS NOT NULL ORDER BY log_seq")
    .pluck()
    .all();
  expect(targets).toEqual([`1 00000000000003e7${id}`, `2 0000000000000001${id}`]);
});

test("the step to the sixth schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_6)).toBe("0403cd38272dea509f27b502828658ec66db28e8297fda6333b51d389b56d574");
});

test("the step to the seventh schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_7)).toBe("240cc912e3b0bf0e374a3fe32838b48caca409708d50faaff69d79fc4ecbeaf5");
});

test("the seventh schema adds what is kept of channels, counts what there is, and changes nothing else", () => {
  const db = opened();
  db.exec(ADD_EVENT);
  const before = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6];
  migrate(db, before);
  const names = () => db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all();
  const there = names();
  migrate(db, [...before, SCHEMA_7]);
  expect(names().filter((name) => !there.includes(name))).toEqual(["event_order", "holding", "quota"]);
  expect(db.prepare("SELECT entries, bytes, horizon, dropped FROM holding").all()).toEqual([
    { entries: 1, bytes: 408, horizon: 0, dropped: 0 },
  ]);
});

test("the step to the eighth schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_8)).toBe("76d003201c4c39302f79fb91be17880dc2bf702543e901f19985f597b2703498");
});

test("the eighth schema has room for what is sealed, and keys; what is there is as it was signed, and waits for nothing", () => {
  const db = opened();
  db.exec(ADD_EVENT);
  const before = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6, SCHEMA_7];
  migrate(db, before);
  const names = () => db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all();
  const there = names();
  migrate(db, [...before, SCHEMA_8]);
  expect(names().filter((name) => !there.includes(name))).toEqual(["event_prekey", "event_waits", "prekey", "sender_key"]);
  expect(db.prepare("SELECT body, signed, waits FROM event").all()).toEqual([{ body: "text", signed: null, waits: null }]);
});

test("the step to the ninth schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_9)).toBe("f8e010d8cb488c25aaa37ace93a32cad0653ef4a630ed8b11c7aa981861b7434");
});

test("the ninth schema says of contacts by what they were verified, and finds invites among statements", () => {
  const db = opened();
  const before = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6, SCHEMA_7, SCHEMA_8];
  migrate(db, before);
  db.exec("INSERT INTO contact (node, name, added_at, verified_at) VALUES ('A', 'ada', 1, 2), ('B', 'bob', 1, NULL)");
  migrate(db, [...before, SCHEMA_9]);
  expect(db.prepare("SELECT node, name, verified_at, verified_by, path FROM contact ORDER BY node").all()).toEqual([
    { node: "A", name: "ada", verified_at: 2, verified_by: null, path: null },
    { node: "B", name: "bob", verified_at: null, verified_by: null, path: null },
  ]);
  const index = db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'event_statement'").pluck().get();
  expect(index).toContain("'invite'");
});

test("the step to the eleventh schema is as it was released", () => {
  expect(hash("sha256", SCHEMA_11)).toBe("620fa6d18f0a8ee09083c2844a52317f2fe16b55c04151faa34c3e10bee1b53d");
});

test("the eleventh schema has room for keys of messages, and finds what is closed; what is there has none", () => {
  const db = opened();
  db.exec(ADD_EVENT);
  const before = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6, SCHEMA_7, SCHEMA_8, SCHEMA_9, SCHEMA_10];
  migrate(db, before);
  db.exec("UPDATE event SET signed = 'x', waits = 7");
  const names = () => db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all();
  const there = names();
  migrate(db, [...before, SCHEMA_11]);
  expect(names().filter((name) => !there.includes(name))).toEqual(["event_closed"]);
  expect(db.prepare("SELECT body, signed, waits, message_key FROM event").all()).toEqual([
    { body: "text", signed: "x", waits: 7, message_key: null },
  ]);
});

test("a new file gets the newest schema", () => {
  const db = openWriting(join(directory(), "store.db"), KEY);
  onTestFinished(() => db.close());
  expect(schemaVersion(db)).toBe(11);
});

test.each([
  ["second schema adds contacts", [SCHEMA_1, SCHEMA_2], "contact"],
  ["fourth schema adds nicks", [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4], "nick"],
])("the %s, and changes nothing else", (_, steps, added) => {
  const db = opened();
  db.exec(ADD_EVENT);
  migrate(db, steps.slice(0, -1));
  const tables = () => db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all();
  const before = tables();
  migrate(db, steps);
  expect(tables().filter((table) => !before.includes(table))).toEqual([expect.stringContaining(`CREATE TABLE ${added} `)]);
  expect(before.filter((table) => !tables().includes(table))).toEqual([]);
  expect(bodies(db)).toEqual(["text"]);
});

test("the sixth schema gives channels a genesis, and adds quiet nodes; what was joined has none", () => {
  const db = opened();
  migrate(db, [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5]);
  db.exec("INSERT INTO channel (id, name, mode, joined_at, inst) VALUES (x'01', 'lobby', 'open', 1, '0123456789abcdef')");
  migrate(db, [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6]);
  expect(db.prepare("SELECT name, mode, joined_at, inst, genesis FROM channel").all()).toEqual([
    { name: "lobby", mode: "open", joined_at: 1, inst: "0123456789abcdef", genesis: null },
  ]);
  expect(db.prepare("SELECT * FROM quiet").all()).toEqual([]);
});

test("the third schema keeps every entry, in the order of its time", () => {
  const db = opened();
  const add = db.prepare<[string, number, string, number]>(
    "INSERT INTO event (id, channel, author, own, kind, at, body, verified) VALUES (unhex(?), x'01', 'ada', 1, 'post', ?, ?, ?)",
  );
  for (const [n, at] of [30, 10, 20, 10, -5, 9_000_000_000_000].entries()) add.run(`f${n}`, at, `text ${n}`, n % 2);
  migrate(db);
  const kept = db.prepare("SELECT seq, hex(id) AS id, author, own, kind, hlc, body, verified FROM event ORDER BY channel, hlc, tie").all();
  const row = (n: number, at: number) => {
    return { seq: n + 1, id: `F${n}`, author: "ada", own: 1, kind: "post", hlc: at * 1_000, body: `text ${n}`, verified: n % 2 };
  };
  expect(kept).toEqual([row(4, -5), row(1, 10), row(3, 10), row(2, 20), row(0, 30), row(5, 9_000_000_000_000)]);
});

test("from the first schema each later one is reached, with the rows kept", () => {
  const db = opened();
  db.exec(ADD_EVENT);
  migrate(db, [SCHEMA_1, ADD_COLUMN, "UPDATE event SET body = body || '!'"]);
  expect(schemaVersion(db)).toBe(3);
  expect(bodies(db)).toEqual(["text!"]);
  expect(columns(db)).toContain("sig");
});

test("nothing is done when nothing is missing", () => {
  const db = opened();
  migrate(db, [SCHEMA_1, ADD_COLUMN]);
  migrate(db, [SCHEMA_1, ADD_COLUMN]);
  expect(schemaVersion(db)).toBe(2);
});

test("a step that fails leaves the database at the schema it had", () => {
  const db = opened();
  db.exec(ADD_EVENT);
  expect(() => migrate(db, [SCHEMA_1, ADD_COLUMN, "DELETE FROM event", "SELECT * FROM nowhere"])).toThrow("nowhere");
  expect(schemaVersion(db)).toBe(1);
  expect(columns(db)).not.toContain("sig");
  expect(bodies(db)).toEqual(["text"]);
});

test("a schema newer than known is refused", () => {
  const db = opened();
  migrate(db, [SCHEMA_1, ADD_COLUMN]);
  expect(() => migrate(db, [SCHEMA_1])).toThrow(
    expect.objectContaining({ code: "too-new", message: expect.stringContaining("update ptpchat") }),
  );
});
