/**
 * Runs one swarm: `node src/sim/run.ts --seed N --nodes K [--kind bare|full|mixed] [--faults SECONDS] [--trace] [--tap]`.
 * Prints the hash of the trace and the outcome, and after a violation the command that repeats it. With --tap the trace
 * also shows what is said inside sessions. Exit 1 after a violation, 2 for wrong usage.
 */
import { parseArgs } from "node:util";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import type { MakeNode } from "./host.ts";
import type { SwarmKind } from "./population.ts";
import { runSwarm, type SwarmOutcome } from "./swarm.ts";
import { Trace } from "./trace.ts";

const USAGE = "usage: node src/sim/run.ts [--seed N] [--nodes K] [--kind bare|full|mixed] [--faults SECONDS] [--trace] [--tap]";
const KINDS: readonly string[] = ["bare", "full", "mixed"] satisfies SwarmKind[];

interface Asked {
  readonly seed: number;
  readonly nodes: number;
  readonly kind: SwarmKind;
  readonly faultsMs: number;
  readonly trace: boolean;
  readonly tap: boolean;
}

/** @returns the exit status */
export function main(args: readonly string[], print: (line: string) => void, makeNode?: MakeNode): number {
  const asked = readArgs(args);
  if (asked === null) {
    print(USAGE);
    return 2;
  }
  const trace = new Trace(sodiumCrypto, asked.trace ? print : null);
  const command = `node src/sim/run.ts --seed ${asked.seed} --nodes ${asked.nodes} --kind ${asked.kind} --faults ${asked.faultsMs / 1_000}`;
  let outcome: SwarmOutcome;
  try {
    outcome = runSwarm({ ...asked, crypto: sodiumCrypto, watchers: [trace], ...(makeNode === undefined ? {} : { makeNode }) });
  } catch (error) {
    print(`broken by an exception; repeat with: ${command} --trace`);
    throw error;
  }
  print(
    `seed ${asked.seed}: ${outcome.virtualMs / 1_000} s, ${outcome.datagrams} datagrams, ${outcome.saved} posts saved, ${outcome.delivered} delivered`,
  );
  print(`trace ${trace.hash()} (${trace.lines} lines)`);
  for (const violation of outcome.violations) print(`violation: ${violation}`);
  if (outcome.violations.length > 0) print(`repeat with: ${command} --trace`);
  return outcome.violations.length > 0 ? 1 : 0;
}

function readArgs(args: readonly string[]): Asked | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string", default: "1" },
        nodes: { type: "string", default: "6" },
        kind: { type: "string", default: "full" },
        faults: { type: "string", default: "20" },
        trace: { type: "boolean", default: false },
        tap: { type: "boolean", default: false },
      },
    });
    const { kind, trace, tap } = values;
    const [seed, nodes, faults] = [values.seed, values.nodes, values.faults].map(Number) as [number, number, number];
    if (!Number.isInteger(seed) || seed < 0 || !Number.isInteger(nodes) || nodes < 2 || !(faults >= 0) || !KINDS.includes(kind))
      return null;
    return { seed, nodes, kind: kind as SwarmKind, faultsMs: faults * 1_000, trace, tap };
  } catch {
    return null;
  }
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
