/** What was done to a post or a channel just now, in one line that says all of it. */
import type { EventOf, NodeEvent } from "./door.ts";
import { quoted } from "./entry-words.ts";
import { safeText } from "./safe-text.ts";

export type ChangeEvent = EventOf<"post-edited" | "post-deleted" | "reaction" | "topic" | "nick">;

const CHANGES: ReadonlySet<NodeEvent["type"]> = new Set(["post-edited", "post-deleted", "reaction", "topic", "nick"]);

export function isChange(event: NodeEvent): event is ChangeEvent {
  return CHANGES.has(event.type);
}

/**
 * One line without the text of an edit, which follows the colon at its end.
 * @param self - our own node id
 * @returns null for what tells nobody anything: a nick of somebody who is called the same as before, or was never named, and
 *   what somebody did whom the user has muted or blocked
 */
export function changeWords(event: ChangeEvent, self: string): string | null {
  if (event.quiet !== undefined) return null;
  const who = event.own ? "you" : safeText(event.authorName);
  switch (event.type) {
    case "post-edited":
      return `${who} changed ${whose(event, self)}${quoted(event.excerpt)} to:`;
    case "post-deleted":
      return `${who} deleted ${whose(event, self)}${quoted(event.excerpt)}`;
    case "reaction":
      return event.off
        ? `${who} took back ${safeText(event.text)} from ${whose(event, self)}${quoted(event.excerpt)}`
        : `${who} reacted ${safeText(event.text)} to ${whose(event, self)}${quoted(event.excerpt)}`;
    case "topic":
      return event.text === "" ? `${who} took the topic away` : `${who} set the topic: ${safeText(event.text)}`;
    case "nick":
      return event.formerName === event.authorName || event.formerName.startsWith("~")
        ? null
        : `${safeText(event.formerName)} is called ${safeText(event.authorName)} now`;
  }
}

/** Whose post it is, where that does not go without saying. */
function whose(
  { author, postAuthor, postAuthorName }: { author: string; postAuthor: string; postAuthorName: string },
  self: string,
): string {
  if (postAuthor === author) return "";
  return postAuthor === self ? "your " : `${safeText(postAuthorName)}'s `;
}
