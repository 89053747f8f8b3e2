/** `ptpchat stop`: ends the running node. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  await call.withNode(({ api }) => api.stop());
  if (call.json) call.printJson({ stopped: true });
  else call.print("stopped");
  return EXIT.done;
}
