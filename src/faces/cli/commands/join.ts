/** `ptpchat join`: joins a channel. */
import { channelLabel, channelWord } from "../../shared/channel-word.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  const at = [...call.given.list("at")];
  const request = { channel: channelWord(call.given.word(0)), ...(at.length === 0 ? {} : { at }) };
  const { channelId, name } = await call.withNode(({ api }) => api.join(request));
  const channel = channelLabel({ id: channelId, name });
  if (call.json) call.printJson({ channel_id: channelId, channel, name });
  else call.print(`joined ${safeText(channel)}`);
  return EXIT.done;
}
