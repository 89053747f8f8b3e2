/**
 * Bounds of channels that last, each with its reason. Those that other nodes can see are the protocol's
 * (PROTOCOL.md §13); the rest are ours and may change.
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
/** Nodes that one invite lets in: more than any channel has members. */
export const INVITE_USES_MAX = 65_536;

// ---- ours ----

/** Neighbours that are asked whether they have more of our own log than our disk, before the first words of a run; one may know nothing. */
export const OWN_CHECK_PEERS = 2;
/** How long their answer is waited for: some round trips of the slowest network, and what a person waits without a word. */
export const OWN_CHECK_MS = 2_000;
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

// ---- bringing members to the same state ----

/** Events of the first page that is asked of a neighbour: a screen or two. Each further one is twice as long, up to the second number, so that a long way costs a few round trips. */
export const PAGE_EVENTS_MIN = 128;
export const PAGE_EVENTS_MAX = 2_048;
/** Signed bytes of one page. */
export const PAGE_BYTES = 1_048_576;
/** Heads of one neighbour that we look at, at once and in the long run: each may cost a look into the store. */
export const HEADS_BURST = 16_384;
export const HEADS_PER_SECOND = 1_024;
/** Questions of one neighbour that we answer, likewise. */
export const WANTS_BURST = 64;
export const WANTS_PER_SECOND = 64;
/** Ranges in one question. */
export const RANGES_MAX = 64;
/** Heads that a neighbour may tell: as many as a channel has logs. */
export const HEADS_MAX = 4_096;
/** A question of which nothing came for so long is put to another. */
export const ANSWER_MS = 10_000;
/** A neighbour that lacked something is asked for it again after so long. */
export const LACKING_MS = 30_000;
/** A digest goes to each neighbour this often, a fifth more or less. Not after each change: among fifty that would be 2,450 messages for one post. */
export const DIGEST_MS = 10_000;
/** While events are on their way digests differ all the time: they are compared when it has been quiet for so long, ... */
export const QUIET_MS = 2_000;
/** ... and in a channel that is never quiet this often. */
export const COMPARE_MS = 30_000;
/** Heads are not told again to a neighbour with whom that brought nothing, for a time that doubles from and to these. */
export const FRUITLESS_MIN_MS = 1_000;
export const FRUITLESS_MAX_MS = 300_000;
/** What a neighbour told that it has is fetched if it does not come by itself within so long. */
export const FETCH_AFTER_MS = 200;
/** The same where its author is a neighbour of ours, and says it to us by himself: then it is on its way, or he has more to say than the network takes. */
export const FETCH_LATE_MS = 2_000;
/** Up to so many members each is the neighbour of all. */
export const MESH_MAX = 64;
/** Beyond, each meets so many by chance, and as many meet it: thousands hang together by that, though many of them go or lie. */
export const DEGREE = 12;
/** New heads are told to some neighbours after so long, in case they do not come to them by themselves, ... */
export const TELL_MS = 1_000;
/** ... and sooner while an author's tree has to grow: for its first events, where it does not reach all by itself. */
export const TELL_YOUNG_MS = 100;
export const YOUNG_TREE = 8;
/** After so many times that nobody fetched what was told, in a channel where each is the neighbour of all, later: */
export const TELLS_IN_VAIN = 8;
export const TELL_CALM_MS = 4_000;
/** To so many, by chance: each neighbour hears of it from about as many. */
export const TELL_FANOUT = 3;
/** What one author may have passed on at once by others than itself; the rest is fetched by who wants it. */
export const PUSH_BURST = 50;
export const PUSH_PER_SECOND = 10;
/** What came at once is passed on in runs of so many: below the burst, or nothing of a longer one would go. */
export const RUN_MAX = 32;
/** Authors whose tree a node remembers. */
export const TREES_MAX = 4_096;
/** Events with a bad signature that a neighbour may send in STRIKE_MS: more, and it is not listened to for a while that doubles. */
export const STRIKES_MAX = 8;
export const STRIKE_MS = 60_000;
export const MUTED_MIN_MS = 60_000;
export const MUTED_MAX_MS = 3_600_000;
/** Marks whose events the store has not answered for: beyond these it is too slow to take more. */
export const UNSAVED_MAX = 16_384;
/** Events that wait for the disk: with so many no more are asked for. Far below the bound, since what is asked already still comes. */
export const UNSAVED_ASK_MAX = 6_144;
