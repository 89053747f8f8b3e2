/** Why a member did not confirm a message, in words. */

const REASONS: Readonly<Record<string, string>> = {
  "not-acknowledged": "no answer came",
  gone: "they went away meanwhile",
  left: "they are not in the channel: they left it, or came back without it",
  "queue-full": "too much waits for them already",
  "verb-not-known": "their program takes no messages",
};

/** The stable code, and what it means where that is known. */
export function postReasonWords(reason: string): string {
  const words = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return words === undefined ? reason : `${reason}: ${words}`;
}
