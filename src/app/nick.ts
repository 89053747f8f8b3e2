/**
 * What a node calls itself, made fit to stand in a name: one word, of signs that show, without those that mean something
 * there. Anybody may call himself anything, so this text is as hostile as any other that comes from the network.
 */

/** Letters of a nick that are shown: enough to know somebody by, few enough for a line of 80. */
const NICK_SHOWN_MAX = 20;

/** Controls, direction marks, joiners, unassigned signs, and letters that show nothing (fillers, the empty Braille cell). */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const SPACES = /[\p{Z}\s]+/gu;
/** `@` begins the user's own names, `?` endpoints, `~` the letters of an id; a colon ends a name, and brackets mark others. */
const MEANT = /[@?~:<>]/gu;
const MARKS_AT_FRONT = /^\p{M}+/u;
/** Marks pile up on one letter until they cover the lines around it; no script needs more than these. */
const MARKS_PILED = /(\p{M}{3})\p{M}+/gu;

/** @returns the nick as it is shown; empty where nothing of it can be */
export function plainNick(nick: string): string {
  // Folded, so that what looks like one of the signs is taken for it. A line's end is white space and a control: first the one.
  const seen = nick.normalize("NFKC").replace(SPACES, " ").replace(UNSEEN, "").replace(MEANT, "").trim();
  const letters = [...seen.replace(SPACES, "_").replace(MARKS_AT_FRONT, "").replace(MARKS_PILED, "$1")];
  return letters.length <= NICK_SHOWN_MAX ? letters.join("") : `${letters.slice(0, NICK_SHOWN_MAX - 1).join("")}…`;
}
