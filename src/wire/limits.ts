/**
 * The bounds of what travels, each with its reason. PROTOCOL.md §2.
 */

/** Bytes of one datagram that we send: what the small receivers of old programs take. */
export const DATAGRAM_SENT_MAX = 8_192;

/** Bytes of one datagram that we read: the most that UDP over IPv4 can carry. */
export const DATAGRAM_READ_MAX = 65_507;

/** Nested objects and arrays, the message itself counted as 1: no verb needs more, RELAY included. */
export const DEPTH_MAX = 8;

/** Bytes of an encoded MESSAGE of ours: leaves room for the RELAY around it within one datagram. */
export const MESSAGE_BYTES_MAX = 7_900;

/** Bytes by which a RELAY may grow at the relay (`src` written in, addresses in canonical form). */
export const RELAY_GROWTH_MAX = 64;

/** Entries of one ROUTING or CHANNEL that we read: 64 bytes each fill the largest datagram. */
export const ENTRIES_READ_MAX = 1_024;

/** Entries of one ROUTING or CHANNEL that we send: keeps it near one unfragmented datagram. */
export const ENTRIES_SENT_MAX = 32;

/** UTF-16 units of a channel's name. */
export const NAME_MAX = 64;

/** UTF-16 units of a `msg_id` that we echo. */
export const MSG_ID_MAX = 128;

/** Bytes to which our JOIN and GETCERTIFICATE are padded, so that the answer is paid for. */
export const PADDED_BYTES = 1_200;

/** The largest whole number that a double keeps, and so JSON between any two programs. */
export const WHOLE_MAX = Number.MAX_SAFE_INTEGER;

/** Heads that one event names: what an author of a busy channel sees between two posts, and 64 bytes each. */
export const DEPS_MAX = 8;

/** Details of one event; its 32 KiB hold no more that say anything. */
export const DETAILS_MAX = 512;

/** Heads in one message: as many as a channel has logs. */
export const HEADS_MAX = 4_096;

/** Ranges in one question. */
export const RANGES_MAX = 64;
