/**
 * Runs one channel of the simulator: `node src/sim/run-channel.ts --seed N --members K [--storm SECONDS] [--lying SHARE] [--owned] [--trace]`.
 * Prints the outcome, and after a breach the command that repeats it. Exit 1 after a breach, 2 for wrong usage.
 */
import { parseArgs } from "node:util";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Fact, type GatheringOptions, runGathering } from "./channels/index.ts";

const USAGE = "usage: node src/sim/run-channel.ts [--seed N] [--members K] [--storm SECONDS] [--lying SHARE] [--owned] [--trace]";

export type ChannelRun = Pick<GatheringOptions, "seed" | "members" | "stormMs" | "lying" | "owned">;

/** The command that repeats a run. */
export function commandOf({ seed, members, stormMs, lying, owned }: ChannelRun): string {
  const words = `--seed ${seed} --members ${members} --storm ${stormMs / 1_000} --lying ${lying}${owned ? " --owned" : ""}`;
  return `node src/sim/run-channel.ts ${words} --trace`;
}

/** @returns the exit status */
export function main(args: readonly string[], print: (line: string) => void): number {
  const asked = readArgs(args);
  if (asked === null) {
    print(USAGE);
    return 2;
  }
  const { trace, ...run } = asked;
  const outcome = runGathering({ ...run, crypto: sodiumCrypto, ...(trace ? { onFact: (fact) => print(lineOf(fact)) } : {}) });
  const faults = [...outcome.faults].map(([name, times]) => `${name} ${times}`).join(", ");
  print(
    `seed ${run.seed}: ${outcome.written} events written, ${outcome.carried} messages; ${faults}; at rest ${outcome.settledMs} ms after the storm`,
  );
  const breaches = [...outcome.breaches].flatMap(([promise, lines]) => lines.map((line) => `promise ${promise}: ${line}`));
  for (const breach of breaches) print(breach);
  if (breaches.length > 0) print(`repeat with: ${commandOf(run)}`);
  return breaches.length > 0 ? 1 : 0;
}

function lineOf(fact: Fact): string {
  switch (fact.kind) {
    case "written":
      return `${fact.by} writes ${fact.event.id} seq ${fact.event.seq} ${fact.event.kind} "${fact.event.text}"`;
    case "saved":
    case "shown":
      return `${fact.by} ${fact.kind} ${fact.id}`;
    case "delivered":
      return `${fact.by} delivered ${fact.id} to ${fact.to}`;
    case "finding":
      return `${fact.by} finds ${JSON.stringify(fact.finding)}`;
    case "restored":
      return `${fact.by} is put back to ${fact.ids.size} events`;
    case "look":
      return `${fact.by} has ${fact.events.size} events, shows ${fact.view.length}, lacks ${JSON.stringify(fact.holes)}`;
  }
}

function readArgs(args: readonly string[]): (ChannelRun & { trace: boolean }) | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string", default: "1" },
        members: { type: "string", default: "8" },
        storm: { type: "string", default: "60" },
        lying: { type: "string", default: "0" },
        owned: { type: "boolean", default: false },
        trace: { type: "boolean", default: false },
      },
    });
    const [seed, members, storm, lying] = [values.seed, values.members, values.storm, values.lying].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const isUsable =
      Number.isInteger(seed) && seed >= 0 && Number.isInteger(members) && members >= 2 && storm >= 0 && lying >= 0 && lying <= 0.3;
    return isUsable ? { seed, members, stormMs: storm * 1_000, lying, owned: values.owned, trace: values.trace } : null;
  } catch {
    return null;
  }
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
