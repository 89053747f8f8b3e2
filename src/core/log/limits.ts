/**
 * Bounds of channels that last, each with its reason. Those that other nodes can see are the protocol's
 * (PROTOCOL.md §12); the rest are ours and may change.
 */

// ---- the protocol's ----

/** UTF-8 bytes of an event's text: some ten pages. */
export const TEXT_BYTES_MAX = 16_384;
/** Bytes that are signed of one event: a text and its details, or keys for some hundred members. */
export const EVENT_BYTES_MAX = 32_768;
/** Events that one signature covers as they are written: what a receiver keeps unproved until it comes. */
export const BATCH_MAX = 128;
/** Signed bytes of such a batch. */
export const BATCH_BYTES_MAX = 262_144;
/** How far ahead of our clock another may be before it is a wrong clock and not a slow wire. */
export const AHEAD_MAX_MS = 60_000;
/** UTF-8 bytes of a nick, a channel's name and a reaction: one line, one word, one emoji with all its joiners. */
export const NICK_BYTES_MAX = 64;
export const TOPIC_BYTES_MAX = 512;
export const REACTION_BYTES_MAX = 64;
/** Times that one node can come and go. */
export const INC_MAX = 999_999;

// ---- ours ----

/** Logs of one channel: digests and heads cost by their number, and 1,000 authors are a large channel. */
export const LOGS_MAX = 4_096;
/** Logs of one author in one channel: each is a device, a restored backup or a mended clock. */
export const LOGS_PER_AUTHOR_MAX = 64;
/** Contradictory branches kept of one log. A user with old backups has two or three; while holes are open, pieces of one branch may count for several. */
export const BRANCHES_MAX = 16;
/** Stretches of one log with holes between them, before the holes have to be filled first. */
export const STRETCHES_MAX = 64;
/** A signature is checked, and kept, at least once in so many events that a hash alone would prove: where a log is cut, newcomers need one. */
export const SIGNATURE_EVERY = 32;
/** Unproved events kept for one neighbour: two batches, of a size that a few neighbours cannot make a burden. */
export const WAITING_EVENTS_MAX = 2 * BATCH_MAX;
export const WAITING_BYTES_MAX = 2 * BATCH_BYTES_MAX;
/** Ids of events that came lately, so that most repeated ones cost no look into the store. */
export const RECENT_MAX = 4_096;
/** Statements counted of one admin: more than a large channel needs, and what a rogue one can make us remember. */
export const STATEMENTS_PER_ADMIN_MAX = 16_384;
/** Leaves counted of one node. */
export const LEAVES_MAX = 64;
/** Edits, deletes and reactions held of one post of the window, and of posts in it that have not come. */
export const EFFECTS_OF_POST_MAX = 1_024;
export const EFFECTS_MAX = 16_384;
/** Nicks and topics held of one author: the last counts, and the ones before when it turns out not to. */
export const NAMES_KEPT = 8;
