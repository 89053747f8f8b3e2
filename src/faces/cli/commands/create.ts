/** `ptpchat create`: makes a channel that belongs to this node. */
import { channelLabel } from "../../shared/channel-word.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  const readers = call.given.flag("readers");
  const made = await call.withNode(({ api }) => api.create({ name: call.given.word(0), ...(readers ? { readers } : {}) }));
  const { channelId, name, link } = made;
  if (call.json) call.printJson({ channel_id: channelId, channel: channelLabel({ id: channelId, name }), name, link });
  else {
    call.print(safeText(link));
    call.say(`${safeText(channelLabel({ id: channelId, name }))} is yours. Others come in with: ptpchat join ${safeText(link)} --at PEER`);
  }
  return EXIT.done;
}
