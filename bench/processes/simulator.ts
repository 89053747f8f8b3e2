/** The simulator in a process of its own, so that it can be ended in its middle and shares its heap with nothing. */
import { serve } from "../child.ts";
import { benchSim } from "../sim.ts";

const handlers = { run: (_: null) => quietly(benchSim) };
export type SimProcess = typeof handlers;

/** What it prints goes to stderr: stdout is for the tables. */
function quietly<T>(run: () => T): T {
  console.log = console.error;
  return run();
}

serve(handlers);
