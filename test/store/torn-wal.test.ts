/** Row 50: the power fails while the write-ahead log is written. What was not flushed is cut off, or is anything at all. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Random } from "../../src/sim/random.ts";
import { openReading } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { Reader } from "../../src/store/reader.ts";
import { ADA, KEY, LOBBY, post } from "./changes.ts";
import { directory } from "./directory.ts";
import { growth } from "./growing-log.ts";

const BATCHES = 6;
const STEP_BYTES = 997; // no divisor of a page, so that cuts fall on all parts of it

/** Texts of the batch `n`; each batch has as many as its number. */
function textsOf(n: number): number[] {
  return Array.from({ length: n }, (_, at) => 100 * n + at);
}

test("at any byte beyond the last flush: all that was told as kept is there, each further batch whole or not at all", async () => {
  const dir = directory();
  const file = join(dir, "store.db");
  const store = await openSqliteStore({ file, key: KEY });
  const sizes: number[] = [];
  for (let n = 1; n <= BATCHES; n++) {
    await store.write([...textsOf(n).map((text) => post(text)), ...growth(ADA, n, n)]);
    sizes.push(statSync(`${file}-wal`).size);
  }
  const wal = readFileSync(`${file}-wal`);
  const torn = join(dir, "torn.db");
  copyFileSync(file, torn);
  const random = new Random(50);
  let looks = 0;
  for (let kept = 1; kept < BATCHES; kept++) {
    const [from, to] = [sizes[kept - 1] as number, sizes[kept] as number];
    for (let cut = from; cut < to; cut += STEP_BYTES) {
      for (const rest of [0, to - cut]) {
        const tail = random.bytes(rest);
        writeFileSync(`${torn}-wal`, Buffer.concat([wal.subarray(0, cut), tail]));
        const found = textsIn(torn);
        const whole = Math.max(...found.map((text) => Math.floor(text / 100)));
        expect(whole, `cut at ${cut}`).toBeGreaterThanOrEqual(kept);
        expect(found, `cut at ${cut}`).toEqual(Array.from({ length: whole }, (_, at) => textsOf(at + 1)).flat());
        looks++;
      }
    }
  }
  await store.close();
  expect(looks).toBeGreaterThan(100);
});

/** The numbers of the texts that a file has, in their order; it must open. */
function textsIn(file: string): number[] {
  const reader = new Reader(openReading(file, KEY));
  try {
    return reader
      .history({ channelId: LOBBY, most: 1_000 })
      .map(({ id }) => Number.parseInt(id, 16))
      .sort((a, b) => a - b);
  } finally {
    reader.close();
  }
}
