/** The fields by which a mailbox is spoken to, in `ptp` of JOIN, CHANNEL and MESSAGE, inside sessions. PROTOCOL.md §22. */
import { base64, boolean, formatted, list, optional } from "./field.ts";
import { digest } from "./id.ts";
import { PARCEL_CHARS_MAX, SLOTS_MAX } from "./limits.ts";

export const slots = optional(
  list(
    formatted(digest, ""),
    "the sender's slots in its mailbox: what is left there is to be kept for it; none: nothing any more",
    SLOTS_MAX,
  ),
);
export const keeps = optional(boolean("true: the sender keeps parcels for the receiver"));
export const parcelFields = {
  pass: optional(formatted(digest, "lets its holder leave a parcel in one slot")),
  slot: optional(formatted(digest, "in which slot of the receiver the parcel was left")),
  parcel: optional(base64("an event, sealed to the owner of the mailbox", PARCEL_CHARS_MAX)),
};
