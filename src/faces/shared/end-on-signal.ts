/** SIGTERM, SIGINT and SIGHUP: the first asks for an orderly end, a second ends at once. */
import process from "node:process";

/** The promise is 4 s; what has not ended by then is left to the store's journal. */
const END_MS = 3_800;
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNALS;

/**
 * Calls `end` at the first signal; ends the process at the second, or when `end` takes longer than is promised.
 * @returns takes the handlers off again
 */
export function endOnSignal(end: (signal: Signal) => void): () => void {
  let first = true;
  const onSignal = (signal: Signal) => {
    if (!first) process.exit(128 + SIGNALS[signal]);
    first = false;
    setTimeout(() => process.exit(1), END_MS).unref();
    end(signal);
  };
  const names = Object.keys(SIGNALS) as Signal[];
  for (const name of names) process.on(name, onSignal);
  return () => {
    for (const name of names) process.off(name, onSignal);
  };
}
