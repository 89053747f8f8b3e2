/** The simulator's command with a core that looks at the real clock: for the determinism check to catch. */
import { Node } from "../../src/core/index.ts";
import { main } from "../../src/sim/run.ts";

process.exitCode = main(
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (config) => new Node({ ...config, epoch: Date.now() }),
);
