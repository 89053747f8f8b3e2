/** `ptpchat channels`: the channels that you are in. */
import { channelLabel } from "../../shared/channel-word.ts";
import { roleWords } from "../../shared/role-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { channelJson } from "../json-views.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const channels = await call.withNode(({ api }) => api.channels());
  if (call.json) for (const channel of channels) call.printJson(channelJson(channel));
  else if (channels.length === 0) call.say("You are in no channel. ptpchat join NAME joins one.");
  else {
    const rows = channels.map((channel) => {
      const { members, live, role, link, id } = channel;
      return [channelLabel(channel), String(members), String(live), role === null ? "" : `you are ${roleWords(role)}`, link ?? id];
    });
    call.print(table(["CHANNEL", "MEMBERS", "LIVE", "ROLE", "ID"], rows));
  }
  return EXIT.done;
}
