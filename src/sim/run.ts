/**
 * Runs one swarm: `node src/sim/run.ts --seed N --nodes K [--kind bare|full|mixed|channels|private|devices|mailboxes|invites|reach]
 * [--faults SECONDS] [--liars K] [--trace] [--tap]`. `--liars` are for `reach`. Prints the hash of the trace and the outcome, and after a violation the command that repeats it. With --tap the trace
 * also shows what is said inside sessions. Exit 1 after a violation, 2 for wrong usage.
 */
import { parseArgs } from "node:util";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { runChannelSwarm } from "./channel-swarm/index.ts";
import type { MakeNode } from "./host.ts";
import { INVITE_NODES_MIN, runInviteSwarm } from "./invite-swarm/index.ts";
import { MAILBOX_NODES_MIN, runMailboxSwarm } from "./mailbox-swarm/index.ts";
import type { SwarmKind } from "./population.ts";
import { PARTS, runPrivateSwarm } from "./private-swarm/index.ts";
import { type ReachOptions, runReach } from "./reach/index.ts";
import { runSwarm, type SwarmOptions } from "./swarm.ts";
import { Trace } from "./trace.ts";

const SWARM_KINDS = ["bare", "full", "mixed"] as const satisfies readonly SwarmKind[];
const KINDS = [...SWARM_KINDS, "channels", "private", "devices", "mailboxes", "invites", "reach"] as const;
type Kind = (typeof KINDS)[number];
const USAGE = `usage: node src/sim/run.ts [--seed N] [--nodes K] [--kind ${KINDS.join("|")}] [--faults SECONDS] [--liars K] [--trace] [--tap]`;
/** The fewest nodes of a kind; of all others two. */
const NODES_MIN: Partial<Record<Kind, number>> = {
  private: PARTS + 1,
  devices: PARTS + 1,
  mailboxes: MAILBOX_NODES_MIN,
  invites: INVITE_NODES_MIN,
};

interface Asked {
  readonly seed: number;
  readonly nodes: number;
  readonly kind: Kind;
  /** Absent: as long as such a run has them. */
  readonly faultsMs?: number;
  readonly liars: number;
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
  const command = commandOf(asked);
  const options = { ...asked, crypto: sodiumCrypto, watchers: [trace], ...(makeNode === undefined ? {} : { makeNode }) };
  let outcome: { readonly violations: readonly string[]; readonly virtualMs: number; readonly datagrams: number; readonly came: string };
  try {
    outcome = run(options, asked.kind);
  } catch (error) {
    print(`broken by an exception; repeat with: ${command} --trace`);
    throw error;
  }
  print(`seed ${asked.seed}: ${outcome.virtualMs / 1_000} s, ${outcome.datagrams} datagrams, ${outcome.came}`);
  print(`trace ${trace.hash()} (${trace.lines} lines)`);
  for (const violation of outcome.violations) print(`violation: ${violation}`);
  if (outcome.violations.length > 0) print(`repeat with: ${command} --trace`);
  return outcome.violations.length > 0 ? 1 : 0;
}

function commandOf({ seed, nodes, kind, faultsMs, liars }: Asked): string {
  const faults = faultsMs === undefined ? "" : ` --faults ${faultsMs / 1_000}`;
  const words = `--seed ${seed} --nodes ${nodes} --kind ${kind}${faults}${liars > 0 ? ` --liars ${liars}` : ""}`;
  return `node src/sim/run.ts ${words}`;
}

type Options = Omit<SwarmOptions, "kind"> & Pick<ReachOptions, "liars">;

function run(options: Options, kind: Kind) {
  switch (kind) {
    case "reach": {
      const outcome = runReach(options);
      const came = `${outcome.pairs} pairs, ${outcome.direct} of them direct, all at their best ${outcome.settledMs / 1_000} s after the faults`;
      return { ...outcome, violations: [...outcome.violations, ...outcome.detours], came };
    }
    case "channels": {
      const outcome = runChannelSwarm(options);
      return { ...outcome, came: `${outcome.saved} events saved, ${outcome.delivered} of them held by all` };
    }
    case "private":
    case "devices": {
      const outcome = runPrivateSwarm({ ...options, lost: kind === "devices" ? "devices" : "keys" });
      return { ...outcome, came: `${outcome.saved} texts said, ${outcome.delivered} of them read by all members` };
    }
    case "mailboxes": {
      const outcome = runMailboxSwarm(options);
      const mailbox = outcome.lie === null ? "a mailbox" : `a mailbox that ${outcome.lie}`;
      return {
        ...outcome,
        came: `${outcome.saved} texts saved, ${outcome.delivered} of them read by all, ${outcome.held} times told as held by ${mailbox}`,
      };
    }
    case "invites": {
      const outcome = runInviteSwarm(options);
      return { ...outcome, came: `${outcome.saved} guests, ${outcome.delivered} of them in` };
    }
    default: {
      const outcome = runSwarm({ ...options, kind });
      return { ...outcome, came: `${outcome.saved} posts saved, ${outcome.delivered} delivered` };
    }
  }
}

function readArgs(args: readonly string[]): Asked | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string", default: "1" },
        nodes: { type: "string", default: "6" },
        kind: { type: "string", default: "full" },
        faults: { type: "string" },
        liars: { type: "string", default: "0" },
        trace: { type: "boolean", default: false },
        tap: { type: "boolean", default: false },
      },
    });
    const { trace, tap } = values;
    const kind = KINDS.find((each) => each === values.kind);
    const [seed, nodes, liars] = [values.seed, values.nodes, values.liars].map(Number) as [number, number, number];
    const faults = values.faults === undefined ? {} : { faultsMs: Number(values.faults) * 1_000 };
    if (kind === undefined || !isCount(seed, 0) || !isCount(nodes, NODES_MIN[kind] ?? 2) || !isCount(liars, 0)) return null;
    if (faults.faultsMs !== undefined && !(faults.faultsMs >= 0)) return null;
    return { seed, nodes, kind, ...faults, liars, trace, tap };
  } catch {
    return null;
  }
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
