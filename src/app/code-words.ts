/**
 * Word codes as people say and type them: four words, and perhaps `@` and the place where both look for each other. The first word
 * names the meeting point there and is no secret; all four together are. PROTOCOL.md §20.5.
 */
import { CODE_WORDS } from "./code-word-list.ts";

export interface WordCode {
  /** In their one spelling, with dashes between them. */
  readonly words: string;
  /** `host:port`; null where neighbours are asked only. */
  readonly place: string | null;
}

export const WORDS_IN_CODE = 4;
/** Enough letters to tell a word from all others. */
const LETTERS_MIN = 4;
const SEPARATORS = /[\s.,-]+/;

/** Null for what is not four words of the list, however they are separated. */
export function readCode(text: string): WordCode | null {
  const { words, place } = wordsOf(text);
  const meant = words.map(wordMeant);
  return words.length === WORDS_IN_CODE && !meant.includes(null) ? { words: meant.join("-"), place } : null;
}

export function wordsOf(text: string): { readonly words: string[]; readonly place: string | null } {
  const [before = "", ...after] = text.split("@");
  const place = after.join("@").trim();
  const words = before.toLowerCase().split(SEPARATORS);
  return { words: words.filter((word) => word !== ""), place: place === "" ? null : place };
}

/** The word of the list that is that one, or begins with it; null where there is none. */
export function wordMeant(word: string): string | null {
  const whole = CODE_WORDS.find((each) => each === word);
  if (whole !== undefined || word.length < LETTERS_MIN) return whole ?? null;
  return CODE_WORDS.find((each) => each.startsWith(word)) ?? null;
}
