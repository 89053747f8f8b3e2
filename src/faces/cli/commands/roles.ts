/** `ptpchat grant`, `revoke`, `kick`, `ban`, `unban`: who may do what in a channel with an owner. */
import type { RoleGiven } from "../../../app/api.ts";
import { channelWord } from "../../shared/channel-word.ts";
import { roleWords } from "../../shared/role-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { roleGivenJson } from "../json-views.ts";
import { UsageError } from "../usage-error.ts";

const GRANTED = ["admin", "member", "reader"] as const;

export async function grant(call: Call): Promise<ExitCode> {
  const wanted = call.given.word(2);
  const role = GRANTED.find((each) => each === wanted);
  if (role === undefined) throw new UsageError(`"${safeText(wanted)}" is no role`, "It is one of admin, member, reader.");
  const history = call.given.flag("history");
  const given = await call.withNode(({ api }) => api.grant({ ...roleRequest(call), role, ...(history ? { history } : {}) }));
  return told(call, given, history);
}

export const revoke = act("revoke");
export const kick = act("kick");
export const ban = act("ban");
export const unban = act("unban");

function act(what: "revoke" | "kick" | "ban" | "unban"): (call: Call) => Promise<ExitCode> {
  return async (call) => told(call, await call.withNode(({ api }) => api[what](roleRequest(call))));
}

function roleRequest(call: Call): { channel: string; node: string } {
  return { channel: channelWord(call.given.word(0)), node: call.given.word(1) };
}

function told(call: Call, given: RoleGiven, history = false): ExitCode {
  const also = history ? `, and may read what was said before: members show it when it asks` : "";
  if (call.json) call.printJson(roleGivenJson(given));
  else call.print(`${safeText(given.name)} is ${roleWords(given.role)} ${given.changed ? "now" : "already"}${also}`);
  return EXIT.done;
}
