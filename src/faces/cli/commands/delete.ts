/** `ptpchat delete`: takes a post of one's own from view. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { doneJson } from "../json-views.ts";
import { PLAIN_WAITS, waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const done = await call.withNode(({ api }) => api.delete({ id: call.given.word(0), ...waitOf(call, PLAIN_WAITS) }));
  if (call.json) call.printJson(doneJson(done));
  else call.say("Deleted here, and asked for elsewhere. It is a request: others may have read it, and whoever has it can keep it.");
  return EXIT.done;
}
