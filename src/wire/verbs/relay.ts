import { addressOf, base64, opaque, optional, text, unknown, type Value } from "../field.ts";
import { RELAYED_DATAGRAM_MAX } from "../limits.ts";
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
  {
    data: "required",
    acked: false,
    about: "Carries one message, or one datagram of a session, to a neighbour of the receiver. One of the two must be there.",
    refuse: ({ message, d }) =>
      (message === undefined) === (d === undefined) ? "bad-data" : message?.msg_type === "RELAY" ? "nested-relay" : null,
  },
  {
    dst: addressOf("where the message goes: a neighbour of the receiver"),
    src: optional(addressOf("where it came from; absent from the first sender, set by the relay to what it observed")),
    message: optional(carried),
    d: optional(base64("a datagram of a session between the two ends, unread", RELAYED_DATAGRAM_MAX)),
  },
);
