/** `ptpchat join`: joins a channel, by its name, by the link of an invite or by a word code. */
import { randomBytes } from "node:crypto";
import { channelLabel, channelWord } from "../../shared/channel-word.ts";
import { isInvite, PAST_COMES, stepWords } from "../../shared/invite-words.ts";
import { roleWords } from "../../shared/role-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { acceptedJson } from "../json-views.ts";
import { UsageError } from "../usage-error.ts";

const REF_BYTES = 16;

export async function run(call: Call): Promise<ExitCode> {
  const word = call.given.word(0);
  return (await isInvite(word)) ? accept(call, word) : join(call, word);
}

async function join(call: Call, word: string): Promise<ExitCode> {
  const at = [...call.given.list("at")];
  const request = { channel: channelWord(word), ...(at.length === 0 ? {} : { at }) };
  const { channelId, name } = await call.withNode(({ api }) => api.join(request));
  const channel = channelLabel({ id: channelId, name });
  if (call.json) call.printJson({ channel_id: channelId, channel, name });
  else call.print(`joined ${safeText(channel)}`);
  return EXIT.done;
}

async function accept(call: Call, invite: string): Promise<ExitCode> {
  if (call.given.list("at").length > 0) throw new UsageError("an invite says itself where to look: leave out --at");
  const { timeoutMs } = call.given;
  const ref = randomBytes(REF_BYTES).toString("hex");
  const accepted = await call.withNode(async ({ api, subscribe }) => {
    subscribe((event) => {
      const words = (event.type === "knock" || event.type === "code") && event.ref === ref ? stepWords(event) : null;
      if (words !== null) call.say(words);
    });
    return api.redeem({ invite, ref, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  });
  const { channelId, name, role, history, invitedByName } = accepted;
  if (call.json) call.printJson(acceptedJson(accepted));
  else
    call.print(
      `joined ${safeText(channelLabel({ id: channelId, name }))} by ${safeText(invitedByName)}'s invite, and are ${roleWords(role)} there${history ? `. ${PAST_COMES}` : ""}`,
    );
  return EXIT.done;
}
