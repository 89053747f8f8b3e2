/** Finding what was said: the posts, where the words stand in them, and what was said around them. docs/cli.md "search". */
import type { StoredEntry } from "../core/index.ts";
import { isBeginning, matcherOf, wordsIn } from "../store/index.ts";
import type { Guid } from "../wire/index.ts";
import type { Entry, Found } from "./api.ts";
import { channelLabel, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { entriesOf } from "./entries.ts";

export const FOUND_DEFAULT = 20;
export const FOUND_MAX = 200;
/** Entries before and after each. */
export const CONTEXT_MAX = 10;
/** UTF-16 units of a question: more than its 16 words. */
export const WORDS_UNITS_MAX = 1_000;

/** The newest first; nothing that was deleted. @param context - so many posts before and after each */
export function searchIn(engine: Engine, words: string, channelId: Guid | null, most: number, context: number): Found[] {
  const shown = (entries: readonly StoredEntry[]): Entry[] => {
    const [first] = entries;
    if (first === undefined) return [];
    return entriesOf(engine, entries, labelOf(engine, first.channelId));
  };
  return engine.store.search(words, most, channelId).flatMap((found) => {
    const [entry] = shown([found]);
    if (entry === undefined || entry.deleted) return [];
    const { before, after } = context === 0 ? NOTHING : engine.store.around(found.channelId, found.id, context);
    return [{ entry, marks: marksIn(entry.text, words), before: shown(before), after: shown(after) }];
  });
}

function labelOf(engine: Engine, id: Guid): string {
  const joined = engine.core.joined();
  const channel = joined.find((each) => each.id === id);
  return channelLabel({ id, name: channel === undefined ? "" : shownName(channel, joined) });
}

const NOTHING = { before: [], after: [] } as const;

/** Where the words that were sought stand. */
export function marksIn(text: string, words: string): (readonly [start: number, end: number])[] {
  const isSought = matcherOf(
    wordsIn(words).map(({ folded }) => folded),
    isBeginning(words),
  );
  return wordsIn(text)
    .filter(({ folded }) => isSought(folded))
    .map(({ start, end }) => [start, end] as const);
}
