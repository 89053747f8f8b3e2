/** `ptpchat verify-archive`: checks every signature and chain of an archive, without a node. */
import type { ArchiveReport } from "../../../app/verify-archive.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import { faultLines } from "../archive-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { Progress, readWords } from "../progress.ts";
import { pairs } from "../table.ts";

const FAULTS_SHOWN = 10;
const GAPS_SHOWN = 5;

export async function run(call: Call): Promise<ExitCode> {
  const archives = await call.world.doors.archives();
  const progress = new Progress(call);
  const report = await archives.verify(call.given.word(0), (bytes) => progress.at(readWords(bytes))).finally(() => progress.end());
  if (call.json) call.printJson(reportJson(report));
  else {
    call.print(words(report));
    for (const line of faultLines(report.faults, FAULTS_SHOWN)) call.print(line);
    call.print(verdict(report));
  }
  return report.faultCount === 0 ? EXIT.done : EXIT.failed;
}

function reportJson({
  head,
  events,
  texts,
  repeated,
  authors,
  logs,
  gaps,
  missing,
  forks,
  datedBack,
  faults,
  faultCount,
}: ArchiveReport): object {
  return {
    valid: faultCount === 0,
    channel: head?.channel ?? null,
    channel_id: head?.channel_id ?? null,
    events,
    texts,
    repeated,
    authors,
    logs,
    missing,
    gaps,
    forks,
    dated_back: datedBack,
    fault_count: faultCount,
    faults,
  };
}

function words({ head, events, texts, repeated, authors, logs, gaps, missing, forks, datedBack }: ArchiveReport): string {
  const shownGaps = gaps.slice(0, GAPS_SHOWN).map(({ author, from, to }) => `${from} to ${to} of ${author.slice(0, 8)}…`);
  return pairs([
    ["channel", head === null ? "unknown" : safeText(head.channel)],
    ["proved", `${counted(events, "event")} of ${counted(authors, "author")} in ${counted(logs, "log")}`],
    ["not signed", texts === 0 ? "nothing" : `${counted(texts, "text")}: nothing proves who wrote them`],
    ["missing", missing === 0 ? "nothing" : `${counted(missing, "event")} that others name: ${shownGaps.join(", ")}`],
    ["forks", forks.length === 0 ? "none" : `${counted(forks.length, "log")} with two histories by one author`],
    ...(datedBack.length === 0 ? [] : [["clocks", `${counted(datedBack.length, "log")} with a clock that went back`] as const]),
    ...(repeated === 0 ? [] : [["repeated", counted(repeated, "event")] as const]),
  ]);
}

function verdict({ faultCount }: ArchiveReport): string {
  if (faultCount === 0) return "Nothing in it is false: every signed message is what its author wrote, where its author put it.";
  return `${counted(faultCount, "fault")}: what is named above is not what its author wrote, or cannot be read.`;
}
