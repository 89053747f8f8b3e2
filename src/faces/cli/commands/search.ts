/** `ptpchat search`: finds what was said. */
import type { Found } from "../../../app/api.ts";
import { channelWord } from "../../shared/channel-word.ts";
import { marked } from "../../shared/marks.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { foundJson } from "../json-views.ts";
import { entryLines } from "./tail.ts";

const FOUND_MAX = 200;
const CONTEXT_MAX = 10;

export async function run(call: Call): Promise<ExitCode> {
  const most = call.given.number("n", { least: 1, most: FOUND_MAX, whole: true });
  const context = call.given.number("context", { least: 0, most: CONTEXT_MAX, whole: true });
  const channel = call.given.text("channel");
  const request = {
    words: call.given.words.join(" "),
    ...(channel === undefined ? {} : { channel: channelWord(channel) }),
    ...(most === undefined ? {} : { most }),
    ...(context === undefined ? {} : { context }),
  };
  const found = await call.withNode(({ api }) => api.search(request));
  if (call.json) for (const each of found) call.printJson(foundJson(each));
  else if (found.length === 0) call.say("Nothing was found.");
  else for (const [at, each] of found.entries()) print(call, each, at > 0);
  return EXIT.done;
}

function print(call: Call, { entry, marks, before, after }: Found, follows: boolean): void {
  const hasContext = before.length + after.length > 0;
  if (hasContext && follows) call.print("--");
  for (const each of before) for (const line of entryLines(each)) call.print(`  ${line}`);
  for (const line of entryLines({ ...entry, text: marked(entry.text, marks) })) call.print(hasContext ? `> ${line}` : line);
  for (const each of after) for (const line of entryLines(each)) call.print(`  ${line}`);
}
