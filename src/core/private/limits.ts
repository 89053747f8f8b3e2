/**
 * Bounds of private channels, each with its reason. Those that other nodes can see are the protocol's (PROTOCOL.md §19);
 * the rest are ours and may change.
 */

// ---- the protocol's ----

/** Sealed events of one epoch: after so many its author begins another, so that a key that leaks tells no more than these. */
export const EPOCH_EVENTS = 100;
/** Keys that a receiver derives of one epoch: each costs some hashes, and an author may lie about the number. */
export const EPOCH_EVENTS_READ = 128;
/** An epoch lasts a day at most, so that what is seen of one day tells nothing of the next. */
export const EPOCH_MS = 86_400_000;
/** A member publishes a new prekey this often, ... */
export const PREKEY_MS = 86_400_000;
/** ... and keeps the private half of one that another has replaced for so long: members that were away meanwhile used the older one. Sender keys are kept as long. */
export const KEYS_KEPT_MS = 14 * 86_400_000;
/** A sealed text is filled up to a multiple of this, ... */
export const PAD_SHORT = 64;
/** ... and one that is longer than {@link PAD_SHORT_MAX} of this: lengths tell little of what is said. */
export const PAD_LONG = 256;
export const PAD_SHORT_MAX = 256;
/** Who was given to read what was said before is answered for so long after it was: who steals its identity key later learns nothing of that. */
export const HISTORY_MS = 30 * 86_400_000;
/** Message keys that one question asks for: with its answer it fits into a few datagrams. */
export const PAST_KEYS_MAX = 64;
/** Boxes in one event: with their names they fill three quarters of what an event may have. */
export const BOXES_MAX = 128;

// ---- ours ----

/** Own prekeys of one channel whose private halves are kept: in a talk of two each turn makes one. */
export const PREKEYS_MAX = 1_024;
/** Boxes for ourselves that are tried of one event: honest ones have one, and each costs a curve point. */
export const OWN_BOXES_TRIED = 2;
/** Events on which a key that somebody supplied is tried. */
export const ANSWER_TRIED_ON = 8;
/** Prekeys of one member that are looked at for one that counts. */
export const PREKEYS_LOOKED_AT = 8;
/** Epochs of which the derived keys are at hand. */
export const CHAINS_MAX = 128;
/** Sealed events that are opened at once when their key comes; the rest follows. */
export const OPENED_AT_ONCE = 500;
/** Epochs whose keys are missing, looked at together. */
export const AWAITED_MAX = 256;
/** Of these, epochs of one author: who invents some hides nobody else's. */
export const EPOCHS_OF_ONE_MAX = 16;
/** A key comes with the events that need it, or a moment later; after so long it is asked for. */
export const KEY_ASK_MS = 2_000;
/** A question that was not answered is over after so long, ... */
export const KEY_ANSWER_MS = 5_000;
/** ... and put to the same member again after so long. */
export const KEY_AGAIN_MS = 30_000;
/** Questions for keys that are open at once. */
export const KEYS_ASKED_MAX = 16;
/** Questions for keys that one member gets answered, at once and in the long run: each costs some curve points. */
export const KEYS_BURST = 64;
export const KEYS_PER_SECOND = 8;
/** Questions for message keys that are open at once: all to one member, so that nothing is asked for twice. */
export const PAST_ASKED_MAX = 8;
/** Such questions that we put to one member, at once and in the long run: fewer than it answers, since it is asked for keys of epochs too. */
export const PAST_BURST = 32;
export const PAST_PER_SECOND = 6;
/** A member that was asked for all is asked again after so long, a time that doubles as long as it has nothing, ... */
export const PAST_AGAIN_MS = 30_000;
export const PAST_AGAIN_MAX_MS = 3_600_000;
/** ... and sooner when more has come that is closed. */
export const PAST_FRESH_MS = 2_000;
