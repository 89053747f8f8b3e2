/** Bounds of giving and fetching files, each with its reason. Those that peers can see stand in PROTOCOL.md §21. */

/** Blocks that one neighbour may be asked for at a time, at first and at most: 4 MiB, twice what is under way in its stream. */
export const WINDOW_FIRST = 2;
export const WINDOW_MAX = 16;
/** A block that comes sooner makes the window larger, one that comes later makes it smaller: a slow giver holds up little. */
export const PROMPT_MS = 1_000;
export const SLOW_MS = 4_000;

/** Blocks that are asked for or wait for the disk, of one file. */
export const UNDER_WAY_MAX = 96;

/** Missing blocks among which is chosen by chance, the first ones: a file is put together as it comes, and soon after its last block. */
export const CHOICE_MAX = 16;
/** The same where others fetch it too: so that they have something to give each other. */
export const CHOICE_AMONG_MAX = 1_024;

/** A giver of whom nothing came for so long is not waited for, and not asked for as long again. A block takes 16 s at 128 kbit/s. */
export const SILENT_MS = 30_000;
/** Who has nothing to do takes over what another was asked for so long ago. */
export const TAKEN_OVER_MS = 2_000;
/** Who lacked what it was asked for is asked again after this; twice as long each time that it has nothing, up to the second. */
export const LACKING_FIRST_MS = 250;
export const LACKING_MAX_MS = 30_000;
/** Who gave a block that is none of the file is asked for none of it for so long. */
export const LIED_MS = 600_000;

/** Files that are fetched at once; more wait their turn. */
export const FETCHES_MAX = 256;
/** Files of which blocks are given. */
export const HELD_MAX = 16_384;

/** Blocks of one neighbour that are read at a time: some are sent while the next are on their way from the disk. */
export const READS_MAX = 4;
/** Nothing more is read for a neighbour while so many bytes wait in the session with it. */
export const UNSENT_BYTES_MAX = 524_288;

/**
 * A neighbour may have each block of a file so often within an hour, and so many besides: whoever loses its disk can begin anew, and nobody
 * makes us send the same for ever.
 */
export const TIMES_GIVEN_MAX = 3;
export const GIVEN_BESIDES = 64;
export const GIVEN_FOR_MS = 3_600_000;
/** Neighbours and files that this is remembered of. */
export const GIVEN_MAX = 4_096;
