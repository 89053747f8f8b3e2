/**
 * Makes text from elsewhere harmless on a terminal: nothing in it moves the cursor, changes a colour, turns the
 * writing direction of what stands beside it, or looks like a line of its own. Letters, emoji and their joiners stay.
 */

/** C0, DEL and C1: among them ESC, and CSI as one byte. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;
/** Marks that reorder what a person reads: "Trojan Source" in a chat line. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Line and paragraph separators, which some terminals break at. */
const SEPARATOR = /[\u2028\u2029]/u;
/** What shows nothing at all, so that two names can look alike; ZWJ and ZWNJ stay, scripts and emoji need them. */
const INVISIBLE = /[\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u180e]/u;
/** Tag characters, which carry text that nobody sees, except in the flags that are written with them. */
const TAG = /(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0000}-\u{e007f}]/u;
const SURROGATE = /\p{Cs}/u;

const UNSAFE = new RegExp([CONTROL, DIRECTION, SEPARATOR, INVISIBLE, TAG, SURROGATE].map(({ source }) => source).join("|"), "gu");
/** Unicode's pictures of the C0 characters begin here: ␀, ␁, ... */
const PICTURES = 0x2400;
const PICTURE_OF_DELETE = "\u2421";

/** One line of text, every character that could do harm shown as a visible sign: `␛`, `<U+202E>`. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, shown);
}

/** The lines of a text, each safe by itself; so that a face can mark those that follow the first as belonging to it. */
export function safeLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map((line) => safeText(line.replaceAll("\t", "  ")));
}

/** One line of JSON, the same characters as `\u` escapes: the same data, and harmless when it is looked at. */
export function safeJson(object: object): string {
  return JSON.stringify(object).replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(PICTURES + code);
  if (code === 0x7f) return PICTURE_OF_DELETE;
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}
