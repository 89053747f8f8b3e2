import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** What a commit of one short row writes to the log of the store. */
const WRITE_BYTES = 8_192;

/** How long appends with a flush take in that directory, in ms each: below that nothing durable can be. */
export function diskFlushesMs(directory: string, times: number): number[] {
  const file = join(directory, "flush");
  const handle = openSync(file, "w");
  const bytes = Buffer.alloc(WRITE_BYTES, 1);
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const before = performance.now();
    writeSync(handle, bytes);
    fdatasyncSync(handle);
    took.push(performance.now() - before);
  }
  closeSync(handle);
  rmSync(file);
  return took;
}
