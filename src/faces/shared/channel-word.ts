/** How people name channels on a command line and in a chat line. */

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A channel as the node wants it: `#name`, `@contact` and GUIDs as they are, a plain word as `#word`, because most
 * shells take `#` for the beginning of a comment.
 */
export function channelWord(text: string): string {
  return /^[#@]/.test(text) || GUID.test(text) ? text : `#${text}`;
}

/** A channel as it is shown: by its name, else by its GUID. */
export function channelLabel({ id, name }: { readonly id: string; readonly name: string }): string {
  if (name === "") return id;
  return /^[#@]/.test(name) ? name : `#${name}`;
}
