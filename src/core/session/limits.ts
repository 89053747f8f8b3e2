/** Bounds of the transport of one session, each with its reason. The protocol's are in PROTOCOL.md §12. */
import { FRAME_BYTES_MAX, SESSION_MESSAGE_MAX } from "../../wire/index.ts";

/** Numbers of messages in one stream: seq is a u32 and never begins anew within a session. */
export const SEQ_MAX = 2 ** 32;

/** A session is worn when so many numbers of a stream are used: what is left is time to open another. */
export const SEQ_WORN = SEQ_MAX - 2 ** 28;

/** Counters below the newest that can still be told from replays: 20 ms of reordering at 100,000 frames a second. */
export const REPLAY_WINDOW = 2_048;

// ---- acks ----

/** An ack leaves at the latest so long after what it acknowledges, in ms. */
export const ACK_DELAY_MS = 5;

/**
 * The same of a frame that says it can wait: of receipts alone, which nobody watches arrive. So their ack goes along with the next
 * text even in a channel where somebody says one ten times a second.
 */
export const PATIENT_ACK_MS = 100;

/** Sooner where the round trip is short: a window smaller than ACK_EVERY frames waits for the ack and this much more. */
export const ACK_DELAY_SHARE = 1 / 4;

/** Frames that want an ack, after which one leaves at once. */
export const ACK_EVERY = 10;

/** Acks that report a range before it is left out: at 50 % loss one in 256 ranges is never heard of. */
export const ACK_REPEATS = 8;

/** Bytes of a frame kept for an ack that is due, enough for several ranges: it never waits for a frame without data. */
export const ACK_ROOM = 40;
/** Bytes of a hello, and of the word that a frame can wait. */
export const HELLO_ROOM = 3;
export const PATIENT_ROOM = 3;

// ---- sending ----

/** Bytes of messages that wait or are in flight in one stream, beyond which `send` says no: [control, chat, bulk]. */
export const QUEUE_BYTES_MAX = [4 * SESSION_MESSAGE_MAX, 4 * SESSION_MESSAGE_MAX, 8 * SESSION_MESSAGE_MAX] as const;

/** What each queued message counts beyond its bytes, so that a queue of tiny ones is bounded too. */
export const QUEUED_MESSAGE_BYTES = 64;

/**
 * Bytes from the oldest message that is not acknowledged to the newest sent: [control, chat, bulk]. A message larger than
 * the window goes alone. So the three never need more than RECEIVE_BYTES_MAX at the receiver, and what lies before a gap
 * always leaves room for the message in the gap.
 */
export const STREAM_WINDOW_BYTES = [960 * 1_024, 960 * 1_024, 2 * SESSION_MESSAGE_MAX] as const;

/** Messages from the oldest that is not acknowledged to the newest sent, and how far ahead a receiver takes one. */
export const STREAM_WINDOW_MESSAGES = 4_096;

/** Loose messages that wait: they are worth little late, and whoever sends them hears that they do not fit. */
export const LOOSE_MAX = 1_024;

// ---- receiving ----

/** Bytes of messages that wait for a gap to be filled or for their other fragments, over all streams of a session. */
export const RECEIVE_BYTES_MAX = 4 * SESSION_MESSAGE_MAX;

// ---- recovery, RFC 9002 ----

/** A frame is lost when one that was sent so many frames later was received (RFC 9002 §6.1.1). */
export const REORDERED_FRAMES = 3;

/** A frame is lost so many round trips after it was sent, when a later one was received (RFC 9002 §6.1.2). */
export const REORDERED_TIME = 9 / 8;

/** How far both are raised for a path that was seen to reorder frames more: real loss must still be noticed soon. */
export const REORDERED_FRAMES_MAX = 256;
export const REORDERED_TIME_MAX = 2;

/** So many probe delays after it was sent, a frame that counted as lost is forgotten; until then it may come after all. */
export const LOST_KEPT = 3;

/** The grain of timers, in ms. */
export const GRAIN_MS = 1;

/** Round trip assumed before one was measured, in ms (RFC 9002 §6.2.2). */
export const FIRST_RTT_MS = 333;

/** The longest gap between probes while nothing is heard, in ms: a link that comes back is used this soon. */
export const PROBE_GAP_MAX_MS = 2_000;

/** Frames of one probe: two, since one may be lost as well (RFC 9002 §6.2.4). */
export const PROBE_FRAMES = 2;

/** Probes in a row without an ack, after which all that is in flight counts as lost (RFC 9002 §7.6). */
export const PROBES_MAX = 3;

// ---- congestion, RFC 9002 §7 ----

export const WINDOW_FIRST_BYTES = 10 * FRAME_BYTES_MAX;
export const WINDOW_MIN_BYTES = 2 * FRAME_BYTES_MAX;
/** More than the streams' windows together can fill. */
export const WINDOW_MAX_BYTES = 8 * SESSION_MESSAGE_MAX;

/**
 * What data may wait in queues on its way, in ms, before the window shrinks: so many times what round trips vary by
 * themselves, within bounds. On a calm path that is less than people notice.
 */
export const QUEUE_VARIATIONS = 4;
export const QUEUE_MS_MIN = 8;
export const QUEUE_MS_MAX = 50;
/** The same while the window doubles and round trips vary for that very reason (RFC 9406 MAX_RTT_THRESH). */
export const QUEUE_SLOW_START_MS = 16;
/** The part of that which may go on waiting: so the path is never idle, and a pause of the other side's program costs little. */
export const QUEUE_LEFT_SHARE = 1 / 2;
/** A queue that did not shorten with the window counts as others' for so long, in ms. */
export const QUEUE_OTHERS_MS = 10_000;
/** Round trips measured before one believes in a queue: the least of several, since single ones vary. */
export const QUEUE_SAMPLES = 4;

/** Of the window, the part that bulk leaves free, and how much that is at most: a chat message finds room without waiting for an ack. */
export const RESERVE_SHARE = 1 / 8;
export const RESERVE_FRAMES_MAX = 4;

/** Bytes that may leave at once after a pause, at least; timers are too coarse to pace single frames. */
export const BURST_BYTES = 10 * FRAME_BYTES_MAX;
/** The same in time at the paced rate, in ms: twice the grain of timers. */
export const BURST_MS = 2;
/** Paced rate over window per round trip (RFC 9002 §7.7); more while the window doubles each round trip. */
export const PACE = 1.25;
export const PACE_SLOW_START = 2;
