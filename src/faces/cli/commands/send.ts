/** `ptpchat send`: posts a text. */
import { channelWord } from "../../shared/channel-word.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { sentJson } from "../json-views.ts";
import { readStdin } from "../stdin.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const wait = call.given.oneOf("wait", ["saved", "delivered", "held"]);
  if (wait === "held") throw new UsageError("--wait held: this version has no mailboxes yet", "Use --wait saved or --wait delivered.");
  const timeoutMs = call.given.timeoutMs;
  const text = await textOf(call);
  const request = {
    channel: channelWord(call.given.word(0)),
    text,
    ...(wait === undefined ? {} : { wait }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  const sent = await call.withNode(({ api }) => api.send(request));
  if (call.json) call.printJson(sentJson(sent));
  else call.print(sent.id);
  return EXIT.done;
}

/** The words joined by spaces, else all of stdin without its last line end. */
async function textOf(call: Call): Promise<string> {
  const words = call.given.words.slice(1);
  const piped = words.length === 0 || (words.length === 1 && words[0] === "-");
  const text = piped ? (await readStdin(call)).replace(/\r?\n$/, "") : words.join(" ");
  if (text === "") throw new UsageError("there is no text to send", "Give it after the channel, or on stdin.");
  return text;
}
