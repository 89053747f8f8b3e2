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
/** Posts looked at for each that is wanted: some were edited or deleted since. */
const CANDIDATES_EACH = 4;
const CANDIDATES_MAX = 1_000;
/** UTF-16 units of a question: more than its 16 words. */
export const WORDS_UNITS_MAX = 1_000;

/** The newest first; nothing that was deleted. @param context - so many posts before and after each */
export function searchIn(engine: Engine, words: string, channelId: Guid | null, most: number, context: number): Found[] {
  const shown = (entries: readonly StoredEntry[]): Entry[] => {
    const [first] = entries;
    if (first === undefined) return [];
    return entriesOf(engine, entries, labelOf(engine, first.channelId));
  };
  const found: Found[] = [];
  for (const post of engine.store.search(words, Math.min(CANDIDATES_MAX, CANDIDATES_EACH * most), channelId)) {
    if (found.length >= most) break;
    const [entry] = shown([post]);
    if (entry === undefined || entry.deleted || (entry.edited && !hasAll(entry.text, words))) continue;
    const { before, after } = context === 0 ? NOTHING : engine.store.around(post.channelId, post.id, context);
    found.push({ entry, marks: marksIn(entry.text, words), before: shown(before), after: shown(after) });
  }
  return found;
}

/** True when the text has all of the words: what was found may be a text that does not stand any more. */
function hasAll(text: string, words: string): boolean {
  const sought = wordsIn(words).map(({ folded }) => folded);
  const there = wordsIn(text).map(({ folded }) => folded);
  return sought.every((word, at) => {
    const isSought = matcherOf([word], at === sought.length - 1 && isBeginning(words));
    return there.some(isSought);
  });
}

function labelOf(engine: Engine, id: Guid): string {
  const joined = engine.joined();
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
