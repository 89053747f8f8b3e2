import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const RUN = fileURLToPath(new URL("../../src/sim/run.ts", import.meta.url));
const IMPURE = fileURLToPath(new URL("./impure-run.ts", import.meta.url));

/** What one process prints for a seed: every line of the trace, its hash and the outcome, whatever that is. */
async function traceOf(program: string, seed: number): Promise<string> {
  const args = [program, "--seed", String(seed), "--nodes", "5", "--faults", "10", "--trace"];
  const ended = run(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 }).catch((error: { code?: unknown; stdout: string }) => {
    if (error.code !== 1) throw error; // 1: a checker found something, which is another test's matter
    return error;
  });
  return (await ended).stdout;
}

async function isTheSameTwice(program: string, seed: number): Promise<boolean> {
  const [first, second] = await Promise.all([traceOf(program, seed), traceOf(program, seed)]);
  expect(first).toMatch(/\ntrace [0-9a-f]{64} /);
  return first === second;
}

describe("one seed", () => {
  it("gives the same trace, byte for byte, in two processes", async () => {
    expect(await isTheSameTwice(RUN, 3)).toBe(true);
  });

  it("gives another trace than the next seed", async () => {
    const hashes = (await Promise.all([traceOf(RUN, 3), traceOf(RUN, 4)])).map((trace) => /\ntrace ([0-9a-f]{64})/.exec(trace)?.[1]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it("is caught not doing so when the core looks at the real clock", async () => {
    expect(await isTheSameTwice(IMPURE, 3)).toBe(false);
  });
});
