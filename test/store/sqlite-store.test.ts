/** What only the store on disk does: the file, its key, and what is wrong with it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StoreError } from "../../src/core/index.ts";
import { openReading, openWriting } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { ADA, channel, event, hexId, KEY, LOBBY, LOBBY_HASH, logRow, post, posts, signed, signedEvent, signedRun } from "./changes.ts";
import { directory } from "./directory.ts";

const OTHER_KEY = new Uint8Array(32).fill(7);

/** A closed store with some entries. */
async function filled(entries = 3): Promise<string> {
  const file = join(directory(), "store.db");
  const store = await openSqliteStore({ file, key: KEY });
  await store.write([channel(LOBBY, "lobby", 1), ...posts(1, entries)]);
  await store.close();
  return file;
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const content = readFileSync(file);
  content.set(bytes, at);
  writeFileSync(file, content);
}

async function refused(file: string, key: Uint8Array, code: string): Promise<void> {
  const before = readFileSync(file);
  const error = await openSqliteStore({ file, key }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code, message: expect.stringContaining(file) });
  expect(readFileSync(file).equals(before)).toBe(true);
}

describe("the file", () => {
  test("holds everything when the store is opened again", async () => {
    const store = await openSqliteStore({ file: await filled(), key: KEY });
    expect(store.restore().channels).toHaveLength(1);
    expect(store.history({ channelId: LOBBY, most: 10 })).toEqual([event(1), event(2), event(3)]);
    await store.close();
  });

  test("holds signed events and logs when the store is opened again, and takes up the numbers that stand for them", async () => {
    const file = join(directory(), "store.db");
    const log = { kind: "log", channel: LOBBY_HASH, row: logRow(2) } as const;
    for (const n of [1, 2]) {
      const store = await openSqliteStore({ file, key: KEY });
      await store.write([signed(signedEvent(n)), log]);
      await store.close();
    }
    const store = await openSqliteStore({ file, key: KEY });
    expect(store.restore().logs).toEqual([{ channel: LOBBY_HASH, rows: [logRow(2)] }]);
    expect(store.events.range({ channel: LOBBY_HASH, ...ADA, branch: 0, from: 1, to: 2 }, 9)).toEqual([2, 1].map((n) => signedEvent(n)));
    expect(store.history({ channelId: LOBBY, most: 9 })).toHaveLength(2);
    await store.close();
  });

  test("shows nothing readable, neither the database nor its WAL", async () => {
    const file = join(directory(), "store.db");
    const store = await openSqliteStore({ file, key: KEY });
    await store.write([post(1, { body: "a readable secret", author: "alice@example" })]);
    const wal = readFileSync(`${file}-wal`);
    expect(wal.length).toBeGreaterThan(4_096);
    await store.close();
    for (const bytes of [wal, readFileSync(file)]) {
      for (const text of ["SQLite format", "CREATE TABLE", "readable", "alice@example"]) expect(bytes.includes(text)).toBe(false);
      expect(bytes.includes(Buffer.from(KEY))).toBe(false);
    }
  });

  test("is alone in its directory once the store is closed", async () => {
    const file = await filled();
    expect(readdirSync(join(file, ".."))).toEqual(["store.db"]);
  });

  test("is flushed with every commit", () => {
    const db = openWriting(join(directory(), "store.db"), KEY);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(db.pragma("synchronous", { simple: true })).toBe(2);
    expect(db.pragma("fullfsync", { simple: true })).toBe(1);
    expect(db.pragma("temp_store", { simple: true })).toBe(2);
    db.close();
  });

  test("cannot be written through the reading connection", async () => {
    const db = openReading(await filled(), KEY);
    expect(() => db.exec("DELETE FROM event")).toThrow(expect.objectContaining({ code: "SQLITE_READONLY" }));
    db.close();
  });

  test("that a crash left empty is taken as new", async () => {
    const file = join(directory(), "store.db");
    writeFileSync(file, "");
    const store = await openSqliteStore({ file, key: KEY });
    await store.write([post(1)]);
    expect(store.history({ channelId: LOBBY, most: 1 })).toHaveLength(1);
    await store.close();
  });
});

test("a file whose making was cut short by a crash is made anew", async () => {
  const file = join(directory(), "store.db");
  const half = join(directory(), "store.db");
  const db = openWriting(file, KEY);
  db.pragma("journal_mode = DELETE");
  db.pragma("cache_size = 1");
  db.exec("BEGIN; CREATE TABLE spilled (x)");
  for (let n = 0; n < 50; n++) db.exec("INSERT INTO spilled VALUES (zeroblob(4000))");
  for (const end of ["", "-journal"]) copyFileSync(file + end, half + end);
  db.exec("ROLLBACK");
  db.close();
  expect(() => openReading(half, KEY).exec("SELECT * FROM meta")).toThrow(expect.objectContaining({ code: "SQLITE_READONLY_ROLLBACK" }));
  const store = await openSqliteStore({ file: half, key: KEY });
  await store.write([post(1)]);
  expect(store.history({ channelId: LOBBY, most: 1 })).toHaveLength(1);
  await store.close();
});

describe("opening is refused, and the file left as it is", () => {
  test("when the key is another one", async () => {
    await refused(await filled(), OTHER_KEY, "wrong-key");
  });

  test("when the file is no store of ours", async () => {
    const file = join(directory(), "store.db");
    writeFileSync(file, Buffer.alloc(8_192, "SQLite format 3\0"));
    await refused(file, KEY, "wrong-key");
  });

  test("when its first page is damaged", async () => {
    const file = await filled();
    overwrite(file, 2_000, Buffer.from("flipped"));
    await refused(file, KEY, "damaged");
  });

  test("when it was cut off", async () => {
    const file = await filled();
    truncateSync(file, 100);
    await refused(file, KEY, "damaged");
  });

  test("when a later version wrote it", async () => {
    const file = await filled();
    const db = openWriting(file, KEY);
    db.pragma("user_version = 99");
    db.close();
    await refused(file, KEY, "too-new");
  });

  test("when it is a directory", async () => {
    const file = join(directory(), "store.db");
    mkdirSync(file);
    await expect(openSqliteStore({ file, key: KEY })).rejects.toMatchObject({ code: "unreadable" });
  });

  test("when its directory is missing", async () => {
    await expect(openSqliteStore({ file: join(directory(), "nowhere", "store.db"), key: KEY })).rejects.toMatchObject({
      code: "unreadable",
    });
  });

  test("when the key has not 32 bytes, which is the caller's mistake", async () => {
    await expect(openSqliteStore({ file: join(directory(), "store.db"), key: new Uint8Array(31) })).rejects.toThrow(RangeError);
  });
});

const PAGE_BYTES = 4_096;

test("damage found while reading is told as such, and what can be read stays readable", async () => {
  const file = await filled(2_000);
  await damagePages(file, 1);
  const store = await openSqliteStore({ file, key: KEY });
  expect(() => store.history({ channelId: LOBBY, most: 1_000 })).toThrow(expect.objectContaining({ code: "damaged" }));
  expect(store.restore().channels).toHaveLength(1);
  await store.close();
});

test("damaged pages cost the events on them, and who asks for those is told", async () => {
  const file = join(directory(), "store.db");
  const first = await openSqliteStore({ file, key: KEY });
  await first.write([...signedRun(1, 2_000), { kind: "log", channel: LOBBY_HASH, row: logRow(2_000) }]);
  await first.close();
  await damagePages(file, 20);
  const store = await openSqliteStore({ file, key: KEY });
  const tried = Array.from({ length: 2_000 }, (_, at) => {
    try {
      return store.events.range({ channel: LOBBY_HASH, ...ADA, branch: 0, from: 1, to: at + 1 }, 1)[0]?.id === hexId(at + 1)
        ? "read"
        : "missing";
    } catch (error) {
      return (error as StoreError).code;
    }
  });
  expect(new Set(tried)).toEqual(new Set(["read", "damaged"]));
  expect(tried.filter((each) => each === "damaged").length).toBeLessThan(1_000);
  expect(store.restore().logs).toHaveLength(1);
  await store.close();
});

/** Damages every so many of the pages that were added since the store was made: not those that say what tables there are. */
async function damagePages(file: string, gap: number): Promise<void> {
  const made = join(directory(), "made.db");
  await (await openSqliteStore({ file: made, key: KEY })).close();
  const first = readFileSync(made).length / PAGE_BYTES;
  const pages = readFileSync(file).length / PAGE_BYTES;
  for (let page = first; page < pages; page += gap) overwrite(file, page * PAGE_BYTES + 100, Buffer.from("flipped"));
}
