/** Bounds and rhythms of mailboxes, each with its reason. PROTOCOL.md §22.5. */

/** What is kept for one owner: some weeks of talk. */
export const OWNER_BYTES_MAX = 16 * 1_024 * 1_024;
/** What is kept in one slot: the members of one channel leave room for those of others. */
export const SLOT_BYTES_MAX = 8 * 1_024 * 1_024;
/** Counted for each parcel beside its own bytes: what its row takes. */
export const PARCEL_OVERHEAD_BYTES = 256;
/** How long a parcel is kept. */
export const PARCEL_MS = 30 * 86_400_000;
/** How often parcels that are too old are looked for. */
export const EXPIRE_MS = 3_600_000;
/** Parcels that are on their way to their owner at a time. */
export const SERVED_AT_ONCE = 16;
/** What one node may leave here, for whomever. */
export const LEFT_BYTES_BURST = 4 * 1_024 * 1_024;
export const LEFT_BYTES_PER_SECOND = 64 * 1_024;
/** Mailboxes of one node: more would keep the same once more. */
export const OWN_MAILBOXES_MAX = 3;
/** Parcels are filled up to a multiple of this, so that their length tells little. */
export const PARCEL_STEP = 256;
/** A member that has been away for so long is left a parcel: most come back sooner, and get it from us. */
export const AWAY_MS = 5_000;
/** Parcels of one channel and member on their way to a mailbox at a time. */
export const LEAVING_AT_ONCE = 8;
/** A mailbox that refused, or was not reached, is tried again so often. */
export const LEAVE_AGAIN_MS = 60_000;
/** How far behind our last event we begin where a member was lost: what was on its way then may not have come. */
export const BEFORE_LOST = 64;
/** Events of one log left for one member at most: older ones are for who meets a member. */
export const BACKLOG_MAX = 4_096;
/** How long after telling its mailboxes a node tells those who came since, for each member: all members have to, each with a box for each. */
export const NEWCOMER_GAP_MS = 2_000;
