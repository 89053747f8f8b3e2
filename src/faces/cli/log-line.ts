/** The daemon's log: what happened to peers, channels and the store; never what people wrote. */

import { pathWords } from "../shared/connect-words.ts";
import type { NodeEvent } from "../shared/door.ts";
import { refusalWords } from "../shared/refusal-words.ts";
import { safeText } from "../shared/safe-text.ts";
import { span } from "../shared/span.ts";
import { storeRemedy } from "../shared/store-words.ts";

/** One event as a line of the log, or null for what does not belong there: texts and nicks, which people wrote, do not. */
export function logLine(event: NodeEvent): string | null {
  const text = words(event);
  return text === null ? null : safeText(text);
}

const FINDINGS = {
  fork: "two histories, both kept",
  "dated-back": "a time that is not later than the one before",
  "rolled-back": "this home is an old backup; a new log is begun",
} as const;

function words(event: NodeEvent): string | null {
  switch (event.type) {
    case "peer-up":
      return `peer up: ${event.peer} (${pathWords(event.path)})`;
    case "peer-down":
      return `peer down: ${event.peer}`;
    case "session-up":
      return `session with ${event.peer} at ${event.endpoint} (${pathWords(event.path)})`;
    case "session-down":
      return `session with ${event.peer} ended: ${event.reason === "closed" ? "closed by the other side" : "nothing was heard for long"}`;
    case "session-refused":
      return `no session with ${event.endpoint}: ${refusalWords(event.reason)}`;
    case "path":
      return `${event.peer} is now at ${event.endpoint} (${pathWords(event.path)})`;
    case "clock-skew":
      return `the clocks of ${event.peer} and this node differ by ${span(Math.abs(event.aheadMs))}: one of them is wrong`;
    case "own-clock":
      return event.wrong
        ? `this machine's clock is ${span(Math.abs(event.behindMs))} ${event.behindMs > 0 ? "behind" : "ahead of"} the middle one of ${event.peers} nodes: set it`
        : "this machine's clock agrees with those of the others again";
    case "log-finding":
      return `in ${event.channelId}, of ${event.author}: ${FINDINGS[event.finding]}`;
    case "joined":
      return `joined a channel: ${event.channelId}`;
    case "left":
      return `left a channel: ${event.channelId}`;
    case "member-joined":
      return `member joined ${event.channelId}: ${event.peer}`;
    case "member-left":
      return `member ${event.why === "left" ? "left" : "expired from"} ${event.channelId}: ${event.peer}`;
    case "charter":
      return `${event.channelId} belongs to ${event.owner}`;
    case "role":
      return `role of ${event.node} in ${event.channelId}: ${event.role}${event.history ? " with what was said before" : ""}${event.by === null ? "" : `, by ${event.by}`}`;
    case "past":
      return `of before this node came to ${event.channelId}, ${event.rest.reduce((sum, { count }) => sum + count, 0)} messages are closed`;
    case "request":
      return `${event.peer}, who is no contact, wants to talk`;
    case "parted":
      return `${event.node} left ${event.channelId} for good`;
    case "store-failed":
      return `the store failed (${event.code}): nothing new is kept or acknowledged. ${storeRemedy(event.code)}`;
    case "store-recovered":
      return "the store works again";
    default:
      return null;
  }
}
