import { addressOf, opaque, optional, text, unknown, type Value } from "../field.ts";
import { verb } from "../verb.ts";

/** A message on its way through a relay, not looked into. */
export const carried = opaque(
  {
    msg_type: text("its verb", 32),
    msg_data: optional(unknown("its data, read by `dst` alone")),
  },
  "the message carried: the seed's head, any verb but RELAY",
);
export type Carried = Value<typeof carried>;

export const relay = verb(
  "RELAY",
  { data: "required", acked: false, about: "Carries one message to a neighbour of the receiver." },
  {
    dst: addressOf("where the message goes: a neighbour of the receiver"),
    src: optional(addressOf("where it came from; absent from the first sender, set by the relay to what it observed")),
    message: carried,
  },
);
