/**
 * Writes to the store named by the first argument until it is killed, and prints the number of each text that was kept, and
 * of each log its name and how far it was kept.
 */
import { openSqliteStore } from "../../src/store/index.ts";
import { ADA, BEN, KEY, post } from "./changes.ts";
import { growth, highOf, type LogName } from "./growing-log.ts";

const [file = "", start = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ file, key: KEY });

/** Waits where the reader is slow, as `writeSync` on a pipe that is full would not. */
function print(line: string): Promise<unknown> {
  return new Promise((printed) => process.stdout.write(`${line}\n`, printed));
}

/** Several at once, so that kills also hit commits of a group. */
async function writeFrom(first: number, step: number): Promise<never> {
  for (let n = first; ; n += step) {
    await store.write([post(n)]);
    await print(`${n}`);
  }
}

/** Goes on with a log where the process before was killed. */
async function grow(name: LogName): Promise<never> {
  for (let high = highOf(store, name); ; high += EVENTS) {
    await store.write(growth(name, high + 1, high + EVENTS));
    await print(`${name.inst} ${high + EVENTS}`);
  }
}

const LANES = 3;
const EVENTS = 7;
await Promise.all([...Array.from({ length: LANES }, (_, lane) => writeFrom(Number(start) + lane, LANES)), grow(ADA), grow(BEN)]);
