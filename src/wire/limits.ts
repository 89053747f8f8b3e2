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

/** The receiver's name for a session's keys: 32 bits. */
export const INDEX_MAX = 2 ** 32 - 1;

/** Endpoints that one CONNECT inside a session offers: each of them is sent three probes. */
export const OFFERED_MAX = 8;

/** Suites that one handshake may offer. */
export const SUITES_MAX = 8;

/** Base64 letters of one message of a handshake: a certificate of 600 bytes, keys, signature and tags fit. */
export const NOISE_MESSAGE_MAX = 1_200;

/** Base64 letters of a session's datagram inside a RELAY. */
export const RELAYED_DATAGRAM_MAX = 1_600;

/** Bytes of one frame of a session: what every path carries whole (the floor of RFC 9000 §14). */
export const FRAME_BYTES_MAX = 1_200;

/** Bytes of a frame around its payload: first byte, receiver index, counter and tag. */
export const FRAME_OVERHEAD_BYTES = 29;

/** Bytes of the payload of a frame. */
export const PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES;

/** Bytes of one datagram of a session on a stream: what any datagram of ours may have. */
export const STREAMED_BYTES_MAX = DATAGRAM_SENT_MAX;

/** Counters of frames are below: long before a nonce could repeat; at a million frames a second this takes nine years. */
export const COUNTER_MAX = 2 ** 48;

/** Bytes of one message in a session: a block of a file and its JSON, and no more than a receiver can be made to hold. */
export const SESSION_MESSAGE_MAX = 1_048_576;

/** Fragments of one message: the largest message fits even over a relay, whose frames carry little more than half. */
export const FRAGMENTS_MAX = 2_048;

/** Ranges of one ack: with a gap between any two it reports bursts of loss, and still fits a frame over a relay. */
export const ACK_RANGES_MAX = 32;

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

/** Hops of a RELAY by node id: a third relay would add more delay than it finds ways. */
export const HOPS_MAX = 3;

/** Neighbours in one signed list: enough for two disjoint ways to everybody, and with them it fits one frame. */
export const LISTED_MAX = 16;

/** Seconds for which a signed list is good: a node that went is on no way for longer. */
export const LIST_EXPIRY_MAX = 90;

/** Blocks of a file that one message asks for, and that a neighbour may wait for: 16 MiB, several times what is on its way at once. */
export const BLOCKS_ASKED_MAX = 64;

/** Slots that a node has in its mailboxes: one for each channel that needs one. */
export const SLOTS_MAX = 1_024;

/** A parcel in base64: the longest event that people write, sealed. */
export const PARCEL_CHARS_MAX = 131_072;
