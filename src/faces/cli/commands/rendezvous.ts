/** `ptpchat rendezvous`: a node that represents nobody and introduces others. */
import type { Call } from "../call.ts";
import type { ExitCode } from "../exit-code.ts";
import { runNode } from "../run-node.ts";
import { startOptions } from "../start-options.ts";

export async function run(call: Call): Promise<ExitCode> {
  return runNode(call, startOptions(call.given, true));
}
