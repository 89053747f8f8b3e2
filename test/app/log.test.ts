import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Log, type LogEntry } from "../../src/app/log.ts";
import { directory } from "./running.ts";

describe("the log", () => {
  test("writes an entry as one JSON line, for this user alone", () => {
    const file = join(directory(), "log.jsonl");
    const log = new Log({ file });
    log.info("started", { port: 7_667 });
    log.error("store-failed", { code: "disk-full" });
    log.close();
    const entries = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as LogEntry);
    expect(entries).toMatchObject([
      { level: "info", what: "started", port: 7_667 },
      { level: "error", what: "store-failed", code: "disk-full" },
    ]);
    expect(new Date(entries[0]?.at ?? "").getTime()).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("begins a new file when one is full, and keeps three", () => {
    const dir = directory();
    const log = new Log({ file: join(dir, "log.jsonl"), fileBytesMax: 1_000 });
    for (let entry = 0; entry < 100; entry++) log.info("entry", { number: entry });
    log.close();
    expect(readdirSync(dir).sort()).toEqual(["log.jsonl", "log.jsonl.1", "log.jsonl.2"]);
    const numbers = ["log.jsonl.2", "log.jsonl.1", "log.jsonl"].flatMap((name) =>
      readFileSync(join(dir, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { number: number }).number),
    );
    expect(numbers.at(-1)).toBe(99);
    expect(numbers).toEqual(Array.from(numbers, (_, at) => 100 - numbers.length + at));
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).size).toBeLessThan(1_100);
  });

  test("goes on in the file of the last start", () => {
    const file = join(directory(), "log.jsonl");
    for (let start = 0; start < 2; start++) {
      const log = new Log({ file });
      log.info("started");
      log.close();
    }
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("tells a listener, with and without a file", () => {
    const entries: LogEntry[] = [];
    new Log({ file: null, listener: (entry) => void entries.push(entry) }).warn("slow-client-cut");
    expect(entries).toMatchObject([{ level: "warn", what: "slow-client-cut" }]);
  });

  test("takes whatever a value may be for one line of ASCII", () => {
    const file = join(directory(), "log.jsonl");
    const hostile = 'x"}\n{"level":"info","what":"forged"}\r\u2028\u0085\u009b2J\u202e\u{1f600}\ud800';
    const log = new Log({ file });
    log.warn(hostile, { name: hostile });
    log.close();
    const lines = readFileSync(file, "latin1").split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", what: hostile, name: hostile });
  });

  test("that cannot be written stops nobody", () => {
    const log = new Log({ file: "/dev/null/log" });
    log.info("started");
    const full = new Log({ file: "/dev/full" });
    full.info("started");
    full.close();
  });
});
