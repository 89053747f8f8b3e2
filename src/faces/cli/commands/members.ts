/** `ptpchat members`: who is in a channel. */
import { channelWord } from "../../shared/channel-word.ts";
import { memberRoleWord } from "../../shared/role-words.ts";
import { span } from "../../shared/span.ts";
import { memberWords, nameWords } from "../../shared/who-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { memberJson } from "../json-views.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const members = await call.withNode(({ api }) => api.members({ channel: channelWord(call.given.word(0)) }));
  if (call.json) for (const member of members) call.printJson(memberJson(member));
  else if (members.length === 0) call.say("Nobody else is in there, as far as this node knows.");
  else {
    const hasRoles = members.some(({ role }) => role !== null);
    const rows = members.map((member) => [
      nameWords(member),
      member.heardMsAgo === null ? "never" : `${span(member.heardMsAgo)} ago`,
      memberWords(member),
      ...(hasRoles ? [memberRoleWord(member)] : []),
      member.nodeId === null ? "" : (member.endpoint ?? ""),
    ]);
    call.print(table(["MEMBER", "HEARD", "STATE", ...(hasRoles ? ["ROLE"] : []), "AT"], rows));
  }
  return EXIT.done;
}
