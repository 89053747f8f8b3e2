/**
 * npm run crash -- [--rounds N] [--lanes N] [--seed N] [--log FILE]: kills real daemons round by round, as `crash.test.ts` does a
 * few times. Shows how far it is, and keeps a line for every so many rounds, and every fault, in the file. SIGTERM and SIGINT end it with
 * what it has. Exit 1 after a fault. PTPCHAT_TEST_PROGRAM: a build of the program, in place of its sources.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { killInRounds, type Report } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1000" },
    lanes: { type: "string", default: "4" },
    seed: { type: "string", default: `${Date.now() % 1e9}` },
    log: { type: "string" },
  },
});
const LOG_EVERY = Number(values.rounds) > 2_000 ? 500 : 100;
const begun = performance.now();

const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort());

function say(line: string): void {
  console.log(line);
  if (values.log !== undefined) appendFileSync(values.log, `${line}\n`);
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short=10", "HEAD"], { encoding: "utf8" }).trim();
}

function onRound({ rounds, faults }: Report): void {
  const line = `${rounds} of ${values.rounds} rounds, ${Math.round((performance.now() - begun) / 1_000)} s, ${faults.length} faults`;
  if (rounds % LOG_EVERY === 0) say(line);
  else if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
}

const { signal } = ending;
say(
  `kill -9 in ${values.rounds} rounds, --lanes ${values.lanes} --seed ${values.seed}, commit ${commit()}, ${new Date().toISOString().slice(0, 10)}`,
);
const report = await killInRounds({
  rounds: Number(values.rounds),
  lanes: Number(values.lanes),
  seed: Number(values.seed),
  onRound,
  signal,
});
if (signal.aborted) say(`ended by hand after ${report.rounds} rounds`);
for (const [point, times] of report.kills) say(`${String(times).padStart(6)}  ${point}`);
say(`${report.saved} texts told as saved, ${report.delivered} as delivered`);
for (const fault of report.faults) say(`FAULT ${fault}`);
say(report.faults.length === 0 ? "nothing lost, nothing twice, every home opened" : `${report.faults.length} faults`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
