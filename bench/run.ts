/**
 * Runs the benchmarks and shows their figures beside their floors and goals. Nothing is asserted: a machine that is busy
 * or slow shows in the floors.
 *
 *   npm run bench -- [--only bare,rendezvous,idle,cold,relay,relays,sim,transport,events,deliveries,channel,sync,files,private,removal,invites]
 *                    [--quick] [--json|--markdown]
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchBare } from "./bare.ts";
import { benchBulk } from "./bulk.ts";
import { benchChannel } from "./channel.ts";
import { endChildren } from "./child.ts";
import { benchCold } from "./cold.ts";
import { benchDeliveries } from "./deliveries.ts";
import { benchEvents } from "./events.ts";
import { type Bench, markdownOf, tableOf } from "./figures.ts";
import { benchFiles } from "./files.ts";
import { benchHandshake } from "./handshake.ts";
import { benchIdle } from "./idle.ts";
import { benchInvites } from "./invites.ts";
import { benchPrivate } from "./private.ts";
import { benchRelay, benchRelays } from "./relay.ts";
import { benchRemoval } from "./removal.ts";
import { benchRendezvous } from "./rendezvous.ts";
import { benchSession } from "./session.ts";
import { benchSessions } from "./sessions.ts";
import { benchSimulator } from "./simulator.ts";
import { benchSync } from "./sync.ts";
import { benchTransport } from "./transport.ts";

const BENCHES: Readonly<Record<string, Bench>> = {
  bare: benchBare,
  rendezvous: benchRendezvous,
  idle: benchIdle,
  cold: benchCold,
  session: benchSession,
  bulk: benchBulk,
  handshake: benchHandshake,
  sessions: benchSessions,
  relay: benchRelay,
  relays: benchRelays,
  sim: benchSimulator,
  transport: benchTransport,
  events: benchEvents,
  deliveries: benchDeliveries,
  channel: benchChannel,
  sync: benchSync,
  files: benchFiles,
  private: benchPrivate,
  removal: benchRemoval,
  invites: benchInvites,
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
    },
  });
  const names = values.only?.split(",") ?? Object.keys(BENCHES);
  const unknown = names.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0) {
    console.error(`bench: there is no ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
    return 2;
  }
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cpus: availableParallelism(),
    arch: process.arch,
    platform: process.platform,
    node: process.version,
    /** Processes that wanted to run in the minute before: above `cpus`, others take part of what is measured. */
    load: loadavg()[0] ?? 0,
  };
  console.log(
    values.json
      ? JSON.stringify({ machine })
      : `${machine.cpus} CPUs, ${machine.arch}, ${machine.platform}, Node ${machine.node}, ${machine.date}, load before ${machine.load.toFixed(1)}`,
  );
  for (const name of names) {
    const report = await (BENCHES[name] as Bench)({ quick: values.quick });
    console.log(values.json ? JSON.stringify(report) : `\n${values.markdown ? markdownOf(report) : tableOf(report)}`);
  }
  return 0;
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => void endChildren().then(() => process.exit(code)));
}
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await endChildren();
}
