/** Bounds and rhythms of invites, each with its reason. */

/** A member that could not let us in, or said nothing, is asked again so often: an admin may have come to know the invite. */
export const KNOCK_AGAIN_MS = 2_000;
/** How long others are waited for once one member has refused for good: it may lie, or know less than they. */
export const REFUSED_MS = 1_500;
/** The same once an owner or admin knows no such invite: it may just be fetching it. */
export const UNKNOWN_MS = 5_000;
/** Nodes with whom a code's host speaks at a time: one is expected, and whoever guesses ends the code. */
export const MEETING_RUNS_MAX = 16;
/** Proofs looked at of one session: each is a signature to check, and an honest joiner shows one in two seconds. */
export const PROOFS_AT_ONCE = 8;
export const PROOFS_PER_SECOND = 1;
