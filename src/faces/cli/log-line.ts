/** The daemon's log: what happened to peers, channels and the store; never what people wrote. */

import { pathWords } from "../shared/connect-words.ts";
import type { NodeEvent } from "../shared/door.ts";
import { safeText } from "../shared/safe-text.ts";

/** One event as a line of the log, or null for what does not belong there. */
export function logLine(event: NodeEvent): string | null {
  const text = words(event);
  return text === null ? null : safeText(text);
}

function words(event: NodeEvent): string | null {
  switch (event.type) {
    case "peer-up":
      return `peer up: ${event.peer} (${pathWords(event.path)})`;
    case "peer-down":
      return `peer down: ${event.peer}`;
    case "joined":
      return `joined a channel: ${event.channelId}`;
    case "left":
      return `left a channel: ${event.channelId}`;
    case "member-joined":
      return `member joined ${event.channelId}: ${event.member}`;
    case "member-left":
      return `member ${event.why === "left" ? "left" : "expired from"} ${event.channelId}: ${event.member}`;
    case "store-failed":
      return `the store failed (${event.code}): nothing new is kept or acknowledged. Make room on the disk, or check it`;
    case "store-recovered":
      return "the store works again";
    default:
      return null;
  }
}
