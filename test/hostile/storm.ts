/**
 * A storm of hostile datagrams, from a seed.
 *
 *   node --expose-gc test/hostile/storm.ts [--count N] [--warm-up N] [--seed N]
 *     into a core in this process: prints memory after the warm-up and at the end, and the drops by reason
 *   node test/hostile/storm.ts --at HOST:PORT --rpc SOCKET [--collect] [--count N] [--warm-up N] [--rate N] [--seed N]
 *     over real sockets of 127.0.0.1 at a running node, which must listen on loopback; its memory is read with `status`;
 *     `--collect` for one that was started with `node --expose-gc --import ./test/hostile/collect.mjs src/bin/ptpchat.ts start`
 *
 * Ends with 1 when the resident size grew by more than --most bytes (1 MiB).
 */
import { parseArgs } from "node:util";
import { storm } from "./in-process.ts";
import { stormAt } from "./over-udp.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    "warm-up": { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "20000" },
    most: { type: "string", default: String(2 ** 20) },
    at: { type: "string" },
    rpc: { type: "string" },
    collect: { type: "boolean", default: false },
  },
});

const run = { count: Number(values.count), warmUp: Number(values["warm-up"]), seed: Number(values.seed) };
const { before, after } =
  values.at === undefined
    ? storm(run)
    : await stormAt({ ...run, at: values.at, rpc: values.rpc, collect: values.collect, rate: Number(values.rate) });
if (before !== null && after !== null) {
  const grown = after - before;
  console.log(`resident size: ${mib(before)} after warm-up, ${mib(after)} at the end, ${grown < 0 ? "-" : "+"}${mib(Math.abs(grown))}`);
  if (grown > Number(values.most)) process.exitCode = 1;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
