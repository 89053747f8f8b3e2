/** `ptpchat send`: posts a text. */
import { channelWord } from "../../shared/channel-word.ts";
import { heldByWords } from "../../shared/mailbox-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { sentJson } from "../json-views.ts";
import { textOf } from "../text-of.ts";
import { WAITS, waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const wait = waitOf(call, WAITS);
  const text = await textOf(call, 1);
  const reply = call.given.text("reply");
  const request = { channel: channelWord(call.given.word(0)), text, ...wait, ...(reply === undefined ? {} : { reply }) };
  const sent = await call.withNode(({ api }) => api.send(request));
  if (call.json) call.printJson(sentJson(sent));
  else {
    call.print(sent.id);
    for (const held of sent.held ?? []) call.say(safeText(heldByWords(held)));
  }
  return EXIT.done;
}
