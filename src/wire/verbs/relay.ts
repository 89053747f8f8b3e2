import { type Static, Type } from "@sinclair/typebox";
import { address, optional } from "../field.ts";
import { verb } from "../verb.ts";

/** A message on its way through a relay, not looked into. */
export const carried = Type.Object(
  { msg_type: Type.String({ maxLength: 32 }), msg_data: optional(Type.Unknown()) },
  { about: "the message carried: the seed's head, any verb but RELAY", opaque: true },
);
export type Carried = Static<typeof carried>;

export const relay = verb(
  "RELAY",
  { data: "required", acked: false, about: "Carries one message to a neighbour of the receiver." },
  { dst: address, src: optional(address), message: carried },
);
