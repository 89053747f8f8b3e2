/**
 * The fields by which members of a channel bring each other to the same state, in `ptp` of a CHANNEL. A CHANNEL may
 * carry any of them, alone or together. PROTOCOL.md §13.10, §13.11.
 */
import { boolean, formatted, integer, list, object, optional } from "./field.ts";
import { digest, eventId, instanceId, nodeId } from "./id.ts";
import { HEADS_MAX, RANGES_MAX, WHOLE_MAX } from "./limits.ts";

const author = formatted(nodeId, "the log's author");
const inst = formatted(instanceId, "the log's instance");
const place = (about: string) => integer(about, 1, WHOLE_MAX);

/** Events of one log that lie one above the other. */
export const ranges = (about: string) =>
  list(
    object({ author, inst, from: place("the first event"), to: place("the last event"), id: formatted(eventId, "the id of the last") }),
    about,
    RANGES_MAX,
  );

export const syncFields = {
  digest: optional(formatted(digest, "the digest of the sender's heads")),
  heads: optional(
    list(
      object({ author, inst, seq: place("place of the head"), id: formatted(eventId, "its id"), hlc: integer("its time", 0, WHOLE_MAX) }),
      "heads of the sender",
      HEADS_MAX,
    ),
  ),
  whole: optional(boolean("these are all heads of the sender; else some that are new")),
  ask: optional(boolean("the sender wants the receiver's heads")),
  want: optional(ranges("events that the sender lacks")),
  graft: optional(boolean("what these authors write from now on shall come by itself")),
  served: optional(
    list(formatted(eventId, ""), "ends the answer to `want`: the ids of those ranges of which there was nothing", RANGES_MAX),
  ),
  prune: optional(list(formatted(nodeId, ""), "what these authors write need not come by itself", RANGES_MAX)),
  genesis: optional(boolean("the sender does not have the channel's genesis yet, and asks for it")),
};
