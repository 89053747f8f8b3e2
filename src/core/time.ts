/** Milliseconds of a monotonic clock, for deciding. */
export type Instant = number;

/** Milliseconds since 1970, for showing. */
export type Timestamp = number;

/** Before every other instant. */
export const NEVER_YET: Instant = Number.NEGATIVE_INFINITY;

/** After every other instant. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;
