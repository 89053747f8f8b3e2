/** Bounds and rhythms of invites, each with its reason. */

/** A member that could not let us in, or said nothing, is asked again so often: an admin may have come to know the invite. */
export const KNOCK_AGAIN_MS = 2_000;
/** How long others are waited for once one member has refused for good: it may lie, or know less than they. */
export const REFUSED_MS = 3_000;
/** The same once an owner or admin knows no such invite: it may be about to hear of it, and members compare what they have every 10 s. */
export const UNKNOWN_MS = 12_000;
/** Nodes with whom a code's host speaks at a time: one is expected. The first of a crowd gives way, since the last may be that one. */
export const MEETING_RUNS_MAX = 16;
/** Runs that a host begins, each of which takes some milliseconds: at once, and a second. */
export const RUNS_AT_ONCE = 16;
export const RUNS_PER_SECOND = 4;
/** A guest shows itself anew so often while no host has spoken. */
export const MEET_AGAIN_MS = 2_000;
/** Proofs looked at of one session: each is a signature to check, and an honest joiner shows one in two seconds. */
export const PROOFS_AT_ONCE = 8;
export const PROOFS_PER_SECOND = 1;
