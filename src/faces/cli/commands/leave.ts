/** `ptpchat leave`: leaves a channel. */
import { channelWord } from "../../shared/channel-word.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  const channel = channelWord(call.given.word(0));
  const { channelId } = await call.withNode(({ api }) => api.leave({ channel }));
  if (call.json) call.printJson({ channel_id: channelId });
  else call.print(`left ${safeText(channel)}`);
  return EXIT.done;
}
