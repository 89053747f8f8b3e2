/** `ptpchat invite`: lets others into a channel of yours, by a link, its QR code, or a word code. */
import type { Api, Invited, NamedInvite } from "../../../app/api.ts";
import { channelLabel, channelWord } from "../../shared/channel-word.ts";
import { CODE_ADVICE, linkAdvice } from "../../shared/invite-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import { day } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { invitedJson, inviteJson } from "../json-views.ts";
import { printQr } from "../print-qr.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const ROLES = ["member", "reader"] as const;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const USES_MAX = 10_000;
/** Digits of an id that people are shown. */
const ID_DIGITS = 8;

export async function run(call: Call): Promise<ExitCode> {
  const channel = channelWord(call.given.word(0));
  const revoked = call.given.text("revoke");
  if (revoked !== undefined) return revoke(call, channel, revoked);
  return call.given.flag("list") ? list(call, channel) : invite(call, channel);
}

async function invite(call: Call, channel: string): Promise<ExitCode> {
  const [code, history] = [call.given.flag("words"), call.given.flag("history")];
  const request = { channel, ...terms(call), ...(code ? { code } : {}), ...(history ? { history } : {}) };
  const invited = await call.withNode(({ api }) => api.invite(request));
  if (call.json) call.printJson(invitedJson(invited));
  else tell(call, invited);
  return EXIT.done;
}

function tell(call: Call, invited: Invited): void {
  const label = channelLabel({ id: invited.channelId, name: invited.name });
  if (invited.code !== null) {
    call.print(safeText(invited.code));
    call.say(`${CODE_ADVICE} They type: ptpchat join ${safeText(invited.code)}`);
    return;
  }
  call.print(safeText(invited.link));
  if (call.given.flag("qr")) printQr(call, invited.link);
  call.say(linkAdvice(label, invited, Date.now()));
  call.say(
    `They type: ptpchat join LINK. To end it: ptpchat invite ${safeText(label.slice(1))} --revoke ${invited.id.slice(0, ID_DIGITS)}`,
  );
}

function terms(call: Call): { role?: "member" | "reader"; uses?: number; forMs?: number } {
  const role = call.given.oneOf("role", ROLES);
  const uses = call.given.number("uses", { least: 1, most: USES_MAX, whole: true });
  const span = call.given.text("for");
  return {
    ...(role === undefined ? {} : { role }),
    ...(uses === undefined ? {} : { uses }),
    ...(span === undefined ? {} : { forMs: spanOf(span) }),
  };
}

function spanOf(text: string): number {
  const [, number, unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`--for ${text}: a span is wanted`, "30m, 12h or 7d; a year at most.");
  return Number(number) * (UNIT_MS[unit] ?? 0);
}

async function list(call: Call, channel: string): Promise<ExitCode> {
  const invites = await call.withNode(({ api }: { api: Api }) => api.invites({ channel }));
  if (call.json) for (const each of invites) call.printJson(inviteJson(each));
  else if (invites.length === 0) call.say("No invites so far. ptpchat invite CH makes one.");
  else call.print(table(["ID", "STATE", "ROLE", "HISTORY", "USED", "UNTIL", "BY"], invites.map(row)));
  return EXIT.done;
}

function row({ id, state, role, history, guests, uses, until, byName }: NamedInvite): readonly string[] {
  return [id.slice(0, ID_DIGITS), state, role, history ? "yes" : "no", `${guests.length} of ${uses}`, day(until), byName];
}

async function revoke(call: Call, channel: string, invite: string): Promise<ExitCode> {
  const ended = await call.withNode(({ api }) => api.revokeInvite({ channel, invite }));
  if (call.json) call.printJson(inviteJson(ended));
  else call.print(`nobody comes in by the invite ${ended.id.slice(0, ID_DIGITS)} any more; ${ended.guests.length} did, and stay`);
  return EXIT.done;
}
