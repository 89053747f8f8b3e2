/** Writes to the store named by the first argument until it is killed, and prints the number of each event that was kept. */
import { openSqliteStore } from "../../src/store/index.ts";
import { KEY, post } from "./changes.ts";

const [file = "", start = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ file, key: KEY });

/** Waits where the reader is slow, as `writeSync` on a pipe that is full would not. */
function print(n: number): Promise<unknown> {
  return new Promise((printed) => process.stdout.write(`${n}\n`, printed));
}

/** Several at once, so that kills also hit commits of a group. */
async function writeFrom(first: number, step: number): Promise<never> {
  for (let n = first; ; n += step) {
    await store.write([post(n)]);
    await print(n);
  }
}

const LANES = 4;
await Promise.all(Array.from({ length: LANES }, (_, lane) => writeFrom(Number(start) + lane, LANES)));
