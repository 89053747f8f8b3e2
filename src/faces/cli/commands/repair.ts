/** `ptpchat repair`: makes a new history of what can be read of a damaged one. */
import type { LostEvents, RepairReport } from "../../../app/repair.ts";
import { askSecret } from "../../shared/ask-secret.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

const LOST_SHOWN = 20;

export async function run(call: Call): Promise<ExitCode> {
  const ask = () => askSecret("Passphrase: ", call.world.stdin, call.world.stderr);
  const report = await call.world.doors.repair(call.home, { file: call.given.text("passphrase-file"), ask });
  if (call.json) call.printJson(reportJson(report));
  else for (const line of words(report)) call.print(line);
  return EXIT.done;
}

function reportJson({ damaged, pages, damagedPages, events, texts, unproved, channels, contacts, lost, keptAs }: RepairReport): object {
  return {
    damaged,
    pages,
    damaged_pages: damagedPages,
    events,
    texts,
    unproved,
    channels,
    contacts,
    lost: lost.map(({ channelId, channel, nodeId, name, count }) => ({ channel_id: channelId, channel, node_id: nodeId, name, count })),
    kept_as: keptAs,
  };
}

function words(report: RepairReport): string[] {
  const { damaged, pages, damagedPages, events, texts, unproved, channels, contacts, lost, keptAs } = report;
  if (!damaged) return [`nothing is damaged: ${counted(pages, "page")} looked at, nothing changed`];
  return [
    `${damagedPages} of ${counted(pages, "page")} damaged or missing. The damaged file stays as ${keptAs ?? ""}`,
    `kept: ${counted(events, "signed event")}, ${counted(texts, "text")} without a signature, ${counted(channels, "channel")}, ${counted(contacts, "contact")}`,
    ...(unproved === 0 ? [] : [`${counted(unproved, "event")} left out: what proved them is lost`]),
    ...lost.slice(0, LOST_SHOWN).map(lostWords),
    ...(lost.length > LOST_SHOWN ? ["and of more: --json names all"] : []),
    "Start the node: members bring what they have. What you write goes into a new log",
    ...(channels === 0 ? ["Which channels you were in is lost: join them again (ptpchat join)"] : []),
  ];
}

function lostWords({ channelId, channel, name, count }: LostEvents): string {
  return `${counted(count, "event")} of ${safeText(name)} in ${channel === "" ? channelId : `#${safeText(channel)}`} missing`;
}
