/** What a person should know about sessions, clocks and histories, in words. */
import type { Warning } from "../../app/api.ts";
import { counted } from "./counted.ts";
import type { EventOf } from "./door.ts";
import { refusalWords } from "./refusal-words.ts";
import { safeText } from "./safe-text.ts";
import { span } from "./span.ts";

type Skew = Extract<Warning, { readonly kind: "clock-skew" }>;
type InChannel = Extract<Warning, { readonly kind: "two-histories" }>;
type Refused = Extract<Warning, { readonly kind: "session-refused" }>;

/**
 * One line each.
 * @param now - ms since 1970
 */
export function warningLines(warnings: readonly Warning[], now: number): string[] {
  const skews = warnings.filter((warning) => warning.kind === "clock-skew");
  const refused = warnings.filter((warning) => warning.kind === "session-refused");
  const own = warnings.filter((warning) => warning.kind === "clock-wrong");
  return [
    ...own.map(ownClockWords),
    ...(own.length > 0 ? [] : skews.map(clockWords)),
    ...warnings.filter((warning) => warning.kind === "two-histories").map(forkWords),
    ...refused.map((warning) => refusedWords(warning, now)),
    ...warnings.filter((warning) => warning.kind === "missing").map(missingWords),
    ...warnings.filter((warning) => warning.kind === "locked").map(lockedWords),
    ...warnings.filter((warning) => warning.kind === "past").map(pastWords),
  ];
}

/** Two clocks that differ do not say which is wrong. */
export function clockWords({ name, aheadMs }: Pick<Skew, "name" | "aheadMs">): string {
  return `the clock of ${safeText(name)} is ${span(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} yours: one of the two is wrong. Check yours`;
}

/** Where most others differ in one direction, it is this machine's clock. */
export function ownClockWords({ behindMs, peers }: Pick<Extract<Warning, { readonly kind: "clock-wrong" }>, "behindMs" | "peers">): string {
  const direction = behindMs > 0 ? "behind" : "ahead of";
  return `your clock is wrong: it is ${span(Math.abs(behindMs))} ${direction} the middle one of ${counted(peers, "node")}. Set it, or let the system do so`;
}

/** Two branches of one log: the author's doing, or an old backup's. */
export function forkWords({ name, channel }: Pick<InChannel, "name" | "channel">): string {
  return `${safeText(name)} has written two histories in ${safeText(channel)}, both of which are shown: an old backup was put back, or it tells different people different things`;
}

/** What is on our disk is older than what others have of us. */
export function rolledBackWords(channel: string): string {
  return `this history of ${safeText(channel)} is an old backup: what you said since comes from others, and you go on in a new log`;
}

function missingWords({ name, channel, count, asked }: Extract<Warning, { readonly kind: "missing" }>): string {
  const whom = asked === 0 ? "nobody who is here could be asked yet" : `asked ${counted(asked, "member")}`;
  return `${counted(count, "message")} of ${safeText(name)} in ${safeText(channel)} ${count === 1 ? "is" : "are"} missing, ${whom}`;
}

/** What is here and cannot be read yet: from whom the key is awaited, and who was asked for it. */
function lockedWords({ name, channel, count, asked }: Extract<Warning, { readonly kind: "locked" }>): string {
  const whom = asked === 0 ? "nobody who is here could be asked yet" : `asked ${counted(asked, "member")}`;
  return `waiting for the key of ${counted(count, "message")} from ${safeText(name)} in ${safeText(channel)}, ${whom}`;
}

/**
 * What was said before we came and cannot be read yet: of whom, who was asked for the keys, and what may still come of it.
 * @param channel - as it is shown
 */
export function pastWords({ name, channel, count, deleted, asked, state }: Omit<Past, "kind" | "at" | "channelId" | "nodeId">): string {
  const left = count - deleted;
  const what = `${counted(left, "message")} of ${safeText(name)} in ${safeText(channel)} from before you came ${left === 1 ? "is" : "are"} still sealed`;
  if (state === "over")
    return `${what}, and keys are given for 30 days only: an owner or admin can give it to you anew (ptpchat grant ${safeText(channel)} NODE ROLE --history)`;
  if (state === "asking") return `${what}: members are being asked for the keys`;
  if (asked === 0) return `${what}: nobody who is here could be asked for the keys yet`;
  return `${what}: asked ${counted(asked, "member")}, and no one has the keys any more. Others are asked when they are here`;
}

type Past = Extract<Warning, { readonly kind: "past" }>;

/** How it stands with what was said before we came. @param channel - as it is shown */
export function pastLines(rest: EventOf<"past">["rest"], channel: string): string[] {
  const closed = rest.filter(({ count, deleted }) => count > deleted);
  const [first] = closed;
  if (first === undefined) return [`all that was said in ${safeText(channel)} before you came is here`];
  if (first.state !== "asking") return closed.slice(0, PAST_SHOWN_MAX).map((each) => pastWords({ ...each, channel }));
  const count = closed.reduce((sum, each) => sum + each.count - each.deleted, 0);
  return [`asking the members of ${safeText(channel)} for the keys of what was said before you came: ${counted(count, "message")} so far`];
}

/** Authors that are named at once. */
const PAST_SHOWN_MAX = 4;

function refusedWords({ endpoint, reason, times, at }: Refused, now: number): string {
  const often = times === 1 ? "" : `${times} times, `;
  return `no session with ?${safeText(endpoint)} (${often}${span(Math.max(0, now - at))} ago): ${refusalWords(reason)}`;
}
