/**
 * npm run natlab -- [--only NAT[,NAT]] [--jobs N] [--times N] [--lifetime S] [--file FILE] [--seconds N] [--trace] [--write]
 *
 * Real nodes behind every pair of the laboratory's NATs, N laboratories at a time.
 * --only      those pairs that have one NAT, or the pair of two
 * --times     each so often
 * --lifetime  NATs forget a mapping after so many seconds; the two then say nothing for three times as long, and something again
 * --file      keeps what was found there; pairs that are as promised there are not run again
 * --seconds   begins no pair after so many seconds
 * --trace     shows all that A and B say and hear
 * --write     makes docs/nat-matrix.md of it
 *
 * Exit 1 when a pair is not as promised.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Lab } from "./lab.ts";
import { meet } from "./meeting.ts";
import { PAIRS, type Pair, pairsOf } from "./pairs.ts";
import { faultOf, lineOf, type Outcome, page } from "./report.ts";
import { Results } from "./results.ts";

/** Where the homes of the nodes are: measured is the network, not the disk. */
const MEMORY = "/dev/shm";
process.env.TMPDIR = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "ptpchat-natlab-"));
process.once("exit", () => rmSync(process.env.TMPDIR ?? "", { recursive: true, force: true }));

/** A laboratory that was begun stands within this, in ms. */
const BUILT_MS = 5_000;

const PAGE = join(import.meta.dirname, "../../docs/nat-matrix.md");
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    jobs: { type: "string", default: "3" },
    times: { type: "string", default: "1" },
    lifetime: { type: "string" },
    file: { type: "string" },
    seconds: { type: "string" },
    trace: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const jobs = Math.max(1, Number(values.jobs) || 1);
const pairs = pairsOf(values.only.split(",").filter((name) => name !== ""));
const results = new Results(values.file ?? null, PAIRS);
const queue = Array.from({ length: Number(values.times) || 1 }, () => pairs.filter((pair) => !results.isDone(pair))).flat();
const count = queue.length;
const standing = new Set<Lab>();
const begun = performance.now();
const untilMs = values.seconds === undefined ? Number.POSITIVE_INFINITY : begun + 1_000 * Number(values.seconds);
let told = 0;
let lanes: readonly Promise<void>[] = [];
let ending = false;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(130));

/** Takes down what stands, and what is being built. */
async function end(code: number): Promise<void> {
  ending = true;
  await Promise.allSettled([...standing].map((lab) => lab.down()));
  await Promise.race([Promise.allSettled(lanes), delay(BUILT_MS)]);
  process.exit(code);
}

async function lane(): Promise<void> {
  for (;;) {
    const pair = ending || performance.now() > untilMs ? undefined : queue.shift();
    if (pair === undefined) return;
    const load = loadavg()[0] ?? 0;
    tell(await outcomeOf(pair), load);
  }
}

async function outcomeOf(pair: Pair): Promise<Outcome> {
  let own: Lab | undefined;
  const onLab = (lab: Lab) => {
    if (ending) throw new Error("ended"); // it is taken down at once
    own = lab;
    standing.add(lab);
  };
  try {
    return await meet(pair, { trace: values.trace, lifetimeS: values.lifetime === undefined ? null : Number(values.lifetime), onLab });
  } catch (error) {
    return { pair, error: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  } finally {
    if (own !== undefined) standing.delete(own);
  }
}

function tell(outcome: Outcome, load: number): void {
  if (ending) return;
  results.add(outcome, load);
  told++;
  console.log(`${String(told).padStart(3)}/${count} ${lineOf(outcome)}`);
  if ("error" in outcome) return;
  for (const line of outcome.trace) console.log(line);
  if (faultOf(outcome) !== null || values.trace) for (const line of outcome.notes) console.log(`        ${line}`);
}

lanes = Array.from({ length: jobs }, lane);
await Promise.all(lanes);
if (!ending) {
  const found = pairs.flatMap((pair) => results.of(pair) ?? []);
  const faults = found.filter(({ outcome }) => faultOf(outcome) !== null);
  console.log(`${found.length - faults.length} of ${pairs.length} as promised, ${Math.round((performance.now() - begun) / 1_000)} s`);
  const [first] = faults;
  if (first !== undefined && !values.trace)
    console.log(`again alone, with all that is said: npm run natlab -- --trace --only ${onlyOf(first.outcome)}`);
  if (values.write)
    writeFileSync(
      PAGE,
      page(
        PAIRS.flatMap((pair) => results.of(pair) ?? []),
        setting(),
      ),
    );
  process.exitCode = faults.length === 0 && found.length === pairs.length ? 0 : 1;
}

function onlyOf({ pair }: Outcome): string {
  return `${pair.a},${pair.b}`;
}

function setting() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpus: cpus().length,
    jobs,
    kernel: release().split("-")[0] ?? "",
    node: process.versions.node,
  };
}
