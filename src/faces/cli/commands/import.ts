/** `ptpchat import`: takes an archive into the running node, which proves it. */
import type { ImportReport } from "../../../app/import-archive.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import { faultLines, faultWords } from "../archive-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { Progress, readWords } from "../progress.ts";

const FAULTS_SHOWN = 10;

export async function run(call: Call): Promise<ExitCode> {
  const archives = await call.world.doors.archives();
  const progress = new Progress(call);
  const report = await call
    .withNode(({ api }) => archives.import(call.given.word(0), api, (bytes) => progress.at(readWords(bytes))))
    .finally(() => progress.end());
  if (call.json) call.printJson(reportJson(report));
  else for (const line of words(report)) call.print(line);
  return Object.keys(report.refused).length === 0 ? EXIT.done : EXIT.failed;
}

function reportJson({ channel, channelId, imported, held, texts, refused, faults }: ImportReport): object {
  return { channel, channel_id: channelId, imported, held, texts, refused, faults };
}

function words({ channel, imported, held, texts, refused, faults }: ImportReport): string[] {
  return [
    `${counted(imported, "event")} imported into ${safeText(channel)}, ${held} there already`,
    ...(texts === 0 ? [] : [`${counted(texts, "text")} without a signature left out: nothing proves who wrote them`]),
    ...Object.entries(refused).map(([fault, count]) => `${counted(count, "line")} left out, ${faultWords(fault)}`),
    ...faultLines(faults, FAULTS_SHOWN),
  ];
}
