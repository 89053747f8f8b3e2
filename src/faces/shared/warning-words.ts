/** What a person should know about sessions, in words. */
import type { Warning } from "../../app/api.ts";
import { refusalWords } from "./refusal-words.ts";
import { safeText } from "./safe-text.ts";
import { span } from "./span.ts";

type Skew = Extract<Warning, { readonly kind: "clock-skew" }>;
type Refused = Extract<Warning, { readonly kind: "session-refused" }>;

/**
 * One line each.
 * @param sessions - how many there are: when the clocks of most of them differ in one direction, it is ours that is wrong
 * @param now - ms since 1970
 */
export function warningLines(warnings: readonly Warning[], sessions: number, now: number): string[] {
  const skews = warnings.filter((warning) => warning.kind === "clock-skew");
  const refused = warnings.filter((warning) => warning.kind === "session-refused");
  return [...clockLines(skews, sessions), ...refused.map((warning) => refusedWords(warning, now))];
}

/** Two clocks that differ do not say which is wrong. */
export function clockWords({ name, aheadMs }: Pick<Skew, "name" | "aheadMs">): string {
  return `the clock of ${safeText(name)} is ${span(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} yours: one of the two is wrong. Check yours`;
}

function clockLines(skews: readonly Skew[], sessions: number): string[] {
  const ahead = skews.filter(({ aheadMs }) => aheadMs > 0);
  const most = ahead.length * 2 > skews.length ? ahead : skews.filter(({ aheadMs }) => aheadMs < 0);
  if (most.length < 2 || most.length * 2 <= sessions) return skews.map(clockWords);
  const off = most.map(({ aheadMs }) => Math.abs(aheadMs)).sort((a, b) => a - b)[most.length >> 1] ?? 0;
  const direction = most === ahead ? "behind" : "ahead of";
  return [
    `your clock is wrong: it is about ${span(off)} ${direction} those of ${most.length} of ${sessions} nodes. Set it, or let the system do so`,
  ];
}

function refusedWords({ endpoint, reason, times, at }: Refused, now: number): string {
  const often = times === 1 ? "" : `${times} times, `;
  return `no session with ?${safeText(endpoint)} (${often}${span(Math.max(0, now - at))} ago): ${refusalWords(reason)}`;
}
