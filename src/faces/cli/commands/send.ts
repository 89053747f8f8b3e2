/** `ptpchat send`: posts a text. */
import { channelWord } from "../../shared/channel-word.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { sentJson } from "../json-views.ts";
import { textOf } from "../text-of.ts";
import { waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const wait = waitOf(call);
  const text = await textOf(call, 1);
  const reply = call.given.text("reply");
  const request = { channel: channelWord(call.given.word(0)), text, ...wait, ...(reply === undefined ? {} : { reply }) };
  const sent = await call.withNode(({ api }) => api.send(request));
  if (call.json) call.printJson(sentJson(sent));
  else call.print(sent.id);
  return EXIT.done;
}
