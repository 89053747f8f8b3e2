/** Whether a text speaks to the person. */

/** @param nick - what the person calls himself; an empty one is never named */
export function mentions(text: string, nick: string): boolean {
  if (nick === "") return false;
  const name = nick.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"); // a hyphen may not be escaped here
  return new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, "iu").test(text);
}
