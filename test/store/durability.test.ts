import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import { ADA, BEN, KEY, LOBBY } from "./changes.ts";
import { child } from "./child.ts";
import { directory } from "./directory.ts";
import { heldOf, highOf } from "./growing-log.ts";

const ROUNDS = 4;
const ROUND_EVENTS = 10_000; // more than a round gets to

/** Kills a writing process once it has printed `lines` lines; what it printed as kept. */
async function killedAfter(lines: number, file: string, start: number): Promise<string[]> {
  const writer = child("./endless-writer.ts", [file, String(start)]);
  const kept: string[] = [];
  for await (const line of writer.lines) {
    kept.push(line);
    if (kept.length === lines) writer.process.kill("SIGKILL");
  }
  if (writer.process.signalCode === null) await once(writer.process, "exit");
  expect(writer.process.signalCode).toBe("SIGKILL");
  return kept;
}

test("what was told as kept is there after the process was killed, again and again on the same file", async () => {
  const file = join(directory(), "store.db");
  const kept = new Set<number>();
  const high = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const line of await killedAfter(20 + 31 * round, file, 1 + round * ROUND_EVENTS)) {
      const [name = "", upTo] = line.split(" ");
      if (upTo === undefined) kept.add(Number(name));
      else high.set(name, Number(upTo));
    }
    const store = await openSqliteStore({ file, key: KEY });
    const there = store.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
    const logs = [ADA, BEN].map((name) => ({ told: high.get(name.inst) ?? 0, row: highOf(store, name), held: heldOf(store, name) }));
    await store.close();
    expect(there.length).toBeLessThan(1_000);
    expect([...kept].filter((n) => !there.includes(n))).toEqual([]);
    expect(new Set(there).size).toBe(there.length);
    for (const { told, row, held } of logs) {
      expect(row).toBeGreaterThanOrEqual(told);
      expect(held).toBe(row);
    }
  }
}, 60_000);
