/** Writes to the store named by the first argument until it is killed, and prints the number of each event that was kept. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../src/store/index.ts";
import { KEY, post } from "./changes.ts";

const [file = "", start = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ file, key: KEY });

/** Several at once, so that kills also hit commits of a group. */
async function writeFrom(first: number, step: number): Promise<never> {
  for (let n = first; ; n += step) {
    await store.write([post(n)]);
    writeSync(1, `${n}\n`);
  }
}

const LANES = 4;
await Promise.all(Array.from({ length: LANES }, (_, lane) => writeFrom(Number(start) + lane, LANES)));
