/** What the chat says of channels with an owner: whose they are, and what became of whom. */
import type { EventOf, NodeEvent } from "../shared/door.ts";
import { charterWords, roleChangeWords } from "../shared/role-words.ts";
import { safeText } from "../shared/safe-text.ts";

type Moderation = EventOf<"role" | "charter" | "parted" | "unfit-channel">;

/** What others did longer ago is found in /members; who joins a channel would be told all of it at once. */
const NEWS_MS = 600_000;

export function isModeration(event: NodeEvent): event is Moderation {
  return event.type === "role" || event.type === "charter" || event.type === "parted" || event.type === "unfit-channel";
}

/**
 * The line to show; null for what is no news.
 * @param label - the channel, as it is shown
 * @param self - our own node id
 * @param now - milliseconds since 1970
 */
export function moderationLine(event: Moderation, label: string, self: string, now: number): string | null {
  switch (event.type) {
    case "role":
      return event.node === self || isNews(event.at, now) ? roleChangeWords(event, label, self) : null;
    case "parted":
      return isNews(event.at, now) ? `${safeText(event.nodeName)} left ${safeText(label)} for good` : null;
    case "charter":
      return `this is ${safeText(label)}: ${charterWords(event.ownerName, event.others, event.owner === self)}`;
    case "unfit-channel":
      return `${safeText(label)} is a channel of a kind that this version does not know: a later one may`;
  }
}

function isNews(at: number | null, now: number): boolean {
  return at !== null && now - at < NEWS_MS;
}
