/** What is wrong with what is held of channels: histories that contradict each other, what is missing, what waits for keys, and what is closed of before this node came. Found anew whenever somebody asks. */
import { US_PER_MS } from "../core/index.ts";
import type { Warning } from "./api.ts";
import { channelLabel, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

/** Of each kind: nobody reads more, and a channel of liars must not hide all else. */
const SHOWN_MAX = 32;

/** @param now - ms since 1970 */
export function historyWarnings(engine: Engine, now: number): Warning[] {
  const { core, names } = engine;
  const joined = engine.joined();
  const [forked, missing, locked, past]: [Warning[], Warning[], Warning[], Warning[]] = [[], [], [], []];
  for (const each of joined) {
    const place = { channelId: each.id, channel: channelLabel({ ...each, name: shownName(each, joined) }) };
    const who = (nodeId: string) => ({ ...place, nodeId, name: names.of(nodeId) });
    for (const { author, hlc } of core.forked(each.id))
      forked.push({ kind: "two-histories", at: Math.floor(hlc / US_PER_MS), ...who(author) });
    for (const { author, count, asked } of core.missing(each.id)) missing.push({ kind: "missing", at: now, ...who(author), count, asked });
    for (const { author, count, asked } of core.locked(each.id)) locked.push({ kind: "locked", at: now, ...who(author), count, asked });
    for (const { author, ...rest } of core.past(each.id, engine.now))
      if (rest.count > rest.deleted) past.push({ kind: "past", at: now, ...who(author), ...rest });
  }
  return [...forked.slice(0, SHOWN_MAX), ...missing.slice(0, SHOWN_MAX), ...locked.slice(0, SHOWN_MAX), ...past.slice(0, SHOWN_MAX)];
}
