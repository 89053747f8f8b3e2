/** What is known of a post besides its text, in words: what it answers, that it was edited or deleted, what others say of it. */
import type { Entry, PostView, QuoteView } from "../../app/api.ts";
import { safeText } from "./safe-text.ts";

/** Digits of an id that people see: they tell a post from a billion others. */
const SHORT_ID_DIGITS = 8;
/** Letters of a text that bring it to mind. */
const EXCERPT_MAX = 60;
/** Names of those who reacted alike that are shown. */
const NAMES_MAX = 3;

/** `3f2a91bc`: enough of the id of a signed post to name it; empty for a text that is not signed, to which nothing can be done. */
export function shortId({ id, verified }: Pick<Entry, "id" | "verified">): string {
  return verified ? id.slice(0, SHORT_ID_DIGITS) : "";
}

/** What stands between a name and its text: ` to bob~1234 ("are you coming?") (edited)`. */
export function marks({ replyTo, edited, ahead }: PostView, more: readonly string[] = []): string {
  const words = [...more, ...(edited ? ["edited"] : []), ...(ahead ? ["dated ahead: a clock is wrong"] : [])];
  return `${replyTo === null ? "" : ` ${quoteWords(replyTo)}`}${words.length === 0 ? "" : ` (${words.join(", ")})`}`;
}

function quoteWords({ authorName, excerpt }: QuoteView): string {
  if (authorName === null) return "to a post that is not here";
  return `to ${safeText(authorName)} (${excerpt === null ? "deleted" : quoted(excerpt)})`;
}

/** The beginning of a text, in one line. */
export function excerptWords(text: string): string {
  const letters = [
    ...text
      .slice(0, 4 * EXCERPT_MAX)
      .replace(/\s+/g, " ")
      .trim(),
  ];
  return safeText(letters.length <= EXCERPT_MAX ? letters.join("") : `${letters.slice(0, EXCERPT_MAX - 1).join("")}…`);
}

/** In quotes that the text itself cannot end. */
export function quoted(excerpt: string): string {
  return `"${safeText(excerpt.replaceAll('"', "'"))}"`;
}

/** `deleted`, or `deleted by ada~3F2A`, in the place of the text. */
export function deletedWords({ deletedByName, authorName }: Pick<Entry, "deletedByName" | "authorName">): string {
  return deletedByName === null || deletedByName === authorName ? "[deleted]" : `[deleted by ${safeText(deletedByName)}]`;
}

/** `👍 ada~3F2A, bob~1234  🎉 bob~1234`; null where nobody reacted. */
export function reactionWords({ reactions }: PostView): string | null {
  if (reactions.length === 0) return null;
  return reactions
    .map(({ text, authorNames }) => {
      const names = authorNames.slice(0, NAMES_MAX);
      const more = authorNames.length - names.length;
      return `${safeText(text)} ${names.map(safeText).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    })
    .join("  ");
}
