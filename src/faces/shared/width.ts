/** How many columns of a terminal a text takes. */

/** Signs two columns wide: ideographs, kana, Hangul, their punctuation and full-width forms, and emoji. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;
/** What is drawn onto the sign before it. */
const NONE = /\p{M}|\p{Default_Ignorable_Code_Point}/u;

export function widthOf(text: string): number {
  let columns = 0;
  for (const sign of text) columns += NONE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return columns;
}

/** Spaces after a text, up to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}
