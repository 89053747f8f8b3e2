/** Finding what was said: the posts, where the words stand in them, and what was said around them. docs/cli.md "search". */
import type { StoredEvent } from "../core/index.ts";
import { isBeginning, matcherOf, wordsIn } from "../store/index.ts";
import type { Guid } from "../wire/index.ts";
import type { Entry, Found } from "./api.ts";
import { channelLabel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

export const FOUND_DEFAULT = 20;
export const FOUND_MAX = 200;
/** Entries before and after each. */
export const CONTEXT_MAX = 10;
/** UTF-16 units of a question: more than its 16 words. */
export const WORDS_UNITS_MAX = 1_000;

/** The newest first. @param context - so many posts before and after each */
export function searchIn(engine: Engine, words: string, channelId: Guid | null, most: number, context: number): Found[] {
  const entryOf = ({ body, ...event }: StoredEvent): Entry => {
    const channel = channelLabel({ id: event.channelId, name: engine.core.joinedName(event.channelId) ?? "" });
    return { ...event, authorName: engine.names.of(event.author), channel, text: body };
  };
  return engine.store.search(words, most, channelId).map((event) => {
    const around = context === 0 ? { before: [], after: [] } : engine.store.around(event.channelId, event.id, context);
    return {
      entry: entryOf(event),
      marks: marksIn(event.body, words),
      before: around.before.map(entryOf),
      after: around.after.map(entryOf),
    };
  });
}

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
