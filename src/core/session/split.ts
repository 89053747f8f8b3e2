import { FRAGMENT_HEAD, FRAGMENTS_MAX, SESSION_MESSAGE_MAX } from "../../wire/index.ts";

/** How a message is cut: into `of` parts of `size` bytes, of which only the last may be shorter. PROTOCOL.md §12.3. */
export interface Split {
  readonly size: number;
  readonly of: number;
}

/**
 * Cuts a message into parts as few and as equal as can be: equal ones keep what a receiver sets aside near the message's length.
 * @param longest - bytes of the longest record that a frame takes
 * @returns null when even the most fragments are too few
 */
export function splitOf(bytes: number, longest: number): Split | null {
  const most = longest - FRAGMENT_HEAD;
  if (most < 1 || bytes > most * FRAGMENTS_MAX) return null;
  const size = Math.ceil(bytes / Math.ceil(bytes / most));
  return { size, of: Math.ceil(bytes / size) };
}

/** Bytes that a receiver sets aside for the message, since it cannot know how short the last part will be. */
export function reserveOf({ size, of }: Split): number {
  return Math.min(size * of, SESSION_MESSAGE_MAX);
}
