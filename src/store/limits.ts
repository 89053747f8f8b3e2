/** The bounds of the store: every read is finite, whatever was written. */

/** Entries that one read gives at most. */
export const READ_MAX = 1_000;

/** Keys kept for one channel, so that peers that give ever new ones cannot fill the disk. The oldest goes first. */
export const CHANNEL_KEYS_MAX = 256;

/** Channels and members that a start reads; far above what a core takes in, so a damaged count cannot exhaust it. */
export const RESTORED_CHANNELS_MAX = 10_000;
export const RESTORED_MEMBERS_MAX = 200_000;

/** Logs that a start reads: those of two dozen channels as large as a core takes in. */
export const RESTORED_LOGS_MAX = 100_000;

/** Numbers of channels and logs that the writer keeps at hand: some MB. */
export const NUMBERS_MAX = 16_384;

/** Words of one search; further ones are left out. */
export const SEARCH_WORDS_MAX = 16;

/** Letters and digits that a beginning needs, so that not half of all words begin with it: SQLite looks at every one of them. */
export const SEARCH_BEGINNING_MIN = 3;

/** Entries with the words of a search, kept last, among which the newest are sought. */
export const SEARCH_CANDIDATES_MAX = READ_MAX;

/** The same where only those of one channel are wanted: most may be of others. */
export const SEARCH_CANDIDATES_OF_CHANNEL_MAX = 10 * READ_MAX;

/** Entries looked at to find the posts around one, for each that is wanted: the others are reactions and the like. */
export const AROUND_LOOKED_AT = 20;

/** The number of entries that a read may give: what was asked for, within 1 and `READ_MAX`. */
export function boundedMost(most: number): number {
  return Number.isFinite(most) ? Math.min(Math.max(Math.floor(most), 1), READ_MAX) : READ_MAX;
}
