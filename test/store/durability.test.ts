import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import { KEY, LOBBY } from "./changes.ts";
import { child } from "./child.ts";
import { directory } from "./directory.ts";

const ROUNDS = 4;
const ROUND_EVENTS = 10_000; // more than a round gets to

/** Kills a writing process once it has printed `lines` lines; what it printed as kept. */
async function killedAfter(lines: number, file: string, start: number): Promise<number[]> {
  const writer = child("./endless-writer.ts", [file, String(start)]);
  const kept: number[] = [];
  for await (const line of writer.lines) {
    kept.push(Number(line));
    if (kept.length === lines) writer.process.kill("SIGKILL");
  }
  if (writer.process.signalCode === null) await once(writer.process, "exit");
  expect(writer.process.signalCode).toBe("SIGKILL");
  return kept;
}

test("what was told as kept is there after the process was killed, again and again on the same file", async () => {
  const file = join(directory(), "store.db");
  const kept = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const n of await killedAfter(20 + 31 * round, file, 1 + round * ROUND_EVENTS)) kept.add(n);
    const store = await openSqliteStore({ file, key: KEY });
    const there = store.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
    await store.close();
    expect(there.length).toBeLessThan(1_000);
    expect([...kept].filter((n) => !there.includes(n))).toEqual([]);
    expect(new Set(there).size).toBe(there.length);
  }
}, 60_000);
