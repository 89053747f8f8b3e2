/** What is wrong with what is held of channels: histories that contradict each other, and what is missing. Found anew whenever somebody asks. */
import { US_PER_MS } from "../core/index.ts";
import type { Warning } from "./api.ts";
import { channelLabel, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

/** Of each kind: nobody reads more, and a channel of liars must not hide all else. */
const SHOWN_MAX = 32;

/** @param now - ms since 1970 */
export function historyWarnings({ core, names }: Engine, now: number): Warning[] {
  const joined = core.joined();
  const [forked, missing]: [Warning[], Warning[]] = [[], []];
  for (const each of joined) {
    const place = { channelId: each.id, channel: channelLabel({ ...each, name: shownName(each, joined) }) };
    const who = (nodeId: string) => ({ ...place, nodeId, name: names.of(nodeId) });
    for (const { author, hlc } of core.forked(each.id))
      forked.push({ kind: "two-histories", at: Math.floor(hlc / US_PER_MS), ...who(author) });
    for (const { author, count, asked } of core.missing(each.id)) missing.push({ kind: "missing", at: now, ...who(author), count, asked });
  }
  return [...forked.slice(0, SHOWN_MAX), ...missing.slice(0, SHOWN_MAX)];
}
