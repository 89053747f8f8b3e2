/** `ptpchat topic`: what a channel is about. */
import { channelWord } from "../../shared/channel-word.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { topicJson } from "../json-views.ts";
import { UsageError } from "../usage-error.ts";
import { PLAIN_WAITS, waitOf } from "../wait-of.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [channel = "", ...words] = call.given.words;
  const clear = call.given.flag("clear");
  if (clear && words.length > 0) throw new UsageError("--clear takes the topic away: give either that or a topic");
  const text = clear ? "" : words.join(" ");
  const request = { channel: channelWord(channel), ...(clear || words.length > 0 ? { text, ...waitOf(call, PLAIN_WAITS) } : {}) };
  const topic = await call.withNode(({ api }) => api.topic(request));
  if (call.json) call.printJson(topicJson(topic));
  else if (topic.text === null) call.say(`${safeText(topic.channel)} has no topic.`);
  else call.print(safeText(topic.text));
  return EXIT.done;
}
