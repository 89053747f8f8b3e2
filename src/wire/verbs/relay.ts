import { addressOf, base64, choice, formatted, integer, opaque, optional, text, unknown, type Value } from "../field.ts";
import { nodeId, parseNodeId } from "../id.ts";
import { HOPS_MAX, RELAYED_DATAGRAM_MAX } from "../limits.ts";
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

/** By endpoint a RELAY crosses one relay, in either plane; by node id up to two, inside sessions (§17). */
const end = (about: string) => choice(about, addressOf("by endpoint"), formatted(nodeId, "by node id"));

export const relay = verb(
  "RELAY",
  {
    data: "required",
    acked: false,
    about: "Carries one message, or one datagram of a session, to a neighbour of the receiver. One of the two must be there.",
    refuse: (body) => {
      if ((body.message === undefined) === (body.d === undefined) || !isOfOneForm(body)) return "bad-data";
      return body.message?.msg_type === "RELAY" ? "nested-relay" : null;
    },
  },
  {
    dst: end("where the message goes: a neighbour of the receiver, or a node"),
    src: optional(end("where it came from; absent from the first sender, set by the relay to what it observed")),
    ttl: optional(integer("with node ids: hops left, this one included", 1, HOPS_MAX)),
    via: optional(formatted(nodeId, "with node ids, the other relay of two: ahead where `ttl` is 3, behind where it is 1")),
    message: optional(carried),
    d: optional(base64("a datagram of a session between the two ends, unread", RELAYED_DATAGRAM_MAX)),
  },
);

/** Both ends by endpoint, or both by node id and with a `ttl`. */
function isOfOneForm({ dst, src, ttl, via }: { dst: string; src?: string; ttl?: number; via?: string }): boolean {
  const byId = parseNodeId(dst) !== null;
  return byId === (ttl !== undefined) && (src === undefined || byId === (parseNodeId(src) !== null)) && (via === undefined || byId);
}
