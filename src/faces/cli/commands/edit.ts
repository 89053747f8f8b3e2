/** `ptpchat edit`: gives a post of one's own another text. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { doneJson } from "../json-views.ts";
import { textOf } from "../text-of.ts";
import { PLAIN_WAITS, waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const wait = waitOf(call, PLAIN_WAITS);
  const text = await textOf(call, 1);
  const done = await call.withNode(({ api }) => api.edit({ id: call.given.word(0), text, ...wait }));
  if (call.json) call.printJson(doneJson(done));
  else call.say("Changed. Others may have read the old text; their nodes are told of the new one.");
  return EXIT.done;
}
