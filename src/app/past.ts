/** The past of a channel as the user sees it: without what nobody had a role to say, and without those whom he has blocked. */
import type { HistoryQuery } from "../core/index.ts";
import type { Entry } from "./api.ts";
import type { Engine } from "./engine.ts";
import { entriesOf } from "./entries.ts";

/** Entries that are looked at for those that are to be shown. */
const LOOKED_AT_MAX = 1_000;

/** @param channel - as it is called */
export function seenEntries(engine: Engine, query: HistoryQuery, channel: string): Entry[] {
  const { most } = query;
  const kept = engine.store.history(query);
  const seen = entriesOf(engine, kept, channel);
  if (seen.length === kept.length || kept.length < most) return seen;
  return newest(engine, query, channel);
}

/** Looks on for what stands before those that are not shown. */
function newest(engine: Engine, query: HistoryQuery, channel: string): Entry[] {
  const { most } = query;
  const kept = engine.store.history({ ...query, most: LOOKED_AT_MAX });
  let seen: Entry[] = [];
  for (let end = kept.length; end > 0 && seen.length < most; end -= most) {
    seen = [...entriesOf(engine, kept.slice(Math.max(0, end - most), end), channel), ...seen];
  }
  return seen.slice(-most);
}
