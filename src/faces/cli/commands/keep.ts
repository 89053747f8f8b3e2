/** `ptpchat keep`: how much is kept of a channel. */
import type { Keeping } from "../../../app/api.ts";
import { channelWord } from "../../shared/channel-word.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { keepingJson } from "../json-views.ts";
import { localTime } from "../moment.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [channel, quota] = call.given.words;
  const all = call.given.text("all");
  if (channel !== undefined && all !== undefined) throw new UsageError("a channel and --all exclude each other");
  const keep = all ?? quota;
  const request = { ...(channel === undefined ? {} : { channel: channelWord(channel) }), ...(keep === undefined ? {} : { keep }) };
  const keeping = await call.withNode(({ api }) => api.keep(request));
  if (call.json) call.printJson(keepingJson(keeping));
  else call.print(words(keeping));
  return EXIT.done;
}

function words({ channel, keep, isOwn, entries, bytes, dropped, droppedUpTo }: Keeping): string {
  if (channel === null) return `Of channels without a quota of their own is kept: ${keep}`;
  const gone = droppedUpTo === null ? "" : `; ${counted(dropped, "message")} up to ${localTime(droppedUpTo)} dropped to keep that`;
  const size = `${counted(entries ?? 0, "message")}, about ${((bytes ?? 0) / 1_000_000).toFixed(1)} MB`;
  return `Of ${safeText(channel)} is kept: ${keep}${isOwn ? "" : " (as of all)"}. It has ${size}${gone}`;
}
