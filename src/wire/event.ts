/**
 * The fields of a signed event, in `ptp` of a MESSAGE: all there or none, which core decides. What belongs to one kind
 * of event travels in `details`, a list of names with values that is signed as it stands, so that a node passes on what
 * it does not understand. PROTOCOL.md §13.3.
 */
import { formatted, integer, list, optional, text } from "./field.ts";
import { eventId, instanceId, nodeId, signature, word } from "./id.ts";
import { DEPS_MAX, DETAILS_MAX, WHOLE_MAX } from "./limits.ts";

export const eventFields = {
  author: optional(formatted(nodeId, "who wrote it")),
  inst: optional(formatted(instanceId, "the instance of the author's log")),
  seq: optional(integer("its place in that log, from 1", 1, WHOLE_MAX)),
  prev: optional(formatted(eventId, "the event before it in that log; absent in the first")),
  deps: optional(list(formatted(eventId, ""), "heads of other logs that the author had seen", DEPS_MAX)),
  hlc: optional(integer("the author's clock, in microseconds since 1970", 1, WHOLE_MAX)),
  kind: optional(formatted(word, "what it is")),
  details: optional(list(list(text(""), "a name and its value", 2), "what its kind needs besides the text, in order", DETAILS_MAX)),
  sig: optional(formatted(signature, "the author's signature; absent where that of a later event covers it")),
};
