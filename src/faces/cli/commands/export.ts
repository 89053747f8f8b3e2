/** `ptpchat export`: writes all that is kept of a channel, page by page. */
import type { Api } from "../../../app/api.ts";
import { channelWord } from "../../shared/channel-word.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import { EXPORT_FORMATS } from "../archive-commands.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type Format, formatNamed } from "../export-formats.ts";
import { Progress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

type Write = (text: string) => Promise<void> | unknown;

export async function run(call: Call): Promise<ExitCode> {
  const format = call.given.oneOf("format", EXPORT_FORMATS) ?? "jsonl";
  const path = call.given.text("output");
  if (path === undefined && call.given.flag("force")) throw new UsageError("--force goes with -o FILE");
  const channel = channelWord(call.given.word(0));
  return call.withNode(async ({ api }) => {
    if (path === undefined) {
      const { unopened } = await write(call, api, channel, formatNamed(format), (text) => call.world.stdout.write(text));
      if (unopened > 0) call.say(`${counted(unopened, "message")} could not be opened: the keys are not here`);
    } else await writeFile(call, api, channel, format, path);
    return EXIT.done;
  });
}

async function writeFile(call: Call, api: Api, channel: string, format: (typeof EXPORT_FORMATS)[number], path: string): Promise<void> {
  const archives = await call.world.doors.archives();
  const file = await archives.create(path, call.given.flag("force"));
  let written: Written;
  try {
    written = await write(call, api, channel, formatNamed(format), (text) => file.write(text));
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.finish();
  const { messages, unopened } = written;
  if (call.json) call.printJson({ file: path, format, messages, ...(unopened === 0 ? {} : { unopened }) });
  else call.say(`${counted(messages, "message")} written to ${safeText(path)}${unopenedWords(unopened)}`);
}

function unopenedWords(count: number): string {
  return count === 0 ? "" : `; ${count === 1 ? "one of them is" : `${count} of them are`} sealed, and the keys are not here`;
}

/** How many entries were written, and how many of them stand there sealed. */
interface Written {
  readonly messages: number;
  readonly unopened: number;
}

async function write(call: Call, api: Api, channel: string, format: Format, out: Write): Promise<Written> {
  const progress = new Progress(call);
  try {
    let page = await api.archive({ channel });
    await out(format.begin(page.head));
    let unopened = 0;
    for (let count = 0; ; page = await api.archive({ channel, after: page.next })) {
      await out(page.entries.map((entry) => format.entry(entry)).join(""));
      count += page.entries.length;
      unopened += page.entries.filter(({ message }) => message.opened === null).length;
      progress.at(`${counted(count, "message")} written`);
      if (page.next === null) {
        await out(format.end(count));
        return { messages: count, unopened };
      }
    }
  } finally {
    progress.end();
  }
}
