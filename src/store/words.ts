/** Words as the search index has them: letters, digits and marks together, without case and accents. */

export interface Word {
  readonly folded: string;
  /** UTF-16 units: where it begins in the text, and where it has ended. */
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

export function wordsIn(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => ({ folded: folded(match[0]), start: match.index, end: match.index + match[0].length }));
}

/** What a user seeks, as typed: true for a word that is one of these, or begins with the last where that stands for a beginning. */
export function matcherOf(words: readonly string[], isBeginning: boolean): (word: string) => boolean {
  const last = isBeginning ? words.at(-1) : undefined;
  const whole = new Set(words);
  return (word) => whole.has(word) || (last !== undefined && word.startsWith(last));
}

function folded(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
