/** `ptpchat react`: says something of a post in an emoji or a word. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { doneJson } from "../json-views.ts";
import { PLAIN_WAITS, waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const request = { id: call.given.word(0), text: call.given.word(1), off: call.given.flag("off"), ...waitOf(call, PLAIN_WAITS) };
  const done = await call.withNode(({ api }) => api.react(request));
  if (call.json) call.printJson(doneJson(done));
  return EXIT.done;
}
