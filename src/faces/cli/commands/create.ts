/** `ptpchat create`: makes a channel that belongs to this node. */
import { channelLabel } from "../../shared/channel-word.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [readers, isPrivate, keepsPast] = [call.given.flag("readers"), call.given.flag("private"), call.given.flag("no-history")];
  if (readers && isPrivate) throw new UsageError("in a private channel everybody has the role that he is given: leave --readers away");
  if (keepsPast && !isPrivate) throw new UsageError("everybody reads all of an open channel: --no-history goes with --private");
  const kind = { ...(readers ? { readers } : {}), ...(isPrivate ? { private: true } : {}), ...(keepsPast ? { keepsPast } : {}) };
  const asked = { name: call.given.word(0), ...kind };
  const made = await call.withNode(({ api }) => api.create(asked));
  const { channelId, name, link } = made;
  if (call.json) call.printJson({ channel_id: channelId, channel: channelLabel({ id: channelId, name }), name, link });
  else {
    call.print(safeText(link));
    const label = safeText(channelLabel({ id: channelId, name }));
    const first = isPrivate ? `, and only who has a role can read it: ptpchat grant ${label} NODE member. Then they` : ". Others";
    call.say(`${label} is yours${first} come in with: ptpchat join ${safeText(link)} --at PEER`);
  }
  return EXIT.done;
}
