/** `ptpchat verify`: the safety number of a node, and that its user has compared it. */
import type { Verification } from "../../../app/api.ts";
import { verifiedWords } from "../../shared/contact-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { verificationJson } from "../json-views.ts";
import { printQr } from "../print-qr.ts";
import { pairs } from "../table.ts";

/** Groups of a safety number in one line: as many as are read out in one breath. */
const LINE_GROUPS = 4;

export async function run(call: Call): Promise<ExitCode> {
  const scanned = call.given.text("scanned");
  const confirm = call.given.flag("confirm") || scanned !== undefined;
  const how = scanned === undefined ? (confirm ? { confirm } : {}) : { scanned };
  const verification = await call.withNode(({ api }) => api.verify({ node: call.given.word(0), ...how }));
  if (call.json) call.printJson(verificationJson(verification));
  else {
    call.print(words(verification));
    if (call.given.flag("qr")) printQr(call, verification.safetyNumber.replaceAll(" ", ""));
    if (!confirm) call.say(advice(verification));
  }
  return EXIT.done;
}

function words({ nodeId, name, safetyNumber, verifiedAt, verifiedBy }: Verification): string {
  const groups = safetyNumber.split(" ");
  const lines = Array.from({ length: Math.ceil(groups.length / LINE_GROUPS) }, (_, at) =>
    groups.slice(at * LINE_GROUPS, (at + 1) * LINE_GROUPS),
  );
  return pairs([
    ["node", nodeId],
    ["contact", name === null ? "no" : `@${name}`],
    ["verified", verifiedWords(verifiedAt, verifiedBy)],
    ...lines.map((line, at) => [at === 0 ? "safety number" : "", line.join(" ")] as const),
  ]);
}

function advice({ nodeId, name }: Verification): string {
  const next =
    name === null ? `ptpchat contact add ${nodeId} NAME, then ptpchat verify @NAME --confirm` : `ptpchat verify @${name} --confirm`;
  return `Compare all of it with what they see (ptpchat verify and your id), where nobody can pretend to be them. The same on both sides: ${next}. Another number: somebody is between you.`;
}
