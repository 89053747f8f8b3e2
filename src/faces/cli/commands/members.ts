/** `ptpchat members`: who is in a channel. */
import { channelWord } from "../../shared/channel-word.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { memberJson } from "../json-views.ts";
import { span, table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const members = await call.withNode(({ api }) => api.members({ channel: channelWord(call.given.word(0)) }));
  if (call.json) for (const member of members) call.printJson(memberJson(member));
  else if (members.length === 0) call.say("Nobody else is in there, as far as this node knows.");
  else {
    const rows = members.map(({ endpoint, state, via, heardMsAgo }) => [
      endpoint,
      via === null ? state : `${state} over ${via}`,
      heardMsAgo === null ? "never" : `${span(heardMsAgo)} ago`,
    ]);
    call.print(table(["MEMBER", "STATE", "HEARD"], rows));
  }
  return EXIT.done;
}
